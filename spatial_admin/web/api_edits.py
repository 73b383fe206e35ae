"""POST /api/edits: operations and seen versions in, a receipt or a refusal out. One transaction, one answer."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request

from spatial_admin.errors import VersionConflict
from spatial_admin.services.authorize import EDITOR, REVIEWER, has_role, require_role
from spatial_admin.services.describe_conflict import describe_conflict
from spatial_admin.services.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.parse_edit import parse_edit_request
from spatial_admin.services.show_edit import show_edit
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import only
from spatial_admin.web.problems import answer, problem_of

blueprint = Blueprint("api_edits", __name__)


@blueprint.post("/api/edits")
def post_edit() -> tuple[Response, int]:
    """Make an edit: 201 with its receipt, 200 with the same receipt when its key was used before."""
    account = require_role(EDITOR)
    only(request.args)
    limits: Limits = current_app.config["SETTINGS"].limits
    edit = parse_edit_request(read_json(request, limits), limits)
    author = Author(account.id, account.email, is_reviewer=has_role(account, REVIEWER))
    outcome = edit_boundaries(edit, author, limits)
    return jsonify(outcome.receipt), 200 if outcome.is_replayed else 201


@blueprint.get("/api/edits/<int:edit_id>")
def get_edit(edit_id: int) -> Response:
    """One edit: who, when, why, its operations, and the versions it made."""
    only(request.args)
    with snapshot() as session:
        return jsonify(show_edit(session, edit_id))


@blueprint.errorhandler(VersionConflict)
def tell_conflict(error: VersionConflict) -> Response:
    """409 with what the author saw, what is current, and who changed it when."""
    return answer(problem_of(error).with_members(conflicts=describe_conflict(error.stale)))
