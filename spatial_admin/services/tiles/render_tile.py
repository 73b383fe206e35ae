"""A tile: from z 14 parcels, zoning and findings as they are; below it counts by cell, and zoning generalised."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.tile_grid import BASE_LEVEL, BUFFER, EXTENT, Tile, common
from spatial_admin.services.parcels.describe_coverage import BOX_IN_STORAGE, WGS84
from spatial_admin.services.tiles.bound_tiles import TileBounds
from spatial_admin.services.tiles.pack_tile import packed
from spatial_admin.services.tiles.read_tile_changes import NOW
from spatial_admin.transaction import read_alone

LARGEST_BYTES: Final = 250 * 1024
LARGEST_OVERVIEW_BYTES: Final = 30 * 1024  # compressed, below z 14
MARGIN: Final = BUFFER / EXTENT
EQUATOR_M: Final = 40_075_016.685578488  # of Web Mercator's sphere
OUTLINES: Final = (5, 9, 11, 13)  # zooms that zoning_outline was simplified for

# One answer must not be put together by several workers: their order, and so the bytes, would differ each time.
NO_WORKERS: Final = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; "
# Within a tile of z >= 14 Mercator is straight to 0.2 of 4,096 units (tests/cadastre/test_tile_grid.py): where lon/lat
# is stored, boundaries are laid into the tile from the box as they are, without a transformation of every point.
DIRECT: Final = "ST_AsMVTGeom({geom}, {side}, {extent}, {buffer})"
TRANSFORMED: Final = "ST_AsMVTGeom(ST_Transform({geom}, 3857), {side}, {extent}, {buffer})"
SIDE: Final = "ST_MakeBox2D(ST_MakePoint(%(left)s, %(bottom)s), ST_MakePoint(%(right)s, %(top)s))"
SIDE_IN_MERCATOR: Final = "ST_TileEnvelope(%(z)s, %(x)s, %(y)s)"
SEARCHED: Final = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)"
SHOWN: Final = f"SELECT * FROM parcel WHERE geom && {SEARCHED} AND end_lifespan_version IS NULL"
# Open findings by parcel: those that lie here, all of the parcels that reach beyond the tile (so that a parcel carries
# the same number in every tile), and those without a place.
MARKED: Final = f"""
SELECT parcel, count(*)::int AS findings FROM (
  SELECT id, parcels FROM finding WHERE status = 'open' AND place && {SEARCHED}
  UNION
  SELECT id, parcels FROM finding
  WHERE status = 'open' AND parcels && ARRAY(
    SELECT id FROM parcel WHERE geom && {SEARCHED} AND NOT geom @ {SEARCHED} AND end_lifespan_version IS NULL)
  UNION
  SELECT id, parcels FROM finding WHERE status = 'open' AND place IS NULL) AS open,
  unnest(parcels) AS parcel
GROUP BY parcel
"""
# In the order of ids: the same parcels are the same bytes, whatever the index gives first. OFFSET 0, because else a
# condition on what ST_AsMVTGeom gives is asked where the rows are read, and all of it computed twice.
PARCELS: Final = f"""
SELECT {NOW} AS mark,
  (SELECT ST_AsMVT(drawn, 'parcels', {{extent}}, 'geom') FROM (
     SELECT {{columns}}, {{shape}} AS geom
     FROM ({SHOWN} {{largest}}) AS shown LEFT JOIN ({MARKED}) AS marked ON parcel = id
     WHERE {{is_large}} ORDER BY id OFFSET 0) AS drawn WHERE geom IS NOT NULL) AS parcels,
  (SELECT ST_AsMVT(drawn, 'zoning', {{extent}}, 'geom') FROM (
     SELECT code, name, {{shape}} AS geom FROM zoning_district WHERE geom && {SEARCHED}
     ORDER BY id OFFSET 0) AS drawn WHERE geom IS NOT NULL) AS zoning,
  (SELECT ST_AsMVT(drawn, 'findings', {{extent}}, 'geom') FROM (
     SELECT id, rule, severity, {{point}} AS geom FROM finding WHERE status = 'open' AND place && {SEARCHED}
     ORDER BY id OFFSET 0 {{first_findings}}) AS drawn WHERE geom IS NOT NULL) AS findings
"""
# The same in full detail, as the database keeps it with its plan (migration 0019; a test holds the two texts equal):
# of a tile of z 16 planning is a third, and a function's plan stays with the server's session, behind a pooler too.
PARCELS_IN_FULL: Final = """
SELECT mark, parcels, zoning, findings FROM parcel_tile(
  %(z)s, %(x)s, %(y)s, %(west)s, %(south)s, %(east)s, %(north)s, %(left)s, %(bottom)s, %(right)s, %(top)s)
