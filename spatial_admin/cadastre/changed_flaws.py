"""What an edit does to the rules that look at one parcel, and to points that a neighbour lacks: before against after.

Large shapes are left to the next scan: to look at all of a road of twenty thousand points at each edit along it would
cost more than the edit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Coverage, Shape
from spatial_admin.cadastre.difference import ParcelChange, changed_points
from spatial_admin.cadastre.legal_area import is_off
from spatial_admin.cadastre.noding import comes_near
from spatial_admin.cadastre.precision import FEW_POINTS, Point
from spatial_admin.cadastre.ring_table import table_of_shapes
from spatial_admin.cadastre.rules import RuleBook
from spatial_admin.cadastre.shape_rules import Flaw, composed_flaws, outline_flaws
from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.cadastre.validity import Found, Names
from spatial_admin.cadastre.vicinity import is_large

NUMBERED_KINDS = ("lot", "unit")
At = tuple[str, Point | None]
State = Callable[[str], Shape]


@dataclass(slots=True)
class Flaws:
    """Findings to open (all of them new with the edit), and those that are no more."""

    found: list[Found] = field(default_factory=list)
    gone: list[tuple[str, Names, Point | None]] = field(default_factory=list)


def changed_flaws(coverage: Coverage, changes: Sequence[ParcelChange], book: RuleBook) -> Flaws:
    """Compare each changed parcel with what it was; of what stayed as it was nothing is said."""
    flaws = Flaws()
    reshaped = [c for c in changes if c.region is not None and not is_large(_before(c)) and not is_large(_after(c))]
    if reshaped:
        _outlines(coverage, reshaped, book, flaws)
    if book.is_on("missing_point"):
        _missing_points(coverage, [c for c in changes if c.region is not None], book, flaws)
    for change in changes:
        for rule, was, now in _attributes(change, book):
            if was and not now:
                flaws.gone.append((rule, (change.parcel_id,), None))
            elif now and not was:
                place = shapely.point_on_surface(polygons_of(change.shape))
                flaws.found.append(Found(rule, (change.parcel_id,), place, _difference(change, rule)))
    return flaws


def _before(change: ParcelChange) -> Shape:
    return change.before.shape if change.before is not None and change.change != "restored" else ()


def _after(change: ParcelChange) -> Shape:
    return change.shape if change.change != "retired" else ()


def _outlines(coverage: Coverage, changes: Sequence[ParcelChange], book: RuleBook, flaws: Flaws) -> None:
    """Both states in one table: beginning to look costs more than looking at a few rings more."""
    count = len(changes)
    shapes = [_before(c) for c in changes] + [_after(c) for c in changes]
    areas = np.array([c.area_before_m2 or 0.0 for c in changes] + [c.area_m2 for c in changes])
    was: dict[At, set[str]] = defaultdict(set)
    now: dict[At, set[str]] = defaultdict(set)
    kept: dict[tuple[str, str], Flaw] = {}
    for flaw in _flaws_of(coverage, shapes, areas, book):
        for number in flaw.parcels:
            name = changes[number % count].parcel_id
            (was if number < count else now)[flaw.rule, flaw.point].add(name)
            if number >= count and flaw.point is None:
                kept[flaw.rule, name] = flaw
    for rule, point in {**was, **now}:
        before, after = was[rule, point], now[rule, point]
        if point is not None and before != after:
            _at_point(coverage, rule, point, book, flaws)
        elif point is None:
            flaws.gone += [(rule, (name,), None) for name in sorted(before - after)]
            for name in sorted(after - before):
                flaw = kept[rule, name]
                flaws.found.append(Found(rule, (name,), flaw.place, flaw.measure))


def _flaws_of(
    coverage: Coverage, shapes: Sequence[Shape], areas: np.ndarray[tuple[int], np.dtype[np.float64]], book: RuleBook
) -> Iterator[Flaw]:
    yield from outline_flaws(table_of_shapes(shapes), areas, coverage.ground, book)
    several = [number for number, shape in enumerate(shapes) if sum(len(part) for part in shape) > 1]
    if several:
        geometries = np.array([polygons_of(shapes[number]) for number in several], dtype=object)
        yield from composed_flaws(several, geometries, coverage.ground, book)


def _at_point(coverage: Coverage, rule: str, point: Point, book: RuleBook, flaws: Flaws) -> None:
    """A flaw at a point is of all parcels that have it there, changed or not."""
    box = (*point, *point)
    before, after = (_having(coverage, rule, point, state, coverage.near(box), book) for state in _states(coverage))
    if before is not None and (after is None or before[0] != after[0]):
        flaws.gone.append((rule, before[0], point))
    if after is not None and (before is None or before[0] != after[0]):
        heirs_of = ((rule, before[0]),) if before is not None else ()  # the same flaw, of others by now
        flaws.found.append(Found(rule, after[0], shapely.Point(point), after[1], heirs_of, point=point))


def _states(coverage: Coverage) -> tuple[State, State]:
    def was(name: str) -> Shape:
        parcel = coverage.before.get(name)
        return parcel.shape if parcel is not None else ()

    return was, lambda name: coverage.shapes.get(name, ())


def _having(
    coverage: Coverage, rule: str, point: Point, state: State, near: Iterable[str], book: RuleBook
) -> tuple[Names, float] | None:
    names = [name for name in near if state(name)]
    table = table_of_shapes([state(name) for name in names])
    areas = np.full(len(names), np.inf)  # small parcels are not asked for
    for flaw in outline_flaws(table, areas, coverage.ground, book):
        if flaw.rule == rule and flaw.point == point:
            return tuple(sorted(names[number] for number in flaw.parcels)), flaw.measure
    return None


def _missing_points(coverage: Coverage, changes: Sequence[ParcelChange], book: RuleBook, flaws: Flaws) -> None:
    """Noding lets none be made; but one that was there goes when its point moves away, or is inserted at last."""
    within = book.number("missing_point", "within_m")
    points: set[Point] = set()
    for change in changes:
        removed, added = changed_points(_before(change), _after(change))
        points |= removed | added
    was, now = _states(coverage)
    for point in sorted(points):
        before = [tuple(sorted({lacking, *owners})) for lacking, owners, _ in _lacking(coverage, point, was, within)]
        if not before:
            continue
        flaws.gone += [("missing_point", names, point) for names in before]
        heirs_of = tuple(("missing_point", names) for names in before)  # where a split gave the point others
        for lacking, owners, metres in _lacking(coverage, point, now, within):
            names = tuple(sorted({lacking, *owners}))
            flaws.found.append(Found("missing_point", names, shapely.Point(point), metres, heirs_of, point=point))


def _lacking(
    coverage: Coverage, point: Point, state: State, within: float
) -> Iterator[tuple[str, Sequence[str], float]]:
    """Parcels with a side, but no point, at a point of others of their level; who these are; metres."""
    box = coverage.ground.widened((*point, *point), within)
    near = [name for name in coverage.near(box) if state(name)]
    owners = [name for name in near if _has(state(name), point)]
    if not owners or len(owners) == len(near):
        return
    frame = coverage.ground.frame_at(point)
    for name in near:
        levels = coverage.levels_of(name)
        having = [owner for owner in owners if levels & coverage.levels_of(owner)]
        if name in owners or not having:
            continue
        for ring in (ring for part in state(name) for ring in part if comes_near(ring, box)):
            metres = frame.to_metres(ring)
            if np.hypot(*metres.T).min() <= within:
                break
            distance = shapely.distance(shapely.linearrings(metres), shapely.Point(0, 0))
            if distance <= within:
                yield name, having, float(distance)
                break


def _has(shape: Shape, point: Point) -> bool:
    if sum(len(ring) for part in shape for ring in part) <= FEW_POINTS:
        return any([*point] in ring.tolist() for part in shape for ring in part)
    return any(((ring[:, 0] == point[0]) & (ring[:, 1] == point[1])).any() for part in shape for ring in part)


def _attributes(change: ParcelChange, book: RuleBook) -> Iterator[tuple[str, bool, bool]]:
    """Rule, whether it found something before the edit, and whether it does now."""
    was = change.before.properties if change.before is not None and change.change != "restored" else None
    now = change.properties if change.change != "retired" else None
    if book.is_on("missing_number"):
        yield "missing_number", _lacks_number(was), _lacks_number(now)
    if book.is_on("legal_area"):
        yield "legal_area", _is_off(was, change.area_before_m2, book), _is_off(now, change.area_m2, book)


def _is_off(properties: Mapping[str, Any] | None, area_m2: float | None, book: RuleBook) -> bool:
    if properties is None or area_m2 is None or not properties["legal_area_m2"]:
        return False
    a, b = book.number("legal_area", "a_m2"), book.number("legal_area", "b_m")
    return is_off(area_m2, float(properties["legal_area_m2"]), properties["legal_area_text"], a, b)


def _lacks_number(properties: Mapping[str, Any] | None) -> bool:
    return properties is not None and properties["kind"] in NUMBERED_KINDS and not (properties["number"] or "").strip()


def _difference(change: ParcelChange, rule: str) -> float | None:
    return change.area_m2 - float(change.properties["legal_area_m2"]) if rule == "legal_area" else None
