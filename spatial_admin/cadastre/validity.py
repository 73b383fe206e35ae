"""The rules of an edit, checked once on its final state, in the regions that changed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Coverage, Shape
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.gap import changed_gaps
from spatial_admin.cadastre.no_worse import PairVerdict, judge_pairs
from spatial_admin.cadastre.overlap import TOLERANCE_M2
from spatial_admin.cadastre.precision import Point, box_around
from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.cadastre.stacks import changed_stacks
from spatial_admin.cadastre.vicinity import Vicinity
from spatial_admin.errors import Violation

BLOCKING: Final = frozenset({"invalid_geometry", "collapsed", "overlap", "id_taken", "outside_extent"})

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding to open or to keep up to date: rule, parcel ids, place in storage coordinates, square metres.

    `point` tells findings of one rule and the same parcels apart; `label` stands for the parcels where these are all
    that have a number. `heirs_of` are the parcels of findings whose acceptance goes over to it: an accepted overlap
    of a parcel that is split is one of its pieces'. `reason` is why a reviewer accepts it with the edit.
    """

    rule: str
    parcels: Names
    place: shapely.Geometry
    measure: float | None
    heirs_of: tuple[tuple[str, Names], ...] = ()
    reason: str | None = None
    point: Point | None = None
    label: str | None = None


@dataclass(slots=True)
class Verdict:
    """What the rules say of an edit."""

    violations: list[Violation] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    gone: list[tuple[str, Names]] = field(default_factory=list)  # rule and parcels of what is no more
    gone_at: list[tuple[str, Names, Point | None]] = field(default_factory=list)  # and of what was at a point
    is_accepted: set[tuple[str, Names]] = field(default_factory=set)  # of the acceptances asked for, those that met


Accepted = Mapping[tuple[str, Names], str]
"""What a reviewer accepts with the edit: rule and parcel ids, ascending, and the reason."""


def judge(
    coverage: Coverage,
    changes: Sequence[ParcelChange],
    exclusive_levels: frozenset[str],
    accepted: Accepted | None = None,
    may_return: Mapping[tuple[str, Names], float] | None = None,
) -> Verdict:
    """Check every rule on the changed parcels; `violations` block, `found` and `gone` are recorded.

    `may_return` are the findings that an edit had closed which is now undone, with their measures: they may come back.

    Shapes must be tidied, without `collapsed` rings.
    """
    verdict = Verdict()
    regions = {change.parcel_id: change.region for change in changes if change.region is not None}
    if not regions:
        return verdict
    moved = [change for change in changes if change.region is not None]
    pairs = [(c.before.shape if c.before else (), c.shape if c.change != "retired" else ()) for c in moved]
    vicinity = Vicinity(coverage, box_around(list(regions.values())), pairs)
    verdict.violations.extend(_shape_violations(vicinity, [c for c in moved if c.change != "retired"]))
    if verdict.violations:
        return verdict  # overlaps of invalid shapes mean nothing
    levels = {level for name in regions for level in coverage.levels_of(name)}
    for level in sorted(levels & exclusive_levels):
        of_level = {name: region for name, region in regions.items() if level in coverage.levels_of(name)}
        stacks = changed_stacks(vicinity, level, list(of_level))
        verdict.found.extend(Found("stack", s.parcels, s.place, s.area_m2, s.heirs_of) for s in stacks.found)
        verdict.gone.extend(("stack", parcels) for parcels in stacks.gone)
        for pair in judge_pairs(vicinity, level, of_level, stacks):
            _record(verdict, pair, {**(may_return or {}), **(accepted or {})})
        opened, closed = changed_gaps(vicinity, level, list(of_level))
        verdict.found.extend(Found("gap", gap.parcels, gap.place, gap.area_m2) for gap in opened)
        verdict.gone.extend(("gap", gap.parcels) for gap in closed)
    accept_found(verdict, accepted or {})
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


def _shape_violations(vicinity: Vicinity, changes: Sequence[ParcelChange]) -> Iterator[Violation]:
    vicinity.make(change.shape for change in changes)
    shapes = np.array([vicinity.whole(change.shape) for change in changes], dtype=object)
    yield from map(_invalid, itertools.compress(changes, ~shapely.is_valid(shapes)))


def _invalid(change: ParcelChange) -> Violation:
    reason, place = shape_reason(change.shape) or ("invalid", None)
    point = {"type": "Point", "coordinates": list(place)} if place else None
    name = change.parcel_id
    return Violation("invalid_geometry", (name,), f"Parcel {name} would be invalid: {reason}.", point)


def _record(verdict: Verdict, pair: PairVerdict, allowed: Mapping[tuple[str, Names], str | float]) -> None:
    permit = _permit(pair.parcels, allowed)
    is_allowed = isinstance(permit, str) or (permit is not None and pair.after_m2 <= permit + TOLERANCE_M2)
    if pair.is_worse and not is_allowed:
        message = f"Parcels {pair.parcels[0]} and {pair.parcels[1]} would overlap by {pair.after_m2:.2f} m²"
        if pair.before_m2:
            message += f" ({pair.after_m2 - pair.before_m2:+.2f} m²)"
        verdict.violations.append(
            Violation("overlap", pair.parcels, message + ".", as_geojson(pair.place), pair.after_m2)
        )
        return
    if pair.rule:
        rules = ("overlap", "sliver") if pair.rule == "sliver" else (pair.rule,)  # of an overlap a sliver may be left
        heirs_of = tuple((rule, parents) for parents in pair.parents for rule in rules)
        verdict.found.append(Found(pair.rule, pair.parcels, pair.place, pair.after_m2, heirs_of))
    verdict.gone.extend((rule, pair.parcels) for rule in pair.gone)


def _permit(pair: Names, allowed: Mapping[tuple[str, Names], str | float]) -> str | float | None:
    """What allows two parcels to overlap: said of the two, or of a stack that has both of them."""
    stacks = (permit for (rule, names), permit in allowed.items() if rule == "stack" and set(pair) <= set(names))
    return allowed.get(("overlap", pair), next(stacks, None))


def accept_found(verdict: Verdict, accepted: Accepted) -> None:
    """Give the findings that the reviewer accepts with the edit their reason.

    A refusal names the overlap of two; where these become a stack, accepting what it named accepts the stack.
    """
    for index, found in enumerate(verdict.found):
        for (rule, parcels), reason in accepted.items():
            is_of_stack = (found.rule, rule) == ("stack", "overlap") and set(parcels) <= set(found.parcels)
            if is_of_stack or (rule, parcels) == (found.rule, tuple(sorted(found.parcels))):
                verdict.is_accepted.add((rule, parcels))
                verdict.found[index] = replace(found, reason=reason)
