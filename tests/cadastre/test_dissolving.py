from __future__ import annotations

from typing import Any

import pytest

from spatial_admin.cadastre.coverage import shape_box
from spatial_admin.cadastre.dissolving import dissolved
from spatial_admin.cadastre.precision import box_around
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import METRIC, square


def rings(*shapes: Any) -> list[list[set[tuple[float, float]]]]:
    made = [shape_of_rings(shape) for shape in shapes]
    frame = METRIC.frame_of(box_around([shape_box(shape) for shape in made]))
    return [[set(map(tuple, ring.tolist())) for ring in part] for part in dissolved(METRIC, frame, made)]


def test_segments_against_each_other_cancel_whichever_way_the_rings_run() -> None:
    outline = {(0, 0), (10, 0), (20, 0), (20, 10), (10, 10), (0, 10)}
    clockwise = [[square(10, 0)[0][0][::-1]]]
    assert rings(square(0, 0), square(10, 0)) == rings(square(0, 0), clockwise) == [[outline]]


def test_a_shape_alone_comes_out_as_it_went_in() -> None:
    hole = [[3, 3], [3, 7], [7, 7], [7, 3]]
    shape: Any = [[[[0, 0], [10, 0], [10, 10], [0, 10]], hole], *square(30, 0)]
    assert rings(shape) == [[set(map(tuple, ring)) for ring in part] for part in shape]


def test_a_walk_that_comes_back_to_a_point_is_split_there() -> None:
    around = [square(10 * i, 10 * j) for i in range(3) for j in range(3) if (i, j) not in ((1, 1), (2, 2))]
    ((exterior, hole),) = rings(*around)
    assert hole == {(10, 10), (10, 20), (20, 20), (20, 10)}
    assert exterior & hole == {(20, 20)}


def test_a_hole_goes_to_the_part_that_is_around_it_also_where_parts_are_nested() -> None:
    ring = [[[[0, 0], [90, 0], [90, 90], [0, 90]], [[10, 10], [10, 80], [80, 80], [80, 10]]]]
    inner = [[[[20, 20], [70, 20], [70, 70], [20, 70]], [[30, 30], [30, 60], [60, 60], [60, 30]]]]
    assert sorted((min(part[0]), min(part[1])) for part in rings(inner, ring)) == [
        ((0, 0), (10, 10)),
        ((20, 20), (30, 30)),
    ]


def test_near_points_of_two_shapes_cancel_and_both_stay_on_the_outline() -> None:
    ours = [[[[0, 0], [10, 0], [10, 2], [10, 10], [0, 10]]]]
    theirs = [[[[10.004, 0], [20, 0], [20, 10], [10, 10], [10, 2]]]]
    ((outline,),) = rings(ours, theirs)
    assert {(10, 0), (10.004, 0)} < outline
    assert (10, 2) not in outline


def test_near_points_of_one_shape_are_two() -> None:
    notched = [[[[0, 0], [10, 0], [10, 10], [5.004, 10], [5, 9], [5, 10], [0, 10]]]]
    ((outline,),) = rings(notched, square(10, 0))
    assert {(5.004, 10), (5, 10)} < outline


@pytest.mark.parametrize("bulge", [10.02, 9.98], ids=["overlap", "gap"])
def test_what_is_left_of_a_sliver_is_dropped(bulge: float) -> None:
    ours = [[[[0, 0], [10, 0], [10, 4.8], [bulge, 5], [10, 5.2], [10, 10], [0, 10]]]]
    theirs = [[[[10, 0], [20, 0], [20, 10], [10, 10], [10, 5.2], [10, 4.8]]]]
    assert rings(ours, theirs) == [[{(0, 0), (10, 0), (20, 0), (20, 10), (10, 10), (0, 10)}]]


def test_a_small_ring_that_one_of_them_had_stays() -> None:
    pillar: Any = [[5, 5], [5, 5.05], [5.05, 5.05], [5.05, 5]]
    ((_, hole),) = rings([[[[0, 0], [10, 0], [10, 10], [0, 10]], pillar]], square(10, 0))
    assert hole == set(map(tuple, pillar))
