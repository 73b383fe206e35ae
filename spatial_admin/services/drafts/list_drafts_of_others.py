"""What colleagues are about to change in a box: whose it is, since when, under which record, and which parcels.

The steps stay their owner's: neither operations nor reason nor title leave here.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json
from spatial_admin.services.records.cite_record import CITED

MOST_OF_OTHERS: Final = 200
# By the index on footprints: what lies in the box is few, so it is sorted afterwards (OFFSET 0 keeps it apart).
WITHIN: Final = f"""
SELECT d.id, a.email AS owner, d.state, {CITED}, d.created_at, d.changed_at,
  ARRAY[ST_XMin(d.footprint), ST_YMin(d.footprint), ST_XMax(d.footprint), ST_YMax(d.footprint)] AS bbox,
  ARRAY(SELECT json_build_object('parcel_id', p.parcel_id, 'number', p.number) FROM parcel AS p
        WHERE p.parcel_id = ANY (d.parcels) AND p.end_lifespan_version IS NULL ORDER BY p.parcel_id) AS parcels
FROM (SELECT id, owner_id, state, record_id, created_at, changed_at, parcels, footprint FROM draft
      WHERE footprint && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
        AND owner_id <> %(owner)s AND (state = 'submitted' OR expires_at > clock_timestamp()) OFFSET 0) AS d
JOIN account AS a ON a.id = d.owner_id LEFT JOIN record AS r ON r.id = d.record_id
ORDER BY d.changed_at DESC, d.id LIMIT %(limit)s
"""


def list_drafts_of_others(session: Session, owner_id: int, box: Box) -> Json:
    """`drafts` that meet the box (degrees), those changed last first, without one's own; `is_more` beyond 200."""
    west, south, east, north = box
    values = {
        "owner": owner_id, "west": west, "south": south, "east": east, "north": north, "limit": MOST_OF_OTHERS + 1,
    }  # fmt: skip
    rows = session.connection().exec_driver_sql(WITHIN, values).all()
    drafts = [
        {**row._mapping, "created_at": row.created_at.isoformat(), "changed_at": row.changed_at.isoformat()}
        for row in rows[:MOST_OF_OTHERS]
    ]
    return {"drafts": drafts, "is_more": len(rows) > MOST_OF_OTHERS}
