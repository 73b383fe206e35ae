from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from spatial_admin.reader.frames import Row
from spatial_admin.reader.geojson_features import GeoJsonSource, open_geojson, rows_of
from spatial_admin.reader.geometry_check import GeometryLimits, check_rows
from spatial_admin.reader.refusal import SourceUnreadableError

SQUARE: list[list[list[float]]] = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def feature(**changes: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": SQUARE}} | changes


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)})


def read(text: str | bytes, max_depth: int = 8) -> tuple[GeoJsonSource, list[Row]]:
    source = open_geojson(io.BytesIO(text.encode() if isinstance(text, str) else text), max_depth)
    return source, list(rows_of(source))


def test_every_feature_has_its_number_and_properties() -> None:
    text = collection(feature(properties={"a": 1.5, "b": "ä"}), feature(properties=None), feature(id="x9"))
    source, rows = read(text)
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.properties for row in rows] == ['{"a":1.5,"b":"ä"}'.encode(), b"{}", b'{"id":"x9"}']
    assert all(row.refusal is None for row in rows)
    assert list(source.fields) == ["a", "b", "id"]


def test_property_id_is_not_overwritten_by_the_id_of_the_feature() -> None:
    _, rows = read(collection(feature(id=1, properties={"id": "kept"})))
    assert rows[0].properties == b'{"id":"kept"}'


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"type": "feature", "geometry": None, "properties": None}, "invalid_geojson"),
        ({"type": "Feature", "properties": None}, "invalid_geojson"),  # geometry missing is not geometry null
        (feature(properties=[1]), "invalid_geojson"),
        (feature(properties="x"), "invalid_geojson"),
        (feature(geometry=None), "null_geometry"),
        (feature(properties={"a": "\x00"}), "invalid_properties"),
        (feature(properties={"a": "\ud800"}), "invalid_properties"),
        (feature(properties={"a": [[[[[[[[1]]]]]]]]}), "invalid_properties"),
        ({"type": "Polygon", "coordinates": SQUARE}, "invalid_geojson"),  # a geometry is no feature of a collection
        (17, "invalid_geojson"),
        (None, "invalid_geojson"),
    ],
)
def test_bad_feature_is_refused_and_its_neighbours_are_not(bad: Any, rule: str) -> None:
    _, rows = read(collection(feature(), bad, feature()))
    assert [row.refusal.rule if row.refusal else None for row in rows] == [None, rule, None]


def test_what_was_refused_is_kept_as_text() -> None:
    _, rows = read(collection(feature(geometry={"type": "Point", "coordinates": [1, 2]}), {"odd": "\x00"}))
    assert json.loads(rows[0].raw or b"")["type"] == "Point"
    assert rows[1].raw == b'{"odd": "\\u0000"}'


def test_backslash_before_u0000_is_no_nul() -> None:
    _, rows = read(collection(feature(properties={"path": "C:\\u0000"})))
    assert rows[0].refusal is None


def test_infinity_written_as_a_number_is_refused_in_properties_and_coordinates() -> None:
    text = collection(feature(properties={"a": 1}), feature()).replace('"a": 1', '"a": 1e999')
    text = text.replace("[1, 1]", "[1e999, 1]")
    _, rows = read(text)
    check_rows(rows, GeometryLimits(100, 10, 10))
    assert [row.refusal.rule for row in rows if row.refusal] == ["invalid_properties", "not_finite"]


def test_text_between_two_features_is_said_of_the_first() -> None:
    text = collection(feature(), feature(), feature()).replace("}, {", "} oops, {", 1)
    _, rows = read(text)
    assert [row.refusal.rule if row.refusal else None for row in rows] == ["invalid_json", None, None]


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::26915"}}, "EPSG:26915"),
        ({"type": "name", "properties": {"name": "EPSG:2056"}}, "EPSG:2056"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "EPSG:4326"),
        ({"type": "EPSG", "properties": {"code": 5514}}, "EPSG:5514"),
        ({"type": "link", "properties": {"href": "http://example.com/crs"}}, None),  # nothing is fetched
        ({"type": "name", "properties": {"name": "local grid"}}, None),
        (None, None),  # GeoJSON 2008: no CRS can be assumed
    ],
)
def test_legacy_crs_is_honoured(crs: Any, expected: str | None) -> None:
    source, rows = read(collection(feature(), crs=crs))
    assert source.crs == expected
    assert len(rows) == 1


