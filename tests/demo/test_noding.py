from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_admin.demo.noding import dissolve, faces_of, join_unfit, rings_of, sharpest_deg

BORDER = np.array([[0.0, 0.0], [20.0, 0.0], [20.0, 20.0], [0.0, 20.0]])


def test_a_point_of_one_shape_on_the_side_of_another_becomes_a_point_of_both() -> None:
    shapes = np.array([shapely.box(0, 0, 10, 20), shapely.box(10, 0, 20, 8), shapely.box(10, 8, 20, 20)], dtype=object)
    faces, owner = faces_of(shapes, BORDER)
    west = faces[owner == 0][0]
    assert [10.0, 8.0] in shapely.get_coordinates(west).tolist()
    assert shapely.coverage_is_valid(faces)
    assert sorted(owner.tolist()) == [0, 1, 2]


def test_edges_that_miss_each_other_by_rounding_are_one_edge_after_noding() -> None:
    shapes = np.array([shapely.box(0, 0, 10, 20), shapely.box(10 + 1e-7, 0, 20, 20)], dtype=object)
    faces, _ = faces_of(shapes, BORDER)
    assert len(faces) == 2
    assert shapely.coverage_is_valid(faces, gap_width=0.1)


@pytest.mark.parametrize(
    ("ring", "angle"),
    [([(0, 0), (1, 0), (1, 1), (0, 1)], 90.0), ([(0, 0), (2, 0), (0, 2)], 45.0), ([(1, 0), (0, 100), (-1, 0)], 1.1459)],
    ids=["square", "half a square", "needle whose tip is not the first point"],
)
def test_the_sharpest_angle_counts_every_corner_of_a_ring(ring: list[tuple[float, float]], angle: float) -> None:
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.Polygon(ring)], dtype=object)
    assert sharpest_deg(shapes).tolist() == pytest.approx([90.0, angle], abs=1e-3)


def test_a_face_too_small_joins_the_neighbour_with_the_longest_common_edge() -> None:
    faces = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 11, 10), shapely.box(0, 10, 11, 20)], dtype=object)
    label = join_unfit(faces, np.array([5, 6, 7]), np.array([False, True, False]), lambda _face, _other: 1)
    assert label.tolist() == [5, 5, 7]


def test_a_small_face_joins_no_neighbour_that_is_barred() -> None:
    faces = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 11, 10)], dtype=object)
    label = join_unfit(faces, np.array([5, 6]), np.array([False, True]), lambda _face, _other: 0)
    assert label.tolist() == [5, 6]


def test_faces_that_join_each_other_end_with_one_label() -> None:
    faces = np.array([shapely.box(k, 0, k + 1, 10) for k in range(3)] + [shapely.box(3, 0, 20, 10)], dtype=object)
    unfit = np.array([True, True, True, False])
    label = join_unfit(faces, np.arange(4), unfit, lambda face, other: 2 if other == face + 1 else 1)
    shapes, labels = dissolve(faces, label)
    assert labels.tolist() == [3]
    assert shapes[0].area == pytest.approx(200)


def test_rings_are_open_and_in_whole_millimetres() -> None:
    ring = rings_of(shapely.box(0, 0, 1.5, 2))[0][0]
    assert sorted(map(tuple, ring.tolist())) == [(0, 0), (0, 2000), (1500, 0), (1500, 2000)]
