"""GET /tiles/parcels/{z}/{x}/{y}.mvt: vector tiles. GET /tiles/changes: which to ask again."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.globals import request_ctx
from flask_login import current_user

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.errors import NotFound
from spatial_admin.services.tiles.bound_tiles import tile_bounds
from spatial_admin.services.tiles.read_tile_changes import changes_since, checked
from spatial_admin.services.tiles.remember_tiles import OwnWrite
from spatial_admin.services.tiles.serve_tile import serve_tile
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import only
from spatial_admin.web.tiles_at_hand import EXTENSION, MARK_HEADER, MEDIA_TYPE, TilesAtHand, described

blueprint = Blueprint("tiles", __name__)


@blueprint.get("/tiles/parcels/<int:z>/<int:x>/<int:y>.mvt")
def get_tile(z: int, x: int, y: int) -> Response:
    """One tile; where nothing lies it has no bytes."""
    asked = request_ctx.request
    if asked.query_string:
        only(asked.args)
    tile = Tile(z, x, y)
    if not tile.is_on_grid:
        raise NotFound("tile", f"{z}/{x}/{y}")
    # Sent with a tile that /tiles/changes said to ask for again: another process may not have heard of the change yet.
    told = asked.headers.get(MARK_HEADER)
    own = _own_write()
    kept = serve_tile(tile, own, None if told is None else checked(told))
    at_hand: TilesAtHand = current_app.extensions[EXTENSION]
    at_hand.remember(asked, own)
    status, headers, body = described(kept, asked.headers.get("Accept-Encoding"), asked.headers.get("If-None-Match"))
    return Response(body or None, status, headers, mimetype=MEDIA_TYPE)


@blueprint.get("/tiles/changes")
def get_changes() -> Response:
    """Places that changed since a mark; without one, only the mark to ask with."""
    only(request.args, "since")
    srid = tile_bounds().srid
    with snapshot() as session:
        changes = changes_since(session, request.args.get("since"), srid)
    boxes = sorted({change.box for change in changes.places})
    return jsonify(mark=changes.mark, boxes=boxes, everything=changes.is_everything)


def _own_write() -> OwnWrite | None:
    position = g.get("wrote")
    return OwnWrite(current_user.id, position) if position else None
