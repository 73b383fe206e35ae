from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_admin.cadastre.overlap_search import Geometries, find_overlaps
from spatial_admin.cadastre.reference_system import ground_of

GROUND = ground_of(26915)
X, Y = 480_000.0, 4_950_000.0


def boxes(*corners: tuple[float, float, float, float]) -> Geometries:
    return np.array([shapely.box(X + a, Y + b, X + c, Y + d) for a, b, c, d in corners], dtype=object)


def pairs(geometries: Geometries, new_count: int | None = None) -> list[tuple[tuple[int, int], float]]:
    ids = [10 * (i + 1) for i in range(len(geometries))]
    overlaps, _ = find_overlaps(GROUND, ids, geometries, len(geometries) if new_count is None else new_count)
    return sorted((overlap.parcels, round(overlap.common.area_m2, 6)) for overlap in overlaps)


def test_touching_parcels_do_not_overlap() -> None:
    assert pairs(boxes((0, 0, 10, 10), (10, 0, 20, 10), (20, 10, 30, 20))) == []


def test_each_pair_is_found_once_with_its_area() -> None:
    assert pairs(boxes((0, 0, 10, 10), (9, 0, 20, 10), (50, 0, 60, 10), (52, 2, 54, 4))) == [
        ((10, 20), 10),
        ((30, 40), 4),
    ]


@pytest.mark.parametrize(("depth", "expected"), [(0.0009, 0), (0.0011, 1)])
def test_sliver_counts_from_a_hundredth_of_a_square_metre(depth: float, expected: int) -> None:
    assert len(pairs(boxes((0, 0, 10, 10), (10 - depth, 0, 20, 10)))) == expected


def test_line_of_noise_does_not_count_however_long() -> None:
    assert pairs(boxes((0, 0, 10, 5000), (10 - 0.0005, 0, 20, 5000))) == []


def test_two_stored_parcels_are_not_this_chunks_business() -> None:
    geometries = boxes((0, 0, 10, 10), (9, 0, 20, 10), (19, 0, 30, 10))
    assert pairs(geometries, new_count=1) == [((10, 20), 10)]
    assert pairs(geometries[[2, 0, 1]], new_count=1) == [((10, 30), 10)]


def test_identical_parcels_are_one_stack_wherever_their_rings_begin() -> None:
    flat = boxes((0, 0, 10, 10))[0]
    turned = shapely.Polygon(np.roll(np.array(flat.exterior.coords[:-1]), 2, axis=0)[::-1])
    geometries = np.array([flat, turned, flat, *boxes((5, 0, 15, 10))], dtype=object)
    overlaps, stacks = find_overlaps(GROUND, [7, 5, 9, 8], geometries, 4)
    assert [stack.parcels for stack in stacks] == [(5, 7, 9)]
    assert stacks[0].common.area_m2 == pytest.approx(100)
    assert sorted(overlap.parcels for overlap in overlaps) == [(5, 8), (7, 8), (8, 9)]


def test_stack_grows_by_a_new_parcel_and_is_silent_without_one() -> None:
    geometries = boxes((0, 0, 10, 10), (0, 0, 10, 10), (0, 0, 10, 10))
    assert [s.parcels for s in find_overlaps(GROUND, [3, 1, 2], geometries, 1)[1]] == [(1, 2, 3)]
    apart = boxes((50, 0, 60, 10), (0, 0, 10, 10), (0, 0, 10, 10))
    assert find_overlaps(GROUND, [3, 1, 2], apart, 1)[1] == []


def test_overlap_with_a_road_of_many_points_is_found_in_the_piece_beside_the_lot() -> None:
    line = shapely.LineString([(X + t, Y + 3 * np.sin(t / 7)) for t in np.arange(0, 3000, 0.5)])
    road = shapely.buffer(line, 4)
    assert shapely.get_num_coordinates(road) > 5_000
    lots = boxes(*[(100 * n, 2, 100 * n + 20, 30) for n in range(20)])
    geometries = np.array([road, *lots], dtype=object)
    expected = {(10, 10 * (n + 2)): float(shapely.area(shapely.intersection(road, lot))) for n, lot in enumerate(lots)}
    found = dict(pairs(geometries))
    assert {pair: pytest.approx(area, abs=1e-5) for pair, area in expected.items() if area > 0.01} == found


def test_search_agrees_with_comparing_everybody_with_everybody() -> None:
    random = np.random.default_rng(3)
    corners = random.uniform(0, 100, (60, 2))
    geometries = boxes(
        *[(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, random.uniform(5, 20, (60, 2)), strict=True)]
    )
    expected = {
        (10 * (i + 1), 10 * (j + 1))
        for i in range(60)
        for j in range(i + 1, 60)
        if shapely.area(shapely.intersection(geometries[i], geometries[j])) > 0.01
    }
    assert {pair for pair, _ in pairs(geometries)} == expected
