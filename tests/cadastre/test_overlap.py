from __future__ import annotations

import pytest
import shapely

from spatial_admin.cadastre.overlap import common_area_on, is_new_or_worse, mean_width_m
from spatial_admin.cadastre.precision import Box
from tests.cadastre.fabric import DEGREES, METRIC

A = shapely.box(0, 0, 10, 10)


def test_parcels_that_touch_along_a_line_or_at_a_point_have_nothing_in_common() -> None:
    for other in (shapely.box(10, 0, 20, 10), shapely.box(10, 10, 20, 20), shapely.box(30, 0, 40, 10)):
        common = common_area_on(METRIC, A, other)
        assert (common.area_m2, common.counts, common.is_sliver) == (0, False, False)


def test_points_and_lines_of_an_intersection_are_left_out() -> None:
    other = shapely.MultiPolygon([shapely.box(9, 0, 20, 1), shapely.box(10, 5, 20, 10)])
    assert common_area_on(METRIC, A, other).area_m2 == 1


@pytest.mark.parametrize(
    ("what", "width", "counts", "is_sliver"),
    [
        ("a strip of 2 mm by 10 m", 0.002, True, False),
        ("0.009 m2, a sliver below tolerance", 0.0009, False, True),
        ("what rounding leaves", 0.000_009, False, False),
    ],
)
def test_what_counts_as_an_overlap(what: str, width: float, counts: bool, is_sliver: bool) -> None:
    common = common_area_on(METRIC, A, shapely.box(10 - width, 0, 20, 10))
    assert (common.counts, common.is_sliver) == (counts, is_sliver), what


def test_a_long_strip_under_a_millimetre_is_noise_however_large() -> None:
    common = common_area_on(METRIC, shapely.box(0, 0, 10, 1000), shapely.box(9.9991, 0, 20, 1000))
    assert common.area_m2 == pytest.approx(0.9)
    assert not common.counts


def test_in_degrees_the_area_is_measured_at_the_place_of_the_overlap() -> None:
    a, b = shapely.box(14, 50, 14.001, 50.1), shapely.box(14.0005, 50.09, 14.002, 50.2)
    east, north = DEGREES.scale_at(50.095)
    common = common_area_on(DEGREES, a, b)
    assert common.area_m2 == pytest.approx(0.0005 * east * 0.01 * north, rel=1e-9)
    assert shapely.bounds(common.in_storage()).tolist() == pytest.approx([14.0005, 50.09, 14.001, 50.1], abs=1e-12)


@pytest.mark.parametrize(
    ("what", "before", "after", "is_worse"),
    [
        ("nothing before, a square metre after", (20, 0, 21, 1), (9, 0, 20, 1), True),
        ("the same", (9, 0, 20, 10), (9, 0, 20, 10), False),
        ("larger by 0.005 m2", (9, 0, 20, 10), (8.9995, 0, 20, 10), False),
        ("larger by 0.02 m2", (9, 0, 20, 10), (8.998, 0, 20, 10), True),
        ("smaller", (9, 0, 20, 10), (9.5, 0, 20, 10), False),
        ("as large, elsewhere", (9, 0, 20, 5), (9, 5, 20, 10), True),
        ("smaller, elsewhere", (9, 0, 20, 5), (9, 6, 20, 8), True),
        ("gone", (9, 0, 20, 10), (10, 0, 20, 10), False),
        ("below tolerance, new", (20, 0, 21, 1), (9.9995, 0, 20, 10), False),
    ],
)
def test_what_is_new_or_worse(what: str, before: Box, after: Box, is_worse: bool) -> None:
    was, now = (common_area_on(METRIC, A, shapely.box(*box)) for box in (before, after))
    assert is_new_or_worse(was, now) is is_worse, what


def test_mean_width_is_that_of_a_strip_and_zero_for_nothing() -> None:
    assert mean_width_m(shapely.box(0, 0, 1000, 0.01)) == pytest.approx(0.01, rel=1e-4)
    assert mean_width_m(shapely.MultiPolygon()) == 0
