"""GeoJSON of a place for drawing: storage coordinates to degrees. Never the way back: it rounds by a millimetre."""

from __future__ import annotations

import functools
from typing import Any

import pyproj

Json = dict[str, Any]
WGS84 = 4326


def to_lonlat(geometry: Json | None, srid: int) -> Json | None:
    """The GeoJSON geometry in lon/lat (RFC 7946 knows no other CRS); None stays None."""
    if geometry is None or srid == WGS84:
        return geometry
    if geometry.get("type") == "GeometryCollection":
        return {**geometry, "geometries": [to_lonlat(part, srid) for part in geometry.get("geometries", [])]}
    return {**geometry, "coordinates": _moved(geometry.get("coordinates", []), _transformer(srid))}


def _moved(coordinates: Any, transformer: pyproj.Transformer) -> Any:
    if coordinates and isinstance(coordinates[0], (int, float)):
        return list(transformer.transform(*coordinates[:2]))
    return [_moved(part, transformer) for part in coordinates]


@functools.lru_cache(maxsize=8)
def _transformer(srid: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(srid, WGS84, always_xy=True)
