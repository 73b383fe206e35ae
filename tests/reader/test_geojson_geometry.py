from __future__ import annotations

import json
import struct
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial_admin.reader.frames import HAD_Z
from spatial_admin.reader.geojson_geometry import RefusedError, polygonal_wkb

SQUARE = [[0.1, 0.2], [1.1, 0.2], [1.1, 1.2], [0.1, 1.2], [0.1, 0.2]]
HOLE = [[0.3, 0.4], [0.3, 0.6], [0.5, 0.6], [0.3, 0.4]]


def test_polygon_keeps_its_rings_their_order_and_their_start() -> None:
    wkb, flags = polygonal_wkb({"type": "Polygon", "coordinates": [SQUARE, HOLE]})
    polygon = shapely.from_wkb(wkb)
    assert isinstance(polygon, shapely.Polygon)
    assert list(polygon.exterior.coords) == [tuple(position) for position in SQUARE]
    assert list(polygon.interiors[0].coords) == [tuple(position) for position in HOLE]
    assert flags == 0


def test_multipolygon_keeps_the_order_of_its_parts() -> None:
    moved = [[x + 5, y] for x, y in SQUARE]
    wkb, _ = polygonal_wkb({"type": "MultiPolygon", "coordinates": [[moved], [SQUARE, HOLE]]})
    parts = shapely.get_parts(shapely.from_wkb(wkb))
    assert [len(part.interiors) for part in parts] == [0, 1]
    assert parts[0].exterior.coords[0] == (5.1, 0.2)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=8, max_size=8))
def test_coordinates_are_the_doubles_of_the_text(numbers: list[float]) -> None:
    ring = [[numbers[i], numbers[i + 1]] for i in range(0, 8, 2)]
    text = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    wkb, _ = polygonal_wkb(json.loads(text))
    assert wkb[13:] == b"".join(struct.pack("<2d", *position) for position in [*ring, ring[0]])


def test_heights_are_dropped_and_flagged() -> None:
    wkb, flags = polygonal_wkb({"type": "Polygon", "coordinates": [[[*position, 7.5] for position in SQUARE]]})
    assert flags == HAD_Z
    assert wkb == polygonal_wkb({"type": "Polygon", "coordinates": [SQUARE]})[0]


@pytest.mark.parametrize(
    ("geometry", "rule", "words", "place"),
    [
        (None, "null_geometry", "no geometry", None),
        ("POLYGON((0 0))", "invalid_geojson", "a string", None),
        ({"type": "Point", "coordinates": [3, 4]}, "not_polygonal", "is a Point", (3.0, 4.0)),
        (
            {"type": "MultiLineString", "coordinates": [[[3, 4], [5, 6]]]},
            "not_polygonal",
            "MultiLineString",
            (3.0, 4.0),
        ),
        ({"type": "GeometryCollection", "geometries": []}, "not_polygonal", "GeometryCollection", None),
        ({"type": "polygon", "coordinates": [SQUARE]}, "invalid_geojson", "'polygon'", None),
        ({"type": ["Polygon"], "coordinates": [SQUARE]}, "invalid_geojson", "no GeoJSON geometry", None),
        ({"coordinates": [SQUARE]}, "invalid_geojson", "None", None),
        ({"type": "Polygon"}, "invalid_geojson", "missing", None),
        ({"type": "Polygon", "coordinates": {}}, "invalid_geojson", "an object", None),
        ({"type": "Polygon", "coordinates": []}, "empty", "no rings", None),
        ({"type": "MultiPolygon", "coordinates": []}, "empty", "no rings", None),
        ({"type": "Polygon", "coordinates": [[]]}, "invalid_geometry", "Too few points", None),
        ({"type": "Polygon", "coordinates": [SQUARE[:2]]}, "invalid_geometry", "Too few points", (0.1, 0.2)),
        ({"type": "Polygon", "coordinates": [SQUARE[:4]]}, "invalid_geometry", "not closed", (0.1, 0.2)),
        ({"type": "Polygon", "coordinates": SQUARE}, "invalid_geojson", "coordinates\\[0\\]\\[0\\]", None),
        ({"type": "Polygon", "coordinates": [[["0", "0"], *SQUARE]]}, "invalid_geojson", "'0' is not a number", None),
        ({"type": "Polygon", "coordinates": [[[True, 0], *SQUARE]]}, "invalid_geojson", "True is not a number", None),
        ({"type": "Polygon", "coordinates": [[[None, 0], *SQUARE]]}, "invalid_geojson", "None is not a number", None),
        ({"type": "Polygon", "coordinates": [[[1], *SQUARE]]}, "invalid_geojson", "not a position", None),
        ({"type": "Polygon", "coordinates": [["12", *SQUARE]]}, "invalid_geojson", "not a position", None),
        ({"type": "Polygon", "coordinates": [[[10**400, 0], *SQUARE]]}, "not_finite", "range of doubles", None),
        ({"type": "MultiPolygon", "coordinates": [SQUARE]}, "invalid_geojson", "not a position of two", None),
        ({"type": "MultiPolygon", "coordinates": [5]}, "invalid_geojson", "not an array of rings", None),
    ],
)
def test_what_is_no_polygon_is_refused_with_rule_words_and_place(
    geometry: Any, rule: str, words: str, place: tuple[float, float] | None
) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        polygonal_wkb(geometry)
    assert refused.value.refusal.rule == rule
    assert refused.value.refusal.place == place
