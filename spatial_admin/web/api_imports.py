"""/api/imports: a job makes parcels of a file; rows that cannot be are looked at, repaired, admitted or rejected."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, jsonify, request, stream_with_context, url_for
from werkzeug.exceptions import LengthRequired

from spatial_admin.errors import BadRequest
from spatial_admin.services.drafts.show_draft import draft_summary
from spatial_admin.services.editing.decide_row import LONGEST_REASON, Decision, reject_row
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import StagedRow, comment_of, refuse_unknown
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.importing.admit_row import parse_admission, propose_admission
from spatial_admin.services.importing.look_at_import import look_at_import
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.importing.propose_row import propose_repair, propose_row
from spatial_admin.services.importing.queue_import import queue_import, queue_rest
from spatial_admin.services.importing.read_quarantine import Wanted, list_quarantine, show_row, stream_quarantine
from spatial_admin.services.importing.show_import import show_import
from spatial_admin.services.shared.authorize import ADMINISTRATOR, EDITOR, REVIEWER, current_account, require_role
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import Arguments, only, whole
from spatial_admin.web.upload import LONGEST_CHOICE, uploaded

blueprint = Blueprint("api_imports", __name__)
ID: Final = "<int(max=9223372036854775807):import_id>"
ROW: Final = "<int(max=2147483647):row>"
OPTIONS: Final = ("id_field", "number_field", "kind_field", "level", "layer", "crs", "encoding", "comment", "record_id")
DECISIONS: Final = ("quarantined", "admitted", "rejected", "any")
MOST: Final = 200


@blueprint.post("/api/imports")
def create_import() -> tuple[Response, int]:
    """Take the multipart field `file` and have a worker import it: 202; with `?look=1` only say what it holds: 200."""
    account = require_role(ADMINISTRATOR)
    only(request.args, "look")
    if request.content_length is None:
        raise LengthRequired("Send the file with a Content-Length.")
    file, given = uploaded(OPTIONS, free=("comment",))
    if whole(request.args, "look", 0, 1):
        return jsonify(look_at_import(file.stream, given["layer"], _settings().limits)), 200
    options = _options(given, account.id)
    import_id = queue_import(file.stream, file.filename or "", options, account.id, _settings())
    return _accepted(import_id)


@blueprint.get(f"/api/imports/{ID}")
def get_import(import_id: int) -> Response:
    """How far an import is, and what became of its rows."""
    only(request.args)
    account = current_account()
    with snapshot() as session:
        return jsonify(show_import(session, import_id, account))


@blueprint.post(f"/api/imports/{ID}/resume")
def post_resume(import_id: int) -> tuple[Response, int]:
    """Go on with an import that was stopped: 202."""
    account = require_role(ADMINISTRATOR)
    only(request.args)
    queue_rest(import_id, account.id)
    return _accepted(import_id)


@blueprint.get(f"/api/imports/{ID}/quarantine")
def get_quarantine(import_id: int) -> Response:
    """Refused rows in the order of the file."""
    current_account()
    only(request.args, "rule", "decision", "limit", "cursor")
    return jsonify(list_quarantine(import_id, _wanted(request.args)))


@blueprint.get(f"/api/imports/{ID}/quarantine.geojson")
def get_quarantine_file(import_id: int) -> Response:
    """Refused rows as a file, each with its reason; geometry in lon/lat as far as it can be drawn."""
    current_account()
    only(request.args, "rule", "decision")
    blocks = stream_quarantine(import_id, _wanted(request.args))
    response = Response(stream_with_context(blocks), content_type="application/geo+json")
    response.headers["Content-Disposition"] = f'attachment; filename="import-{import_id}-quarantine.geojson"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(f"/api/imports/{ID}/quarantine/{ROW}")
def get_row(import_id: int, row: int) -> Response:
    """One refused row: its history, and how it could become a parcel."""
    only(request.args)
    current_account()
    return jsonify({**show_row(import_id, row), "proposal": propose_row(import_id, row)})


@blueprint.post(f"/api/imports/{ID}/quarantine/{ROW}/repair")
def post_repair(import_id: int, row: int) -> Response:
    """Propose a valid outline; nothing is stored."""
    require_role(REVIEWER)
    only(request.args)
    return jsonify(propose_repair(import_id, row))


@blueprint.post(f"/api/imports/{ID}/quarantine/{ROW}/admit")
def post_admit(import_id: int, row: int) -> tuple[Response, int]:
    """Make a parcel of the row by an edit; answered like POST /api/edits."""
    account = require_role(EDITOR)
    require_role(REVIEWER)
    only(request.args)
    limits = _settings().limits
    edit = parse_admission(read_json(request, limits), import_id, row, limits)
    author = Author(account.id, account.email, is_reviewer=True)
    if edit.dry_run:
        return jsonify(rehearse_edit(edit, author, limits)), 200
    outcome = edit_boundaries(edit, author, limits)
    return jsonify(outcome.receipt), 200 if outcome.is_replayed else 201


@blueprint.post(f"/api/imports/{ID}/quarantine/{ROW}/propose")
def post_proposed_row(import_id: int, row: int) -> tuple[Response, int]:
    """The same where a second person has to agree: 201 and the draft that waits for one."""
    account = require_role(EDITOR)
    require_role(REVIEWER)
    only(request.args)
    draft_id = propose_admission(read_json(request, _settings().limits), import_id, row, account, _settings())
    with snapshot() as session:
        return jsonify(draft_summary(session, draft_id, account.id)), 201


@blueprint.post(f"/api/imports/{ID}/quarantine/{ROW}/reject")
def post_reject(import_id: int, row: int) -> Response:
    """Refuse the row for good."""
    account = require_role(REVIEWER)
    only(request.args)
    body = read_json(request, _settings().limits)
    if not isinstance(body, dict):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, {"reason"})
    reject_row(StagedRow(import_id, row), Decision(account.id, reason_of(body.get("reason"))))
    return jsonify(show_row(import_id, row))


def reason_of(value: object) -> str:
    """Why somebody rejects a row, without blanks around it."""
    try:
        return comment_of(value)
    except BadRequest as error:
        raise BadRequest("reason", f"it takes text of 1 to {LONGEST_REASON:,} characters") from error


def _accepted(import_id: int) -> tuple[Response, int]:
    account = current_account()
    with snapshot() as session:
        response = jsonify(show_import(session, import_id, account))
    response.headers["Location"] = url_for(".get_import", import_id=import_id)
    return response, 202


def _options(given: dict[str, str | None], account_id: int) -> ImportOptions:
    record = given["record_id"]
    if record is not None and not (record.isascii() and record.isdigit() and 0 < len(record) < 19):
        raise BadRequest("record_id", "it takes the id of a record")
    return ImportOptions(
        level=given["level"] or "parcels",
        id_field=given["id_field"],
        number_field=given["number_field"],
        kind_field=given["kind_field"],
        layer=given["layer"],
        crs=given["crs"],
        encoding=given["encoding"],
        comment=comment_of(given["comment"] or ""),
        author_id=account_id,
        record_id=None if record is None else int(record),
    )


def _wanted(arguments: Arguments) -> Wanted:
    decision = arguments.get("decision", DECISIONS[0])
    if decision not in DECISIONS:
        raise BadRequest("decision", f"it is one of: {', '.join(DECISIONS)}")
    rule = arguments.get("rule") or None
    if rule is not None and len(rule) > LONGEST_CHOICE:
        raise BadRequest("rule", "it takes the name of a rule of the quarantine")
    return Wanted(
        rule=rule,
        decision=None if decision == "any" else decision,
        after=whole(arguments, "cursor", 0, 2**31 - 1),
        limit=whole(arguments, "limit", 50, MOST),
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
