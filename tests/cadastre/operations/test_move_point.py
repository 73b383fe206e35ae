"""move_point on random fabrics: what is straight stays straight, nobody is torn from his neighbour, the way back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, event, given
from hypothesis import strategies as st

from spatial_admin.cadastre.coverage import Ring
from spatial_admin.cadastre.line_points import LINE_POINT_M
from spatial_admin.cadastre.noding import positions_along
from spatial_admin.cadastre.operations.positions import StoragePosition
from spatial_admin.cadastre.precision import Ground, Point
from spatial_admin.errors import InvalidOperation
from tests.cadastre.fabric import DEGREES, METRIC, Fabric, Outcome
from tests.cadastre.random_fabric import points_of, random_fabric
from tests.cadastre.test_properties import (
    PROPERTY,
    THIN_M2,
    all_points,
    check_areas,
    check_coverage,
    check_shapes,
    storage_step,
)

GROUNDS = pytest.mark.parametrize("ground", [METRIC, DEGREES], ids=["metric", "degrees"])
GRID_M = 2e-4  # a step of either grid, and its diagonal
ROW_M = 100


def accepted(fabric: Fabric, operation: dict[str, Any]) -> Outcome | None:
    """The edit, where operations and rules allow it."""
    try:
        outcome = fabric.edit([operation])
    except InvalidOperation:
        event("refused by its operation")
        return None
    event("refused by a rule" if outcome.violations else "accepted")
    return None if outcome.violations else outcome


def distance_m(ground: Ground, a: Point, b: Point, point: Point) -> float:
    """From a point to a segment."""
    return float(positions_along(ground, a, b, np.array([point]))[1][0])


def rings_with(fabric: Fabric, point: Point) -> list[tuple[Ring, int]]:
    rings = [ring for parcel in fabric.parcels.values() for part in parcel.shape for ring in part]
    return [(ring, i) for ring in rings for i in np.flatnonzero((ring == point).all(axis=1)).tolist()]


@PROPERTY
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@GROUNDS
def test_line_points_next_to_a_moved_corner_are_on_the_line_afterwards(
    ground: Ground, data: st.DataObject, seed: int
) -> None:
    fabric = random_fabric(ground, seed)
    assume(all(shapely.is_valid(fabric.polygons())))
    at = data.draw(st.sampled_from(all_points(fabric)))
    x, y = (data.draw(st.integers(-12, 12).map(lambda n: storage_step(ground, n / 2))) for _ in "xy")
    to = ground.snapped((at[0] + x, at[1] + y))
    assume(to not in all_points(fabric))
    outcome = accepted(fabric, {"op": "move_point", "at": list(at), "to": list(to), "carry_line_points": True})
    if outcome is None:
        return
    now = {(p.x, p.y): there for p, there in outcome.run.given.items() if isinstance(p, StoragePosition)} | {at: to}
    for ring, index in rings_with(fabric, at):
        for step in (-1, 1):
            first, second = (_pair(ring[(index + n * step) % len(ring)]) for n in (1, 2))
            if second != at and distance_m(ground, at, second, first) <= LINE_POINT_M:
                event("a line point")
                assert first in now
                assert distance_m(ground, to, now.get(second, second), now[first]) <= LINE_POINT_M + GRID_M
    for change in outcome.changes:  # and nothing else moved
        assert points_of(change.row.shape) - points_of(change.shape) <= set(now)
    after = fabric.with_changes(outcome.changes)
    if all(parcel.area_m2 >= THIN_M2 for parcel in after.parcels.values()):
        check_shapes(fabric, outcome)
        check_coverage(fabric, after)
        if not ground.is_geographic and not outcome.verdict.found:
            check_areas(fabric, after, outcome)


def place(ground: Ground, x: float, y: float) -> Point:
    """Metres (at the equator, something like metres) to a point of the grid; whole and tenth parts lie on it exactly."""
    east, north = (14_000, 9_000) if ground.is_geographic else (10_000, 10_000)
    return round(x * east) / ground.steps_per_unit, round(y * north) / ground.steps_per_unit


def lots_along(ground: Ground, above: list[int], below: list[int], missing: set[int]) -> Fabric:
    """Lots above and below one straight line of 100 m, which end at it at whole metres; `missing` are points of the line
    that only the lots have that end there, and nobody who passes.
    """

    lots: dict[str, Any] = {}
    for side, ends in ((30, above), (-30, below)):
        for a, b in itertools.pairwise([0, *ends, ROW_M]):
            passed = [n for n in sorted({*above, *below} - missing) if a < n < b]
            along = [place(ground, n, n / 10) for n in [a, *passed, b]]
            lots[f"{side}/{a}"] = [[[*along, place(ground, b, side), place(ground, a, side)]]]
    return Fabric.of_rings(ground, lots)


@PROPERTY
@given(
    above=st.lists(st.integers(1, ROW_M - 1), max_size=6, unique=True).map(sorted),
    below=st.lists(st.integers(1, ROW_M - 1), max_size=6, unique=True).map(sorted),
    missing=st.sets(st.integers(1, ROW_M - 1).filter(lambda n: n % 2 == 0)),
    rise=st.integers(-60, 60),
    run=st.integers(-30, 30),
)
@GROUNDS
def test_a_straight_boundary_stays_straight_up_to_the_first_corner_of_all(
    ground: Ground, above: list[int], below: list[int], missing: set[int], rise: int, run: int
) -> None:
    fabric = lots_along(ground, above, below, missing)
    old = place(ground, ROW_M, ROW_M / 10)
    new = ground.snapped((old[0] + storage_step(ground, run / 10), old[1] + storage_step(ground, rise / 10)))
    operation = {"op": "move_point", "at": list(old), "to": list(new), "carry_line_points": True}
    outcome = accepted(fabric, operation)
    crossings = set(above) & set(below)  # there four lots meet
    if outcome is None or new == old:
        return
    last = max(crossings, default=0)
    expected = sorted(n for n in {*above, *below} if n > last)
    carried = [there for position, there in outcome.run.given.items() if position != StoragePosition(*new)]
    assert len(carried) == len(expected)
    for there in carried:
        assert distance_m(ground, place(ground, last, last / 10), new, there) <= LINE_POINT_M + GRID_M
    after = fabric.with_changes(outcome.changes)
    check_coverage(fabric, after)
    if not ground.is_geographic and not outcome.verdict.found:
        check_areas(fabric, after, outcome)


@PROPERTY
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@GROUNDS
def test_the_way_back_gives_the_old_coordinates_to_the_bit(ground: Ground, data: st.DataObject, seed: int) -> None:
    fabric = random_fabric(ground, seed)
    assume(all(shapely.is_valid(fabric.polygons())))
    at = data.draw(st.sampled_from(all_points(fabric)))
    x, y = (data.draw(st.integers(-6, 6).map(lambda n: storage_step(ground, n / 2))) for _ in "xy")
    to = ground.snapped((at[0] + x, at[1] + y))
    assume(to not in all_points(fabric))
    there = accepted(fabric, {"op": "move_point", "at": list(at), "to": list(to)})
    if there is None:
        return
    moved = fabric.with_changes(there.changes)
    back = moved.edit([{"op": "move_point", "at": list(to), "to": list(at)}], judged=False)
    again = moved.with_changes(back.changes)
    for name, parcel in fabric.parcels.items():
        for part, now in zip(parcel.shape, again.parcels[name].shape, strict=True):
            for ring, ring_now in zip(part, now, strict=True):
                kept = [point for point in ring_now.tolist() if point in ring.tolist()]
                assert kept == ring.tolist()  # noded points are left on the line


def _pair(coordinates: Any) -> Point:
    return float(coordinates[0]), float(coordinates[1])
