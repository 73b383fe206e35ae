"""GET /api/findings: what the rules found, newest first."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.errors import BadRequest
from spatial_admin.models.finding import STATUSES
from spatial_admin.services.list_findings import MOST, Question, list_findings
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import Arguments, box, only, whole

blueprint = Blueprint("api_findings", __name__)
LIMIT = 50


@blueprint.get("/api/findings")
def get_findings() -> Response:
    """Findings by status, rule and box."""
    arguments = request.args
    only(arguments, "status", "rule", "bbox", "limit", "cursor")
    question = Question(
        status=_one_of(arguments, "status", STATUSES),
        rule=_one_of(arguments, "rule", sorted(FOUND)),
        bbox=box(arguments),
        limit=whole(arguments, "limit", LIMIT, MOST),
        cursor=arguments.get("cursor"),
    )
    with snapshot() as session:
        return jsonify(list_findings(session, question))


def _one_of(arguments: Arguments, name: str, known: list[str] | tuple[str, ...]) -> str | None:
    value = arguments.get(name)
    if value is not None and value not in known:
        raise BadRequest(name, f"it takes one of {', '.join(known)}")
    return value