def test_crs_behind_the_features_comes_too_late() -> None:
    crs = {"type": "name", "properties": {"name": "EPSG:2056"}}
    text = json.dumps({"type": "FeatureCollection", "features": [feature()], "crs": crs})
    with pytest.raises(SourceUnreadableError, match="--crs"):
        read(text)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\x1e", " "])
def test_text_sequences_are_read_feature_by_feature(separator: str) -> None:
    lines = [json.dumps(feature(properties={"n": n})) for n in range(3)]
    _, rows = read(separator.join(lines) + "\n")
    assert [row.properties for row in rows] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']


def test_bad_line_of_a_sequence_is_one_refused_row() -> None:
    lines = [json.dumps(feature()), '{"type": "Feature", ', json.dumps(feature())]
    _, rows = read("\n".join(lines))
    assert [row.refusal.rule if row.refusal else None for row in rows] == [None, "invalid_json", None]


def test_single_geometry_is_one_feature() -> None:
    _, rows = read(json.dumps({"type": "Polygon", "coordinates": SQUARE}))
    assert [row.refusal for row in rows] == [None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("hello", "begins with 'h'"),
        ("[1, 2]", "begins with '\\['"),
        (b"\xff\xfe{\x00", "not UTF-8"),
        ('{"type": "Topology", "objects": {}}', "TopoJSON"),
        ('{"type": "gdal_streamed_alg", "command_line": "gdal vector read /etc/passwd"}', "gdal_streamed_alg"),
        ('{"type": "FeatureCollection"}', "«features» is missing"),
        ('{"type": "FeatureCollection", "features": {}}', "«features» is missing"),
        ('{"type": "featurecollection", "features": []}', "'featurecollection'"),
        ('{"features": []}', "'None'"),
        ('{"a" 1}', "colon"),
        ('{"a": 1 "b": 2}', "comma"),
        ('{"a": }', "not JSON"),
    ],
)
def test_file_that_is_no_geojson_gets_one_clear_error(text: str | bytes, words: str) -> None:
    with pytest.raises(SourceUnreadableError, match=words):
        read(text)


@pytest.mark.parametrize("cut", [30, 120, 200])
def test_truncated_file_is_refused_as_a_whole(cut: int) -> None:
    with pytest.raises(SourceUnreadableError, match=r"damaged|not GeoJSON"):
        read(collection(feature(), feature())[:cut])


def test_every_hostile_file_is_read_or_refused_in_words(shared_data: Path) -> None:
    paths = [p for p in (shared_data / "hostile").rglob("*json") if p.is_file()]
    assert len(paths) > 200
    words: list[str] = []
    for path in paths:
        try:
            source = open_geojson(io.BytesIO(path.read_bytes()), 8)
            rows = list(rows_of(source))
        except SourceUnreadableError as error:
            words.append(str(error))
            continue
        check_rows(rows, GeometryLimits(50_000, 200, 100))
        for row in rows:
            assert row.wkb is not None or row.refusal is not None, path
    assert words
    assert all(len(said) > 20 for said in words)


def test_json_that_must_be_refused_is_never_a_good_row(shared_data: Path) -> None:
    for path in sorted((shared_data / "hostile" / "json").glob("n_*.json")):
        text = b'{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null, "properties": {"v": '
        with pytest.raises(SourceUnreadableError):
            list(rows_of(open_geojson(io.BytesIO(path.read_bytes()), 8)))
        try:
            rows = list(rows_of(open_geojson(io.BytesIO(text + path.read_bytes() + b"}}]}"), 8)))
        except SourceUnreadableError:
            continue
        assert all(row.refusal is not None for row in rows), path
