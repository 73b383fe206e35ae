from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial_admin.cadastre.shapes import (
    polygons_in,
    polygons_of,
    shape_of_polygons,
    shape_of_rings,
    shape_of_wkb,
    transformed,
    wkb_of_shape,
)
from tests.cadastre.fabric import METRIC, rings_of, square

COORDINATES = st.floats(allow_nan=False, allow_infinity=False)
RINGS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=12)
HOLE = [[2.0, 2.0], [2.0, 4.0], [4.0, 4.0]]


@given(st.lists(st.lists(RINGS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_wkb_there_and_back_is_the_same_to_the_bit(parts: list[list[list[tuple[float, float]]]]) -> None:
    shape = tuple(tuple(np.array(ring) for ring in part) for part in parts)
    again = shape_of_wkb(wkb_of_shape(shape))
    assert [[r.tobytes() for r in p] for p in again] == [[r.tobytes() for r in p] for p in shape]


def test_wkb_is_what_shapely_writes_and_reads() -> None:
    shape = shape_of_rings([[square(0.1, 0.2)[0][0], HOLE], square(30, 0)[0]])
    polygons = polygons_of(shape)
    assert shapely.to_wkb(polygons, byte_order=1) == wkb_of_shape(shape)
    assert rings_of(shape_of_wkb(shapely.to_wkb(polygons, byte_order=1))) == rings_of(shape)
    assert rings_of(shape_of_polygons(polygons)) == rings_of(shape)
    assert rings_of(shape_of_polygons(polygons.geoms[0])) == rings_of(shape[:1])


def test_what_was_read_cannot_be_written_into() -> None:
    ring = shape_of_wkb(wkb_of_shape(shape_of_rings(square(0, 0))))[0][0]
    with pytest.raises(ValueError, match="read-only"):
        ring[0] = (1.0, 1.0)


def test_closed_and_open_rings_are_the_same_shape() -> None:
    ring = square(0, 0)[0][0]
    assert rings_of(shape_of_rings([[[*ring, ring[0]]]])) == rings_of(shape_of_rings([[ring]]))


def test_polygons_in_a_frame_are_in_metres_from_its_origin() -> None:
    polygons = polygons_of(shape_of_rings(square(100, 200)), METRIC.frame_at((100.0, 200.0)))
    assert polygons.bounds == (0, 0, 10, 10)


def test_a_ring_of_two_points_is_no_polygon() -> None:
    with pytest.raises(ValueError, match="three points"):
        polygons_of(shape_of_rings([[[[0, 0], [1, 1]]]]))


def test_only_polygons_are_taken_out_of_a_collection() -> None:
    one, two = shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)
    nested = shapely.GeometryCollection(
        [shapely.Point(0, 0), shapely.MultiPolygon([one]), shapely.LineString([(0, 0), (1, 1)])]
    )
    assert polygons_in(shapely.GeometryCollection([nested, two, shapely.Polygon()])) == [one, two]
    assert polygons_in(shapely.Point(1, 1)) == []


def test_a_sliver_whose_sides_rounding_crosses_is_mended() -> None:
    sliver = shapely.Polygon([(0, 0), (1, 1e-9), (2, 0), (1, 2e-9)])

    def crossed(points: np.ndarray) -> np.ndarray:
        return np.where((points == (1, 1e-9)).all(axis=1)[:, None], (1.5, 3e-9), points)

    assert not shapely.is_valid(shapely.transform(sliver, crossed))
    mended = transformed(sliver, crossed)
    assert shapely.is_valid(mended)
    assert polygons_in(mended)
