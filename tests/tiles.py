"""Tiles for tests: a block of lots in any storage system, its tiles drawn and decoded."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.cadastre.tile_grid import Tile, tiles_of
from spatial_admin.services.tiles.bound_tiles import tile_bounds
from spatial_admin.services.tiles.render_tile import render_tile, within
from spatial_admin.settings import storage_srid
from spatial_admin.transaction import snapshot
from tests.concurrency.fabric import Grid

Json = dict[str, Any]
GRIDS = {
    4326: Grid(step=0.0004),
    2056: Grid(2_600_000.0, 1_200_000.0, 40.0, 3),
    26915: Grid(480_000.0, 4_950_000.0, 40.0, 3),
}
GRID = GRIDS[storage_srid()]
PLACE = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
FROM (SELECT ST_Transform(ST_SetSRID(ST_Extent(geom)::geometry, {srid}), 4326) AS b FROM parcel) AS box
"""
FINDING = """
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status)
SELECT :rule, :rule || ':' || array_to_string(array_agg(id ORDER BY id), ':'), array_agg(id ORDER BY id),
       ST_PointOnSurface(ST_Union(geom)), 1, 'warning', 'open'
FROM parcel WHERE parcel_id = ANY (:names) RETURNING id
"""


def layers(body: bytes) -> dict[str, list[Json]]:
    """Features by layer, in tile coordinates (y down)."""
    decoded = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}) if body else {}
    return {name: layer["features"] for name, layer in decoded.items()}


def by_parcel(body: bytes) -> dict[str, Json]:
    """Properties of the layer parcels by id."""
    return {feature["properties"]["parcel_id"]: feature["properties"] for feature in layers(body).get("parcels", ())}


def draw(app: Flask, tile: Tile) -> bytes:
    """A tile drawn now, past every memory."""
    with app.app_context(), snapshot() as session:
        return render_tile(within(session, tile_bounds()), tile, tile_bounds()).body


def place_of(engine: Engine) -> tuple[float, float, float, float]:
    """The box around all parcels, in degrees."""
    with engine.connect() as connection:
        west, south, east, north = connection.execute(text(PLACE.format(srid=storage_srid()))).one()
    return west, south, east, north


def tiles_around(engine: Engine, zooms: range, margin: float = 0.002) -> list[Tile]:
    """All tiles of the zooms in which parcels lie, and those around."""
    west, south, east, north = place_of(engine)
    box = (west - margin, south - margin, east + margin, north + margin)
    return [tile for z in zooms for tile in tiles_of(box, z)]


def open_finding(engine: Engine, names: list[str], rule: str = "overlap") -> int:
    """An open finding between parcels, by direct SQL."""
    with engine.begin() as connection:
        return int(connection.execute(text(FINDING), {"rule": rule, "names": names}).scalar_one())
