"""Chores that are the application's own work, done as its role: stale tiles, counts by cell, years of history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from spatial_admin.owner_connection import OwnerConnection
from spatial_admin.services.editing.extend_history import extend_history
from spatial_admin.services.jobs.chore import Chore, Look, Step
from spatial_admin.services.tiles.draw_overviews import draw_overviews
from spatial_admin.services.tiles.fold_tile_cells import fold_tile_cells
from spatial_admin.services.tiles.prune_tiles import prune_tiles
from spatial_admin.settings import Upkeep

CHANGES: Final = "SELECT EXISTS (SELECT FROM tile_change), EXISTS (SELECT FROM parcel_cell_delta)"
# The year after this one has no partition yet.
NEEDS_YEARS: Final = "SELECT history_is_made_until() < date_trunc('year', clock_timestamp()) + interval '2 years'"


def sweep_tiles() -> None:
    """What readers of tiles would otherwise look through, or draw, each time: the worker does it every few minutes."""
    fold_tile_cells()
    prune_tiles()
    draw_overviews()


def _tiles(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    has_changes, has_counts = owner.read(CHANGES)[0]
    if has_changes:
        yield Step("stored tiles that changed, and changes that nobody asks for any more", _prune)
    if has_counts:
        yield Step("counts of parcels by cell, for the tiles of low zooms", _fold)


def _years(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    if owner.read(NEEDS_YEARS)[0][0]:
        yield Step("partitions of history for the years to come", _extend)


def _prune(_look: Look) -> str:
    pruned = prune_tiles()
    return f"{pruned.bodies:,} tiles and {pruned.changes:,} changes deleted"


def _fold(_look: Look) -> str:
    return f"{fold_tile_cells():,} noted changes added to the counts"


def _extend(_look: Look) -> str:
    return ", ".join(extend_history()) or "they are there"


SWEEP_TILES: Final = Chore("tiles", "Stored tiles that are no longer true go; counts by cell are summed up.", _tiles)
EXTEND_HISTORY: Final = Chore("history_years", "Each year of history has its partition before it begins.", _years)
