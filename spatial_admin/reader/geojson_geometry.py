"""From the member `geometry` of a decoded GeoJSON feature to WKB, by hand: no parser is trusted with nesting."""

from __future__ import annotations

import struct
from array import array
from itertools import chain
from typing import Any, Final

from spatial_admin.reader.frames import HAD_Z, Refusal

POLYGON: Final = struct.Struct("<BII")
POINT: Final = struct.Struct("<BIdd")
# WKB's code of what is no polygon, and how deep its positions lie.
PATHS: Final = {"Point": (1, 0), "MultiPoint": (4, 1), "LineString": (2, 1), "MultiLineString": (5, 2)}
COUNT: Final = struct.Struct("<I")
OTHER_TYPES: Final = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection"})
CHARACTERS_IN_REASON: Final = 80
NUMBERS: Final = frozenset({float, int})


class RefusedError(Exception):
    """The geometry cannot be built; `refusal` says why and where."""

    def __init__(self, rule: str, reason: str, place: tuple[float, float] | None = None) -> None:
        super().__init__(reason)
        self.refusal = Refusal(rule, reason, place)


def polygonal_wkb(geometry: Any) -> tuple[bytes, int]:
    """WKB (little-endian, 2D, rings in the order and with the start of the file) and flags; raises RefusedError.

    A third number of a position is dropped and flagged; RFC 7946 gives further ones no meaning.
    """
    if geometry is None:
        raise RefusedError("null_geometry", "the feature has no geometry (null)")
    if not isinstance(geometry, dict):
        raise RefusedError("invalid_geojson", f"«geometry» is {_kind(geometry)}, not an object")
    kind = geometry.get("type")
    if kind in ("Polygon", "MultiPolygon"):
        coordinates = geometry.get("coordinates")
        if not isinstance(coordinates, list):
            raise RefusedError("invalid_geojson", f"«coordinates» of a {kind} is {_kind(coordinates)}, not an array")
        if not coordinates:
            raise RefusedError("empty", f"the {kind} has no rings")
        return _polygon(coordinates, "coordinates") if kind == "Polygon" else _multipolygon(coordinates)
    if isinstance(kind, str) and kind in OTHER_TYPES:
        raise RefusedError(
            "not_polygonal", f"the geometry is a {kind}; parcels are Polygon or MultiPolygon", _first(geometry)
        )
    raise RefusedError("invalid_geojson", f"«type» of the geometry is {_shown(kind)}, which is no GeoJSON geometry")


def any_wkb(geometry: Any) -> tuple[bytes, int]:
    """The same of points and lines, too: of what is only to be looked at; raises RefusedError."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in PATHS:
        return polygonal_wkb(geometry)
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list):
        raise RefusedError("invalid_geojson", f"«coordinates» of a {kind} is {_kind(coordinates)}, not an array")
    if not coordinates:
        raise RefusedError("empty", f"the {kind} has no positions")
    code, depth = PATHS[kind]
    if depth == 0:
        return _point(coordinates, "coordinates"), 0
    if kind == "LineString":
        return _line(coordinates, "coordinates")
    parts: list[bytes] = []
    flags = 0
    for index, part in enumerate(coordinates):
        where = f"coordinates[{index}]"
        if kind == "MultiPoint":
            parts.append(_point(part, where))
            continue
        wkb, part_flags = _line(part, where)
        parts.append(wkb)
        flags |= part_flags
    return POLYGON.pack(1, code, len(parts)) + b"".join(parts), flags


def _point(position: Any, where: str) -> bytes:
    return POINT.pack(1, 1, *_position(position, where))


def _line(positions: Any, where: str) -> tuple[bytes, int]:
    if type(positions) is not list:
        raise RefusedError("invalid_geojson", f"{where} is {_kind(positions)}, not an array of positions")
    coordinates, flags = _ring(positions, where)
    if len(coordinates) < 4:
        raise RefusedError("invalid_geometry", f"{where} has fewer than two positions")
    return POLYGON.pack(1, 2, len(coordinates) // 2) + coordinates.tobytes(), flags


def _multipolygon(polygons: list[Any]) -> tuple[bytes, int]:
    parts = []
    flags = 0
    for index, rings in enumerate(polygons):
        where = f"coordinates[{index}]"
        if not isinstance(rings, list):
            raise RefusedError("invalid_geojson", f"{where} is {_kind(rings)}, not an array of rings")
        wkb, part_flags = _polygon(rings, where)
        parts.append(wkb)
        flags |= part_flags
    return POLYGON.pack(1, 6, len(parts)) + b"".join(parts), flags


def _polygon(rings: list[Any], where: str) -> tuple[bytes, int]:
    parts = [POLYGON.pack(1, 3, len(rings))]
    flags = 0
    for index, ring in enumerate(rings):
        if type(ring) is not list:
            raise RefusedError("invalid_geojson", f"{where}[{index}] is {_kind(ring)}, not an array of positions")
        coordinates, ring_flags = _ring(ring, f"{where}[{index}]")
        flags |= ring_flags
        count = len(coordinates) // 2
        if count < 4:
            place = (coordinates[0], coordinates[1]) if count else None
            raise RefusedError(
                "invalid_geometry", f"Too few points in geometry component: {where}[{index}] has {count}", place
            )
        if coordinates[0] != coordinates[-2] or coordinates[1] != coordinates[-1]:
            place = (coordinates[0], coordinates[1])
            raise RefusedError(
                "invalid_geometry", f"Ring is not closed: {where}[{index}] ends elsewhere than it begins", place
            )
        parts += (COUNT.pack(count), coordinates.tobytes())
    return b"".join(parts), flags


def _ring(ring: list[Any], where: str) -> tuple[array[float], int]:
    """The positions of a ring as x, y, x, y ... exactly as written."""
    try:
        sizes = set(map(len, ring))
        flat = list(chain.from_iterable(ring))
        if (sizes == {2} or not ring) and set(map(type, ring)) <= {list} and set(map(type, flat)) <= NUMBERS:
            return array("d", flat), 0
    except (TypeError, OverflowError):
        pass  # not plain numbers in pairs: the slow way finds what and where
    positions = [_position(position, f"{where}[{index}]") for index, position in enumerate(ring)]
    has_z = any(len(position) > 2 for position in ring)
    return array("d", chain.from_iterable(positions)), HAD_Z if has_z else 0


def _position(position: Any, where: str) -> tuple[float, float]:
    if type(position) is not list or len(position) < 2:
        raise RefusedError("invalid_geojson", f"{where} is {_shown(position)}, not a position of two numbers")
    for number in position:
        if type(number) not in NUMBERS:
            raise RefusedError("invalid_geojson", f"{where} is {_shown(position)}: {_shown(number)} is not a number")
    try:
        return float(position[0]), float(position[1])
    except OverflowError as error:
        raise RefusedError("not_finite", f"{where} holds a number beyond the range of doubles") from error


def _first(geometry: dict[str, Any]) -> tuple[float, float] | None:
    """The first position of a geometry that is no parcel, so that people can find it."""
    value = geometry.get("coordinates")
    for _ in range(4):
        if not isinstance(value, list) or not value:
            return None
        if type(value[0]) in NUMBERS:
            try:
                return _position(value, "coordinates")
            except RefusedError:
                return None
        value = value[0]
    return None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "missing"}
    return names.get(type(value), "a number")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= CHARACTERS_IN_REASON else text[:CHARACTERS_IN_REASON] + "…"
