from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely
from shapely import Polygon

from spatial_admin.reader.frames import HAD_M, HAD_Z, Row
from spatial_admin.reader.geometry_check import GeometryLimits, check_rows

LIMITS = GeometryLimits(vertices=1_000, rings=20, parts=10)


def checked(wkb: bytes) -> Row:
    row = Row(1, wkb=wkb)
    check_rows([row], LIMITS)
    return row


def of_wkt(text: str, *, byte_order: int = 1) -> Row:
    return checked(shapely.to_wkb(shapely.from_wkt(text), byte_order=byte_order))


@pytest.mark.parametrize("byte_order", [0, 1])
def test_good_polygon_gets_its_bounds(byte_order: int) -> None:
    row = of_wkt("POLYGON((0 0, 2 0, 2 3, 0 0))", byte_order=byte_order)
    assert row.refusal is None
    assert row.bounds == (0, 0, 2, 3)


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))", "invalid_geometry", (1, 1)),  # bow-tie: where it crosses itself
        ("POLYGON((0 0, 2 0, 0 0, 0 0))", "invalid_geometry", (0, 0)),
        ("POLYGON((0 0, 9 0, 9 9, 0 0), (20 20, 21 20, 21 21, 20 20))", "invalid_geometry", (20, 20)),
        ("POLYGON EMPTY", "empty", None),
        ("MULTIPOLYGON(EMPTY, ((0 0, 2 0, 2 3, 0 0)))", "empty", (1, 1.5)),
        ("POINT(3 4)", "not_polygonal", (3, 4)),
        ("LINESTRING(3 4, 5 6)", "not_polygonal", (3, 4)),
        ("GEOMETRYCOLLECTION(POINT(3 4))", "not_polygonal", None),
    ],
)
def test_geometry_that_is_no_parcel_is_refused_with_its_place(
    text: str, rule: str, place: tuple[float, float] | None
) -> None:
    row = of_wkt(text)
    assert row.refusal is not None
    assert (row.refusal.rule, row.refusal.place) == (rule, place)


def test_reason_is_that_of_geos_without_its_location() -> None:
    row = of_wkt("POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))")
    assert row.refusal is not None
    assert row.refusal.reason == "Self-intersection"


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("POLYGON Z((0 0 1, 2 0 1, 2 3 1, 0 0 1))", HAD_Z),
        ("POLYGON M((0 0 1, 2 0 1, 2 3 1, 0 0 1))", HAD_M),
        ("POLYGON ZM((0 0 1 2, 2 0 1 2, 2 3 1 2, 0 0 1 2))", HAD_Z | HAD_M),
    ],
)
def test_heights_and_measures_are_noted(text: str, flags: int) -> None:
    for flavor in ("iso", "extended"):
        row = checked(shapely.to_wkb(shapely.from_wkt(text), flavor=flavor, output_dimension=4))
        assert row.flags == flags
        assert row.refusal is None


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_single_bad_number_is_found_wherever_it_hides(number: float) -> None:
    coordinates = np.array([(0, 0), (2, 0), (2, 3), (1, 2), (0, 0)], dtype=float)
    coordinates[3, 1] = number
    wkb = struct.pack("<BIII", 1, 3, 1, 5) + coordinates.tobytes()
    row = checked(wkb)
    assert row.refusal is not None
    assert row.refusal.rule == "not_finite"


@pytest.mark.parametrize(
    ("geometry", "rule"),
    [
        (shapely.Point(0, 0).buffer(1, quad_segs=300), "too_many_vertices"),
        (
            Polygon(
                shapely.box(0, 0, 100, 1).exterior,
                [Polygon([(i, 0.2), (i + 0.5, 0.2), (i, 0.5)]).exterior for i in range(1, 40)],
            ),
            "too_many_rings",
        ),
        (shapely.MultiPolygon([shapely.box(i, 0, i + 0.5, 1) for i in range(11)]), "too_many_parts"),
    ],
)
def test_geometry_over_a_limit_is_refused_before_its_validity_is_looked_at(
    geometry: shapely.Geometry, rule: str
) -> None:
    row = checked(shapely.to_wkb(geometry))
    assert row.refusal is not None
    assert row.refusal.rule == rule


@pytest.mark.parametrize(
    "wkb",
    [
        b"",
        b"\x01",
        b"\x07\x03\x00\x00\x00",
        b"\x01\x03\x00\x00\x00\xff\xff\xff\xff",
        b"\x01\x03\x00\x00\x00\x01\x00\x00\x00",
    ],
)
def test_broken_binary_is_refused_and_never_fatal(wkb: bytes) -> None:
    row = checked(wkb)
    assert row.refusal is not None
    assert row.refusal.rule == "invalid_geometry"


def test_collection_nested_without_end_never_reaches_a_parser() -> None:
    row = checked(struct.pack("<BII", 1, 7, 1) * 1_000_000)
    assert row.refusal is not None
    assert row.refusal.rule == "not_polygonal"


def test_one_bad_row_of_a_batch_leaves_the_others() -> None:
    good = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    rows = [Row(1, wkb=good), Row(2, wkb=b"\x01"), Row(3), Row(4, wkb=good)]
    check_rows(rows, LIMITS)
    assert [row.refusal is None for row in rows] == [True, False, True, True]
    assert rows[3].bounds == (0, 0, 1, 1)
