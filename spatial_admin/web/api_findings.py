"""GET /api/findings: what the rules found, newest first, and fixes that were tried for each."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.errors import BadRequest
from spatial_admin.models.finding import STATUSES
from spatial_admin.services.authorize import EDITOR, require_role
from spatial_admin.services.edit_boundaries import Author
from spatial_admin.services.list_findings import MOST, Question, list_findings
from spatial_admin.services.offer_fixes import offer_fixes
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import Arguments, box, only, whole

blueprint = Blueprint("api_findings", __name__)
LIMIT = 50
BIGGEST = 2**63 - 1
NUMBER = f"<int(max={BIGGEST}):finding_id>"  # of a finding: what bigint holds


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


@blueprint.get(f"/api/findings/{NUMBER}/fixes")
def get_fixes(finding_id: int) -> Response:
    """Up to three edits that close the finding and open none, ready for POST /api/edits; for editors."""
    account = require_role(EDITOR)
    only(request.args)
    return jsonify(offer_fixes(finding_id, Author(account.id, account.email)))


def _one_of(arguments: Arguments, name: str, known: list[str] | tuple[str, ...]) -> str | None:
    value = arguments.get(name)
    if value is not None and value not in known:
        raise BadRequest(name, f"it takes one of {', '.join(known)}")
    return value
