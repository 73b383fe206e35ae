"""Places of errors in lon/lat, for drawing, by the same PostGIS that draws the parcels around them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import exc

from spatial_admin.errors import Json
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.transaction import snapshot

WGS84: Final = 4326
IN_LONLAT: Final = """
SELECT ST_AsGeoJSON(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(place), %(srid)s), 4326), 9)::json
FROM unnest(%(places)s::text[]) WITH ORDINALITY AS given (place, n) ORDER BY n
"""


def places_in_lonlat(places: Sequence[Json | None]) -> list[Json | None]:
    """GeoJSON geometries in storage coordinates, each in degrees; None stays None."""
    srid = deployment_ground().srid
    if srid == WGS84 or not any(places):
        return list(places)
    try:
        return _in_lonlat(places, srid)
    except exc.InternalError:
        # Beyond the projection's domain there is no lon/lat. A place is for drawing: without it the words still say it.
        return [_alone(place, srid) for place in places]


def _alone(place: Json | None, srid: int) -> Json | None:
    try:
        return _in_lonlat([place], srid)[0]
    except exc.InternalError:
        return None


def _in_lonlat(places: Sequence[Json | None], srid: int) -> list[Json | None]:
    given = [None if place is None else json.dumps(place) for place in places]
    with snapshot() as session:
        rows = session.connection().exec_driver_sql(IN_LONLAT, {"places": given, "srid": srid}).all()
    return [row[0] for row in rows]
