"""A tile: from z 14 parcels, zoning and findings as they are; below it counts by cell, and zoning generalised."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.tile_grid import BASE_LEVEL, BUFFER, EXTENT, Tile, meets
from spatial_admin.services.bound_tiles import TileBounds
from spatial_admin.services.describe_coverage import WGS84, storage_box

LARGEST_BYTES: Final = 250 * 1024
MARGIN: Final = BUFFER / EXTENT

# One answer must not be put together by several workers: their order, and so the bytes, would differ each time.
BOUNDS: Final = "SET LOCAL statement_timeout = {timeout_ms}; SET LOCAL max_parallel_workers_per_gather = 0; "
# Within a tile of z >= 14 Mercator is straight to 0.2 of 4,096 units (tests/cadastre/test_tile_grid.py): where lon/lat
# is stored, boundaries are laid into the tile from the box as they are, without a transformation of every point.
DIRECT: Final = (
    "ST_AsMVTGeom({geom}, ST_MakeBox2D(ST_MakePoint(%(left)s, %(bottom)s), ST_MakePoint(%(right)s, %(top)s)), "
    "{extent}, {buffer})"
)
TRANSFORMED: Final = (
    "ST_AsMVTGeom(ST_Transform({geom}, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), {extent}, {buffer})"
)
SEARCHED: Final = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)"
# Open findings by parcel: those that lie here, and all of the parcels that reach beyond the tile, so that a parcel
# carries the same number in every tile.
MARKED: Final = f"""
SELECT parcel, count(*)::int AS findings FROM (
  SELECT id, parcels FROM finding WHERE status = 'open' AND place && {SEARCHED}
  UNION
  SELECT id, parcels FROM finding
  WHERE status = 'open' AND parcels && ARRAY(SELECT id FROM shown WHERE NOT geom @ {SEARCHED})) AS open,
  unnest(parcels) AS parcel
GROUP BY parcel
"""
# In the order of ids: the same parcels are the same bytes, whatever the index gives first.
PARCELS: Final = f"""
WITH shown AS MATERIALIZED (
  SELECT id, parcel_id, number, level, kind, version, geom FROM parcel
  WHERE geom && {SEARCHED} AND end_lifespan_version IS NULL {{larger}}),
marked AS ({MARKED})
SELECT
  (SELECT ST_AsMVT(drawn, 'parcels', {{extent}}, 'geom') FROM (
     SELECT {{columns}}, {{geom}} AS geom FROM shown LEFT JOIN marked ON parcel = id ORDER BY id) AS drawn
   WHERE geom IS NOT NULL),
  (SELECT ST_AsMVT(drawn, 'zoning', {{extent}}, 'geom') FROM (
     SELECT code, name, {{geom}} AS geom FROM zoning_district WHERE geom && {SEARCHED} ORDER BY id) AS drawn
   WHERE geom IS NOT NULL),
  (SELECT ST_AsMVT(drawn, 'findings', {{extent}}, 'geom') FROM (
     SELECT id, rule, severity, {{place}} AS geom FROM finding
     WHERE status = 'open' AND place && {SEARCHED} ORDER BY id) AS drawn
   WHERE geom IS NOT NULL)
"""
ALL_COLUMNS: Final = "parcel_id, number, level, kind, version, findings"
# Column and row of a cell in its tile, from every second bit of its code (operators of one rank, from left to right).
COLUMN: Final = "(code & 1) | (code >> 1 & 2) | (code >> 2 & 4) | (code >> 3 & 8) | (code >> 4 & 16) | (code >> 5 & 32)"
ROW: Final = (
    "(code >> 1 & 1) | (code >> 2 & 2) | (code >> 3 & 4) | (code >> 4 & 8) | (code >> 5 & 16) | (code >> 6 & 32)"
)
# Counts by cell: the totals and what was noted since; the squares of one count are one feature.
DENSITY: Final = f"""
WITH counted AS (
  SELECT code, sum(parcels)::int AS parcels, sum(findings)::int AS findings FROM (
    SELECT code & 4095 AS code, parcels, findings FROM parcel_cell
    WHERE level = %(level)s AND code BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT code >> %(shift)s & 4095, parcels, findings FROM parcel_cell_delta
    WHERE code BETWEEN %(first_base)s AND %(last_base)s) AS noted
  GROUP BY code),
squares AS (
  SELECT parcels, nullif(findings, 0) AS findings,
         ST_Collect(ST_Translate(ST_GeomFromText('POLYGON((0 0, 64 0, 64 64, 0 64, 0 0))'),
           64 * ({COLUMN}), 64 * ({ROW})) ORDER BY code) AS geom
  FROM counted WHERE parcels > 0 OR findings > 0 GROUP BY parcels, findings ORDER BY parcels, findings)
SELECT (SELECT ST_AsMVT(squares, 'density', {EXTENT}, 'geom') FROM squares),
  (SELECT ST_AsMVT(drawn, 'zoning', {EXTENT}, 'geom') FROM (
     SELECT code, name, {{geom}} AS geom FROM zoning_district
     WHERE geom && {SEARCHED} AND ST_Area(box2d(geom)) > %(smallest)s ORDER BY id) AS drawn
   WHERE geom IS NOT NULL)
"""


def render_tile(session: Session, tile: Tile, bounds: TileBounds) -> bytes:
    """The tile as a Mapbox Vector Tile; empty bytes where there is nothing. A DBAPIError at its timeout."""
    lonlat = clipped(tile.box(MARGIN), bounds.extent)
    if lonlat is None:
        return b""
    values = _places(tile, storage_box(session, lonlat), bounds.srid)
    statement = _of_parcels(bounds.srid) if tile.shows_parcels else _of_density()
    row = session.connection().exec_driver_sql(BOUNDS.format(timeout_ms=bounds.timeout_ms) + statement, values).one()
    return b"".join(bytes(layer) for layer in row if layer is not None)


def clipped(a: Box, b: Box) -> Box | None:
    """What two boxes have in common, None where nothing."""
    if not meets(a, b):
        return None
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _places(tile: Tile, storage: Box, srid: int) -> dict[str, Any]:
    level, first, last = tile.cells
    shift = 2 * (BASE_LEVEL - level)
    west, south, east, north = storage
    left, bottom, right, top = tile.box()
    return {
        "z": tile.z, "x": tile.x, "y": tile.y, "srid": srid,
        "west": west, "south": south, "east": east, "north": north,
        "left": left, "bottom": bottom, "right": right, "top": top,
        "level": level, "first": first, "last": last, "shift": max(shift, 0),
        "first_base": first << max(shift, 0), "last_base": (last + 1 << max(shift, 0)) - 1,
        "smallest": (east - west) * (north - south) / 4096,
    }  # fmt: skip


def _of_parcels(srid: int) -> str:
    into_tile = DIRECT if srid == WGS84 else TRANSFORMED
    return PARCELS.format(
        geom=into_tile.format(geom="geom", extent=EXTENT, buffer=BUFFER),
        place=into_tile.format(geom="ST_PointOnSurface(place)", extent=EXTENT, buffer=BUFFER),
        columns=ALL_COLUMNS,
        extent=EXTENT,
        larger="",
    )


def _of_density() -> str:
    return DENSITY.format(geom=TRANSFORMED.format(geom="geom", extent=EXTENT, buffer=BUFFER))
