"""The rules of an edit, checked once on its final state, in the regions that changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Coverage, Shape
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.gap import changed_gaps
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2, common_area_on, is_new_or_worse
from spatial_admin.cadastre.precision import Box, box_around, boxes_meet
from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.cadastre.vicinity import Vicinity
from spatial_admin.errors import Violation

BLOCKING: Final = frozenset({"invalid_geometry", "collapsed", "overlap", "id_taken", "outside_extent"})
SEVERITY: Final = {"overlap": "error", "stack": "error", "sliver": "warning", "gap": "warning"}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding to open or to keep up to date: rule, parcel ids, place in storage coordinates, square metres."""

    rule: str
    parcels: tuple[str, ...]
    place: shapely.Geometry
    measure: float


@dataclass(slots=True)
class Verdict:
    """What the rules say of an edit."""

    violations: list[Violation] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    gone: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # rule and parcels of what is no more


def judge(coverage: Coverage, changes: Sequence[ParcelChange], exclusive_levels: frozenset[str]) -> Verdict:
    """Check every rule on the changed parcels; `violations` block, `found` and `gone` are recorded.

    Shapes must be tidied, without `collapsed` rings.
    """
    verdict = Verdict()
    regions = {change.parcel.parcel_id: change.region for change in changes if change.region is not None}
    if not regions:
        return verdict
    vicinity = Vicinity(coverage, box_around(list(regions.values())))
    for change in changes:
        if change.region is not None and not shapely.is_valid(vicinity.whole(change.shape)):
            verdict.violations.append(_shape_violation(change))
    if verdict.violations:
        return verdict  # overlaps of invalid shapes mean nothing
    levels = {level for name in regions for level in (coverage.level_of(name), coverage.before[name].level)}
    for level in sorted(levels & exclusive_levels):
        of_level = {name: region for name, region in regions.items() if level in _levels(coverage, name)}
        _judge_pairs(vicinity, level, of_level, verdict)
        opened, closed = changed_gaps(vicinity, level, list(of_level))
        verdict.found.extend(Found("gap", gap.parcels, gap.place, gap.area_m2) for gap in opened)
        verdict.gone.extend(("gap", gap.parcels) for gap in closed)
    return verdict


def shape_reason(shape: Shape) -> tuple[str, tuple[float, float] | None] | None:
    """Why a shape is invalid, in GEOS' words, and where; None when it is valid."""
    polygons = polygons_of(shape)
    if shapely.is_valid(polygons):
        return None
    reason = str(shapely.is_valid_reason(polygons))
    if "[" not in reason:
        return reason, None
    words, _, place = reason.partition("[")
    x, _, y = place.rstrip("]").partition(" ")
    return words.strip(), (float(x), float(y))


def as_geojson(geometry: shapely.Geometry) -> dict[str, Any]:
    """A GeoJSON geometry in the coordinates it has."""
    return dict(json.loads(shapely.to_geojson(geometry)))


def _shape_violation(change: ParcelChange) -> Violation:
    reason, place = shape_reason(change.shape) or ("invalid", None)
    point = {"type": "Point", "coordinates": list(place)} if place else None
    name = change.parcel.parcel_id
    return Violation("invalid_geometry", (name,), f"Parcel {name} would be invalid: {reason}.", point)


def _judge_pairs(vicinity: Vicinity, level: str, regions: Mapping[str, Box], verdict: Verdict) -> None:
    pairs = _meeting_pairs(vicinity.coverage, level, regions)
    if not pairs:
        return
    was = shapely.intersection(*_both_sides([(vicinity.was(a, level), vicinity.was(b, level)) for a, b in pairs]))
    now = shapely.intersection(*_both_sides([(vicinity.now(a, level), vicinity.now(b, level)) for a, b in pairs]))
    noise = SLIVER_NOISE_M2 / vicinity.square_metres() / 2  # the scale here is not quite that of each place
    some = (shapely.area(was) > noise) | (shapely.area(now) > noise)
    for index in np.flatnonzero(some):
        _judge_pair(vicinity, level, pairs[index], verdict)


def _meeting_pairs(coverage: Coverage, level: str, regions: Mapping[str, Box]) -> list[tuple[str, str]]:
    """Pairs of a changed parcel and one that meets its changed region, both of the level before or now."""
    others = [name for name in coverage.shapes if level in _levels(coverage, name)]
    return sorted(
        {
            (min(name, other), max(name, other))
            for name, region in regions.items()
            for other in others
            if other != name and boxes_meet(region, coverage.box_of(other))
        }
    )


def _judge_pair(vicinity: Vicinity, level: str, pair: tuple[str, str], verdict: Verdict) -> None:
    """The rule for two that overlap near the edit, or did: on their whole shapes, for a finding is of the pair."""
    coverage = vicinity.coverage
    old = [coverage.before[name].shape if coverage.before[name].level == level else () for name in pair]
    new = [coverage.shapes[name] if coverage.level_of(name) == level else () for name in pair]
    before = common_area_on(coverage.ground, *(vicinity.whole(shape) for shape in old))
    after = common_area_on(coverage.ground, *(vicinity.whole(shape) for shape in new))
    if is_new_or_worse(before, after):
        grown = after.area_m2 - before.area_m2
        message = f"Parcels {pair[0]} and {pair[1]} would overlap by {after.area_m2:.2f} m²"
        if before.counts:
            message += f" ({grown:+.2f} m²)"
        verdict.violations.append(
            Violation("overlap", pair, message + ".", as_geojson(after.in_storage()), after.area_m2)
        )
        return
    for rule, was, is_now in (("overlap", before.counts, after.counts), ("sliver", before.is_sliver, after.is_sliver)):
        if is_now:
            verdict.found.append(Found(rule, pair, after.in_storage(), after.area_m2))
        elif was:
            verdict.gone.append((rule, pair))


def _levels(coverage: Coverage, name: str) -> tuple[str, str]:
    return coverage.before[name].level, coverage.level_of(name)


def _both_sides(pairs: Sequence[tuple[shapely.Geometry, shapely.Geometry]]) -> tuple[list[Any], list[Any]]:
    return [a for a, _ in pairs], [b for _, b in pairs]
