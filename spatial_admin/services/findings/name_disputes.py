"""The disputed boundaries that an edit moves: named in its receipt and its dry run. A mark forbids nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import shapely

from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.moved_boundary import is_moved_away
from spatial_admin.errors import Json
from spatial_admin.models import STORAGE_SRID
from spatial_admin.services.findings.list_findings import near_in_storage
from spatial_admin.services.shared.run_sql import Execute

# Comes with the first message of an edit (`EditHeader.questions`): few offices have any, and no edit pays for a look.
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


def name_disputes(execute: Execute, changes: Sequence[ParcelChange]) -> list[Json]:
    """`{dispute_id, numbers, reason, marked_by, marked_at, place}` of each dispute whose boundary the edit moves;
    `place` is GeoJSON in lon/lat. Both statements read in the edit's own snapshot, whoever marked one in whichever
    process; SERIALIZABLE sends one of two away where the edit and a mark of what it moves would not know of each other.
    """
    regions = [change.region for change in changes if change.region is not None]
    if not regions or not execute(ARE_ANY, {})[0][0]:
        return []
    near = near_in_storage()
    sides = zip(*((w - near, s - near, e + near, n + near) for w, s, e, n in regions), strict=True)
    boxes = {name: list(side) for name, side in zip(("wests", "souths", "easts", "norths"), sides, strict=True)}
    rows = execute(IN_REGIONS, {**boxes, "srid": STORAGE_SRID})
    if not rows:
        return []
    moved = is_moved_away([shapely.from_wkb(bytes(row.place)) for row in rows], changes, near)
    return [_told(row) for row, is_moved in zip(rows, moved, strict=True) if is_moved]


def _told(row: Any) -> Json:
    return {
        "dispute_id": row.id,
        "numbers": row.numbers,
        "reason": row.reason,
        "marked_by": row.marked_by,
        "marked_at": row.marked_at.isoformat(),
        "place": row.drawn,
    }
