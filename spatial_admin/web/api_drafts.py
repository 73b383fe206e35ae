"""/api/drafts: edits that are not saved yet, kept for their owner; other editors see where they lie, reviewers judge
those that are submitted.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from spatial_admin.errors import BadRequest, VersionConflict
from spatial_admin.models import DRAFT_STATES, Account
from spatial_admin.services.drafts.approve_draft import approve_draft
from spatial_admin.services.drafts.change_draft import change_draft, rename_draft
from spatial_admin.services.drafts.create_draft import create_draft
from spatial_admin.services.drafts.discard_draft import discard_draft
from spatial_admin.services.drafts.list_drafts import BEFORE_ALL, MOST, list_drafts, list_waiting
from spatial_admin.services.drafts.list_drafts_of_others import list_drafts_of_others
from spatial_admin.services.drafts.parse_draft import (
    DraftContent,
    parse_draft_change,
    parse_draft_step,
    parse_draft_title,
    parse_new_draft,
)
from spatial_admin.services.drafts.rehearse_draft import rehearse_draft
from spatial_admin.services.drafts.show_draft import draft_summary, show_draft
from spatial_admin.services.drafts.step_draft import return_draft, submit_draft, withdraw_draft
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, current_account, has_role, require_role
from spatial_admin.services.shared.parse_box import parse_box
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.describe_error import describe_error, full_problem_of
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import choice, only, whole
from spatial_admin.web.problems import answer

blueprint = Blueprint("api_drafts", __name__)
ID = "int(max=9223372036854775807)"


@blueprint.get("/api/drafts")
def get_drafts() -> Response:
    """One's own drafts, newest first, or those that wait for one's approval, oldest first; without their operations."""
    account = current_account()
    only(request.args, "state", "waiting_for", "limit", "cursor")
    state = choice(request.args, "state", DRAFT_STATES)
    limit = whole(request.args, "limit", 50, MOST)
    if choice(request.args, "waiting_for", ("me",)) is not None:
        if state not in (None, "submitted"):
            raise BadRequest("state", "with waiting_for=me it is submitted, or left out")
        after = whole(request.args, "cursor", 0, BEFORE_ALL)
        with snapshot() as session:
            return jsonify(list_waiting(session, account, limit=limit, after=after))
    before = whole(request.args, "cursor", BEFORE_ALL, BEFORE_ALL)
    with snapshot() as session:
        return jsonify(list_drafts(session, account.id, limit=limit, before=before, state=state))


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
    _require_worker()
    only(request.args)
    settings = _settings()
    key, content = parse_new_draft(read_json(request, settings.limits), settings.limits)
    account = _worker(content)
    draft_id, is_new = create_draft(key, content, account.id, settings)
    response = _summary(draft_id, account.id)
    response.headers["Location"] = url_for(".get_draft", draft_id=draft_id)
    return response, 201 if is_new else 200


@blueprint.get(f"/api/drafts/<{ID}:draft_id>")
def get_draft(draft_id: int) -> Response:
    """One draft with its operations; while it waits for approval, with what it would do now."""
    account = current_account()
    only(request.args)
    with snapshot() as session:
        draft = show_draft(session, draft_id, account)
    if draft["state"] == "submitted":
        draft["dry_run"] = rehearse_draft(draft_id, _settings().limits, describe_error)
    return jsonify(draft)


@blueprint.put(f"/api/drafts/<{ID}:draft_id>")
def put_draft(draft_id: int) -> Response:
    """Keep the draft as it has become, of the version that was seen."""
    _require_worker()
    only(request.args)
    settings = _settings()
    version, content = parse_draft_change(read_json(request, settings.limits), settings.limits)
    account = _worker(content)
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


@blueprint.post(f"/api/drafts/<{ID}:draft_id>/submit")
def post_submit(draft_id: int) -> Response:
    """Ask for approval of one's own draft."""
    account, (version, comment) = current_account(), _step()
    submit_draft(draft_id, version, comment, account, _settings().limits)
    return _summary(draft_id, account.id)


@blueprint.post(f"/api/drafts/<{ID}:draft_id>/withdraw")
def post_withdraw(draft_id: int) -> Response:
    """Take one's own draft back; it is open again."""
    account, (version, comment) = current_account(), _step()
    withdraw_draft(draft_id, version, comment, account, _settings().limits)
    return _summary(draft_id, account.id)


@blueprint.post(f"/api/drafts/<{ID}:draft_id>/approve")
def post_approve(draft_id: int) -> tuple[Response, int]:
    """201 and the receipt of the edit that it became, or the findings that are accepted; 200 when asked again."""
    account, (version, comment) = require_role(REVIEWER), _step()
    outcome = approve_draft(draft_id, version, comment, account, _settings().limits, describe_error)
    return jsonify(outcome.receipt), 200 if outcome.is_replayed else 201


@blueprint.post(f"/api/drafts/<{ID}:draft_id>/return")
def post_return(draft_id: int) -> tuple[str, int]:
    """Give the draft back to its owner with a comment: 204, for it is no longer there for whoever judged it."""
    account, (version, comment) = require_role(REVIEWER), _step()
    return_draft(draft_id, version, comment, account, _settings().limits)
    return "", 204


@blueprint.delete(f"/api/drafts/<{ID}:draft_id>")
def delete_draft(draft_id: int) -> tuple[str, int]:
    """Throw the draft away: 204; its reference layers go with it, or with `?references=keep` wait for the next."""
    account = current_account()
    only(request.args, "references")
    keeps_references = choice(request.args, "references", ("keep",)) is not None
    discard_draft(draft_id, account.id, _settings().limits, keeps_references=keeps_references)
    return "", 204


@blueprint.errorhandler(VersionConflict)
def tell_conflict(error: VersionConflict) -> Response:
    """409 as POST /api/edits answers it: a draft is submitted as an edit is saved."""
    return answer(full_problem_of(error))


def _require_worker() -> None:
    """Who neither edits nor reviews keeps no draft, whatever it holds."""
    if not has_role(current_account(), REVIEWER):
        require_role(EDITOR)


def _worker(content: DraftContent) -> Account:
    """Who may keep such a draft: editors edits, reviewers acceptances."""
    return require_role(EDITOR if content.steps.findings is None else REVIEWER)


def _step() -> tuple[int, str]:
    only(request.args)
    return parse_draft_step(read_json(request, _settings().limits))


def _summary(draft_id: int, owner_id: int) -> Response:
    with snapshot() as session:
        return jsonify(draft_summary(session, draft_id, owner_id))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
