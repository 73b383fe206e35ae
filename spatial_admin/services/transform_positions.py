"""Positions in degrees and in storage coordinates, either from the other, by the PostGIS that edits are stored with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Ground, Point
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