"""
IS_LARGE: Final = "ST_XMax(geom) - ST_XMin(geom) > %(smallest_x)s OR ST_YMax(geom) - ST_YMin(geom) > %(smallest_y)s"
LARGEST_FIRST: Final = "ORDER BY area_m2 DESC, id LIMIT {most}"
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
SELECT {NOW} AS mark,
  (SELECT ST_AsMVT(squares, 'density', {EXTENT}, 'geom') FROM squares),
  (SELECT ST_AsMVT(drawn, 'zoning', {{extent}}, 'geom') FROM (
     SELECT z.code, z.name,
       ST_AsMVTGeom(o.geom, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), {{extent}}, {{buffer}}) AS geom
     FROM zoning_outline AS o JOIN zoning_district AS z ON z.id = o.district
     WHERE o.zoom = %(outline)s AND o.geom && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {MARGIN})
       AND ST_Area(box2d(o.geom)) > %(smallest_m2)s ORDER BY o.district OFFSET 0) AS drawn WHERE geom IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Detail:
    """How exact a tile is drawn: units of its side, columns of parcels, and the side below which a shape is left out
    (as a part of the tile's side); `most`: only so many parcels, the largest, and as many findings.
    """

    extent: int = EXTENT
    columns: str = "parcel_id, number, level, kind, version, findings"
    smallest: float = 0.0
    most: int | None = None

    @property
    def buffer(self) -> int:
        """What is drawn beyond the tile, in units."""
        return max(1, BUFFER * self.extent // EXTENT)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tile's bytes, and the mark of the snapshot that they were drawn from; compressed, where somebody did that."""

    body: bytes
    mark: str
    packed: bytes | None = None


Drawing = Generator[tuple[str, dict[str, Any]], Sequence[Any], Drawn]
Read = Callable[[str, Mapping[str, Any]], Sequence[Any] | None]  # the first row of a statement; None without one
FULL: Final = Detail()
# Each only where the one before was too large. A tile is drawn some 512 pixels wide.
COARSER: Final = (
    Detail(1024, smallest=1 / 1024),
    Detail(512, "parcel_id, number, findings", smallest=1 / 512),
    Detail(512, "parcel_id, findings", smallest=2 / 512, most=4_000),
)
COARSER_OVERVIEWS: Final = (Detail(1024, smallest=1 / 64), Detail(512, smallest=1 / 16), Detail(512, smallest=2.0))


def render_tile(read: Read, tile: Tile, bounds: TileBounds) -> Drawn:
    """The tile as a Mapbox Vector Tile; it must lie in the bounds' extent. A DBAPIError at its timeout."""
    steps = drawing(tile, bounds)
    statement, values = next(steps)
    while True:
        row = read(statement, values)
        if row is None:
            raise ValueError(f"{tile}: a statement that draws gave no row")
        try:
            statement, values = steps.send(row)
        except StopIteration as end:
            drawn: Drawn = end.value
            return drawn


def by_itself(bounds: TileBounds, *, may_lag: bool | None = None) -> Read:
    """Each statement alone, within a tile's bounds: the quickest where only one is needed, as it mostly is."""

    def read(statement: str, values: Mapping[str, Any]) -> Sequence[Any] | None:
        first = "" if statement is PARCELS_IN_FULL else NO_WORKERS  # a function has settings of its own
        return read_alone(statement, values, timeout_ms=bounds.timeout_ms, first=first, may_lag=may_lag)

    return read


def within(session: Session, bounds: TileBounds) -> Read:
    """All of them in one snapshot that somebody took, within a tile's bounds."""
    connection = session.connection()
    first = f"SET LOCAL statement_timeout = {bounds.timeout_ms}; {NO_WORKERS}"
    return lambda statement, values: connection.exec_driver_sql(first + statement, dict(values)).first()


def drawing(tile: Tile, bounds: TileBounds) -> Drawing:
    """The statements that draw a tile, one after the other, for whoever runs them; each wants its one row back.

    At most 250 KiB from z 14, 30 KiB compressed below: where full detail has more, it is drawn coarser.
    """
    lonlat = common(tile.box(MARGIN), bounds.extent)
    if lonlat is None:
        raise ValueError(f"{tile} lies outside of the extent")
    storage = lonlat
    if bounds.srid != WGS84:
        west, south, east, north = yield BOX_IN_STORAGE, box_values(lonlat, bounds.srid)
        storage = (west, south, east, north)
    places = places_of(tile, storage, bounds.srid)
    drawn = Drawn(b"", "")
    for detail in _details(tile):
        if tile.shows_parcels and detail is FULL:
            row = yield PARCELS_IN_FULL, places
        else:
            statement = parcels_statement(bounds.srid, detail) if tile.shows_parcels else density_statement(detail)
            row = yield statement, places | sizes_of(tile, places, detail)
        drawn = _weighed(tile, b"".join(layer for layer in row[1:] if layer is not None), row[0])
        if _is_small_enough(tile, drawn):
            break
    return drawn


def box_values(lonlat: Box, srid: int) -> dict[str, Any]:
    """Parameters of BOX_IN_STORAGE."""
    return {**dict(zip(("west", "south", "east", "north"), lonlat, strict=True)), "srid": srid}


def _weighed(tile: Tile, body: bytes, mark: str) -> Drawn:
    """Only an overview that may be too large is compressed to find out; whoever takes it compressed gets that."""
    is_doubtful = not tile.shows_parcels and len(body) > LARGEST_OVERVIEW_BYTES
    return Drawn(body, mark, packed(body) if is_doubtful else None)


def _is_small_enough(tile: Tile, drawn: Drawn) -> bool:
    if tile.shows_parcels:
        return len(drawn.body) <= LARGEST_BYTES
    return drawn.packed is None or len(drawn.packed) <= LARGEST_OVERVIEW_BYTES


def _details(tile: Tile) -> Iterator[Detail]:
    yield FULL
    yield from COARSER if tile.shows_parcels else COARSER_OVERVIEWS
    last = (COARSER if tile.shows_parcels else COARSER_OVERVIEWS)[-1]
    while last.most is not None and last.most > 10:
        last = replace(last, most=last.most // 2)
        yield last


@lru_cache(maxsize=64)
def parcels_statement(srid: int, detail: Detail = FULL) -> str:
    """The statement of a tile from z 14."""
    into_tile, side = (DIRECT, SIDE) if srid == WGS84 else (TRANSFORMED, SIDE_IN_MERCATOR)
    units = {"extent": detail.extent, "buffer": detail.buffer, "side": side}
    return PARCELS.format(
        shape=into_tile.format(geom="geom", **units),
        point=into_tile.format(geom="ST_PointOnSurface(place)", **units),
        columns=detail.columns,
        extent=detail.extent,
        is_large=IS_LARGE if detail.smallest else "true",
        largest=LARGEST_FIRST.format(most=detail.most) if detail.most is not None else "",
        first_findings=f"LIMIT {detail.most}" if detail.most is not None else "",
    )


@lru_cache(maxsize=64)
def density_statement(detail: Detail = FULL) -> str:
    """The statement of a tile below z 14."""
    return DENSITY.format(extent=detail.extent, buffer=detail.buffer)


def places_of(tile: Tile, storage: Box, srid: int) -> dict[str, Any]:
    """Parameters of the statements: where the tile is; `storage` is its box in storage coordinates."""
    west, south, east, north = storage
    left, bottom, right, top = tile.box()
    places = {
        "z": tile.z, "x": tile.x, "y": tile.y, "srid": srid,
        "west": west, "south": south, "east": east, "north": north,
        "left": left, "bottom": bottom, "right": right, "top": top,
    }  # fmt: skip
    return places if tile.shows_parcels else places | _cells_of(tile)


def _cells_of(tile: Tile) -> dict[str, int]:
    level, first, last = tile.cells
    shift = max(2 * (BASE_LEVEL - level), 0)
    return {
        "level": level, "first": first, "last": last, "shift": shift,
        "first_base": first << shift, "last_base": (last + 1 << shift) - 1,
        "outline": next((zoom for zoom in OUTLINES if zoom >= tile.z), OUTLINES[-1]),
    }  # fmt: skip


def sizes_of(tile: Tile, places: dict[str, Any], detail: Detail) -> dict[str, float]:
    """Parameters of the statements: below which size shapes are left out."""
    side_m = EQUATOR_M / (1 << tile.z)
    return {
        "smallest_x": detail.smallest * (places["east"] - places["west"]),
        "smallest_y": detail.smallest * (places["north"] - places["south"]),
        "smallest_m2": (max(detail.smallest, 1 / 128) * side_m) ** 2,
    }
