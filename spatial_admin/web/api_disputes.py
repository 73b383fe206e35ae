"""/api/disputes: boundaries that somebody contests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from spatial_admin.cadastre.operations.positions import StoragePosition, parse_position
from spatial_admin.cadastre.precision import Point
from spatial_admin.errors import BadRequest
from spatial_admin.services.findings.dispute_boundary import (
    BEFORE_ALL,
    MOST,
    Mark,
    Which,
    end_dispute,
    list_disputes,
    mark_dispute,
    show_dispute,
)
from spatial_admin.services.findings.parse_review import reason_of, record_id_of
from spatial_admin.services.shared.authorize import REVIEWER, require_role
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import box, only, whole

blueprint = Blueprint("api_disputes", __name__)
LIMIT = 50
LONGEST_ID = 100
NUMBER = "<int(max=9223372036854775807):dispute_id>"
FIELDS = ("from", "to", "parcels", "finding", "reason", "record_id")


@blueprint.get("/api/disputes")
def get_disputes() -> Response:
    """Those that go on, newest first; with `ended=1` the ended ones too."""
    arguments = request.args
    only(arguments, "bbox", "parcel", "ended", "limit", "cursor")
    if arguments.get("ended", "1") != "1":
        raise BadRequest("ended", "it takes 1, or is left out")
    which = Which(
        with_ended="ended" in arguments,
        bbox=box(arguments),
        parcel=arguments.get("parcel"),
        limit=whole(arguments, "limit", LIMIT, MOST),
        before=whole(arguments, "cursor", BEFORE_ALL, BEFORE_ALL),
    )
    with snapshot() as session:
        return jsonify(list_disputes(session, which))


@blueprint.post("/api/disputes")
def post_dispute() -> tuple[Response, int]:
    """Mark a boundary, or the place of a finding."""
    account = require_role(REVIEWER)
    only(request.args)
    return jsonify(mark_dispute(_mark(_object(FIELDS)), account)), 201


@blueprint.get(f"/api/disputes/{NUMBER}")
def get_dispute(dispute_id: int) -> Response:
    """One dispute."""
    only(request.args)
    with snapshot() as session:
        return jsonify(show_dispute(session, dispute_id))


@blueprint.post(f"/api/disputes/{NUMBER}/end")
def post_end(dispute_id: int) -> Response:
    """Say how it was settled."""
    account = require_role(REVIEWER)
    only(request.args)
    return jsonify(end_dispute(dispute_id, reason_of(_object(("reason",))), account))


def _object(known: tuple[str, ...]) -> Mapping[str, Any]:
    settings: Settings = current_app.config["SETTINGS"]
    body = read_json(request, settings.limits)
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise BadRequest(unknown[0][:60], f"no such field; known are {', '.join(known)}")
    return body


def _mark(given: Mapping[str, Any]) -> Mark:
    reason, record_id, finding = reason_of(given), record_id_of(given), given.get("finding")
    if finding is not None:
        if isinstance(finding, bool) or not isinstance(finding, int) or not 0 < finding <= BEFORE_ALL:
            raise BadRequest("finding", "it takes the number of a finding")
        if {"from", "to", "parcels"} & given.keys():
            raise BadRequest("finding", "name a finding, or a boundary by `from` and `to`, not both")
        return Mark(reason, record_id, finding_id=finding)
    return Mark(
        reason, record_id, start=_point(given, "from"), end=_point(given, "to"), parcels=_parcels(given.get("parcels"))
    )


def _point(given: Mapping[str, Any], name: str) -> Point:
    try:
        position = parse_position(given.get(name))
    except ValueError as error:
        raise BadRequest(name, str(error)) from error
    if not isinstance(position, StoragePosition):
        raise BadRequest(name, "it takes a point as it is stored, [x, y]: /api/coverage has them")
    return position.x, position.y


def _parcels(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not 1 <= len(value) <= 2 or not all(isinstance(name, str) for name in value):
        raise BadRequest("parcels", "it takes the ids of the one or two parcels whose boundary is meant")
    if any(not name or len(name) > LONGEST_ID or "\x00" in name for name in value):
        raise BadRequest("parcels", f"an id has 1 to {LONGEST_ID} characters")
    return value
