"""Tiles in the database, drawn beforehand for all web processes and replicas; and whether one is still true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.tile_grid import Tile, common
from spatial_admin.services.parcels.describe_coverage import BOX_IN_STORAGE, WGS84
from spatial_admin.services.tiles.bound_tiles import TileBounds
from spatial_admin.services.tiles.pack_tile import packed_where_it_pays, unpacked
from spatial_admin.services.tiles.read_tile_changes import MOST, NOW
from spatial_admin.services.tiles.render_tile import MARGIN, Drawn, Read, box_values

# A stored tile, unless something in it changed since it was drawn (or since the last sweep, which took such away).
# After too many changes none is believed until the next sweep: each would have to be held to all of them.
STORED: Final = f"""
WITH later AS MATERIALIZED (
  SELECT c.* FROM tile_sweep AS s, tile_changes_after(s.mark::pg_snapshot, {MOST + 1}) AS c)
SELECT b.body, {NOW} AS mark FROM tile_body AS b
WHERE b.z = %(z)s AND b.x = %(x)s AND b.y = %(y)s AND (SELECT count(*) FROM later) <= {MOST}
  AND NOT EXISTS (
    SELECT FROM later WHERE from_zoom <= b.z AND NOT pg_visible_in_snapshot(xid, b.mark::pg_snapshot)
      AND west <= %(east)s AND east >= %(west)s AND south <= %(north)s AND north >= %(south)s)
"""
GENERATION: Final = "SELECT generation FROM tile_sweep"
# Only if no sweep was made since the snapshot that the bodies were drawn from; one that begins now waits for this.
STORE: Final = """
INSERT INTO tile_body (z, x, y, body, mark)
SELECT v.z, v.x, v.y, v.body, %(mark)s
FROM unnest(%(zs)s::int[], %(xs)s::int[], %(ys)s::int[], %(bodies)s::bytea[]) AS v (z, x, y, body),
     (SELECT FROM tile_sweep WHERE generation = %(generation)s FOR SHARE) AS unswept
ORDER BY v.z, v.x, v.y
ON CONFLICT (z, x, y) DO UPDATE SET body = excluded.body, mark = excluded.mark
RETURNING z
"""


def stored_body(read: Read, tile: Tile, bounds: TileBounds) -> Drawn | None:
    """The stored tile, if whoever reads would draw the same."""
    storage: Sequence[float] | None = common(tile.box(MARGIN), bounds.extent)
    if storage is None:
        return None
    if bounds.srid != WGS84:
        storage = read(BOX_IN_STORAGE, box_values((storage[0], storage[1], storage[2], storage[3]), bounds.srid))
    if storage is None:
        raise ValueError(f"{tile}: no box")
    west, south, east, north = storage
    values = {"z": tile.z, "x": tile.x, "y": tile.y, "west": west, "south": south, "east": east, "north": north}
    row = read(STORED, values)
    if row is None:
        return None
    body, compressed = unpacked(bytes(row[0]))
    return Drawn(body, row[1], compressed)


def generation_of(session: Session) -> int:
    """The number of sweeps, as this snapshot sees it: what `store_tiles` wants to know."""
    return int(session.connection().exec_driver_sql(GENERATION).scalar_one())


def store_tiles(session: Session, drawn: Sequence[tuple[Tile, bytes]], mark: str, generation: int) -> int:
    """Store tiles drawn from one snapshot; how many were (none, if a sweep came between)."""
    rows = session.connection().exec_driver_sql(STORE, rows_of(drawn, mark, generation)).all()
    return len(rows)


def rows_of(drawn: Sequence[tuple[Tile, bytes]], mark: str, generation: int) -> dict[str, Any]:
    """The parameters of STORE. Bodies lie compressed there: less to read, and what most clients take as it is."""
    return {
        "zs": [tile.z for tile, _ in drawn],
        "xs": [tile.x for tile, _ in drawn],
        "ys": [tile.y for tile, _ in drawn],
        "bodies": [packed_where_it_pays(body) or body for _, body in drawn],
        "mark": mark,
        "generation": generation,
    }
