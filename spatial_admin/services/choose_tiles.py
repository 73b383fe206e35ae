"""Which tiles are worth drawing beforehand: those in which something lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.tile_grid import BASE_LEVEL, CELL_STEPS, Tile, common, tile_of_code, tiles_of
from spatial_admin.services.plan_import import run_sql

# A cell of level z is a tile of zoom z: the counts say where parcels are. (What was not added up yet, an import's last
# parcels, is drawn when somebody asks.)
FILLED: Final = "SELECT code FROM parcel_cell WHERE level = %(z)s AND parcels > 0 ORDER BY code"


def choose_tiles(session: Session, zooms: Sequence[int], area: Box) -> list[Tile]:
    """Tiles of the zooms that hold the middle of a parcel and meet the lon/lat area, near ones beside each other."""
    return [tile for z in zooms for tile in _of_zoom(session, z, area)]


def _of_zoom(session: Session, z: int, area: Box) -> Iterator[Tile]:
    if not CELL_STEPS <= z <= BASE_LEVEL:
        yield from tiles_of(area, z)
        return
    for row in run_sql(session, FILLED, {"z": z}):
        tile = tile_of_code(z, row.code)
        if common(tile.box(), area) is not None:
            yield tile
