"""What can be drawn of a refused geometry is read, and whatever else came is nothing, never a crash."""

from __future__ import annotations

import struct
from typing import Literal

import numpy as np
import pytest
import shapely

from spatial_admin.cadastre.raw_geometry import raw_geometry

BOW = "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))"


@pytest.mark.parametrize(
    ("wkt", "name", "points"),
    [
        (BOW, "Polygon", 5),
        ("POLYGON((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 2 2, 1 1))", "Polygon", 8),
        ("MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", "MultiPolygon", 8),
        ("LINESTRING(0 0, 1 1)", "LineString", 2),
        ("MULTILINESTRING((0 0, 1 1), (2 2, 3 3))", "MultiLineString", 4),
        ("POINT(3 4)", "Point", 1),
        ("MULTIPOINT(3 4, 5 6)", "MultiPoint", 2),
        ("POLYGON Z((0 0 7, 1 1 7, 1 0 7, 0 0 7))", "Polygon", 4),
    ],
)
@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("order", [0, 1])
def test_paths_are_those_of_the_file(
    wkt: str, name: str, points: int, flavor: Literal["iso", "extended"], order: int
) -> None:
    geometry = shapely.from_wkt(wkt)
    found = raw_geometry(shapely.to_wkb(geometry, byte_order=order, flavor=flavor, output_dimension=3))
    assert found is not None
    assert found.name == name
    assert len(found.points()) == points
    assert np.array_equal(found.points(), shapely.get_coordinates(geometry))
    moved = found.with_points(found.points() + 1)
    assert np.array_equal(moved.points(), found.points() + 1)
    assert [len(part) for part in moved.parts] == [len(part) for part in found.parts]


def test_a_shape_has_open_rings_without_repeated_points() -> None:
    found = raw_geometry(shapely.to_wkb(shapely.from_wkt("POLYGON((0 0, 0 0, 1 1, 1 0, 1 0, 0 0))")))
    assert found is not None
    ((ring,),) = found.shape() or ()
    assert ring.tolist() == [[0, 0], [1, 1], [1, 0]]
    flat = raw_geometry(shapely.to_wkb(shapely.from_wkt("POLYGON((0 0, 1 1, 0 0, 0 0))")))
    assert flat is not None
    assert flat.shape() is None


def test_what_nests_lies_or_is_cut_off_is_nothing() -> None:
    whole = shapely.to_wkb(shapely.from_wkt(BOW))
    assert all(raw_geometry(whole[:length]) is None for length in range(len(whole)))
    huge = 0xFFFFFFFF
    hostile = [
        b"", b"\x07", None,
        struct.pack("<BII", 1, 3, huge),
        struct.pack("<BIII", 1, 3, 1, huge),
        struct.pack("<BII", 1, 6, huge) + whole,
        struct.pack("<BII", 1, 6, 1) + struct.pack("<BII", 1, 6, 1) + whole,
        struct.pack("<BII", 1, 7, 1) * 5_000,
        struct.pack("<BIIIdddddddd", 1, 3, 1, 4, 0, 0, float("nan"), 1, 1, 1, 0, 0),
        struct.pack("<BII", 1, 3, 0),
        struct.pack("<BI", 1, 17) + whole,
    ]  # fmt: skip
    assert [raw_geometry(wkb) for wkb in hostile] == [None] * len(hostile)
