"""Dividing the coverage into cells of about as many parcels each, by a sample of where they lie."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box, FloatArray
from spatial_admin.services.shared.run_sql import run_sql

CELL_PARCELS: Final = 3_000
SAMPLE: Final = 20_000  # points; of fewer parcels all
ESTIMATE: Final = "SELECT greatest(reltuples, 0)::bigint AS about FROM pg_class WHERE oid = 'parcel'::regclass"
# Whole pages of the table, always the same ones: a second scan of unchanged data has the same cells.
PLACES: Final = """
SELECT ST_XMin(geom) AS x, ST_YMin(geom) AS y FROM parcel TABLESAMPLE SYSTEM (%(percent)s) REPEATABLE (1)
WHERE end_lifespan_version IS NULL
"""
KEPT: Final = """
SELECT west, south, east, north FROM scan_cell
WHERE scan = (SELECT max(id) FROM scan WHERE state = 'done') ORDER BY cell
"""
COUNTED: Final = "SELECT parcels FROM scan WHERE state = 'done' ORDER BY id DESC LIMIT 1"
GROWN: Final = 1.3  # times the parcels of the scan before, from which on other cells are worth it


def plan_cells(session: Session, extent: Box) -> tuple[list[Box], int]:
    """Half-open cells that cover the extent, and about how many parcels there are.

    Those of the last scan, unless there are many more parcels by now, or many fewer: what lies across a border of
    cells may be described a little otherwise from its two sides.
    """
    about = int(run_sql(session, ESTIMATE)[0].about)
    counted = run_sql(session, COUNTED)
    before = int(counted[0].parcels) if counted else 0
    if before and before / GROWN <= about <= before * GROWN:
        kept = [(row.west, row.south, row.east, row.north) for row in run_sql(session, KEPT)]
        if kept:
            return kept, before
    percent = 100.0 if about < SAMPLE else min(100.0, 100.0 * SAMPLE / about)
    places = np.array([(row.x, row.y) for row in run_sql(session, PLACES, {"percent": percent})]).reshape(-1, 2)
    total = max(about, len(places))
    west, south, east, north = extent
    # The last cell holds what lies on the border of the extent.
    whole = west, south, math.nextafter(east, math.inf), math.nextafter(north, math.inf)
    return divide(whole, places, CELL_PARCELS * len(places) / max(total, 1)), total


def divide(box: Box, places: FloatArray, most: float) -> list[Box]:
    """Halve a box at the median of the places, across the axis on which they spread most, until each has few."""
    if len(places) <= max(most, 1.0):
        return [box]
    axis = int(np.ptp(places, axis=0).argmax())
    middle = float(np.median(places[:, axis]))
    is_low = places[:, axis] < middle
    if is_low.all() or not is_low.any():
        return [box]  # all at one place
    lower = (box[0], box[1], middle, box[3]) if axis == 0 else (box[0], box[1], box[2], middle)
    upper = (middle, box[1], box[2], box[3]) if axis == 0 else (box[0], middle, box[2], box[3])
    return divide(lower, places[is_low], most) + divide(upper, places[~is_low], most)
