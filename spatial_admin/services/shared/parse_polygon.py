"""A lon/lat polygon as URLs write it: its corners, `lon,lat;lon,lat;…`, not closed."""

from __future__ import annotations

from typing import Final

import shapely
from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.database_errors import is_connection_loss, is_retryable
from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.parse_box import parse_pairs
from spatial_admin.services.shared.read_deployment import deployment_ground

MOST_CORNERS: Final = 200
FEWEST_CORNERS: Final = 3
WGS84: Final = 4326
# A straight side on the map is bent in the storage CRS, so it is densified first.
IN_STORAGE: Final = """
SELECT ST_AsBinary(ST_Transform(ST_Segmentize(lonlat, greatest(ST_XMax(lonlat) - ST_XMin(lonlat),
         ST_YMax(lonlat) - ST_YMin(lonlat)) / 16), %(srid)s), 'NDR')
FROM ST_GeomFromWKB(%(wkb)s, 4326) AS lonlat
"""


def parse_polygon(text: str, name: str = "polygon") -> shapely.Polygon:
    """A polygon in degrees; BadRequest names the parameter and what is wrong."""
    corners = parse_pairs(text, name, MOST_CORNERS)
    if len(set(corners)) < FEWEST_CORNERS:
        raise BadRequest(name, f"it takes at least {FEWEST_CORNERS} different corners, lon,lat;lon,lat;…")
    if any(abs(lon) > 180 or abs(lat) > 90 for lon, lat in corners):
        raise BadRequest(name, "longitude goes from -180 to 180 and latitude from -90 to 90 degrees")
    polygon = shapely.Polygon(corners)
    if not polygon.is_valid or polygon.area == 0:
        raise BadRequest(name, f"its sides must not cross or touch ({shapely.is_valid_reason(polygon)})")
    return polygon


def polygon_in_storage(session: Session, lonlat: shapely.Polygon) -> bytes:
    """The polygon in storage coordinates, as WKB; BadRequest where the storage CRS does not reach."""
    srid = deployment_ground().srid
    wkb: bytes = shapely.to_wkb(lonlat, byte_order=1)
    if srid == WGS84:
        return wkb
    try:
        return bytes(session.connection().exec_driver_sql(IN_STORAGE, {"wkb": wkb, "srid": srid}).scalar_one())
    except exc.DBAPIError as error:
        if not isinstance(error, exc.InternalError) or is_retryable(error) or is_connection_loss(error):
            raise
        raise BadRequest("polygon", f"EPSG:{srid} has no coordinates for a corner") from error
