"""GET /tiles/parcels/{z}/{x}/{y}.mvt: vector tiles. GET /tiles/changes: which to ask again."""

from __future__ import annotations

import hashlib

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.errors import NotFound
from spatial_admin.services.bound_tiles import tile_bounds
from spatial_admin.services.read_tile_changes import changes_since, mark_now
from spatial_admin.services.render_tile import render_tile
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import only

blueprint = Blueprint("tiles", __name__)
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@blueprint.get("/tiles/parcels/<int:z>/<int:x>/<int:y>.mvt")
def get_tile(z: int, x: int, y: int) -> Response:
    """One tile; where nothing lies it has no bytes."""
    only(request.args)
    tile = Tile(z, x, y)
    if not tile.is_on_grid:
        raise NotFound("tile", f"{z}/{x}/{y}")
    bounds = tile_bounds()
    with snapshot() as session:
        body = render_tile(session, tile, bounds)
    response = Response(body, mimetype=MEDIA_TYPE)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Cookie, Authorization"
    return response.make_conditional(request)


@blueprint.get("/tiles/changes")
def get_changes() -> Response:
    """Places that changed since a mark; without one, only the mark to ask with."""
    only(request.args, "since")
    srid = tile_bounds().srid
    with snapshot() as session:
        if "since" not in request.args:
            return jsonify(mark=mark_now(session), boxes=[], everything=False)
        changes = changes_since(session, request.args["since"], srid)
    boxes = sorted({change.box for change in changes.places})
    return jsonify(mark=changes.mark, boxes=boxes, everything=changes.is_everything)
