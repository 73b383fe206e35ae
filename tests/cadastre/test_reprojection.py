from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import FloatArray
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.reprojection import CHORD_ERROR_M, NotStraightened, Reprojected, reproject, scales_at
from spatial_admin.cadastre.shapes import polygons_of, shape_of_polygons
from spatial_admin.cadastre.source_system import source_system

SOURCE = source_system("EPSG:26915").ground
TARGET = ground_of(4326)
TO_LONLAT = pyproj.Transformer.from_crs(26915, 4326, always_xy=True)
X, Y = 480_000.0, 4_950_000.0
MILE = 1609.344


def transform(points: FloatArray) -> FloatArray:
    """Test's own transformation; the product's is PostGIS, tested in tests/services."""
    return np.stack(TO_LONLAT.transform(points[:, 0], points[:, 1]), axis=1)


def box(west: float, south: float, east: float, north: float) -> Shape:
    return shape_of_polygons(shapely.box(X + west, Y + south, X + east, Y + north))


def ring(*points: tuple[float, float]) -> Shape:
    return ((np.array([(X + x, Y + y) for x, y in points]),),)


def run(shapes: list[Shape], context: list[Shape] | None = None) -> Reprojected:
    return reproject(shapes, context or [], SOURCE, TARGET, transform)


def points_of(shape: Shape) -> set[tuple[float, float]]:
    return {(x, y) for part in shape for one in part for x, y in one.tolist()}


def test_point_is_the_transformed_point_and_the_ring_keeps_its_start_and_its_direction() -> None:
    shape = ring((0, 0), (10, 0), (10, 10), (0, 10))
    result = run([shape])
    assert (result.shapes[0][0][0] == transform(shape[0][0])).all()
    assert result.noded == result.densified == [0]


def test_holes_and_parts_stay_in_order() -> None:
    first = shapely.Polygon(
        shapely.box(X, Y, X + 9, Y + 9).exterior, [shapely.box(X + 1, Y + 1, X + 2, Y + 2).exterior]
    )
    shape = shape_of_polygons(shapely.MultiPolygon([first, shapely.box(X + 20, Y, X + 30, Y + 9)]))
    result = run([shape]).shapes[0]
    assert [[len(one) for one in part] for part in result] == [[4, 4], [4]]
    assert (result[1][0] == transform(shape[1][0])).all()


def test_mile_is_densified_until_the_chord_is_within_a_millimetre() -> None:
    shape = box(0, 0, MILE, MILE)
    result = run([shape])
    assert result.densified[0] >= 4 * 3
    lonlat = result.shapes[0][0][0]
    # The line that is straight in the file, looked at every metre, lies within a millimetre of the ring stored.
    along = np.linspace(0, MILE, 1610)
    truth = transform(np.stack([X + along, np.full_like(along, Y)], axis=1))
    frame = TARGET.frame_of((lonlat[:, 0].min(), lonlat[:, 1].min(), lonlat[:, 0].max(), lonlat[:, 1].max()))
    stored = shapely.linearrings(frame.to_metres(lonlat))
    away = shapely.distance(shapely.points(frame.to_metres(truth)), stored)
    assert away.max() < 1.05 * CHORD_ERROR_M
    # and without it, it would not
    corners = transform(shape[0][0])
    bare = shapely.linearrings(frame.to_metres(corners))
    assert shapely.distance(shapely.points(frame.to_metres(truth)), bare).max() > 0.03


def test_neighbours_share_every_point_of_a_long_boundary_walked_in_either_direction() -> None:
    south, north = box(0, 0, MILE, 500), box(0, 500, MILE, 1000)
    result = run([south, north])
    shared = points_of(result.shapes[0]) & points_of(result.shapes[1])
    assert len(shared) >= 2 + 3
    a, b = (polygons_of(shape) for shape in result.shapes)
    assert shapely.relate(a, b)[0] == "F"
    assert shapely.relate(a, b)[4] == "1"


