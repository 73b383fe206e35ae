"""Which tiles are worth drawing beforehand: those in which something lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.tile_grid import BASE_LEVEL, CELL_STEPS, Tile, common, tile_of_code, tiles_of
from spatial_admin.services.shared.run_sql import run_sql

# A cell of level z is a tile of zoom z: the counts say where parcels are; beyond the counted levels, those of the
# nearest one. (What was not added up yet is drawn when somebody asks.)
FILLED: Final = """
SELECT DISTINCT code >> %(up)s AS code FROM parcel_cell WHERE level = %(level)s AND parcels > 0 ORDER BY code
"""


def choose_tiles(session: Session, zooms: Sequence[int], area: Box) -> list[Tile]:
    """Tiles of the zooms that hold the middle of a parcel and meet the lon/lat area, near ones beside each other."""
    return [tile for z in zooms for tile in _of_zoom(session, z, area)]


def _of_zoom(session: Session, z: int, area: Box) -> Iterator[Tile]:
    level = min(max(z, CELL_STEPS), BASE_LEVEL)
    for row in run_sql(session, FILLED, {"level": level, "up": 2 * max(level - z, 0)}):
        filled = tile_of_code(min(z, level), row.code)
        for tile in [filled] if filled.z == z else tiles_of(filled.box(-1e-6), z):
            if common(tile.box(), area) is not None:
                yield tile
