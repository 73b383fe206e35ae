"""One tile for one asker: from this process's memory, else stored, else drawn; never older than what they wrote."""

from __future__ import annotations

from typing import Final

from flask import Flask, current_app

from spatial_admin.cadastre.tile_grid import Tile, common
from spatial_admin.services.tiles.bound_tiles import TileBounds, tile_bounds
from spatial_admin.services.tiles.read_tile_changes import changes_since, sees_all_of
from spatial_admin.services.tiles.remember_tiles import Kept, OwnWrite, TileMemory
from spatial_admin.services.tiles.render_tile import MARGIN, Drawn, Read, by_itself, render_tile, within
from spatial_admin.services.tiles.store_tiles import stored_body
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot

_KEY: Final = "spatial_admin.tiles"
EMPTY: Final = Kept.of(b"")


def tile_memory() -> TileMemory:
    """The memory of this process for this application."""
    memory: TileMemory | None = current_app.extensions.get(_KEY)
    if memory is None:
        settings: Settings = current_app.config["SETTINGS"]
        memory = current_app.extensions.setdefault(_KEY, TileMemory(settings.tile_cache_mb * 1024 * 1024))
    return memory


def memory_of(app: Flask) -> TileMemory | None:
    """The memory of this process for an application, outside of a request; None before the first tile."""
    return app.extensions.get(_KEY)


def serve_tile(tile: Tile, own: OwnWrite | None = None, told: str | None = None) -> Kept:
    """The tile as of now: others' changes of the last second may be missing, one's own and those told of never.

    `told` is a mark of `/tiles/changes` that the asker has; BadRequest where it is none.
    """
    memory = tile_memory()
    ticket = memory.look(tile, own, told)
    if ticket.kept is not None:
        return ticket.kept
    bounds = tile_bounds()
    if common(tile.box(MARGIN), bounds.extent) is None:
        return EMPTY
    if ticket.is_due:
        # In the snapshot that the tile is then drawn from: polled here and drawn on another server would not do.
        with snapshot() as session:
            changes = changes_since(session, ticket.mark, bounds.srid)
            ticket = memory.advance(ticket, changes, own, tile)
            if ticket.kept is not None and _shows(changes.mark, told):
                return ticket.kept
            drawn = _drawn(within(session, bounds), tile, bounds, may_be_stored=tile.z <= ticket.stored_to)
    else:
        drawn = _drawn(by_itself(bounds), tile, bounds, may_be_stored=tile.z <= ticket.stored_to)
    if not _shows(drawn.mark, told):  # a replica drew it that has not come so far
        drawn = render_tile(by_itself(bounds, may_lag=False), tile, bounds)
    kept = Kept.of(drawn.body, drawn.packed)
    memory.keep(tile, kept, ticket, drawn.mark)
    return kept


def _shows(mark: str, told: str | None) -> bool:
    return told is None or sees_all_of(mark, told)


def _drawn(read: Read, tile: Tile, bounds: TileBounds, *, may_be_stored: bool) -> Drawn:
    stored = stored_body(read, tile, bounds) if may_be_stored else None
    return stored or render_tile(read, tile, bounds)
