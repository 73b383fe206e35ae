from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shapely import MultiLineString

from spatial_admin.demo.surveyed import edges_of, surveyed

NOTHING: NDArray[np.int64] = np.empty((0, 2), dtype=np.int64)


def lines_after(lines: list[list[tuple[float, float]]], fixed: NDArray[np.int64] = NOTHING) -> set[frozenset[object]]:
    points, edges = edges_of(MultiLineString(lines))
    kept = surveyed(points, edges, fixed)
    return {frozenset(map(tuple, points[edge].tolist())) for edge in kept}


def test_an_edge_that_passes_near_a_point_is_led_through_it() -> None:
    after = lines_after([[(0, 0), (10, 0)], [(4, 0.1), (4, 8)]])
    assert after == {
        frozenset({(0, 0), (4000, 100)}),
        frozenset({(4000, 100), (10000, 0)}),
        frozenset({(4000, 100), (4000, 8000)}),
    }


def test_several_near_points_are_passed_in_the_order_along_the_edge() -> None:
    after = lines_after([[(0, 0), (10, 0)], [(7, 0.1), (7, 8)], [(3, 0.1), (3, 8)]])
    assert frozenset({(3000, 100), (7000, 100)}) in after
    assert frozenset({(0, 0), (7000, 100)}) not in after


def test_points_that_nearly_coincide_become_the_one_where_more_edges_meet() -> None:
    after = lines_after([[(0, 0), (5, 0)], [(5, 0), (5, 9)], [(5, 0), (9, -5)], [(5.2, 0.1), (12, 3)]])
    assert frozenset({(5000, 0), (12000, 3000)}) in after
    assert not any((5200, 100) in edge for edge in after)


def test_points_on_the_border_stay_and_border_edges_gain_none() -> None:
    border = np.array([[0, 0], [10000, 0]])
    after = lines_after([[(0, 0), (10, 0)], [(0.1, 0.1), (0, 8)], [(4, 0.1), (4, 8)]], border)
    assert frozenset({(0, 0), (10000, 0)}) in after
    assert frozenset({(0, 0), (0, 8000)}) in after
