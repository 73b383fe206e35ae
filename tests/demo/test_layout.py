from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_admin.demo.layout import HALF_M, border, build_mesh, curve, railway_line, river_line


def test_opposite_borders_differ_by_exactly_one_town() -> None:
    ring = {(round(x * 1000), round(y * 1000)) for x, y in border().tolist()}
    size = round(2 * HALF_M * 1000)
    south = {point for point in ring if (point[0], point[1] + size) in ring}
    west = {point for point in ring if (point[0] + size, point[1]) in ring}
    assert len(south) == len(west) == 25
    assert len(ring) == len(border()) == 96
    assert shapely.Polygon(border()).is_valid


def test_a_curve_passes_through_its_points() -> None:
    points = np.array([[0.0, 0.0], [10.0, 5.0], [20.0, 0.0], [30.0, 8.0]])
    spans = curve(points, 9)
    assert np.array([span[0] for span in spans]) == pytest.approx(points[:-1])
    assert np.array([span[-1] for span in spans]) == pytest.approx(points[1:])


def test_a_patch_keeps_its_four_sides() -> None:
    for patch in build_mesh(np.random.default_rng(3)).patches:
        t = np.linspace(0, 1, 41)
        assert patch.at(t, 0) == pytest.approx(patch.south)
        assert patch.at(t, 1) == pytest.approx(patch.north)
        assert patch.at(0, t) == pytest.approx(patch.west)
        assert patch.at(1, t) == pytest.approx(patch.east)
        assert patch.outline().is_valid


@pytest.mark.parametrize("seed", range(4))
def test_river_and_railway_leave_every_town_at_the_same_place(seed: int) -> None:
    rim = shapely.LinearRing(border())
    for way, place in ((river_line, 0), (railway_line, 1)):
        crossings = [
            shapely.get_coordinates(part)[0]
            for part in shapely.get_parts(way(np.random.default_rng(seed)).intersection(rim))
        ]
        assert len(crossings) == 2
        assert {round(float(point[place])) for point in crossings} == {-950 if place == 0 else -750}
