"""/api/findings: what the rules found, what would mend it, and the steps of review."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request

from spatial_admin.errors import FindingChanged, Json
from spatial_admin.services.drafts.propose_acceptance import propose_acceptance
from spatial_admin.services.editing.edit_boundaries import Author
from spatial_admin.services.editing.offer_fixes import offer_fixes
from spatial_admin.services.findings.declare_gaps import declare_gaps
from spatial_admin.services.findings.list_findings import MOST, ORDERS, Question, list_findings
from spatial_admin.services.findings.parse_review import (
    parse_acceptance,
    parse_assignment,
    parse_declaration,
    parse_reopening,
)
from spatial_admin.services.findings.review_findings import accept_findings, assign_findings, reopen_findings
from spatial_admin.services.findings.show_finding import show_finding
from spatial_admin.services.findings.summarize_findings import summarize_findings
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, current_account, require_role
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.finding_arguments import BIGGEST, NARROWING, narrowing_of, one_of
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import only, whole

blueprint = Blueprint("api_findings", __name__)
LIMIT = 50
NUMBER = f"<int(max={BIGGEST}):finding_id>"  # of a finding: what bigint holds


@blueprint.get("/api/findings")
def get_findings() -> Response:
    """A page of findings in one of four orders."""
    arguments = request.args
    only(arguments, *NARROWING, "sort", "limit", "cursor")
    question = Question(
        narrowing_of(arguments),
        sort=one_of(arguments, "sort", tuple(ORDERS)) or "newest",
        limit=whole(arguments, "limit", LIMIT, MOST),
        cursor=arguments.get("cursor"),
    )
    with snapshot() as session:
        return jsonify(list_findings(session, question))


@blueprint.get("/api/findings/summary")
def get_summary() -> Response:
    """The same findings in numbers."""
    only(request.args, *NARROWING)
    account = current_account()
    with snapshot() as session:
        return jsonify(summarize_findings(session, narrowing_of(request.args), account.id))


@blueprint.get(f"/api/findings/{NUMBER}")
def get_finding(finding_id: int) -> Response:
    """One finding with its history and its parcels."""
    only(request.args)
    return _shown(finding_id)


@blueprint.get(f"/api/findings/{NUMBER}/fixes")
def get_fixes(finding_id: int) -> Response:
    """Up to three edits that close the finding and open none, ready for POST /api/edits; for editors."""
    account = require_role(EDITOR)
    only(request.args)
    return jsonify(offer_fixes(finding_id, Author(account.id, account.email)))


@blueprint.post("/api/findings/accept")
def post_acceptances() -> Response:
    """Accept many at once: what was done, and what was left and why."""
    return jsonify(_accept(None))


@blueprint.post("/api/findings/propose")
def post_proposal() -> tuple[Response, int]:
    """Submit the acceptance of many, or the declaration of their land, for approval: 201, what waits, what was left."""
    account = require_role(REVIEWER)
    return jsonify(propose_acceptance(_body(), account, current_app.config["SETTINGS"])), 201


@blueprint.post(f"/api/findings/{NUMBER}/accept")
def post_acceptance(finding_id: int) -> Response:
    """Accept one as lawful."""
    return _one(finding_id, _accept(finding_id))


@blueprint.post("/api/findings/declare")
def post_declarations() -> Response:
    """Declare the land of many gaps to be lawfully open."""
    return jsonify(_declare(None))


@blueprint.post(f"/api/findings/{NUMBER}/declare")
def post_declaration(finding_id: int) -> Response:
    """Declare the land of one gap to be lawfully open."""
    return _one(finding_id, _declare(finding_id))


@blueprint.post("/api/findings/assign")
def post_assignments() -> Response:
    """Give many at once to somebody, or to nobody."""
    return jsonify(_assign(None))


@blueprint.post(f"/api/findings/{NUMBER}/assign")
def post_assignment(finding_id: int) -> Response:
    """Give one to somebody, or to nobody."""
    return _one(finding_id, _assign(finding_id))


@blueprint.post("/api/findings/reopen")
def post_reopenings() -> Response:
    """Take many acceptances back at once."""
    return jsonify(_reopen(None))


@blueprint.post(f"/api/findings/{NUMBER}/reopen")
def post_reopening(finding_id: int) -> Response:
    """Take the acceptance of one back."""
    return _one(finding_id, _reopen(finding_id))


def _accept(finding_id: int | None) -> Json:
    account = require_role(REVIEWER)
    chosen, acceptance = parse_acceptance(_body(), finding_id)
    return accept_findings(chosen, acceptance, account)


def _declare(finding_id: int | None) -> Json:
    account = require_role(REVIEWER)
    chosen, reason = parse_declaration(_body(), finding_id)
    return declare_gaps(chosen, reason, account)


def _assign(finding_id: int | None) -> Json:
    chosen, assignee = parse_assignment(_body(), finding_id)
    account = current_account()
    return assign_findings(chosen, account.email if assignee == "me" else assignee, account)


def _reopen(finding_id: int | None) -> Json:
    account = require_role(REVIEWER)
    chosen, reason = parse_reopening(_body(), finding_id)
    return reopen_findings(chosen, reason, account)


def _body() -> object:
    only(request.args)
    settings: Settings = current_app.config["SETTINGS"]
    return read_json(request, settings.limits)


def _one(finding_id: int, outcome: Json) -> Response:
    """The finding as it is now; where the step could not be taken, 409 with why and the finding."""
    if outcome["left"]:
        with snapshot() as session:
            current = show_finding(session, finding_id)  # NotFound where there is none
        raise FindingChanged(outcome["left"][0]["why"], current)
    return _shown(finding_id)


def _shown(finding_id: int) -> Response:
    with snapshot() as session:
        return jsonify(show_finding(session, finding_id))
