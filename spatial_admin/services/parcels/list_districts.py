"""Zoning districts in a box, exact, as a sheet that is printed draws them; the map's come from tiles."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json, LimitExceeded
from spatial_admin.services.parcels.describe_coverage import storage_box
from spatial_admin.services.shared.read_deployment import deployment_ground

MOST: Final = 1_000
# A district may be a whole town: what is cut off lies outside the box. Nine digits are a nanometre where metres are
# stored, a tenth of a millimetre where degrees are.
IN_BOX: Final = """
SELECT code, name, ST_AsGeoJSON(part, 9) AS part
FROM (SELECT code, name, ST_ClipByBox2D(geom, box) AS part
      FROM ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s) AS box
      JOIN zoning_district ON geom && box LIMIT %(limit)s) AS clipped
WHERE NOT ST_IsEmpty(part) ORDER BY code
"""


def list_districts(session: Session, lonlat: Box) -> Json:
    """`{srid, districts: [{code, name, parts}]}` of a lon/lat box: rings of storage coordinates, cut at the box.

    Raises LimitExceeded.
    """
    west, south, east, north = storage_box(session, lonlat)
    srid = deployment_ground().srid
    values = {"west": west, "south": south, "east": east, "north": north, "srid": srid, "limit": MOST + 1}
    rows = session.connection().exec_driver_sql(IN_BOX, values).all()
    if len(rows) > MOST:
        raise LimitExceeded("zoning districts in a box", MOST, len(rows), "Ask for a smaller box.")
    return {
        "srid": srid,
        "districts": [{"code": row.code, "name": row.name, "parts": _parts(row.part)} for row in rows],
    }


def _parts(geojson: str) -> list[list[list[list[float]]]]:
    shape = json.loads(geojson)
    parts: list[list[list[list[float]]]] = []
    for each in shape.get("geometries", [shape]):
        if each["type"] == "Polygon":
            parts.append(each["coordinates"])
        elif each["type"] == "MultiPolygon":
            parts += each["coordinates"]
    return parts
