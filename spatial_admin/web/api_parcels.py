"""GET /api/parcels…: parcels as GeoJSON features (lon/lat, for drawing), and their versions."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.errors import BadRequest
from spatial_admin.services.parcels.find_parcels import MOST, Question, find_parcels
from spatial_admin.services.parcels.recall_parcels import recalled_feature
from spatial_admin.services.parcels.show_parcel import parcel_feature, parcel_version, parcel_versions
from spatial_admin.services.parcels.trace_lineage import WALKS, trace_lineage
from spatial_admin.transaction import snapshot
from spatial_admin.web.as_of import AS_OF, as_of
from spatial_admin.web.parameters import box, numbers, only, whole

blueprint = Blueprint("api_parcels", __name__)
LONGEST_QUESTION = 200
FARTHEST_M = 100_000  # farther away, thousands of parcels are about equally far
DEPTH, DEEPEST = 10, 50


@blueprint.get("/api/parcels")
def list_parcels() -> Response:
    """Parcels by text, in a box or nearest to a place; those in a box also as of a time."""
    only(request.args, "bbox", "near", "within_m", "q", "limit", "cursor", *AS_OF)
    with snapshot() as session:
        return jsonify(find_parcels(session, _question()))


# A parcel_id may hold slashes: the routes with a fixed end match first.
@blueprint.get("/api/parcels/<path:parcel_id>/versions")
def list_versions(parcel_id: str) -> Response:
    """Versions of a parcel, newest first; `before` pages on."""
    only(request.args, "limit", "before")
    limit = whole(request.args, "limit", 100, 1_000)
    before = whole(request.args, "before", 2**31 - 1, 2**31 - 1)
    with snapshot() as session:
        versions = parcel_versions(session, parcel_id, limit, before)
    next_before = versions[-1]["version"] if len(versions) == limit and versions[-1]["version"] > 1 else None
    return jsonify(parcel_id=parcel_id, versions=versions, next_cursor=next_before)


@blueprint.get("/api/parcels/<path:parcel_id>/versions/<int(max=2147483647):version>")
def get_version(parcel_id: str, version: int) -> Response:
    """A parcel as it was at one of its versions."""
    only(request.args)
    with snapshot() as session:
        return jsonify(parcel_version(session, parcel_id, version))


@blueprint.get("/api/parcels/<path:parcel_id>/lineage")
def get_lineage(parcel_id: str) -> Response:
    """What a parcel came out of and what came out of it."""
    only(request.args, "direction", "depth")
    direction = request.args.get("direction", "both")
    if direction not in WALKS:
        raise BadRequest("direction", f"it takes one of {', '.join(WALKS)}")
    depth = whole(request.args, "depth", DEPTH, DEEPEST)
    with snapshot() as session:
        return jsonify(trace_lineage(session, parcel_id, direction, depth))


@blueprint.get("/api/parcels/<path:parcel_id>")
def get_parcel(parcel_id: str) -> Response:
    """The newest state of a parcel, or that as of a time; its ETag is its version."""
    only(request.args, *AS_OF)
    time = as_of(request.args)
    with snapshot() as session:
        feature = recalled_feature(session, parcel_id, time) if time else parcel_feature(session, parcel_id)
    response = jsonify(feature)
    response.set_etag(f"v{feature['properties']['version']}")
    response.make_conditional(request)
    return response


def _question() -> Question:
    arguments = request.args
    near = None
    if "near" in arguments:
        lon, lat = numbers(arguments, "near", 2)
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise BadRequest("near", "it takes lon,lat in degrees")
        near = (lon, lat)
    within_m = numbers(arguments, "within_m", 1)[0] if "within_m" in arguments else 1_000.0
    if not 0 < within_m <= FARTHEST_M:
        raise BadRequest("within_m", f"it takes metres above zero, at most {FARTHEST_M:,}")
    q = arguments.get("q")
    if q is not None and len(q) > LONGEST_QUESTION:
        raise BadRequest("q", f"it takes at most {LONGEST_QUESTION} characters")
    time = as_of(arguments)
    if time and (q is not None or near is not None):
        raise BadRequest("q" if q is not None else "near", "it finds parcels as they are; at and legal_at go with bbox")
    return Question(
        q=q,
        bbox=box(arguments),
        near=near,
        within_m=within_m,
        limit=whole(arguments, "limit", 20, MOST),
        cursor=arguments.get("cursor"),
        as_of=time,
    )
