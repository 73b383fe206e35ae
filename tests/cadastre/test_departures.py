"""Which points a change of CRS takes off a line: those that lie on it, where it bends, and are no corner of it."""

from __future__ import annotations

import numpy as np
import pytest

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.departures import Departure, bending_segments, departures
from tests.cadastre.test_reprojection import MILE, SOURCE, TARGET, X, Y, box, ring, transform


def found(shapes: list[Shape]) -> list[Departure]:
    points = np.concatenate([one for shape in shapes for part in shape for one in part])
    return departures(bending_segments(shapes, SOURCE, TARGET, transform), points, SOURCE, TARGET, transform)


def test_a_t_point_in_the_middle_of_a_mile_leaves_it_by_centimetres() -> None:
    (one,) = found([box(0, 0, MILE, MILE), box(0, -9, MILE / 2, 0)])
    assert (one.a, one.b, one.at) == ((X, Y), (X + MILE, Y), (X + MILE / 2, Y))
    assert 0.03 < one.distance_m < 0.07


def test_a_line_that_two_have_is_one_whichever_way_they_go_round() -> None:
    field, mirrored = box(0, 0, MILE, MILE), ((box(0, 0, MILE, MILE)[0][0][::-1],),)
    assert len(bending_segments([field, mirrored], SOURCE, TARGET, transform)) == 4


@pytest.mark.parametrize(
    "neighbour",
    [
        pytest.param(box(0, -9, MILE, 0), id="corner of both"),
        pytest.param(ring((0, -9), (MILE / 2, -0.005), (MILE, -9)), id="five millimetres beside"),
        pytest.param(ring((0, -9), (0.0004, 0), (-5, 0)), id="as good as the corner"),
    ],
)
def test_other_points_stay_where_they_are(neighbour: Shape) -> None:
    assert found([box(0, 0, MILE, MILE), neighbour]) == []


def test_a_line_too_short_to_bend_takes_its_points_along() -> None:
    assert found([box(0, 0, 60, 60), box(0, -9, 30, 0)]) == []
    assert found([box(0, 0, 20, 20)]) == []
    assert bending_segments([], SOURCE, TARGET, transform).shape == (0, 2, 2)
