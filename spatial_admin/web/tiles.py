"""GET /tiles/parcels/{z}/{x}/{y}.mvt: vector tiles. GET /tiles/changes: which to ask again."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flask import Blueprint, Request, Response, g, jsonify, request
from flask.globals import request_ctx
from flask_login import current_user
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.errors import NotFound
from spatial_admin.services.bound_tiles import tile_bounds
from spatial_admin.services.read_tile_changes import changes_since, checked
from spatial_admin.services.remember_tiles import Kept, OwnWrite
from spatial_admin.services.serve_tile import serve_tile
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import only

blueprint = Blueprint("tiles", __name__)
# Sent with a tile that /tiles/changes said to ask for again: another process may not have heard of the change yet.
MARK_HEADER: Final = "Spatial-Admin-Tile-Mark"
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
# A proxy may keep the bodies (public), because a tile is the same for everybody who may see any. But it must ask before
# each use (no-cache), and asks with the credentials of whoever asks it: so nobody who is not signed in gets one, and
# nobody an old one. The answer to that is mostly 304, without a body and without the database. Vary keeps one person's
# entry apart from another's in a proxy that would reuse an answer without asking after an error.
CACHING: Final = {"Cache-Control": "public, no-cache", "Vary": "Cookie, Authorization, Accept-Encoding"}


@blueprint.get("/tiles/parcels/<int:z>/<int:x>/<int:y>.mvt")
def get_tile(z: int, x: int, y: int) -> Response:
    """One tile; where nothing lies it has no bytes."""
    asked = request_ctx.request
    if asked.query_string:
        only(asked.args)
    tile = Tile(z, x, y)
    if not tile.is_on_grid:
        raise NotFound("tile", f"{z}/{x}/{y}")
    told = asked.headers.get(MARK_HEADER)
    return _answer(asked, serve_tile(tile, _own_write(), None if told is None else checked(told)))


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


def _answer(asked: Request, kept: Kept) -> Response:
    # Compressed bytes are other bytes, and so have another strong ETag (RFC 9110, 8.8.3.3).
    packed = kept.packed() if _takes_gzip(asked.headers.get("Accept-Encoding")) else None
    etag = kept.digest if packed is None else f"{kept.digest}-gzip"
    headers = {"ETag": f'"{etag}"', **CACHING}
    if "If-None-Match" in asked.headers and asked.if_none_match.contains(etag):
        return Response(status=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(kept.body if packed is None else packed, headers=headers, mimetype=MEDIA_TYPE)


@lru_cache(maxsize=256)
def _takes_gzip(accepted: str | None) -> bool:
    """Does a client take gzip, by its header? Clients are of few kinds, and each asks for tiles by the hundred."""
    return parse_accept_header(accepted, Accept)["gzip"] > 0
