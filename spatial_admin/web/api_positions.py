"""GET /api/positions: a place in degrees and in storage coordinates."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.errors import BadRequest
from spatial_admin.services.parse_box import parse_pairs
from spatial_admin.services.read_deployment import deployment_ground
from spatial_admin.services.transform_positions import MOST, from_lonlat, from_stored
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import only

blueprint = Blueprint("api_positions", __name__)
WAYS = {"lonlat": from_lonlat, "stored": from_stored}


@blueprint.get("/api/positions")
def get_positions() -> Response:
    """Positions, given as `lonlat` or as `stored`; exactly one of the two."""
    only(request.args, *WAYS)
    if len(request.args) != 1:
        raise BadRequest("lonlat", "the route takes exactly one of lonlat and stored")
    ((name, text),) = request.args.items()
    pairs = parse_pairs(text, name, MOST)
    ground = deployment_ground()
    with snapshot() as session:
        return jsonify(srid=ground.srid, positions=WAYS[name](session, pairs, ground))
