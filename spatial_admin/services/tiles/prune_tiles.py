"""Taking away stored tiles that are no longer true, and changes that nobody asks for any more; for maintenance.

Between two runs every reader of a stored tile looks through what changed since, so run it every few minutes where tiles
are warmed; without stored tiles once an hour is plenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

KEEP_CHANGES_S: Final = 3_600
MOST_CHANGES: Final = 20_000  # beyond, all stored tiles go: to hold each to each would take longer than to draw them

# Waits for those who are storing tiles, and makes those who drew theirs before this throw them away.
BEGIN: Final = """
UPDATE tile_sweep SET generation = generation + 1
RETURNING mark, system = (SELECT system_identifier::text FROM pg_control_system()) AS is_ours
"""
# Stored tiles that a change since the last sweep touches: columns and rows of its box at every zoom that is stored,
# with a little more than what is drawn beyond a tile's side (1/64). One statement, so that the new mark is the snapshot
# in which the changes were read.
SWEEP: Final = """
WITH changed AS MATERIALIZED (SELECT * FROM tile_changes_after(%(mark)s::pg_snapshot, %(most)s + 1)),
boxes AS (
  SELECT xid, from_zoom, (ST_XMin(b) + 180) / 360 AS west, (ST_XMax(b) + 180) / 360 AS east,
    0.5 - asinh(tan(radians(least(ST_YMax(b), 85.06)))) / (2 * pi()) AS north,
    0.5 - asinh(tan(radians(greatest(ST_YMin(b), -85.06)))) / (2 * pi()) AS south
  FROM changed AS c, ST_Transform(ST_MakeEnvelope(c.west, c.south, c.east, c.north, %(srid)s), 4326) AS b),
spans AS (
  SELECT DISTINCT xid, z, floor(west * 2 ^ z - margin) AS first_x, floor(east * 2 ^ z + margin) AS last_x,
            floor(north * 2 ^ z - margin) AS first_y, floor(south * 2 ^ z + margin) AS last_y
  FROM boxes, (SELECT DISTINCT z FROM tile_body) AS zooms,
       LATERAL (SELECT 0.02 + 0.005 * (east - west) * 2 ^ z AS margin) AS more
  WHERE from_zoom <= z),
gone AS (
  DELETE FROM tile_body AS b
  WHERE (SELECT count(*) FROM changed) > %(most)s OR (b.z, b.x, b.y) IN (
    SELECT t.z, t.x, t.y FROM spans AS s JOIN tile_body AS t
      ON t.z = s.z AND t.x BETWEEN s.first_x AND s.last_x AND t.y BETWEEN s.first_y AND s.last_y
    WHERE NOT pg_visible_in_snapshot(s.xid, t.mark::pg_snapshot))
  RETURNING b.z)
UPDATE tile_sweep SET mark = pg_current_snapshot()::text RETURNING (SELECT count(*) FROM gone) AS bodies
"""
# In a database that was restored elsewhere, transactions are counted anew: nothing of before can be compared.
BEGIN_AGAIN: Final = """
WITH bodies AS (DELETE FROM tile_body RETURNING z), changes AS (DELETE FROM tile_change RETURNING id)
UPDATE tile_sweep SET mark = pg_current_snapshot()::text, kept_from = pg_snapshot_xmin(pg_current_snapshot()),
  system = (SELECT system_identifier::text FROM pg_control_system())
RETURNING (SELECT count(*) FROM bodies) AS bodies, (SELECT count(*) FROM changes) AS changes
"""
# Old changes that the last sweep saw. Whoever asks from before them is told that everything changed.
FORGET: Final = """
WITH gone AS (
  DELETE FROM tile_change AS c USING tile_sweep AS s
  WHERE c.at < clock_timestamp() - make_interval(secs => %(keep_s)s) AND c.xid < pg_snapshot_xmin(s.mark::pg_snapshot)
  RETURNING c.xid)
UPDATE tile_sweep SET kept_from = greatest(kept_from, (
  SELECT (xid::text::bigint + 1)::text::xid8 FROM gone ORDER BY xid DESC LIMIT 1))
RETURNING (SELECT count(*) FROM gone) AS changes
"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many stored tiles and noted changes were taken away."""

    bodies: int
    changes: int


def prune_tiles(keep_changes_s: float = KEEP_CHANGES_S) -> Pruned:
    """Sweep once; changes that are younger than `keep_changes_s` seconds stay for who asks what changed."""
    with short() as session:
        state: Any = run_sql(session, BEGIN)[0]
        if not state.is_ours:
            row = run_sql(session, BEGIN_AGAIN)[0]
            return Pruned(row.bodies, row.changes)
        values = {"mark": state.mark, "most": MOST_CHANGES, "srid": deployment_ground().srid}
        bodies = run_sql(session, SWEEP, values)[0].bodies
        return Pruned(bodies, run_sql(session, FORGET, {"keep_s": keep_changes_s})[0].changes)
