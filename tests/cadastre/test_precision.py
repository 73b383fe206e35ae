from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyproj
import pytest

from spatial_admin.cadastre.precision import box_around, box_of, boxes_meet, cells_of
from tests.cadastre.fabric import DEGREES, METRIC


@pytest.mark.parametrize("latitude", [-60.0, 0.0, 14.0, 50.123, 84.0])
def test_metres_per_degree_are_those_of_the_ellipsoid(latitude: float) -> None:
    geod = pyproj.Geod(a=DEGREES.semi_major_m, es=DEGREES.eccentricity2)
    east, north = DEGREES.scale_at(latitude)
    _, _, along_parallel = geod.inv(10.0, latitude, 10.0 + 1e-4, latitude)
    _, _, along_meridian = geod.inv(10.0, latitude - 5e-5, 10.0, latitude + 5e-5)
    assert (east * 1e-4, north * 1e-4) == pytest.approx((along_parallel, along_meridian), rel=1e-7)


def test_the_scale_of_a_projected_system_is_its_unit() -> None:
    assert replace(METRIC, metres_per_unit=0.3048).scale_at(123456.0) == (0.3048, 0.3048)


def test_a_frame_measures_metres_from_its_origin_and_goes_back() -> None:
    frame = DEGREES.frame_at((14.0, 50.0))
    points = np.array([[14.0, 50.0], [14.001, 50.0], [14.0, 50.001]])
    metres = frame.to_metres(points)
    assert metres[0].tolist() == [0.0, 0.0]
    assert metres[1:].tolist() == [[pytest.approx(71.696, abs=1e-3), 0.0], [0.0, pytest.approx(111.229, abs=1e-3)]]
    assert np.allclose(frame.to_storage(metres), points, rtol=0, atol=1e-13)


def test_equal_points_stay_equal_in_a_frame() -> None:
    frame = DEGREES.frame_of((14.0, 50.0, 14.1, 50.1))
    point = np.array([[14.0512345678, 50.0987654321]])
    assert frame.to_metres(np.repeat(point, 2, axis=0)).tolist() == frame.to_metres(point).tolist() * 2


@pytest.mark.parametrize(
    ("given", "snapped"),
    [(0.00005, 0.0001), (0.000049999, 0.0), (-0.00005, 0.0), (-0.000051, -0.0001), (740123.45675, 740123.4568)],
)
def test_a_coordinate_goes_to_the_nearest_step_and_half_a_step_goes_up(given: float, snapped: float) -> None:
    assert METRIC.snapped((given, given)) == (snapped, snapped)
    assert math.copysign(1, METRIC.snapped((-0.00001, 0.0))[0]) == 1  # never a negative zero


def test_a_box_is_widened_by_at_least_the_distance_on_each_side() -> None:
    west, south, east, north = DEGREES.widened((14.0, -50.0, 14.1, 49.0), 1.0)
    scale_east, scale_north = DEGREES.scale_at(50.0)
    assert (14.0 - west) * scale_east >= 1
    assert (east - 14.1) * scale_east >= 1
    assert (-50.0 - south) * scale_north >= 0.999
    assert (north - 49.0) * scale_north >= 0.999


def test_boxes_that_touch_meet_and_boxes_apart_do_not() -> None:
    assert boxes_meet((0, 0, 1, 1), (1, 1, 2, 2))
    assert not boxes_meet((0, 0, 1, 1), (1.0000001, 0, 2, 1))
    assert not boxes_meet((0, 0, 1, 1), (0, -2, 1, -1))
    assert box_around([(0, 0, 1, 1), (-1, 0.5, 0, 3)]) == (-1, 0, 1, 3)
    assert box_of(np.array([[1.0, 5.0], [-2.0, 3.0]])) == (-2, 3, 1, 5)


def test_cells_of_a_box_on_both_sides_of_zero_are_four_and_all_different_and_ascend() -> None:
    cells = cells_of((-1, -1, 1, 1), 100.0)
    assert len(set(cells)) == 4
    assert cells == sorted(cells)
    assert cells_of((50, 50, 60, 60), 100.0) == cells_of((99, 0, 99, 0), 100.0)


def test_a_point_on_the_edge_of_the_extent_is_inside_and_no_number_is_not() -> None:
    assert METRIC.contains((1e6, -1e6))
    assert not METRIC.contains((1e6 + 1e-4, 0))
    assert not METRIC.contains((math.nan, 0))
    assert not METRIC.contains((math.inf, 0))
