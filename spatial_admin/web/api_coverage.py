"""GET /api/coverage: points and parcels for an editor, exact."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request

from spatial_admin.errors import BadRequest
from spatial_admin.services.parcels.describe_coverage import coverage_at_version, coverage_in_box, coverage_of
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from spatial_admin.web.as_of import AS_OF, as_of
from spatial_admin.web.parameters import box, only

blueprint = Blueprint("api_coverage", __name__)
WAYS = ("bbox", "parcels", "at_version")


@blueprint.get("/api/coverage")
def get_coverage() -> Response:
    """Parcels in a lon/lat box or by id, now or as of a time, or one at a version; exactly one of the three."""
    only(request.args, *WAYS, *AS_OF)
    limits: Limits = current_app.config["SETTINGS"].limits
    if len(set(WAYS) & set(request.args)) != 1:
        raise BadRequest("bbox", "the route takes exactly one of bbox, parcels and at_version")
    time = as_of(request.args)
    lonlat = box(request.args)
    if lonlat is not None:
        return jsonify(coverage_in_box(lonlat, limits, time))
    if "parcels" in request.args:
        return jsonify(coverage_of([name for name in request.args["parcels"].split(",") if name], limits, time))
    if time is not None:
        raise BadRequest("at_version", "a version is of its own time; it goes with neither at nor legal_at")
    name, _, version = request.args["at_version"].rpartition(":")
    if not name or not (version.isascii() and version.isdigit()) or len(version) > 9:
        raise BadRequest("at_version", "it takes parcel_id:version")
    with snapshot() as session:
        return jsonify(coverage_at_version(session, name, int(version)))
