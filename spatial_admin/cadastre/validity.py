"""The rules of an edit, checked once on its final state, in the regions that changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import shapely
from shapely import MultiPolygon

from spatial_admin.cadastre.coverage import Coverage, Shape
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.gap import new_gaps
from spatial_admin.cadastre.overlap import CommonArea, common_area, is_new_or_worse, local_polygons
from spatial_admin.cadastre.precision import Box, box_around, boxes_meet
from spatial_admin.cadastre.shapes import polygons_of
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
    """Check every rule on the changed parcels; `violations` block, `found` and `gone` are recorded."""
    verdict = Verdict()
    moved = [change for change in changes if change.region is not None]
    for change in moved:
        verdict.violations.extend(_shape_violations(change))
    if verdict.violations:
        return verdict  # overlaps of invalid shapes mean nothing
    for level in sorted({str(change.properties["level"]) for change in moved} & exclusive_levels):
        of_level = [change for change in moved if change.properties["level"] == level]
        _judge_pairs(coverage, level, of_level, verdict)
        verdict.found.extend(
            Found("gap", gap.parcels, gap.place, gap.area_m2)
            for gap in new_gaps(coverage, level, [change.region for change in of_level if change.region])
        )
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


def _shape_violations(change: ParcelChange) -> list[Violation]:
    invalid = shape_reason(change.shape)
    if invalid is None:
        return []
    reason, place = invalid
    point = {"type": "Point", "coordinates": list(place)} if place else None
    name = change.parcel.parcel_id
    return [Violation("invalid_geometry", (name,), f"Parcel {name} would be invalid: {reason}.", point)]


def _judge_pairs(coverage: Coverage, level: str, changes: Sequence[ParcelChange], verdict: Verdict) -> None:
    regions: dict[str, Box] = {change.parcel.parcel_id: change.region for change in changes if change.region}
    done: set[tuple[str, str]] = set()
    for name, region in regions.items():
        for other in coverage.shapes:
            pair = (min(name, other), max(name, other))
            if other == name or pair in done or coverage.level_of(other) != level:
                continue
            if not boxes_meet(region, coverage.box_of(other)):
                continue
            done.add(pair)
            both = box_around([regions[one] for one in pair if one in regions])
            _judge_pair(coverage, pair, both, verdict)


def _judge_pair(coverage: Coverage, pair: tuple[str, str], region: Box, verdict: Verdict) -> None:
    before = _common(coverage, {name: coverage.before[name].shape for name in pair}, region)
    if coverage.before[pair[0]].level != coverage.before[pair[1]].level:
        before = CommonArea(MultiPolygon(), before.frame)
    after = _common(coverage, {name: coverage.shapes[name] for name in pair}, region)
    if is_new_or_worse(before, after):
        grown = after.area_m2 - before.area_m2
        message = f"Parcels {pair[0]} and {pair[1]} would overlap by {after.area_m2:.2f} m²"
        if before.counts:
            message += f" ({grown:+.2f} m²)"
        place = as_geojson(after.in_storage())
        verdict.violations.append(Violation("overlap", pair, message + ".", place, after.area_m2))
        return
    for rule, was, is_now in (("overlap", before.counts, after.counts), ("sliver", before.is_sliver, after.is_sliver)):
        if is_now:
            verdict.found.append(Found(rule, pair, after.in_storage(), after.area_m2))
        elif was:
            verdict.gone.append((rule, pair))


def _common(coverage: Coverage, shapes: Mapping[str, Shape], region: Box) -> CommonArea:
    frame = coverage.ground.frame_of(region)
    a, b = (local_polygons(coverage.ground, shape, frame, region) for shape in shapes.values())
    return common_area(a, b, frame)
