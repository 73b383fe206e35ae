"""POST /api/edits: operations and seen versions in, a receipt or a refusal out. One transaction, one answer.

With `Prefer: respond-async` (RFC 7240) the same edit, and larger ones, are made as a job: 202 and where to look.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request

from spatial_admin.errors import BadRequest, VersionConflict
from spatial_admin.models import Account
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import (
    EditRequest,
    RevertRequest,
    parse_edit_request,
    parse_revert_request,
)
from spatial_admin.services.editing.queue_edit import queue_edit
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.services.editing.show_edit import show_edit
from spatial_admin.services.importing.queue_undo import queue_undo
from spatial_admin.services.importing.undo_import import UndoRequest, import_of_edit
from spatial_admin.services.shared.authorize import ADMINISTRATOR, EDITOR, REVIEWER, has_role, require_role
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from spatial_admin.web.describe_error import full_problem_of
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import only
from spatial_admin.web.problems import answer
from spatial_admin.web.respond_async import answer_queued, prefers_respond_async

blueprint = Blueprint("api_edits", __name__)


@blueprint.post("/api/edits")
def post_edit() -> tuple[Response, int]:
    """201 and the receipt of a new edit; 200 and the same receipt when its key was used before; 200 for a dry run."""
    account = require_role(EDITOR)
    only(request.args)
    limits: Limits = current_app.config["SETTINGS"].limits
    if prefers_respond_async(request):
        return _queue(account, limits.for_job())
    edit = parse_edit_request(read_json(request, limits), limits)
    author = Author(account.id, account.email, is_reviewer=has_role(account, REVIEWER))
    return _made(edit, author, limits)


@blueprint.post("/api/edits/<int:edit_id>/revert")
def post_revert(edit_id: int) -> tuple[Response, int]:
    """Undo an edit by a new one; answered like POST /api/edits. An import is undone by a job: 202."""
    account = require_role(EDITOR)
    only(request.args)
    limits: Limits = current_app.config["SETTINGS"].limits
    given = parse_revert_request(read_json(request, limits))
    if import_of_edit(edit_id) is not None:
        return _queue_undo(edit_id, given)
    return _made(request_to_revert(edit_id, given, limits), Author(account.id, account.email), limits)


def _queue_undo(edit_id: int, given: RevertRequest) -> tuple[Response, int]:
    administrator = require_role(ADMINISTRATOR)
    if given.dry_run or given.if_stale != "reject":
        why = "an import is undone by a job: parcels changed since are kept, and a dry run there is not"
        raise BadRequest("dry_run" if given.dry_run else "if_stale", why)
    return answer_queued(queue_undo(UndoRequest(edit_id, given.key, given.comment), administrator.id))


def _queue(account: Account, limits: Limits) -> tuple[Response, int]:
    body = read_json(request, limits)
    edit = parse_edit_request(body, limits)
    if edit.dry_run:
        raise BadRequest("dry_run", "a dry run is answered at once: leave out `Prefer: respond-async`")
    return answer_queued(queue_edit(edit, body, account.id))


@blueprint.get("/api/edits/<int:edit_id>")
def get_edit(edit_id: int) -> Response:
    """One edit: who, when, why, its operations, and the versions it made."""
    only(request.args)
    with snapshot() as session:
        return jsonify(show_edit(session, edit_id))


def _made(edit: EditRequest, author: Author, limits: Limits) -> tuple[Response, int]:
    if edit.dry_run:
        return jsonify(rehearse_edit(edit, author, limits)), 200
    outcome = edit_boundaries(edit, author, limits)
    return jsonify(outcome.receipt), 200 if outcome.is_replayed else 201


@blueprint.errorhandler(VersionConflict)
def tell_conflict(error: VersionConflict) -> Response:
    """409 with what the author saw, what is current, and who changed it when."""
    return answer(full_problem_of(error))
