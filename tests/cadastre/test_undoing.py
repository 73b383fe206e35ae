"""Putting a stretch of a boundary back, wherever it lies in the ring."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.shapes import shape_of_rings
from spatial_admin.cadastre.undoing import unchanged_since
from tests.cadastre.fabric import rings_of

SQUARE = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]


def of(*rings: list[list[float]]) -> Shape:
    return shape_of_rings([list(rings)])


def moved(index: int, x: float, y: float, ring: list[list[float]] = SQUARE) -> list[list[float]]:
    return [[x, y] if i == index else point for i, point in enumerate(ring)]


@pytest.mark.parametrize("index", range(4), ids=lambda i: f"point {i}")
def test_a_moved_point_goes_back_where_another_was_moved_since(index: int) -> None:
    after = moved(index, 20.0, 20.0)
    since = moved((index + 2) % 4, -5.0, -5.0, after)
    back = unchanged_since(of(SQUARE), of(after), of(since))
    assert back is not None
    assert rings_of(back) == [[moved((index + 2) % 4, -5.0, -5.0)]]


def test_two_far_points_of_a_long_ring_go_back_though_one_between_was_moved_since() -> None:
    ring = [[float(x), 0.0] for x in range(40)] + [[20.0, 30.0]]
    after = moved(5, 5.0, -1.0, moved(30, 30.0, -1.0, ring))
    since = moved(17, 17.0, -2.0, after)
    back = unchanged_since(of(ring), of(after), of(since))
    assert back is not None
    assert rings_of(back) == [[moved(17, 17.0, -2.0, ring)]]


def test_inserted_points_go_and_removed_ones_return() -> None:
    inserted = [*SQUARE[:1], [5.0, -1.0], *SQUARE[1:]]
    since = moved(3, 12.0, 12.0, inserted)
    there = unchanged_since(of(SQUARE), of(inserted), of(since))
    again = unchanged_since(of(inserted), of(SQUARE), of(moved(2, 12.0, 12.0)))
    assert there is not None
    assert again is not None
    assert rings_of(there) == [[moved(2, 12.0, 12.0)]]
    assert rings_of(again) == [[since]]


def test_a_whole_ring_that_kept_one_point_goes_back() -> None:
    after = [[0.0, 0.0], [7.0, 1.0], [8.0, 8.0], [1.0, 7.0]]
    back = unchanged_since(of(SQUARE), of(after), of(after))
    assert back is not None
    assert rings_of(back) == [[SQUARE]]


def test_what_did_not_change_gives_the_very_object() -> None:
    current = of(moved(1, 11.0, 0.0))
    assert unchanged_since(of(SQUARE), of(SQUARE), current) is current


@pytest.mark.parametrize(
    "since",
    [
        pytest.param(moved(2, 21.0, 21.0), id="the point moved on"),
        pytest.param(moved(1, 11.0, 0.0, moved(2, 20.0, 20.0)), id="the point beside it moved"),
        pytest.param([*SQUARE[:2], [20.0, 20.0], [15.0, 16.0], SQUARE[3]], id="a point was inserted beside it"),
    ],
)
def test_a_stretch_that_somebody_touched_is_not_put_back(since: list[list[float]]) -> None:
    assert unchanged_since(of(SQUARE), of(moved(2, 20.0, 20.0)), of(since)) is None


def test_a_hole_that_came_is_no_change_of_points() -> None:
    hole = [[2.0, 2.0], [2.0, 4.0], [4.0, 4.0]]
    assert unchanged_since(of(SQUARE), of(SQUARE, hole), of(SQUARE, hole)) is None


def test_the_rings_that_were_read_are_not_changed() -> None:
    current = of(moved(2, 20.0, 20.0))
    copy = np.array(current[0][0])
    unchanged_since(of(SQUARE), of(moved(2, 20.0, 20.0)), current)
    assert (current[0][0] == copy).all()
