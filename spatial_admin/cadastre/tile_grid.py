"""The grid of web map tiles (OGC Two Dimensional Tile Matrix Set, WebMercatorQuad): pure arithmetic, in lon/lat."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from spatial_admin.cadastre.precision import Box

DEEPEST: Final = 22
EXTENT: Final = 4096  # units of a tile's side
BUFFER: Final = 64  # units drawn beyond it
PARCELS_FROM: Final = 14  # the zoom from which single parcels are shown
CELL_STEPS: Final = 6  # a tile has 2^6 by 2^6 cells
BASE_LEVEL: Final = 19  # of the cells that are counted
NORTHERNMOST: Final = math.degrees(math.atan(math.sinh(math.pi)))  # 85.0511…: the Mercator square ends there


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: zoom, column from west, row from north."""

    z: int
    x: int
    y: int

    @property
    def is_on_grid(self) -> bool:
        """Is there such a tile?"""
        return 0 <= self.z <= DEEPEST and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    @property
    def shows_parcels(self) -> bool:
        """Single parcels, or counts by cell?"""
        return self.z >= PARCELS_FROM

    def box(self, margin: float = 0.0) -> Box:
        """Its box in degrees, widened on each side by a part of its own width; cut at the edges of the world."""
        west = longitude(self.x - margin, self.z)
        east = longitude(self.x + 1 + margin, self.z)
        return (
            max(west, -180.0),
            latitude(self.y + 1 + margin, self.z),
            min(east, 180.0),
            latitude(self.y - margin, self.z),
        )

    @property
    def code(self) -> int:
        """Interleaved bits of column and row (Morton): the tiles within a tile are one range of numbers."""
        return interleaved(self.x) | interleaved(self.y) << 1

    @property
    def cells(self) -> tuple[int, int, int]:
        """Level of its cells, and the first and last of their codes."""
        first = self.code << 2 * CELL_STEPS
        return self.z + CELL_STEPS, first, first + (1 << 2 * CELL_STEPS) - 1


def longitude(column: float, z: int) -> float:
    """Degrees east of a column's western edge."""
    return column / (1 << z) * 360.0 - 180.0


def latitude(row: float, z: int) -> float:
    """Degrees north of a row's northern edge; beyond the square, that of its edge."""
    part = min(max(row / (1 << z), 0.0), 1.0)
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * part))))


def column_of(lon: float, z: int) -> float:
    """The column of a longitude, with its fraction."""
    return (lon + 180.0) / 360.0 * (1 << z)


def row_of(lat: float, z: int) -> float:
    """The row of a latitude, with its fraction."""
    sine = math.sin(math.radians(min(max(lat, -NORTHERNMOST), NORTHERNMOST)))
    return (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * (1 << z)


def tiles_of(box: Box, z: int) -> Iterator[Tile]:
    """The tiles of a zoom that a lon/lat box meets, row by row."""
    last = (1 << z) - 1
    west, south, east, north = box
    columns = range(_within(column_of(west, z), last), _within(column_of(east, z), last) + 1)
    for y in range(_within(row_of(north, z), last), _within(row_of(south, z), last) + 1):
        for x in columns:
            yield Tile(z, x, y)


def count_of_tiles(box: Box, z: int) -> int:
    """How many `tiles_of` gives."""
    last = (1 << z) - 1
    west, south, east, north = box
    columns = _within(column_of(east, z), last) - _within(column_of(west, z), last) + 1
    return columns * (_within(row_of(south, z), last) - _within(row_of(north, z), last) + 1)


def interleaved(number: int) -> int:
    """The bits of a number with a zero before each."""
    spread = 0
    for bit in range(number.bit_length()):
        spread |= (number >> bit & 1) << 2 * bit
    return spread


def tile_of_code(z: int, code: int) -> Tile:
    """The tile whose `code` that is."""
    x = y = 0
    for bit in range(z):
        x |= (code >> 2 * bit & 1) << bit
        y |= (code >> 2 * bit + 1 & 1) << bit
    return Tile(z, x, y)


def common(a: Box, b: Box) -> Box | None:
    """What two boxes have in common, None where they have no point."""
    west, south, east, north = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (west, south, east, north) if west <= east and south <= north else None


def _within(position: float, last: int) -> int:
    return min(max(math.floor(position), 0), last)
