"""What bounds tiles of a deployment: where there can be any, and how long one may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import current_app

from spatial_admin.cadastre.precision import Box
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot

_KEY: Final = "spatial_admin.tile_bounds"
# The extent in degrees; its sides are bent by the projection, so they are densified first.
EXTENT_IN_LONLAT: Final = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
FROM (SELECT ST_Transform(ST_Segmentize(e, (ST_XMax(e) - ST_XMin(e)) / 64), 4326) AS b
      FROM deployment_extent() AS e) AS box
"""


@dataclass(frozen=True, slots=True)
class TileBounds:
    """Milliseconds that the database may take; the deployment's extent in degrees; the SRID of what is stored."""

    timeout_ms: int
    extent: Box
    srid: int


def tile_bounds() -> TileBounds:
    """The bounds of this application's tiles, read once."""
    found: TileBounds | None = current_app.extensions.get(_KEY)
    if found is None:
        settings: Settings = current_app.config["SETTINGS"]
        ground = fixed().ground
        with snapshot() as session:
            row = session.connection().exec_driver_sql(EXTENT_IN_LONLAT).one()
        west, south, east, north = (float(number) for number in row)
        found = TileBounds(settings.limits.tile_timeout_ms, (west, south, east, north), ground.srid)
        current_app.extensions[_KEY] = found
    return found
