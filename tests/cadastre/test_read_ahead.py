from __future__ import annotations

from typing import Any

import pytest

from spatial_admin.cadastre.read_ahead import FEW_PLACES, MANY_OPERATIONS, blocks_of, places_of, with_room
from tests.cadastre.fabric import METRIC, Fabric, square


def block(columns: int, rows: int) -> Fabric:
    lots = {f"{i}-{j}": square(10.0 * i, 10.0 * j) for i in range(columns) for j in range(rows)}
    return Fabric.of_rings(METRIC, lots)


def moves(columns: int, rows: int) -> list[dict[str, Any]]:
    corners = [(10.0 * i, 10.0 * j) for i in range(columns + 1) for j in range(rows + 1)]
    return [{"op": "move_point", "at": [x, y], "to": [x + 1, y + 0.5]} for x, y in corners]


def test_boxes_that_fill_a_block_become_one() -> None:
    boxes = [(10.0 * i, 10.0 * j, 10.0 * i + 10, 10.0 * j + 10) for i in range(5) for j in range(4)]
    assert blocks_of(boxes) == [(0.0, 0.0, 50.0, 40.0)]


def test_boxes_along_a_road_stay_by_themselves_for_their_hull_is_the_town() -> None:
    boxes = [(9.0 * i, 9.0 * i, 9.0 * i + 10, 9.0 * i + 10) for i in range(30)]
    assert blocks_of(boxes) == boxes


def test_blocks_apart_are_read_apart() -> None:
    assert blocks_of([(0, 0, 1, 1), (500, 0, 501, 1), (1, 0, 2, 1)]) == [(0, 0, 2, 1), (500, 0, 501, 1)]
    assert blocks_of([]) == []


def test_room_is_half_the_size_on_each_side() -> None:
    assert with_room((0, 0, 10, 4)) == (-5, -2, 15, 6)


def test_places_near_each_other_are_read_with_what_comes_to_them_and_far_or_many_ones_are_not() -> None:
    here, there, far = (0.0, 0.0, 1.0, 1.0), (20.0, 0.0, 21.0, 1.0), (500.0, 0.0, 501.0, 1.0)
    places = places_of(METRIC, [here, there, here])
    assert places is not None
    assert places.boxes == (here, there)
    reach_m = 2 * max(METRIC.node_within_m, METRIC.gap_width_m)
    assert places.margin == (reach_m, reach_m)
    assert places_of(METRIC, [here, far]) is None
    assert places_of(METRIC, [(0.0, 0.0, 100.0, 1.0)]) is None, "that is the outline of something"
    assert places_of(METRIC, [(float(k), 0.0, k + 1.0, 1.0) for k in range(FEW_PLACES + 1)]) is None
    assert places_of(METRIC, []) is None


@pytest.mark.parametrize("side", [5, 20], ids=["36 moves", "441 moves"])
def test_a_block_is_read_in_a_number_of_reads_that_does_not_grow_with_it(side: int) -> None:
    fabric = block(side, side)
    outcome = fabric.edit(moves(side, side))
    assert len(outcome.changes) == side * side
    assert outcome.violations == []
    assert fabric.reads <= 4


def test_a_small_edit_reads_what_it_needs_and_no_more() -> None:
    fabric = block(20, 20)
    few = moves(20, 20)[100 : 100 + MANY_OPERATIONS - 1]
    outcome = fabric.edit(few)
    touched = {change.parcel_id for change in outcome.changes}
    around = {
        f"{i + di}-{j + dj}"
        for i, j in (map(int, name.split("-")) for name in touched)
        for di in (-1, 0, 1)
        for dj in (-1, 0, 1)
    }
    assert set(outcome.coverage.before) <= around


def test_many_operations_end_in_the_same_shapes_as_the_same_ones_in_small_edits() -> None:
    together, one_by_one = block(6, 6), block(6, 6)
    operations = moves(6, 6)
    assert len(operations) >= MANY_OPERATIONS
    together = together.with_changes(together.edit(operations).changes)
    for operation in operations:
        one_by_one = one_by_one.with_changes(one_by_one.edit([operation], judged=False).changes)
    shapes = (
        {name: [ring.tolist() for part in p.shape for ring in part] for name, p in fabric.parcels.items()}
        for fabric in (together, one_by_one)
    )
    first, second = shapes
    assert first == second
