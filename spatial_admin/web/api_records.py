"""/api/records: the documents that edits rest on: list, enter, read, change, judge, and their files."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, current_app, jsonify, request, send_file, url_for

from spatial_admin.errors import BadRequest
from spatial_admin.models import RECORD_STATES, RECORD_TYPES
from spatial_admin.services.records.attach_file import attach_file
from spatial_admin.services.records.change_record import change_record
from spatial_admin.services.records.change_record_state import change_record_state
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.list_records import BEFORE_ALL, MOST, Question, list_records
from spatial_admin.services.records.parse_record import (
    choice,
    parse_new_record,
    parse_record_changes,
    parse_state_change,
)
from spatial_admin.services.records.read_file import read_file
from spatial_admin.services.records.show_record import show_record
from spatial_admin.services.shared.authorize import EDITOR, current_account, require_role
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import Arguments, only, whole

blueprint = Blueprint("api_records", __name__)
LONGEST_QUESTION = 200
ID = "int(max=9223372036854775807)"
POSITION = "int(max=2147483647)"


@blueprint.get("/api/records")
def get_records() -> Response:
    """Records, newest first, by state, type, assignee and words of number or title."""
    only(request.args, "state", "type", "q", "assignee", "limit", "cursor")
    with snapshot() as session:
        return jsonify(list_records(session, _question(request.args)))


@blueprint.post("/api/records")
def post_record() -> tuple[Response, int]:
    """Enter a record: 201 and the record."""
    account = require_role(EDITOR)
    only(request.args)
    record_id = create_record(parse_new_record(read_json(request, _limits())), account.id, _limits())
    response = _shown(record_id)
    response.headers["Location"] = url_for(".get_record", record_id=record_id)
    return response, 201


@blueprint.get(f"/api/records/<{ID}:record_id>")
def get_record(record_id: int) -> Response:
    """One record with its files, its history and the edits that rest on it."""
    only(request.args)
    return _shown(record_id)


@blueprint.patch(f"/api/records/<{ID}:record_id>")
def patch_record(record_id: int) -> Response:
    """Change what is said of a record, of the version that was seen; not once it is approved."""
    account = require_role(EDITOR)
    only(request.args)
    change_record(record_id, parse_record_changes(read_json(request, _limits())), account.id, _limits())
    return _shown(record_id)


@blueprint.post(f"/api/records/<{ID}:record_id>/state")
def post_state(record_id: int) -> Response:
    """Take a record one step on; who may take which step is asked of the step."""
    account = current_account()
    only(request.args)
    change_record_state(record_id, parse_state_change(read_json(request, _limits())), account, _limits())
    return _shown(record_id)


@blueprint.post(f"/api/records/<{ID}:record_id>/files")
def post_file(record_id: int) -> tuple[Response, int]:
    """Add the multipart field `file`: 201; the same bytes again are the same file: 200."""
    account = require_role(EDITOR)
    only(request.args)
    if request.mimetype != "multipart/form-data":
        raise BadRequest("Content-Type", "a file travels as multipart/form-data, in the field `file`")
    others = sorted({*request.form, *request.files} - {"file", "csrf_token"})
    if others:
        raise BadRequest(others[0][:60], "no such field; there is one, `file`")
    files = request.files.getlist("file")
    if len(files) != 1:
        raise BadRequest("file", f"it takes one file a request ({len(files)} given)")
    (file,) = files
    number, is_new = attach_file(record_id, file.stream, file.filename or "", file.mimetype, account.id, _limits())
    with snapshot() as session:
        stored = next(entry for entry in show_record(session, record_id)["files"] if entry["n"] == number)
    return jsonify(stored), 201 if is_new else 200


@blueprint.get(f"/api/records/<{ID}:record_id>/files/<{POSITION}:number>")
def get_file(record_id: int, number: int) -> Response:
    """The content of a file, to be saved: never shown in the page, whatever it says it is."""
    only(request.args)
    with snapshot() as session:
        file = read_file(session, record_id, number)
    response = send_file(
        BytesIO(file.content),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.name,
        etag=file.sha256,
        conditional=False,
    )
    response.make_conditional(request)  # 304, but no ranges: a file is small enough to be sent again
    response.cache_control.private = True  # a shared cache must not keep what one person may see
    return response


def _shown(record_id: int) -> Response:
    with snapshot() as session:
        return jsonify(show_record(session, record_id))


def _question(arguments: Arguments) -> Question:
    words = arguments.get("q")
    if words is not None and len(words) > LONGEST_QUESTION:
        raise BadRequest("q", f"it takes at most {LONGEST_QUESTION} characters")
    assignee = arguments.get("assignee")
    return Question(
        state=choice("state", arguments["state"], RECORD_STATES) if "state" in arguments else None,
        type=choice("type", arguments["type"], RECORD_TYPES) if "type" in arguments else None,
        q=words,
        assignee=assignee.strip().lower() if assignee is not None else None,
        limit=whole(arguments, "limit", 50, MOST),
        before=whole(arguments, "cursor", BEFORE_ALL, BEFORE_ALL),
    )


def _limits() -> Limits:
    limits: Limits = current_app.config["SETTINGS"].limits
    return limits
