"""/api/drafts: edits that are not saved yet, kept for their owner; other editors see where they lie."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from spatial_admin.services.authorize import EDITOR, current_account, require_role
from spatial_admin.services.change_draft import change_draft, rename_draft
from spatial_admin.services.create_draft import create_draft
from spatial_admin.services.discard_draft import discard_draft
from spatial_admin.services.list_drafts import BEFORE_ALL, MOST, list_drafts
from spatial_admin.services.list_drafts_of_others import list_drafts_of_others
from spatial_admin.services.parse_box import parse_box
from spatial_admin.services.parse_draft import parse_draft_change, parse_draft_title, parse_new_draft
from spatial_admin.services.show_draft import draft_summary, show_draft
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import only, whole

blueprint = Blueprint("api_drafts", __name__)
ID = "int(max=9223372036854775807)"


@blueprint.get("/api/drafts")
def get_drafts() -> Response:
    """One's own drafts, newest first, without their operations."""
    account = current_account()
    only(request.args, "limit", "cursor")
    limit, before = whole(request.args, "limit", 50, MOST), whole(request.args, "cursor", BEFORE_ALL, BEFORE_ALL)
    with snapshot() as session:
        return jsonify(list_drafts(session, account.id, limit=limit, before=before))


@blueprint.get("/api/drafts/others")
def get_drafts_of_others() -> Response:
    """What colleagues are about to change in a box: whose, since when, which parcels; not what they do."""
    account = require_role(EDITOR)
    only(request.args, "bbox")
    box = parse_box(request.args.get("bbox", ""))
    with snapshot() as session:
        return jsonify(list_drafts_of_others(session, account.id, box))


@blueprint.post("/api/drafts")
def post_draft() -> tuple[Response, int]:
    """Begin a draft: 201; the same key and content again: 200."""
    account = require_role(EDITOR)
    only(request.args)
    settings = _settings()
    key, content = parse_new_draft(read_json(request, settings.limits), settings.limits)
    draft_id, is_new = create_draft(key, content, account.id, settings)
    response = _summary(draft_id, account.id)
    response.headers["Location"] = url_for(".get_draft", draft_id=draft_id)
    return response, 201 if is_new else 200


@blueprint.get(f"/api/drafts/<{ID}:draft_id>")
def get_draft(draft_id: int) -> Response:
    """One draft with its operations."""
    account = current_account()
    only(request.args)
    with snapshot() as session:
        return jsonify(show_draft(session, draft_id, account.id))


@blueprint.put(f"/api/drafts/<{ID}:draft_id>")
def put_draft(draft_id: int) -> Response:
    """Keep the draft as it has become, of the version that was seen."""
    account = require_role(EDITOR)
    only(request.args)
    settings = _settings()
    version, content = parse_draft_change(read_json(request, settings.limits), settings.limits)
    change_draft(draft_id, version, content, account.id, settings)
    return _summary(draft_id, account.id)


@blueprint.patch(f"/api/drafts/<{ID}:draft_id>")
def patch_draft(draft_id: int) -> Response:
    """Call the draft otherwise."""
    account = require_role(EDITOR)
    only(request.args)
    settings = _settings()
    version, title = parse_draft_title(read_json(request, settings.limits))
    rename_draft(draft_id, version, title, account.id, settings)
    return _summary(draft_id, account.id)


@blueprint.delete(f"/api/drafts/<{ID}:draft_id>")
def delete_draft(draft_id: int) -> tuple[str, int]:
    """Throw the draft away: 204."""
    account = current_account()
    only(request.args)
    discard_draft(draft_id, account.id, _settings().limits)
    return "", 204


def _summary(draft_id: int, owner_id: int) -> Response:
    with snapshot() as session:
        return jsonify(draft_summary(session, draft_id, owner_id))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
