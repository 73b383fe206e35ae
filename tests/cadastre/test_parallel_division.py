from __future__ import annotations

import numpy as np
import pytest

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.dividing_line import Outline
from spatial_admin.cadastre.division import LineRefused
from spatial_admin.cadastre.half_plane import Direction
from spatial_admin.cadastre.parallel_division import TOLERANCE_M2, line_of_area, lines_of_equal_parts
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.section_correction import Wanted
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import DEGREES, METRIC, square

GROUNDS = pytest.mark.parametrize("ground", [METRIC, DEGREES], ids=["metric", "degrees"])


def outline_of(ground: Ground, shape: Shape) -> Outline:
    return Outline(ground, shape, lambda _: np.empty((0, 2)))


def skew_field(ground: Ground, random: np.random.Generator, side_m: float) -> Outline:
    """A field of four corners, on the grid, with sides of about that length."""
    corners = np.array([[0, 0], [1, 0.03], [0.9, 1], [0.3, 1.1]]) * side_m * random.uniform(0.7, 1.3, (4, 2))
    if ground.is_geographic:
        corners = corners / (80_000, 111_000) + (14, 45)
    return outline_of(ground, shape_of_rings([[[list(ground.snapped((x, y))) for x, y in corners.tolist()]]]))


@GROUNDS
@pytest.mark.parametrize("side_m", [8, 50, 300, 1500, 3000])
def test_any_area_in_any_direction_is_found_to_the_tolerance(ground: Ground, side_m: float) -> None:
    random = np.random.default_rng(int(side_m))
    for degrees in (0.0, 90.0, *random.uniform(0, 360, 6).tolist()):
        outline = skew_field(ground, random, side_m)
        wanted = float(random.uniform(0.05, 0.95)) * side_m**2 * 0.3
        trial = line_of_area(outline, Direction(degrees), Wanted(wanted))
        assert trial.right_m2 == pytest.approx(wanted, abs=TOLERANCE_M2)


@GROUNDS
@pytest.mark.parametrize("parts", [2, 3, 7])
@pytest.mark.parametrize("side_m", [8, 50, 300])
def test_lines_of_equal_parts_stand_from_right_to_left(ground: Ground, side_m: float, parts: int) -> None:
    random = np.random.default_rng(parts)
    for degrees in (0.0, 90.0, 200.0):
        lines = lines_of_equal_parts(skew_field(ground, random, side_m), Direction(degrees), parts)
        assert len(lines) == parts - 1
        offsets = [line.offset_m for line in lines]
        assert offsets == sorted(offsets)
        done = [0.0, *(line.right_m2 for line in lines)]
        assert np.diff(done) == pytest.approx([done[1]] * (parts - 1), abs=2 * TOLERANCE_M2)


def test_a_corner_takes_one_end_and_the_other_makes_up_for_it() -> None:
    shape = shape_of_rings([[[[0, 0], [20, 0], [20, 10], [5, 10], [0, 10]]]])
    trial = line_of_area(outline_of(METRIC, shape), Direction(0), Wanted(150.03))
    assert trial.section.stretches[0][-1] == (5.0, 10.0)
    assert trial.right_m2 == pytest.approx(150.03, abs=TOLERANCE_M2)


def test_what_corners_on_both_ends_put_out_of_reach_is_refused_with_the_nearest() -> None:
    shape = shape_of_rings([[[[0, 0], [5, 0], [20, 0], [20, 10], [5, 10], [0, 10]]]])
    with pytest.raises(LineRefused, match=r"150\.05 m².*nearest is 150\.00"):
        line_of_area(outline_of(METRIC, shape), Direction(0), Wanted(150.05))


def test_a_sliver_at_a_corner_is_refused() -> None:
    with pytest.raises(LineRefused, match="cannot be cut off in this direction"):
        line_of_area(outline_of(METRIC, shape_of_rings(square(0, 0))), Direction(0), Wanted(0.05))
