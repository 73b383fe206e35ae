"""GET /api/positions: a place in degrees, in storage coordinates, or given in a CRS that is named."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.parse_box import parse_pairs
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.transform_positions import MOST, from_lonlat, from_named, from_stored
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import only

blueprint = Blueprint("api_positions", __name__)
GIVEN = "given"
WAYS = {"lonlat": from_lonlat, "stored": from_stored}


@blueprint.get("/api/positions")
def get_positions() -> Response:
    """Positions, given as `lonlat`, as `stored`, or as `given` in `crs`; exactly one of the three."""
    only(request.args, *WAYS, GIVEN, "crs")
    names = set(request.args) - {"crs"}
    if len(names) != 1:
        raise BadRequest("lonlat", "the route takes exactly one of lonlat, stored and given")
    (name,) = names
    if (name == GIVEN) != ("crs" in request.args):
        raise BadRequest("crs", "it goes with given, and given with it: crs=EPSG:32618&given=x,y")
    pairs = parse_pairs(request.args[name], name, MOST)
    ground = deployment_ground()
    with snapshot() as session:
        if name == GIVEN:
            return jsonify(srid=ground.srid, positions=from_named(session, pairs, request.args["crs"], ground))
        return jsonify(srid=ground.srid, positions=WAYS[name](session, pairs, ground))
