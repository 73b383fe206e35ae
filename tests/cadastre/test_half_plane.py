from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from spatial_admin.cadastre.coverage import shape_box
from spatial_admin.cadastre.half_plane import Direction, Profile, across_the_longer_side
from spatial_admin.cadastre.precision import Frame
from spatial_admin.cadastre.shapes import polygons_of, shape_of_rings
from tests.cadastre.fabric import METRIC, rings_of, square
from tests.cadastre.random_fabric import random_fabric

ORIGIN = Frame(0, 0, 1, 1)


@pytest.mark.parametrize("seed", range(12))
def test_the_area_on_the_right_is_that_of_the_clipped_shape(seed: int) -> None:
    random = np.random.default_rng(seed)
    for name, parcel in random_fabric(METRIC, seed).parcels.items():
        direction = Direction(float(random.uniform(0, 360)))
        frame = METRIC.frame_of(shape_box(parcel.shape))
        profile = Profile.of(frame, parcel.shape, direction)
        polygons = polygons_of(parcel.shape, frame)
        assert profile.area == pytest.approx(polygons.area, rel=1e-12), name
        offset = float(random.uniform(profile.left.min(), profile.left.max()))
        corners = [offset * direction.left + t * direction.along - d * direction.left for t, d in
                   ((-999, 0), (999, 0), (999, 999), (-999, 999))]  # fmt: skip
        right = shapely.intersection(polygons, shapely.Polygon(corners))
        assert profile.area_right_of(offset) == pytest.approx(right.area, rel=1e-9, abs=1e-9), name
        assert profile.area_right_of(profile.offset_of(right.area)) == pytest.approx(right.area, rel=1e-9, abs=1e-9)


def test_east_is_right_of_north() -> None:
    profile = Profile.of(ORIGIN, shape_of_rings(square(0, 0)), Direction(0))
    assert profile.offset_of(30) == pytest.approx(-7)
    assert Direction.from_to(ORIGIN, (0, 0), (5, -5)).degrees == pytest.approx(135)


@pytest.mark.parametrize(
    ("parts", "degrees"),
    [
        (square(0, 0, 20, 10), 0),
        (square(0, 0, 10, 20), 90),
        (square(3, 4), 0),
        ([[[[0, 0], [20, 20], [15, 25], [-5, 5]]]], 135),
    ],
)
def test_lines_go_across_the_longer_side(parts: list[list[list[list[float]]]], degrees: float) -> None:
    assert across_the_longer_side(ORIGIN, shape_of_rings(parts)).degrees == pytest.approx(degrees)


def test_how_rings_run_makes_no_difference() -> None:
    hole = [[2, 2], [4, 2], [4, 4], [2, 4]]
    shape = shape_of_rings([[square(0, 0)[0][0], hole]])
    turned = shape_of_rings([[ring[::-1] for ring in part] for part in rings_of(shape)])
    for direction in map(Direction, (0, 77, 200)):
        one, other = (Profile.of(ORIGIN, each, direction) for each in (shape, turned))
        assert one.area_right_of(float(direction.left @ [5, 5])) == pytest.approx(
            other.area_right_of(float(direction.left @ [5, 5]))
        )
    assert Profile.of(ORIGIN, shape, Direction(0)).area_right_of(-3) == pytest.approx(
        polygons_of(shape).intersection(box(3, 0, 10, 10)).area
    )
