"""The arithmetic of tiles, and how straight Mercator is within one."""

from __future__ import annotations

import math
import random

import pytest

from spatial_admin.cadastre.tile_grid import (
    BUFFER,
    EXTENT,
    PARCELS_FROM,
    Tile,
    column_of,
    count_of_tiles,
    latitude,
    row_of,
    tile_of_code,
    tiles_of,
)


def test_the_tile_of_a_place_has_it_in_its_box() -> None:
    for _ in range(500):
        z, lon, lat = random.randint(0, 22), random.uniform(-180, 180), random.uniform(-85, 85)
        tile = Tile(z, math.floor(column_of(lon, z)), math.floor(row_of(lat, z)))
        west, south, east, north = tile.box()
        assert west <= lon <= east
        assert south - 1e-9 <= lat <= north + 1e-9


def test_a_tile_known_elsewhere() -> None:
    assert Tile(1, 1, 1).box()[:2] == pytest.approx((0, -85.0511287798066))
    assert (math.floor(column_of(139.7006793, 18)), math.floor(row_of(35.6590699, 18))) == (232798, 103246)


@pytest.mark.parametrize("tile", [Tile(-1, 0, 0), Tile(23, 0, 0), Tile(3, 8, 0), Tile(3, 0, 8), Tile(3, 0, -1)])
def test_there_is_no_tile_beyond_the_grid(tile: Tile) -> None:
    assert not tile.is_on_grid


def test_tiles_within_a_tile_are_one_range_of_codes() -> None:
    for _ in range(200):
        z = random.randint(0, 13)
        tile = Tile(z, random.randrange(1 << z), random.randrange(1 << z))
        level, first, last = tile.cells
        steps = level - z
        inside = {
            Tile(level, (tile.x << steps) + i, (tile.y << steps) + j).code for i in (0, 7, 63) for j in (0, 31, 63)
        }
        assert all(first <= code <= last for code in inside)
        beside = Tile(level, (tile.x << steps) - 1, tile.y << steps) if tile.x else None
        assert beside is None or not first <= beside.code <= last
        assert tile_of_code(z, tile.code) == tile


def test_tiles_of_a_box_are_as_many_as_counted_and_stay_on_the_grid() -> None:
    for box in ((-180, -90, 180, 90), (2.3, 48.8, 2.4, 48.9), (179.99, -1, 180, 1)):
        for z in (0, 1, 5):
            tiles = list(tiles_of(box, z))
            assert len(tiles) == count_of_tiles(box, z)
            assert all(tile.is_on_grid for tile in tiles)


@pytest.mark.parametrize("z", [PARCELS_FROM, 16, 19, 22])
def test_latitude_is_straight_within_a_tile_that_shows_parcels(z: int) -> None:
    # The sagitta of y over latitude is H²·sin(lat)/8 of the unit sphere, H = 2π/2^z the tile's height: in units of 4,096
    # to a tile 512·2π/2^z·sin(lat), at most 0.197 at zoom 14, half of that at each zoom more. What is drawn beyond the
    # side is nearer still. Below half a unit a point is drawn at most one unit off, a sixteenth of a pixel.
    bound = 512 * 2 * math.pi / (1 << z)
    worst = 0.0
    for lat in (*range(-85, 86, 5), 0.01, 46.9, 60.17):
        y = math.floor(row_of(lat, z))
        south, north = latitude(y + 1, z), latitude(y, z)
        for step in range(-BUFFER, EXTENT + BUFFER + 1, 64):
            at = latitude(y + step / EXTENT, z)
            straight = (north - at) / (north - south) * EXTENT
            worst = max(worst, abs(straight - step))
    assert worst <= bound + 1e-4
    assert worst > 0.9 * bound, "the bound is no looser than it must be"
    assert bound < 0.2
