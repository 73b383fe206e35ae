"""What changed since somebody last looked: places where tiles are no longer what they were.

A mark is a snapshot of PostgreSQL (xmin:xmax:running), so what comes after it is exactly what it did not see: numbers
of a sequence do not follow the order of commits, and what a long transaction holds back is not told again and again.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest

MOST: Final = 2_000  # changes; beyond, everything is said to have changed
MARK: Final = re.compile(r"([0-9]{1,19}):([0-9]{1,19}):((?:[0-9]{1,19}(?:,[0-9]{1,19})*)?)")
LONGEST_MARK: Final = 4_000

# A standby does not say which transactions were running in its snapshot, only the oldest (pg_current_snapshot reads a
# list that is empty there): its mark sees nothing from that one on, and some changes are told twice.
OLDEST: Final = "pg_snapshot_xmin(pg_current_snapshot())::text"
NOW: Final = f"""
CASE WHEN pg_is_in_recovery() THEN {OLDEST} || ':' || {OLDEST} || ':' ELSE pg_current_snapshot()::text END
"""
MARK_NOW: Final = f"SELECT {NOW}"
# The places, in degrees; those of parcels whose findings changed are looked up here and not by the edit
# (migrations/sql/0009_tiles.sql says why).
CHANGES: Final = f"""
WITH fresh AS MATERIALIZED (
  SELECT west, south, east, north, from_zoom, parcels FROM tile_change
  WHERE xid >= pg_snapshot_xmin(%(mark)s::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, %(mark)s::pg_snapshot)
  LIMIT {MOST + 1}),
places AS (
  SELECT ST_MakeEnvelope(west, south, east, north, %(srid)s) AS box, from_zoom FROM fresh WHERE west IS NOT NULL
  UNION ALL
  SELECT ST_Envelope(p.geom), 14
  FROM (SELECT DISTINCT unnest(parcels) AS id FROM fresh) AS named JOIN parcel AS p USING (id))
SELECT {NOW} AS mark, (SELECT count(*) FROM fresh) AS many,
  ARRAY(SELECT ARRAY[ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b), from_zoom]
        FROM (SELECT DISTINCT ST_Transform(box, 4326) AS b, from_zoom FROM places) AS lonlat) AS boxes
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A box in degrees; tiles of smaller zooms than `from_zoom` are as they were."""

    box: Box
    from_zoom: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What came after a mark, and the mark to ask with next time; `is_everything`: too much to tell one by one."""

    mark: str
    places: tuple[Change, ...] = ()
    is_everything: bool = False


def mark_now(session: Session) -> str:
    """The mark of this snapshot."""
    return str(session.connection().exec_driver_sql(MARK_NOW).scalar_one())


def changes_since(session: Session, mark: str, srid: int) -> Changes:
    """What this snapshot sees and the mark does not; raises BadRequest for what is no mark."""
    row = session.connection().exec_driver_sql(CHANGES, {"mark": checked(mark), "srid": srid}).one()
    if row.many > MOST:
        return Changes(row.mark, is_everything=True)
    return Changes(row.mark, tuple(Change((w, s, e, n), int(zoom)) for w, s, e, n, zoom in row.boxes))


def checked(mark: str) -> str:
    """The mark as it stands, if PostgreSQL would take it for a snapshot; raises BadRequest."""
    found = MARK.fullmatch(mark) if len(mark) <= LONGEST_MARK else None
    if found is not None:
        low, high = int(found[1]), int(found[2])
        running = [int(number) for number in found[3].split(",") if number]
        is_ascending = all(a < b for a, b in itertools.pairwise(running))
        if 0 < low <= high < 2**63 and is_ascending and all(low <= number < high for number in running):
            return mark
    raise BadRequest("since", "it takes the mark that an answer of this route gave")
