"""Overviews drawn beforehand by the worker, so that nobody waits for one.

A tile below z 14 adds up thousands of cells and simplified districts: to draw one takes ten times as long as to read it
stored. But there are few of them (some 400 for a million parcels, in some seconds), and edits touch fourteen at most.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from spatial_admin.cadastre.tile_grid import PARCELS_FROM, Tile
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.tiles.bound_tiles import tile_bounds
from spatial_admin.services.tiles.choose_tiles import choose_tiles
from spatial_admin.services.tiles.warm_tiles import warm_by_threads
from spatial_admin.transaction import snapshot

MOST: Final = 2_000  # at once; the next sweep goes on
TIMEOUT_MS: Final = 30_000  # nobody waits for it
STORED_OVERVIEWS: Final = "SELECT z, x, y FROM tile_body WHERE z < %(below)s"


def draw_overviews(most: int = MOST) -> int:
    """Draw and store overviews that are not stored, in which parcels lie; how many were."""
    bounds = tile_bounds()
    with snapshot() as session:
        stored = {Tile(*row) for row in run_sql(session, STORED_OVERVIEWS, {"below": PARCELS_FROM})}
        wanted = choose_tiles(session, range(PARCELS_FROM), bounds.extent)
    missing = [tile for tile in wanted if tile not in stored][:most]
    patient = replace(bounds, timeout_ms=TIMEOUT_MS)
    return warm_by_threads(missing, patient, concurrency=1, report=lambda _: None).tiles
