"""Parcels of a cell, out of the snapshot that all scanners share."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.scanning.parcels import Parcels

# Nothing waits for a reader, and a reader waits for nobody. (JIT would compile, for 300 ms, what runs in ten.)
BEGIN: Final = """
SET TRANSACTION SNAPSHOT '{snapshot}';
SET LOCAL jit = off; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0
"""
# Current parcels whose envelope meets a box.
READ: Final = """
SELECT id, version, level, area_m2, legal_area_m2, legal_area_text, ST_AsBinary(geom, 'NDR') FROM parcel
WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, %s) AND end_lifespan_version IS NULL ORDER BY id
"""
NONE: Final = float("nan")


class Reader:
    """Reads by boxes, in one read-only transaction over a psycopg2 connection."""

    def __init__(self, connection: Any, snapshot: str, srid: int) -> None:
        self._cursor = connection.cursor()
        self._srid = srid
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        if not snapshot.replace("-", "").isalnum():
            raise ValueError(f"{snapshot!r} names no snapshot")
        self._cursor.execute(BEGIN.format(snapshot=snapshot))

    def load(self, box: Box) -> Parcels:
        """Every current parcel whose envelope meets the box (storage coordinates), ascending by id."""
        self._cursor.execute(READ, (*box, self._srid))
        rows = self._cursor.fetchall()
        ids, versions, levels, areas, legal, texts, wkbs = zip(*rows, strict=True) if rows else ((),) * 7
        return Parcels(
            np.array(ids, dtype=np.int64),
            np.array(versions, dtype=np.int64),
            np.array(levels, dtype=object),
            np.asarray(shapely.from_wkb([bytes(wkb) for wkb in wkbs]), dtype=object),
            np.array(areas, dtype=np.float64),
            np.array([NONE if area is None else area for area in legal], dtype=np.float64),
            np.array(texts, dtype=object),
        )
