from __future__ import annotations

import numpy as np
import pytest

from spatial_admin.cadastre.dividing_line import Outline, section_of
from spatial_admin.cadastre.division import LineRefused, Section
from spatial_admin.cadastre.precision import Box, FloatArray, Point
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import METRIC, square

SOUTH, NORTH = ((0.0, 0.0), (10.0, 0.0)), ((10.0, 10.0), (0.0, 10.0))


def cut(*line: Point, others: list[Point] | None = None) -> Section:
    def points_in(box: Box) -> FloatArray:
        return np.array(others or []).reshape(-1, 2)

    return section_of(Outline(METRIC, shape_of_rings(square(0, 0)), points_in), line)


def test_crossings_are_snapped_once_and_belong_to_their_segments() -> None:
    section = cut((3, -1), (3.7, 11))
    a, b = (3.0583, 0.0), (3.6417, 10.0)
    assert section == Section(((a, b),), {SOUTH: (a,), NORTH: (b,)})


@pytest.mark.parametrize("off_m", [0.0, 0.004, 0.0099, 0.01, 0.010000001, 0.0101])
@pytest.mark.parametrize("turn", [0.0, 0.0005, 0.003])
def test_at_the_limit_of_noding_a_line_by_a_corner_never_loses_its_crossing(off_m: float, turn: float) -> None:
    # A point of the boundary takes the place of the crossing, or it is a point of its own; never neither.
    shape = shape_of_rings([[[[0, 0], [5, 0], [10, 0], [10, 10], [5, 10], [0, 10]]]])
    outline = Outline(METRIC, shape, lambda _: np.empty((0, 2)))
    ((start, end),) = section_of(outline, [(5 + off_m, -2), (5 + off_m + turn, 12)]).stretches
    for x, y in (start, end):
        assert y in {0.0, 10.0}
        assert x == 5.0 or x - 5.0 >= 0.01 - 1e-4
    assert {start[1], end[1]} == {0.0, 10.0}


def test_an_end_near_the_boundary_is_put_onto_it() -> None:
    assert cut((3, 0.009), (3, 10.0093)).stretches == (((3.0, 0.0), (3.0, 10.0)),)
    assert cut((0.004, -0.004), (10.0, 9.995)).stretches == (((0.0, 0.0), (10.0, 10.0)),)


def test_points_of_others_on_the_line_are_its_vertices_and_those_at_its_ends_are_not() -> None:
    section = cut((3, -1), (3, 11), others=[(3.006, 4), (2.98, 5), (3.0, 6.0), (3.004, 0.0), (0.0, 0.0)])
    assert section.stretches == (((3.0, 0.0), (3.006, 4.0), (3.0, 6.0), (3.0, 10.0)),)


def test_points_where_the_line_only_touches_are_not_needed() -> None:
    section = cut((-2, 0), (3, 0), (3, 10), (12, 10))
    assert section == Section((((3.0, 0.0), (3.0, 10.0)),), {SOUTH: ((3.0, 0.0),), NORTH: ((3.0, 10.0),)})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ([(3, 4), (3, 12)], r"ends inside the parcel at \[3, 4\], 3.00 m"),
        ([(3, -1), (3, 4), (5, 7)], r"ends inside the parcel at \[5, 7\], 3.00 m"),
        ([(3, 4), (5, 5)], "ends inside"),
        ([(12, -1), (12, 5)], "passes 2.00 m away"),
        ([(-1, 0), (12, 0)], "only touches"),
        ([(10, 10), (12, 12)], "only touches"),
        ([(3, -1), (3, 8), (6, 8), (6, 4), (-1, 4)], r"crosses itself at \[3.0, 4.0\]"),
        ([(3, -1), (3, 8), (3, 2), (12, 2)], "crosses itself"),
        ([(0, 0), (3, 5), (5, 3), (0.004, 0.004)], r"meets itself at \[0.0, 0.0\]"),
        ([(3, 0), (3, 0)], "two different points"),
    ],
)
def test_what_does_not_divide_is_refused_with_the_place(line: list[Point], why: str) -> None:
    with pytest.raises(LineRefused, match=why):
        cut(*line)
