"""Positions in degrees and in storage coordinates, from each other or a named CRS, by the PostGIS that stores edits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Ground, Point
from spatial_admin.cadastre.source_system import NamedSystem, named_system
from spatial_admin.database_errors import is_connection_loss, is_retryable, translated
from spatial_admin.errors import BadRequest, Json

WGS84: Final = 4326
MOST: Final = 64
NONE_THERE: Final = "EPSG:{srid} has no coordinates there"
TRANSFORMED: Final = """
SELECT ST_X(place), ST_Y(place) FROM unnest(%(xs)s::float8[], %(ys)s::float8[]) WITH ORDINALITY AS given (x, y, n),
  LATERAL ST_Transform(ST_SetSRID(ST_MakePoint(x, y), %(from)s), %(to)s) AS place
ORDER BY n
"""


def from_lonlat(session: Session, places: Sequence[Point], ground: Ground) -> list[Json]:
    """Positions of places in degrees, [{lon, lat, x, y}]; BadRequest where there are no such degrees."""
    for lon, lat in places:
        if abs(lon) > 180 or abs(lat) > 90:
            raise BadRequest("lonlat", "longitude goes from -180 to 180 and latitude from -90 to 90 degrees")
    stored = _transformed(session, "lonlat", places, WGS84, ground.srid)
    return [_position(lonlat, pair) for lonlat, pair in zip(places, stored, strict=True)]


def from_stored(session: Session, pairs: Sequence[Point], ground: Ground) -> list[Json]:
    """Positions of storage coordinates, [{lon, lat, x, y}]; BadRequest where one lies outside the extent."""
    for pair in pairs:
        if not ground.contains(pair):
            west, south, east, north = (f"{side:.10g}" for side in ground.extent)
            given = f"{pair[0]:.12g}, {pair[1]:.12g}"
            extent = f"x from {west} to {east}, y from {south} to {north}"
            raise BadRequest("stored", f"{given} lies outside of what is stored here (EPSG:{ground.srid}: {extent})")
    places = _transformed(session, "stored", pairs, ground.srid, WGS84)
    return [_position(lonlat, pair) for lonlat, pair in zip(places, pairs, strict=True)]


def from_named(session: Session, pairs: Sequence[Point], code: str, ground: Ground) -> list[Json]:
    """Positions of coordinates of the CRS `code` (EPSG:32618), east or longitude first, [{lon, lat, x, y}].

    BadRequest where the code is not known, where a place lies outside its area of use, or outside the extent.
    """
    try:
        system = named_system(code)
    except ValueError as error:
        raise BadRequest("crs", str(error)) from error
    if system.srid == ground.srid:
        return from_stored(session, pairs, ground)
    places = _transformed(session, "given", pairs, system.srid, WGS84)
    for (x, y), (lon, lat) in zip(pairs, places, strict=True):
        if abs(lat) > 90 or not system.is_used_at(lon, lat):
            raise BadRequest(
                "given",
                f"{x:.12g}, {y:.12g} lies outside of where EPSG:{system.srid} ({system.name}) is used{_area(system)}; "
                "give east or longitude first",
            )
    # From the coordinates given, not from degrees: each transformation on the way would cost digits.
    stored = places if ground.srid == WGS84 else _transformed(session, "given", pairs, system.srid, ground.srid)
    for pair, (x, y) in zip(stored, pairs, strict=True):
        if not ground.contains(pair):
            raise BadRequest("given", f"{x:.12g}, {y:.12g} of EPSG:{system.srid} lies outside of what is stored here")
    return [_position(lonlat, pair) for lonlat, pair in zip(places, stored, strict=True)]


def _area(system: NamedSystem) -> str:
    if system.area is None:
        return ""
    west, south, east, north = system.area
    return f" (longitude {west:g} to {east:g}, latitude {south:g} to {north:g})"


def _position(lonlat: Point, pair: Point) -> Json:
    return {"lon": lonlat[0], "lat": lonlat[1], "x": pair[0], "y": pair[1]}


def _transformed(session: Session, name: str, given: Sequence[Point], origin: int, target: int) -> list[Point]:
    if origin == target:
        return list(given)
    xs, ys = [x for x, _ in given], [y for _, y in given]
    values = {"xs": xs, "ys": ys, "from": origin, "to": target}
    with coordinates_in(target, name):
        rows = session.connection().exec_driver_sql(TRANSFORMED, values).all()
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in rows):
        raise BadRequest(name, NONE_THERE.format(srid=target))
    return [(float(x), float(y)) for x, y in rows]


@contextmanager
def coordinates_in(srid: int, name: str) -> Iterator[None]:
    """Run a statement that transforms what was given as `name`; BadRequest where the CRS has no coordinates for it."""
    try:
        yield
    except exc.InternalError as error:
        if is_retryable(error) or is_connection_loss(error) or translated(error) is not error:
            raise
        raise BadRequest(name, NONE_THERE.format(srid=srid)) from error
