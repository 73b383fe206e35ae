from __future__ import annotations

import math

import numpy as np
import pytest

from spatial_admin.cadastre.area import WHOLE_BELOW, changed_area_m2, shape_area_m2
from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.shapes import polygons_of, shape_of_rings
from tests.cadastre.fabric import DEGREES, METRIC, square

GROUNDS = pytest.mark.parametrize("ground", [METRIC, DEGREES], ids=["metric", "degrees"])


def round_ring(ground: Ground, points: int, radius_m: float, seed: int = 1) -> Ring:
    """A ring as uneven as a road, counterclockwise."""
    random = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * math.pi, points, endpoint=False)
    radius = radius_m * random.uniform(0.9, 1.1, points)
    ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return ring / (71_700, 111_200) + (14.0, 50.0) if ground.is_geographic else ring - (740_000.0, 1_040_000.0)


def test_a_square_of_ten_metres_has_a_hundred_and_a_hole_is_taken_off() -> None:
    assert shape_area_m2(METRIC, shape_of_rings(square(-740_000, -1_040_000))) == 100
    hole = [[[0, 0], [10, 0], [10, 10], [0, 10]], [[2, 2], [2, 4], [4, 4], [4, 2]]]
    assert shape_area_m2(METRIC, shape_of_rings([hole, square(20, 0)[0]])) == 196


def test_feet_are_turned_into_square_metres() -> None:
    ground = ground_of(2263)
    assert shape_area_m2(ground, shape_of_rings(square(1e6, 2e5, 100, 100))) == pytest.approx(929.034, abs=0.01)


@GROUNDS
def test_the_winding_of_rings_does_not_matter(ground: Ground) -> None:
    shell, hole = round_ring(ground, 30, 50), round_ring(ground, 10, 20)
    areas = {round(shape_area_m2(ground, ((a, b),)), 6) for a in (shell, shell[::-1]) for b in (hole, hole[::-1])}
    assert len(areas) == 1
    assert areas.pop() > 0


def test_an_ellipsoidal_area_differs_from_the_plane_by_what_the_scale_explains() -> None:
    ring = round_ring(DEGREES, 30, 50)
    east, north = DEGREES.scale_at(50.0)
    assert shape_area_m2(DEGREES, ((ring,),)) == pytest.approx(polygons_of(((ring,),)).area * east * north, rel=1e-5)


def edits(ring: Ring) -> list[tuple[str, Ring]]:
    """What may happen to a ring, by name."""
    step = np.ptp(ring, axis=0) / 500
    moved_first, moved_last, moved_ends = ring.copy(), ring.copy(), ring.copy()
    moved_first[0] += step
    moved_last[-1] -= step
    moved_ends[[0, -1, 300]] += step
    many = ring.copy()
    many[200:260] += step
    return [
        ("the first point moves", moved_first),
        ("the last point moves", moved_last),
        ("both ends and a point between move", moved_ends),
        ("a stretch moves", many),
        ("a point comes", np.insert(ring, 400, ring[400] + step, axis=0)),
        ("a point comes after the last", np.append(ring, [ring[-1] + step], axis=0)),
        ("a point goes", np.delete(ring, 77, axis=0)),
        ("the first point goes", np.delete(ring, 0, axis=0)),
        ("every point moves", ring + step),
        ("nothing changes", ring.copy()),
    ]


@GROUNDS
@pytest.mark.parametrize("is_clockwise", [False, True])
@pytest.mark.parametrize("is_hole", [False, True])
def test_the_area_after_an_edit_of_a_large_ring_is_what_computing_it_anew_gives(
    ground: Ground, is_clockwise: bool, is_hole: bool
) -> None:
    ring = round_ring(ground, WHOLE_BELOW + 200, 300)
    ring = ring[::-1].copy() if is_clockwise else ring
    shell = round_ring(ground, 40, 900, seed=2)

    def shape_with(one: Ring) -> Shape:
        return ((shell, one),) if is_hole else ((one,),)

    before = shape_with(ring)
    area = shape_area_m2(ground, before)
    for what, changed in edits(ring):
        after = shape_with(changed)
        assert changed_area_m2(ground, before, area, after) == pytest.approx(shape_area_m2(ground, after), rel=1e-9), (
            what
        )


@GROUNDS
def test_a_second_changed_ring_or_another_structure_is_computed_anew(ground: Ground) -> None:
    ring, shell = round_ring(ground, WHOLE_BELOW, 300), round_ring(ground, 40, 900, seed=2)
    before: Shape = ((shell, ring),)
    smaller: Shape = ((shell[:-1], ring[:-1]),)
    without: Shape = ((shell,),)
    for after in (smaller, without):
        assert changed_area_m2(ground, before, -1e9, after) == shape_area_m2(ground, after)
