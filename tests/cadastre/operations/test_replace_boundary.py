"""replace_boundary on random fabrics: both sides stay the same doubles, no land is lost, the way back; and large rings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, event, given
from hypothesis import strategies as st

from spatial_admin.cadastre.coverage import Ring
from spatial_admin.cadastre.precision import Ground, Point
from tests.cadastre.fabric import METRIC, Fabric, rings_of, square
from tests.cadastre.operations.test_move_point import GROUNDS, accepted
from tests.cadastre.random_fabric import points_of, random_fabric
from tests.cadastre.test_properties import (
    PROPERTY,
    THIN_M2,
    check_areas,
    check_coverage,
    check_shapes,
    storage_step,
)


def rotated(ring: Ring) -> list[Any]:
    """A ring from its least point on, in its own order."""
    points: list[Any] = ring.tolist()
    first = points.index(min(points))
    return points[first:] + points[:first]


def directions(fabric: Fabric) -> list[bool]:
    """Which rings run anticlockwise."""
    rings = [ring for parcel in fabric.parcels.values() for part in parcel.shape for ring in part]
    return [bool(shapely.is_ccw(shapely.linearrings(ring))) for ring in rings]


@st.composite
def replacements(draw: st.DrawFn, fabric: Fabric) -> tuple[dict[str, Any], list[Point]]:
    """A replacement of one to three segments of some ring by a path near them, and the points it takes away."""
    name = draw(st.sampled_from(sorted(fabric.parcels)))
    ring = draw(st.sampled_from([ring for part in fabric.parcels[name].shape for ring in part]))
    first, count = draw(st.integers(0, len(ring) - 1)), draw(st.integers(1, min(3, len(ring) - 1)))
    path = [tuple(ring[(first + n) % len(ring)].tolist()) for n in range(count + 1)]
    shift = st.integers(-5, 5).map(lambda n: storage_step(fabric.ground, n / 2))
    via = []
    for part in sorted(draw(st.lists(st.sampled_from([0.2, 0.4, 0.5, 0.7]), max_size=3, unique=True))):
        x, y = (a + (b - a) * part for a, b in zip(path[0], path[-1], strict=True))
        via.append(fabric.ground.snapped((x + draw(shift), y + draw(shift))))
    having = [
        other for other, parcel in fabric.parcels.items() if other != name and set(path) <= points_of(parcel.shape)
    ]
    parcels = [name, *having][:2] if draw(st.integers(0, 4)) else [name]
    operation = {"op": "replace_boundary", "from": list(path[0]), "to": list(path[-1]), "via": [list(p) for p in via]}
    return {**operation, "parcels": parcels}, path[1:-1]


@PROPERTY
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@GROUNDS
def test_a_replaced_boundary_is_the_same_for_both_and_can_be_put_back(
    ground: Ground, data: st.DataObject, seed: int
) -> None:
    fabric = random_fabric(ground, seed)
    assume(all(shapely.is_valid(fabric.polygons())))
    operation, gone = data.draw(replacements(fabric))
    outcome = accepted(fabric, operation)
    if outcome is None:
        return
    after = fabric.with_changes(outcome.changes)
    if any(parcel.area_m2 < THIN_M2 for parcel in after.parcels.values()):
        event("thin")
        return
    operated = {change.parcel_id for change in outcome.changes if change.is_operated}
    assert operated <= outcome.run.bound
    assert 1 <= len(outcome.run.bound) <= 2
    for change in outcome.changes:
        left = points_of(change.row.shape) - points_of(change.shape)
        assert not left or change.is_operated
    check_shapes(fabric, outcome)
    check_coverage(fabric, after)
    if not ground.is_geographic and not outcome.verdict.found:
        check_areas(fabric, after, outcome)
    if len(outcome.run.bound) == 2 and len(outcome.changes) == 2:
        event("inner")
        was, now = (shapely.union_all(one.polygons()).area for one in (fabric, after))
        assert now == pytest.approx(was, rel=1e-9)
    check_way_back(fabric, after, operation, gone)


def check_way_back(fabric: Fabric, after: Fabric, operation: dict[str, Any], gone: list[Point]) -> None:
    """The old points as via: every ring has its old points again, in their order and to the bit."""
    left = {
        point
        for n, parcel in fabric.parcels.items()
        for point in points_of(parcel.shape) - points_of(after.parcels[n].shape)
    }
    if left != set(gone):
        event("had more points than those drawn, or went the other way round")
        return
    if directions(fabric) != directions(after):
        event("turned over")  # a parcel that flips over its other side has the new boundary on its other hand
        return
    event("put back")
    back = after.edit([{**operation, "via": [list(point) for point in gone]}], judged=False)
    again = after.with_changes(back.changes)
    for name, parcel in fabric.parcels.items():
        for part, now in zip(parcel.shape, again.parcels[name].shape, strict=True):
            for ring, ring_now in zip(part, now, strict=True):
                kept = [point for point in ring_now.tolist() if point in ring.tolist()]  # what was noded stays
                assert rotated(np.array(kept)) == rotated(ring)


def road(points: int) -> Fabric:
    """A road of so many points on both sides together, a lot at each of its segments above, and one that is long."""
    count = points // 2
    x = np.arange(count) * 10.0
    above, below = np.column_stack([x, np.sin(x / 50) * 5 + 10]), np.column_stack([x, np.sin(x / 50) * 5])
    shapes: dict[str, Any] = {"road": [[[*below.tolist(), *above[::-1].tolist()]]]}
    for i in range(0, count - 1, 4):
        edge = above[i : i + 5]
        shapes[f"lot {i}"] = [[[*edge.tolist(), [float(edge[-1, 0]), 60.0], [float(edge[0, 0]), 60.0]]]]
    return Fabric.of_rings(METRIC, shapes)


def test_a_long_road_is_followed_no_farther_than_its_boundary_with_one_lot() -> None:
    fabric = road(19_208)
    ring = fabric.parcels["road"].shape[0][0]
    start, end = fabric.parcels["lot 4000"].shape[0][0][[0, 4]].tolist()
    outcome = fabric.edit(
        [{"op": "replace_boundary", "from": start, "to": end, "via": [[(start[0] + end[0]) / 2, start[1] + 3]]}],
        judged=False,
    )
    assert [change.parcel_id for change in outcome.changes] == ["lot 4000", "road"]
    assert len(outcome.change_of("road").shape[0][0]) == len(ring) - 2
    assert len(outcome.coverage.before) < 40


def test_a_way_round_that_is_no_boundary_leaves_nothing_behind() -> None:
    # On the way round the other side a point of C lies on A's edge, which A has not: nobody nodes it for B's sake.
    fabric = Fabric.of_rings(
        METRIC,
        {
            "A": square(0, 0),
            "B": square(10, 0),
            "C": [[[[3, 10], [7, 10], [5, 15]]]],
            "D": [[[[0, -10], [20, -10], [20, 0], [10, 0], [0, 0]]]],
        },
    )
    operation = {"op": "replace_boundary", "from": [10, 0], "to": [10, 10], "via": [[11, 5]], "parcels": ["A", "B"]}
    outcome = fabric.edit([operation])
    assert [change.parcel_id for change in outcome.changes] == ["A", "B"]
    assert rings_of(outcome.change_of("A").shape) == [[[[0, 0], [10, 0], [11, 5], [10, 10], [0, 10]]]]
