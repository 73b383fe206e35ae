"""Replaying history: does every parcel follow from its versions, and every version from its edit?

In stretches of parcels and edits by their number, each one statement, in one snapshot: the memory is that of a stretch,
whatever the size of the county. Only what is wrong leaves the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.services.database.digest_tables import Told

PARCELS_AT_ONCE: Final = 5_000
EDITS_AT_ONCE: Final = 5_000
SHOWN: Final = 20  # of each stretch: a thousand lines of one cause say no more
BOUNDS: Final = """
SELECT least((SELECT min(id) FROM parcel), (SELECT min(parcel) FROM parcel_version)) AS first_parcel,
       greatest((SELECT max(id) FROM parcel), (SELECT max(parcel) FROM parcel_version)) AS last_parcel,
       (SELECT min(id) FROM edit) AS first_edit, (SELECT max(id) FROM edit) AS last_edit
"""
# A stretch of parcels, version by version: numbers 1..n, periods that meet to the microsecond, an edit for each, images
# that changed as their `change` says, and a newest image that is the parcel's row, there or retired as they left it.
PARCELS: Final = """
WITH steps AS MATERIALIZED (
  SELECT v.parcel, v.parcel_id, v.version, v.begun, v.period, v.change, v.edit_id, v.shape,
         row_number() OVER life AS n, lead(v.begun) OVER life AS next_begun, lag(v.shape) OVER life AS shape_before,
         lead(v.version) OVER life IS NULL AS is_newest,
         count(*) FILTER (WHERE v.change IN ('retired', 'restored')) OVER life AS turns
  FROM (SELECT parcel, parcel_id, version, begun, period, change, edit_id, md5(ST_AsBinary(geom, 'NDR')) AS shape
        FROM parcel_version WHERE parcel >= %(first)s AND parcel < %(after)s) AS v
  WINDOW life AS (PARTITION BY v.parcel ORDER BY v.version, v.begun)),
lives AS (
  SELECT s.*, first_value(s.change) OVER (PARTITION BY s.parcel, s.turns ORDER BY s.version) = 'retired' AS is_gone
  FROM steps AS s),
wrong AS (
  SELECT parcel_id, version, 'is number ' || n || ' of its parcel''s versions: one is missing, or there twice' AS what
  FROM steps WHERE version <> n
  UNION ALL
  SELECT parcel_id, version, 'ends at ' || coalesce(upper(period)::text, 'no time') || ', the next version begins at '
         || coalesce(next_begun::text, 'no time')
  FROM steps WHERE upper(period) IS DISTINCT FROM next_begun OR lower(period) IS DISTINCT FROM begun
  UNION ALL
  SELECT parcel_id, version, 'was made by edit ' || edit_id || ', which does not exist'
  FROM steps AS s WHERE NOT EXISTS (SELECT FROM edit AS e WHERE e.id = s.edit_id)
  UNION ALL
  SELECT parcel_id, version, 'is called ' || change || CASE
      WHEN n = 1 OR change = 'created' THEN '; the first version of a parcel, and no other, is created'
      WHEN shape = shape_before THEN ', and its boundary is the one before'
      ELSE ', and its boundary is not the one before' END
  FROM steps WHERE (n = 1) <> (change = 'created')
                OR (n > 1 AND change = 'attributes' AND shape <> shape_before)
                OR (n > 1 AND change IN ('geometry', 'noded') AND shape = shape_before)
  UNION ALL
  SELECT p.parcel_id, p.version, 'is the parcel''s row, and no version is its image' FROM parcel AS p
  WHERE p.id >= %(first)s AND p.id < %(after)s
    AND NOT EXISTS (SELECT FROM steps AS s
                    WHERE s.parcel = p.id AND s.version = p.version AND s.begun = p.begin_lifespan_version)
  UNION ALL
  SELECT l.parcel_id, l.version, CASE
      WHEN p.id IS NULL THEN 'belongs to a parcel that does not exist'
      WHEN l.parcel_id <> p.parcel_id THEN 'belongs to parcel ' || p.parcel_id
      WHEN l.is_newest AND l.version <> p.version
        THEN 'is the newest version, and the parcel''s row is at ' || p.version
      WHEN l.is_newest AND l.is_gone <> (p.end_lifespan_version IS NOT NULL)
        THEN 'is the newest version, and the parcel is ' || CASE WHEN l.is_gone THEN 'there' ELSE 'retired' END
      ELSE 'is the newest version, and its image is not the parcel''s row' END
  FROM lives AS l LEFT JOIN parcel AS p ON p.id = l.parcel
       LEFT JOIN parcel_version AS v
         ON l.is_newest AND v.parcel = l.parcel AND v.version = l.version AND v.begun = l.begun
  WHERE p.id IS NULL OR l.parcel_id <> p.parcel_id
     OR (l.is_newest AND (l.version <> p.version OR l.is_gone <> (p.end_lifespan_version IS NOT NULL)
         OR ST_AsBinary(v.geom, 'NDR') <> ST_AsBinary(p.geom, 'NDR')
         OR (v.edit_id, v.number, v.level, v.kind, v.part_of, v.area_m2, v.legal_area_m2, v.legal_area_text, v.land_use,
             v.address, v.attributes) IS DISTINCT FROM
            (p.edit_id, p.number, p.level, p.kind, p.part_of, p.area_m2, p.legal_area_m2, p.legal_area_text, p.land_use,
             p.address, p.attributes))))
