"""/tiles: vector tiles, and which of them to ask for again."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.tile_grid import DEEPEST
from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Parameter, Route, Section
from spatial_admin.web.openapi.schema import list_of, members, number, text, truth, whole
from spatial_admin.web.tiles_at_hand import MARK_HEADER, MEDIA_TYPE

CHANGES: Final = members(
    {
        "mark": text("send it as `since` next time"),
        "boxes": list_of(list_of(number(), "west, south, east, north in degrees", 4, 4), "where tiles changed"),
        "everything": truth("too much changed to tell one by one: ask for all tiles again"),
    },
    "What changed since a mark.",
)
HEADERS: Final = {
    "ETag": "strong: a digest of the bytes; send it as If-None-Match",
    "Cache-Control": "`public, no-cache`: may be kept, must be asked about before each use",
    "Vary": "what else an answer depends on",
}
COLUMN: Final = whole("", 0, (1 << DEEPEST) - 1)
ROUTES: Final = (
    Route(
        "get", "/tiles/parcels/<int:z>/<int:x>/<int:y>.mvt", "A vector tile",
        f"Mapbox Vector Tile of the Web Mercator grid, zoom 0 to {DEEPEST}; extent 4096 (coarser where a tile would be "
        "over 250 KiB), 64 units drawn beyond each side. From zoom 14 the layers `parcels` (`parcel_id`, `number`, "
        "`level`, `kind`, `version`, and `findings`, the number of open ones, where there are any), `zoning` (`code`, "
        "`name`) and `findings` (`id`, `rule`, `severity`; points). Below it `density`: squares, 64 by 64 to a tile, "
        "with the number of `parcels` and of open `findings` in each (squares of one count are one feature), and "
        "`zoning` simplified. A layer without features is left out; a tile without layers, also one outside of the "
        "extent, has no bytes and is 200 as well. A number that is not on the grid is 404. What others changed "
        "within the last second may be missing, one's own changes never, nor what the header "
        "`Spatial-Admin-Tile-Mark`, a `mark` of `/tiles/changes`, has seen. Compressed where the client takes gzip.",
        [
            Answer(200, f"The bytes, {MEDIA_TYPE}.", {}, "*/*", HEADERS),
            Answer(304, "Unchanged since the ETag.", headers=HEADERS),
        ],
        (
            Parameter("z", whole("", 0, DEEPEST), "zoom", "path"),
            Parameter("x", COLUMN, "column from west", "path"),
            Parameter("y", COLUMN, "row from north", "path"),
            Parameter(MARK_HEADER, text(""), "a `mark`: the tile is no older", "header"),
        ),
        problems=("bad_request", "not_found"),
        examples=[
            Example("tile", "A tile", "/tiles/parcels/14/8296/5643.mvt", 200),
            Example("tile_outside", "A zoom that there is not", "/tiles/parcels/23/0/0.mvt", 404),
        ],
    ),
    Route(
        "get", "/tiles/changes", "Tiles that changed",
        "Places in which tiles are no longer what they were when an answer gave the mark. Ask without `since` before "
        "the first tile, then every few seconds; tiles that meet no box need not be asked for again.",
        [Answer(200, "Boxes, and the mark for the next time.", CHANGES)],
        (Parameter("since", text(""), "the `mark` of the answer before"),),
        problems=("bad_request",),
        examples=[Example("tile_changes", "The mark to begin with", "/tiles/changes", 200)],
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Tiles and their changes."""
    return Section("Tiles", "The county as vector tiles, for maps.", ROUTES)
