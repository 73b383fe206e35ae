"""GeoJSON feature collections, single features and text sequences (RFC 7946, RFC 8142), feature by feature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from spatial_admin.reader.frames import Row
from spatial_admin.reader.geojson_geometry import OTHER_TYPES, RefusedError, polygonal_wkb
from spatial_admin.reader.json_window import BadValueError, JsonWindow, NotJsonError
from spatial_admin.reader.properties import encode_properties, shown
from spatial_admin.reader.refusal import Refusal, SourceUnreadableError

GEOMETRY_TYPES: Final = OTHER_TYPES | {"Polygon", "MultiPolygon"}
RECORD_SEPARATOR: Final = "\x1e"
DEFAULT_CRS: Final = "EPSG:4326"
MAX_FIELDS: Final = 1_000
ADVICE: Final = "Export it again as GeoJSON (RFC 7946), GeoPackage or a zipped Shapefile."


@dataclass(slots=True)
class GeoJsonSource:
    """An opened GeoJSON text: `crs` is an authority code, or None where the file says that it has none."""

    window: JsonWindow
    is_collection: bool
    crs: str | None
    max_depth: int
    members: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)
    encode: Callable[[Any], tuple[bytes, int]] = polygonal_wkb


def open_geojson(stream: BinaryIO, max_depth: int) -> GeoJsonSource:
    """Read up to the first feature; raises SourceUnreadableError for what is no GeoJSON at all."""
    window = JsonWindow(stream)
    while window.take(RECORD_SEPARATOR):
        pass
    first = window.peek()
    if first != "{":
        what = f"it begins with {first!r} instead of «{{»" if first else "it is empty"
        if "\udc80" <= first <= "\udcff":
            what = "it is not UTF-8 text"
        raise SourceUnreadableError(f"The file is not GeoJSON: {what}. {ADVICE}")
    source = GeoJsonSource(window, is_collection=False, crs=DEFAULT_CRS, max_depth=max_depth)
    mark = window.mark()
    try:
        source.is_collection = _reach_features(source)
    except (BadValueError, NotJsonError) as error:
        raise SourceUnreadableError(f"The file is not GeoJSON: {error}. {ADVICE}") from error
    if source.is_collection:
        return source
    _check_single(source.members)
    if not window.back(mark):
        raise SourceUnreadableError("The first feature of the sequence is too large to be read.")
    return source


def rows_of(source: GeoJsonSource) -> Iterator[Row]:
    """Every feature, in order, good or refused; raises SourceUnreadableError where the text breaks off."""
    try:
        yield from _collection_rows(source) if source.is_collection else _sequence_rows(source)
    except NotJsonError as error:
        raise SourceUnreadableError(
            f"The file is damaged: {error}. Nothing was imported; ask for the file again or export it again."
        ) from error


def _reach_features(source: GeoJsonSource) -> bool:
    """Step through the members of the root object; true when the array «features» was entered."""
    window = source.window
    window.take("{")
    while not window.take("}"):
        name = window.value()
        if not isinstance(name, str) or not window.take(":"):
            raise NotJsonError(f"a member name and a colon are expected at character {window.position:,}")
        if name == "features" and window.take("["):
            return True
        source.members[name] = window.value()
        if name == "crs":
            source.crs = _crs_name(source.members[name])
        if not window.take(",") and window.peek() != "}":
            raise NotJsonError(f"a comma or «}}» is expected at character {window.position:,}")
    return False


def _check_single(members: dict[str, Any]) -> None:
    kind = members.get("type")
    if kind == "Feature" or (isinstance(kind, str) and kind in GEOMETRY_TYPES):
        return
    if kind == "FeatureCollection":
        raise SourceUnreadableError(f"The file is not GeoJSON: «features» is missing or no array. {ADVICE}")
    if kind == "Topology":
        raise SourceUnreadableError(f"The file is TopoJSON, which is not imported. {ADVICE}")
    raise SourceUnreadableError(f"The file is JSON but not GeoJSON: its «type» is {str(kind)[:80]!r}. {ADVICE}")


def _collection_rows(source: GeoJsonSource) -> Iterator[Row]:
    window = source.window
    number = 0
    while not window.take("]"):
        number += 1
        row = _next_row(source, number)
        if not window.take(",") and window.peek() != "]":
            debris = window.skip_debris()[:80]
            row.refusal = row.refusal or Refusal(
                "invalid_json", f"text that does not belong there follows it: {debris!r}"
            )
        yield row
    known = source.crs
    if window.take(","):
        _read_tail(source)
    if source.members.get("type") != "FeatureCollection":
        kind = str(source.members.get("type"))[:80]
        raise SourceUnreadableError(
            f"The file is not GeoJSON: its «type» is {kind!r}, not 'FeatureCollection'. {ADVICE}"
        )
    if source.crs != known:
        raise SourceUnreadableError(
            "The member «crs» stands behind the features, where it comes too late. Move it before «features», or name "
            "the CRS with --crs."
        )


def _read_tail(source: GeoJsonSource) -> None:
    try:
        while not source.window.take("}"):
            name = source.window.value()
            source.window.take(":")
            value = source.window.value()
            source.members[str(name)] = value
            if name == "crs":
                source.crs = _crs_name(value)
            source.window.take(",")
    except BadValueError as error:
        raise NotJsonError(f"behind the features: {error.reason}") from error


def _sequence_rows(source: GeoJsonSource) -> Iterator[Row]:
    window = source.window
    number = 0
    while True:
        while window.take(RECORD_SEPARATOR + ","):
            pass
        if not window.peek():
            return
        number += 1
        try:
            yield _next_row(source, number)
        except NotJsonError as error:
            text = window.line()
            yield _refused(number, "invalid_json", str(error), text)


def _next_row(source: GeoJsonSource, number: int) -> Row:
    try:
        value = source.window.value()
    except BadValueError as error:
        return _refused(number, error.rule, error.reason, error.text)
    return _feature_row(source, number, value)


def _feature_row(source: GeoJsonSource, number: int, feature: Any) -> Row:
    if isinstance(feature, dict) and feature.get("type") in GEOMETRY_TYPES and not source.is_collection:
        feature = {"type": "Feature", "geometry": feature, "properties": None}
    problem = _feature_problem(feature)
    if problem:
        return _refused(number, "invalid_geojson", problem, shown(feature))
    row = Row(number)
    properties = feature["properties"] if feature.get("properties") is not None else {}
    if "id" in feature and "id" not in properties and isinstance(feature["id"], (str, int, float)):
        properties = {"id": feature["id"], **properties}
    if len(source.fields) < MAX_FIELDS:
        source.fields.update(dict.fromkeys(properties))
    geometry = feature["geometry"]
    try:
        row.wkb, row.flags = source.encode(geometry)
    except RefusedError as error:
        row.refusal = error.refusal
        row.raw = None if geometry is None else shown(geometry).encode("ascii")
    _put_properties(row, properties, source.max_depth)
    return row


def _feature_problem(feature: Any) -> str | None:
    if not isinstance(feature, dict):
        return "it is not an object"
    if feature.get("type") != "Feature":
        return f"its «type» is {str(feature.get('type'))[:80]!r}, not 'Feature'"
    if "geometry" not in feature:
        return "it has no member «geometry»"
    if not isinstance(feature.get("properties"), (dict, type(None))):
        return "«properties» is neither an object nor null"
    return None


def _put_properties(row: Row, properties: dict[str, Any], max_depth: int) -> None:
    """What PostgreSQL cannot keep refuses the row, and stays beside it as raw text."""
    encoded = encode_properties(properties, max_depth)
    if isinstance(encoded, bytes):
        row.properties = encoded
        return
    row.refusal = row.refusal or encoded
    row.raw = row.raw or shown(properties).encode("ascii")


def _refused(number: int, rule: str, reason: str, text: str) -> Row:
    raw = text.encode("utf-8", "backslashreplace").replace(b"\x00", b"\\u0000")
    return Row(number, raw=raw, refusal=Refusal(rule, reason))


def _crs_name(crs: Any) -> str | None:
    """The authority code that a legacy member «crs» names (GeoJSON 2008); None for null, a link or an unknown name."""
    if (
        not isinstance(crs, dict)
        or not isinstance(crs.get("properties"), dict)
        or crs.get("type") not in ("name", "EPSG")
    ):
        return None
    name = str(crs["properties"].get("name", crs["properties"].get("code", ""))).strip()
    parts = [part for part in name.replace("urn:ogc:def:crs:", "").split(":") if part]
    if crs["type"] == "EPSG" and len(parts) == 1:
        parts = ["EPSG", *parts]
    if len(parts) < 2 or not parts[-1].isalnum():
        return None
    authority, code = parts[0].upper(), parts[-1]
    if authority == "OGC" and code.upper() in ("CRS84", "CRS84H"):
        return DEFAULT_CRS
    return f"{authority}:{code}"
