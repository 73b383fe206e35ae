"""Statements of tiles: what draws one, what is stored of them, and the feed that says where they changed."""

from __future__ import annotations

import math
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.tile_grid import Tile, column_of, row_of
from spatial_admin.errors import Json
from spatial_admin.services.database.named_queries import Build, Given, NamedQuery
from spatial_admin.services.tiles.render_tile import (
    COARSER,
    FULL,
    Detail,
    density_statement,
    parcels_statement,
    places_of,
    sizes_of,
)

# The box of the sample is some lots wide, about as a tile of this zoom; one of z 14 is eight times as wide.
SAMPLE_ZOOM: Final = 17
BEFOREHAND: Final = "a command that draws tiles beforehand: it goes through every cell of a level"
SWEPT: Final = (
    "one sweep every few minutes holds all stored tiles to what changed; it reads their keys, not their bodies"
)
FIRST_ROW: Final = "EXISTS ends at the first row"


def _place(z: int, detail: Detail = FULL) -> Given:
    """Parameters of a tile of that zoom around the parcel of the sample."""

    def given(sample: Json) -> Json:
        tile = Tile(z, math.floor(column_of(sample["lon"], z)), math.floor(row_of(sample["lat"], z)))
        more = (2 ** max(SAMPLE_ZOOM - z, 0) - 1) / 2
        wide, high = more * (sample["east"] - sample["west"]), more * (sample["north"] - sample["south"])
        storage = (sample["west"] - wide, sample["south"] - high, sample["east"] + wide, sample["north"] + high)
        places = places_of(tile, storage, sample["srid"])
        return places | sizes_of(tile, places, detail)

    return given


def _parcels(detail: Detail = FULL) -> Build:
    return lambda _session, sample: parcels_statement(sample["srid"], detail)


def _density(_session: Session, _sample: Json) -> str:
    return density_statement()


QUERIES: Final = (
    NamedQuery("render_tile.PARCELS", "A tile of z 17 with its parcels.", _parcels(), _place(17)),
    NamedQuery("render_tile.PARCELS (z 14)", "The same of the zoom that shows most parcels.", _parcels(), _place(14)),
    NamedQuery("render_tile.PARCELS (coarse)", "The same, only the largest parcels.", _parcels(COARSER[-1]),
               _place(14, COARSER[-1])),
    NamedQuery("render_tile.DENSITY", "A tile of z 13: counts by cell.", _density, _place(13)),
    NamedQuery("render_tile.DENSITY (z 6)", "The same of a zoom that shows a county at once.", _density, _place(6),
               whole="adds up all that was noted since counts were last folded, which is done every few minutes"),
    NamedQuery("read_tile_changes.MARK_NOW", "The mark to ask with what changed."),
    NamedQuery("read_tile_changes.CHANGES", "Where something changed that a mark did not see."),
    NamedQuery("store_tiles.STORED", "A stored tile, if it is still true.", values=_place(16)),
    NamedQuery("store_tiles.STORE", "Tiles that are stored.", values={
        "zs": [16], "xs": [1], "ys": [1], "bodies": [b""], "generation": 1}),
    NamedQuery("choose_tiles.FILLED", "Cells in which parcels lie.", values={"level": 16, "up": 0}, whole=BEFOREHAND),
    NamedQuery("prune_tiles.SWEEP", "Stored tiles that changed go.", values={"most": 20_000}, whole=SWEPT),
    NamedQuery("prune_tiles.BEGIN_AGAIN", "All stored tiles go.",
               whole="once, in a database that was restored on another server: it empties both tables"),
    NamedQuery("prune_tiles.FORGET", "Changes of long ago go.", values={"keep_s": 3_600.0},
               whole="takes away most of what it reads: all changes but those of the last hour, every few minutes"),
    NamedQuery("draw_overviews.STORED_OVERVIEWS", "Overviews that are stored.", values={"below": 14},
               whole="the keys of some hundreds of tiles, every few minutes"),
    NamedQuery("keep_ahead.CHANGES", "Is there anything to sweep or to fold?", whole=FIRST_ROW),
)  # fmt: skip