SELECT 'Version ' || version || ' of parcel ' || parcel_id || ' ' || what || '.' AS line, count(*) OVER () AS of_all
FROM wrong ORDER BY parcel_id, version LIMIT %(shown)s
"""
# A stretch of edits: each made exactly the versions that its receipt promised; imports promise a number.
EDITS: Final = """
WITH edits AS MATERIALIZED (
  SELECT id, receipt, operations #>> '{0,op}' AS op FROM edit WHERE id >= %(first)s AND id < %(after)s),
promised AS (
  SELECT e.id AS edit, p ->> 'parcel_id' AS parcel_id, (p ->> 'version')::int AS version
  FROM edits AS e, jsonb_array_elements(e.receipt -> 'parcels') AS p
  WHERE jsonb_typeof(e.receipt -> 'parcels') = 'array'),
made AS (
  SELECT v.edit_id AS edit, v.parcel_id, v.version FROM edits AS e JOIN parcel_version AS v ON v.edit_id = e.id
  WHERE jsonb_typeof(e.receipt -> 'parcels') = 'array'),
wrong AS (
  SELECT edit, 'promised version ' || version || ' of parcel ' || parcel_id || ', and made none' AS what
  FROM (TABLE promised EXCEPT TABLE made) AS missing
  UNION ALL
  SELECT edit, 'made version ' || version || ' of parcel ' || parcel_id || ', and did not promise it'
  FROM (TABLE made EXCEPT TABLE promised) AS besides
  UNION ALL
  SELECT e.id, 'promised ' || promised || ' parcels ' || change || ', and made ' || found
  FROM (SELECT id, CASE op WHEN 'import' THEN 'created' ELSE 'retired' END AS change,
               (receipt ->> CASE op WHEN 'import' THEN 'admitted' ELSE 'retired' END)::bigint AS promised
        FROM edits WHERE op IN ('import', 'undo_import')) AS e,
    LATERAL (SELECT count(*) AS found FROM parcel_version AS v
             WHERE v.edit_id = e.id AND v.change = e.change) AS counted
  WHERE found <> promised
  UNION ALL
  SELECT id, 'has no receipt' FROM edits
  WHERE receipt IS NULL AND coalesce(op, '') NOT IN ('import', 'undo_import'))   -- these may be at work just now
SELECT 'Edit ' || edit || ' ' || what || '.' AS line, count(*) OVER () AS of_all
FROM wrong ORDER BY edit LIMIT %(shown)s
"""
# References that have no foreign key, and the type of what is stored; outlines of zoning are made for tiles, in theirs.
REFERENCES: Final = """
WITH wrong AS (
  SELECT format('Lineage %%s names version %%s of parcel %%s, which does not exist.', l.id, version, parcel_id) AS line
  FROM lineage AS l, LATERAL (VALUES (parent, parent_version), (child, child_version)) AS ends (parcel_id, version)
  WHERE NOT EXISTS (SELECT FROM parcel_version AS v WHERE v.parcel_id = ends.parcel_id AND v.version = ends.version)
  UNION ALL
  SELECT 'Lineage ' || l.id || ' names edit ' || l.edit_id || ', which does not exist.'
  FROM lineage AS l WHERE NOT EXISTS (SELECT FROM edit AS e WHERE e.id = l.edit_id)
  UNION ALL
  SELECT 'Finding ' || f.id || ' names parcel number ' || named || ', which does not exist.'
  FROM finding AS f, unnest(f.parcels) AS named WHERE NOT EXISTS (SELECT FROM parcel AS p WHERE p.id = named)
  UNION ALL
  SELECT 'Edit ' || e.id || ' rests on record ' || e.record_id || ', which does not exist.'
  FROM edit AS e WHERE e.record_id IS NOT NULL AND NOT EXISTS (SELECT FROM record AS r WHERE r.id = e.record_id)
  UNION ALL
  SELECT format('Geometry of %%s.%%s has SRID %%s, not %%s.', f_table_name, f_geometry_column, g.srid, d.srid)
  FROM geometry_columns AS g, deployment AS d WHERE g.srid <> d.srid AND g.f_table_schema = 'public'
    AND g.f_table_name NOT IN ('zoning_outline', 'draft'))
SELECT line, count(*) OVER () AS of_all FROM wrong ORDER BY line LIMIT %(shown)s
"""
# Reading a county takes longer than a page may; and stretches are found by index, whatever the statistics say.
PLANS: Final = (
    "SET LOCAL statement_timeout = 0; SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL work_mem = '64MB'"
)
PLANS_OF_WHOLE: Final = "SET LOCAL enable_seqscan = on"


@dataclass(slots=True)
class Verified:
    """How much was looked at, and what is wrong: at most some lines of each stretch, and how many there are in all."""

    parcels: int = 0
    edits: int = 0
    wrong: int = 0


def verify_history(session: Session, told: Told, verified: Verified) -> Iterator[str]:
    """Yield what is wrong, a sentence each, and count in `verified`; the session is a snapshot of one moment."""
    connection = session.connection()
    connection.exec_driver_sql(PLANS)
    bounds = connection.exec_driver_sql(BOUNDS).one()
    for first, after in _stretches(bounds.first_parcel, bounds.last_parcel, PARCELS_AT_ONCE):
        yield from _ask(connection, PARCELS, first, after, verified)
        verified.parcels = after - bounds.first_parcel
        told("Replaying parcels", verified.parcels, bounds.last_parcel - bounds.first_parcel + 1)
    for first, after in _stretches(bounds.first_edit, bounds.last_edit, EDITS_AT_ONCE):
        yield from _ask(connection, EDITS, first, after, verified)
        verified.edits = after - bounds.first_edit
        told("Comparing edits", verified.edits, bounds.last_edit - bounds.first_edit + 1)
    connection.exec_driver_sql(PLANS_OF_WHOLE)
    yield from _ask(connection, REFERENCES, 0, 0, verified)


def _stretches(first: int | None, last: int | None, length: int) -> Iterator[tuple[int, int]]:
    if first is not None and last is not None:
        for start in range(first, last + 1, length):
            yield start, min(start + length, last + 1)


def _ask(connection: Any, statement: str, first: int, after: int, verified: Verified) -> Iterator[str]:
    rows = connection.exec_driver_sql(statement, {"first": first, "after": after, "shown": SHOWN}).all()
    if rows:
        verified.wrong += rows[0].of_all
        yield from (row.line for row in rows)
        if rows[0].of_all > len(rows):
            yield f"… and {rows[0].of_all - len(rows):,} more of these."
