"""Envelopes of parcels in lon/lat, for a small map beside a list: four numbers a row, never a geometry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box

# The box around the transformed envelope: for drawing.
ENVELOPES: Final = """
SELECT ST_XMin(b) AS west, ST_YMin(b) AS south, ST_XMax(b) AS east, ST_YMax(b) AS north
FROM (SELECT ST_Transform(ST_Envelope(geom), 4326) AS b FROM parcel WHERE id = ANY (%(ids)s::bigint[])) AS shown
"""


def read_envelopes(session: Session, ids: Sequence[int]) -> list[Box]:
    """One box (west, south, east, north in degrees) a parcel, in no order."""
    if not ids:
        return []
    rows = session.connection().exec_driver_sql(ENVELOPES, {"ids": list(ids)})
    return [(row.west, row.south, row.east, row.north) for row in rows]
