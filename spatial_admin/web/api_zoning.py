"""GET /api/zoning: zoning districts in a box."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.errors import BadRequest
from spatial_admin.services.parcels.list_districts import list_districts
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import box, only

blueprint = Blueprint("api_zoning", __name__)


@blueprint.get("/api/zoning")
def get_zoning() -> Response:
    """Districts, cut at the box."""
    only(request.args, "bbox")
    lonlat = box(request.args)
    if lonlat is None:
        raise BadRequest("bbox", "it takes west,south,east,north in degrees")
    with snapshot() as session:
        return jsonify(list_districts(session, lonlat))
