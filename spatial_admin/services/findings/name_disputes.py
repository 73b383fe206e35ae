"""The disputed boundaries that an edit moves: named in its receipt and its dry run. A mark forbids nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import shapely
from flask import current_app

from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.moved_boundary import is_moved_away
from spatial_admin.errors import Json
from spatial_admin.models import STORAGE_SRID
from spatial_admin.services.findings.list_findings import near_in_storage
from spatial_admin.services.shared.run_sql import Execute

ARE_ANY: Final = "SELECT EXISTS (SELECT FROM disputed_boundary WHERE ended_at IS NULL) AS are_any"
# By the index of places, of the regions that change.
IN_REGIONS: Final = """
SELECT DISTINCT ON (d.id) d.id, d.reason, d.marked_at, m.email AS marked_by, ST_AsBinary(d.place) AS place,
       ST_AsGeoJSON(ST_Transform(d.place, 4326), 9)::json AS drawn,
       ARRAY(SELECT coalesce(p.number, p.parcel_id) FROM parcel AS p
             WHERE p.id = ANY (d.parcels) ORDER BY p.id) AS numbers
FROM unnest(%(wests)s::float8[], %(souths)s::float8[], %(easts)s::float8[], %(norths)s::float8[]) AS r (w, s, e, n)
JOIN disputed_boundary AS d ON d.place && ST_MakeEnvelope(r.w, r.s, r.e, r.n, %(srid)s) AND d.ended_at IS NULL
LEFT JOIN account AS m ON m.id = d.marked_by ORDER BY d.id
"""
KEPT_S: Final = 5.0  # an edit must not ask the database each time for what few offices have
_KEY: Final = "spatial_admin.are_disputed"


def name_disputes(execute: Execute, changes: Sequence[ParcelChange]) -> list[Json]:
    """`{dispute_id, numbers, reason, marked_by, marked_at, place}` of each dispute whose boundary the edit moves;
    `place` is GeoJSON in lon/lat. What was marked by another process less than five seconds ago may be missing.
    """
    regions = [change.region for change in changes if change.region is not None]
    if not regions or not _are_any(execute):
        return []
    near = near_in_storage()
    sides = zip(*((w - near, s - near, e + near, n + near) for w, s, e, n in regions), strict=True)
    boxes = {name: list(side) for name, side in zip(("wests", "souths", "easts", "norths"), sides, strict=True)}
    rows = execute(IN_REGIONS, {**boxes, "srid": STORAGE_SRID})
    if not rows:
        return []
    moved = is_moved_away([shapely.from_wkb(bytes(row.place)) for row in rows], changes, near)
    return [_told(row) for row, is_moved in zip(rows, moved, strict=True) if is_moved]


def forget_disputes() -> None:
    """One was marked or ended here: the next edit asks anew."""
    current_app.extensions.pop(_KEY, None)


def _are_any(execute: Execute) -> bool:
    kept: tuple[float, bool] | None = current_app.extensions.get(_KEY)
    if kept is not None and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    asked_at = time.monotonic()
    are_any = bool(execute(ARE_ANY, {})[0].are_any)
    current_app.extensions[_KEY] = asked_at, are_any
    return are_any


def _told(row: Any) -> Json:
    return {
        "dispute_id": row.id,
        "numbers": row.numbers,
        "reason": row.reason,
        "marked_by": row.marked_by,
        "marked_at": row.marked_at.isoformat(),
        "place": row.drawn,
    }
