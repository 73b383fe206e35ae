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
# The largest zoom of which tiles lie in tile_body that this cluster drew (a restored database counts its transactions
# anew); -1 without any. Below z 14 the worker draws them (services/tiles/draw_overviews.py), others by command.
STORED_TO: Final = """
CASE WHEN s.system = (SELECT system_identifier::text FROM pg_control_system())
  THEN coalesce((SELECT z FROM tile_body ORDER BY z DESC LIMIT 1), -1) ELSE -1 END
"""
MARK_NOW: Final = f"SELECT {NOW} AS mark, {STORED_TO} AS stored_to FROM tile_sweep AS s"
# The places, in degrees, a little widened because a box does not stay one when it is transformed. `is_forgotten`: some
# of what the mark did not see has been taken away since.
CHANGES: Final = f"""
WITH fresh AS MATERIALIZED (SELECT * FROM tile_changes_after(%(mark)s::pg_snapshot, {MOST + 1})),
places AS (
  SELECT DISTINCT ST_Transform(ST_MakeEnvelope(west, south, east, north, %(srid)s), 4326) AS box, from_zoom FROM fresh),
widened AS (
  SELECT ST_Expand(box, 0.005 * (ST_XMax(box) - ST_XMin(box)), 0.005 * (ST_YMax(box) - ST_YMin(box))) AS box, from_zoom
  FROM places)
SELECT {NOW} AS mark, (SELECT count(*) FROM fresh) AS many,
  pg_snapshot_xmin(%(mark)s::pg_snapshot) < s.kept_from AS is_forgotten, {STORED_TO} AS stored_to,
  ARRAY(SELECT ARRAY[ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), from_zoom] FROM widened) AS boxes
FROM tile_sweep AS s
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A box in degrees; tiles of smaller zooms than `from_zoom` are as they were."""

    box: Box
    from_zoom: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What came after a mark, and the mark to ask with next time; `is_everything`: too much to tell one by one.

    `stored_to`: tiles of up to this zoom may be stored in the database; -1: none is.
    """

    mark: str
    places: tuple[Change, ...] = ()
    is_everything: bool = False
    stored_to: int = -1


def changes_since(session: Session, mark: str | None, srid: int) -> Changes:
    """What this snapshot sees and the mark does not; without one only the mark. BadRequest for what is no mark."""
    connection = session.connection()
    if mark is None:
        row = connection.exec_driver_sql(MARK_NOW).one()
        return Changes(row.mark, stored_to=row.stored_to)
    row = connection.exec_driver_sql(CHANGES, {"mark": checked(mark), "srid": srid}).one()
    if row.many > MOST or row.is_forgotten:
        return Changes(row.mark, is_everything=True, stored_to=row.stored_to)
    places = tuple(Change((w, s, e, n), int(zoom)) for w, s, e, n, zoom in row.boxes)
    return Changes(row.mark, places, stored_to=row.stored_to)


def checked(mark: str) -> str:
    """The mark as it stands, if PostgreSQL would take it for a snapshot; raises BadRequest."""
    found = MARK.fullmatch(mark) if len(mark) <= LONGEST_MARK else None
    if found is not None:
        low, high, running = _parts(mark)
        is_ascending = all(a < b for a, b in itertools.pairwise(running))
        if 0 < low <= high < 2**63 and is_ascending and all(low <= number < high for number in running):
            return mark
    raise BadRequest("since", "it takes the mark that an answer of this route gave")


def sees_all_of(newer: str, older: str) -> bool:
    """Does the snapshot of one mark see every transaction that the other one sees? (A replica's may lag behind.)"""
    if newer == older:
        return True
    _, high, running = _parts(newer)
    _, high_older, running_older = _parts(older)
    unseen_by_older = set(running_older)
    if high_older - high > len(unseen_by_older):
        return False
    unseen = itertools.chain((number for number in running if number < high_older), range(high, high_older))
    return all(number in unseen_by_older for number in unseen)


def _parts(mark: str) -> tuple[int, int, list[int]]:
    low, high, running = mark.split(":")
    return int(low), int(high), [int(number) for number in running.split(",") if number]