def test_t_junction_becomes_a_vertex_of_the_long_side() -> None:
    long = box(0, 0, 1000, 100)
    left, right = box(0, 100, 400, 200), box(400, 100, 1000, 200)
    result = run([long, left, right])
    assert result.noded == [1, 0, 0]
    polygons = [polygons_of(shape) for shape in result.shapes]
    for index, other in ((0, 1), (0, 2), (1, 2)):
        assert shapely.relate(polygons[index], polygons[other])[0] == "F"
    assert bool(shapely.coverage_is_valid([part for polygon in polygons for part in polygon.geoms]))


def test_point_beside_a_line_by_more_than_a_millimetre_stays_beside_it() -> None:
    """An overlap that a file brings is found, not closed: a centimetre of noding would close 15 of Dakota's 46."""
    long = box(0, 0, 1000, 100)
    low = ring((10, 99.996), (400, 99.996), (400, 200), (10, 200))
    assert run([long, low]).noded == [0, 0]
    within = ring((10, 99.9995), (400, 99.9995), (400, 200), (10, 200))
    assert run([long, within]).noded == [2, 0]


def test_points_on_one_segment_come_in_the_order_of_the_walk() -> None:
    long = box(0, 0, 1000, 100)
    lots = [box(100 * n, 100, 100 * n + 100, 200) for n in (7, 2, 5, 0, 9, 4, 1, 8, 3, 6)]
    result = run([long, *lots])
    assert result.noded[0] == 9
    assert shapely.is_valid(polygons_of(result.shapes[0]))


def test_end_point_joins_nothing() -> None:
    long = box(0, 0, 1000, 100)
    near_corner = ring((999.9995, 100.0), (1100, 100), (1100, 200), (999.9995, 200))
    assert run([long, near_corner]).noded == [0, 0]


def test_ring_is_not_noded_with_its_own_point_and_neither_is_who_shares_the_segment() -> None:
    # A spike comes back to within half a millimetre of the ring's own long side.
    own = ring((0, 0), (1000, 0), (1000, 100), (500, 0.0005), (0, 100))
    sharing = ring((1000, 0), (0, 0), (0, -50), (1000, -50))
    assert run([own, sharing]).noded == [0, 0]
    # Somebody else's point at the same place does node both.
    other = ring((500, 0.0005), (510, 20), (490, 20))
    assert run([sharing, other]).noded == [1, 0]


def test_chunk_with_its_surroundings_gives_the_same_bits_as_the_whole() -> None:
    random = np.random.default_rng(5)
    columns = np.concatenate([[0], np.sort(random.uniform(0, 3000, 9)), [3000]])
    shapes = []
    for row in range(6):
        cuts = columns if row % 2 else np.linspace(0, 3000, 8)
        shapes += [box(a, 400.0 * row, b, 400.0 * row + 400) for a, b in pairwise(cuts)]
    whole = run(shapes)
    for begin in range(0, len(shapes), 7):
        own, others = shapes[begin : begin + 7], shapes[:begin] + shapes[begin + 7 :]
        part = run(own, others)
        for shape, expected in zip(part.shapes, whole.shapes[begin : begin + 7], strict=True):
            assert shape[0][0].tobytes() == expected[0][0].tobytes()


def test_line_that_bends_both_ways_is_not_taken_for_straight() -> None:
    """Its middle lies on the chord; its quarters do not."""

    def s_shaped(points: FloatArray) -> FloatArray:
        return points + np.stack([np.zeros(len(points)), 0.01 * np.sin(2 * np.pi * (points[:, 0] - X) / 1000)], axis=1)

    result = reproject([box(0, 0, 1000, 1000)], [], SOURCE, SOURCE, s_shaped)
    assert result.densified[0] > 2


def test_segment_that_never_becomes_straight_is_said_so() -> None:
    def torn(points: FloatArray) -> FloatArray:
        return np.where(points[:, :1] > X + 50, points + 1e6, points)

    with pytest.raises(NotStraightened):
        reproject([box(0, 0, 100, 100)], [], SOURCE, SOURCE, torn)


def test_scales_of_arrays_are_those_of_the_ground() -> None:
    latitudes = np.linspace(-89, 89, 50)
    expected = [TARGET.scale_at(y) for y in latitudes.tolist()]
    assert np.allclose(scales_at(TARGET, latitudes), expected, rtol=1e-14)


def test_nothing_in_nothing_out() -> None:
    assert run([]).shapes == []
