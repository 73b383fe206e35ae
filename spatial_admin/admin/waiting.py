"""Waiting: drafts that somebody else has to approve, what each would do, and the two answers to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from flask import current_app, flash, make_response, redirect, request
from flask_admin import BaseView, expose
from flask_login import current_user
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import may
from spatial_admin.admin.edit_summary import summary
from spatial_admin.admin.site_menu import count_for_menu
from spatial_admin.admin.waiting_acceptance import accepted_findings, keep_as_shown, to_submit
from spatial_admin.admin.waiting_sections import sections_of, since
from spatial_admin.errors import BadRequest, DraftReturned, SpatialAdminError, VersionConflict
from spatial_admin.models.draft import ACCEPTANCE, KNOWN_GAP
from spatial_admin.services.drafts.approve_draft import approve_draft
from spatial_admin.services.drafts.discard_draft import discard_draft
from spatial_admin.services.drafts.list_drafts import MOST, list_drafts, list_waiting
from spatial_admin.services.drafts.parse_draft import parse_draft_step
from spatial_admin.services.drafts.rehearse_draft import rehearse_draft
from spatial_admin.services.drafts.show_draft import box_of_draft, show_draft
from spatial_admin.services.drafts.step_draft import return_draft, submit_draft, withdraw_draft
from spatial_admin.services.editing.describe_conflict import describe_conflict
from spatial_admin.services.editing.describe_editor import URLS, home_bbox
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, current_account, has_role
from spatial_admin.services.shared.name_references import records_of
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot

Json = dict[str, Any]
SHOWN_PARCELS: Final = 2
LONGEST_NUMBER: Final = 9
DONE: Final = {
    "return": "Returned to {owner}, who goes on with it.",
    "withdraw": "Taken back: the draft is open again, on the map under Drafts.",
    "submit": "Submitted. Nothing changes until somebody else approves it.",
    "discard": "Thrown away. What happened to it stays in its history.",
}


class WaitingView(BaseView):  # type: ignore[misc]  # Flask-Admin ships no types
    """What waits for whoever looks, and what of their own waits for others."""

    def __init__(self, *args: Any, problem_of: Callable[[Exception], Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._problem_of = problem_of

    def is_accessible(self) -> bool:
        """Editors see their own, reviewers those of others."""
        return bool(current_user.is_authenticated) and (has_role(current_user, EDITOR) or may(REVIEWER))

    @expose("/")  # type: ignore[untyped-decorator]  # as above
    def index(self) -> Any:
        """Both queues."""
        account = current_account()
        count_for_menu(account, is_fresh=True)
        with snapshot() as session:
            waiting = list_waiting(session, account, limit=MOST) if may(REVIEWER) else None
            own = list_drafts(session, account.id, limit=MOST)["drafts"]
            # Steps of an open edit are gone on with on the map; what is about findings has no other page than here.
            own = [draft for draft in own if draft["state"] != "open" or draft["nature"] in (ACCEPTANCE, KNOWN_GAP)]
            drafts = [*(waiting["drafts"] if waiting else ()), *own]
            records = records_of(session, [draft["record_id"] for draft in drafts])
        return self.render(
            "admin/waiting.html",
            waiting=waiting and waiting["drafts"],
            has_more=bool(waiting and waiting["next_cursor"]),
            own=own,
            records=records,
            what=what_of,
            since=since,
            parcels=parcels_of,
            record=record_of,
        )

    @expose("/<int:draft_id>/")  # type: ignore[untyped-decorator]  # as above
    def draft(self, draft_id: int) -> Any:
        """One draft: where, what, by how much, and what was said."""
        return self._show(draft_id)

    @expose("/<int:draft_id>/step", methods=("POST",))  # type: ignore[untyped-decorator]  # as above
    def step(self, draft_id: int) -> Any:
        """Approve, return, withdraw, submit or discard; a refusal is told on the page, which keeps the comment."""
        account, given, settings = current_account(), request.form, _settings()
        wanted = given.get("step", "")
        try:
            body = {"version": _whole(given.get("version")), "comment": given.get("comment", "")}
            version, comment = parse_draft_step(body)
            steps: dict[str, Callable[[], object]] = {
                "approve": lambda: (
                    approve_draft(draft_id, version, comment, account, settings.limits, self._describe).receipt
                ),
                "return": lambda: return_draft(draft_id, version, comment, account, settings.limits),
                "withdraw": lambda: withdraw_draft(draft_id, version, comment, account, settings.limits),
                "submit": lambda: _submit(draft_id, version, comment, given.get("accepts")),
                "discard": lambda: discard_draft(draft_id, account.id, settings.limits),
            }
            if wanted not in steps:
                raise BadRequest("step", f"it is one of: {', '.join(steps)}")
            done = steps[wanted]()
        except DraftReturned as error:
            flash(str(error), "error")
            return redirect(self.get_url(".index"), code=303)
        except SpatialAdminError as error:
            return self._show(draft_id, error, given.get("comment", ""))
        if isinstance(done, dict):
            flash(f"Approved. {_outcome(done, given.get('nature', ''))}", "success")
        else:
            flash(DONE[wanted].format(owner=given.get("owner", "its owner")), "success")
        return redirect(self.get_url(".index"), code=303)

    def _show(self, draft_id: int, error: SpatialAdminError | None = None, comment: str = "") -> Response:
        account = current_account()
        with snapshot() as session:
            draft = show_draft(session, draft_id, account)
            records = records_of(session, [draft["record_id"]])
            box = box_of_draft(session, draft_id) or home_bbox(fixed().ground.srid, session)
            findings = accepted_findings(session, draft)
        trial = rehearse_draft(draft_id, _settings().limits, self._describe) if draft["state"] != "approved" else None
        problem = self._problem_of(error) if error else None
        html = self.render(
            "admin/waiting_draft.html",
            draft=draft,
            trial=trial,
            what=what_of(draft),
            since=since,
            record=record_of(draft, records),
            parcels=parcels_of(draft),
            is_own=draft["owner"] == account.email,
            may_judge=draft["owner"] != account.email and may(REVIEWER) and draft["state"] == "submitted",
            sections=sections_of(draft, trial, findings),
            accepts=to_submit(draft, findings) if draft["accepts"] else None,
            problem=problem,
            comment=comment,
            map_config={
                "home": box,
                "preview": trial and trial["preview"],
                "basemaps": json.loads(_settings().basemaps),
                "urls": URLS,
            },
        )
        return make_response(html, problem.status if problem else 200)

    def _describe(self, error: Exception) -> Json:
        problem = self._problem_of(error)
        if isinstance(error, VersionConflict):
            problem = problem.with_members(conflicts=describe_conflict(error.stale))
        body: Json = problem.body()
        return body


def what_of(draft: Json) -> str:
    """What a draft is called: by its title, else by its reason, else by what it does."""
    if draft["reverts"]:
        return f"Undo edit {draft['reverts']}"
    count = draft["operation_count"]
    if draft["accepts"]:
        is_gap = draft["nature"] == KNOWN_GAP
        many = f"{count} {'gap' if is_gap else 'finding'}{'' if count == 1 else 's'}"
        return f"{f'Declare the land of {many} open' if is_gap else f'Accept {many}'}: {draft['comment']}"
    if draft["admits"] and not draft["title"]:
        return f"Admit row {draft['admits']['row']} of import {draft['admits']['import']}"
    return str(draft["title"] or draft["comment"] or f"{count} {'step' if count == 1 else 'steps'}")


def parcels_of(draft: Json) -> Markup:
    """Its parcels, as links; new ones are none yet."""
    names = draft["parcels"]
    if draft["admits"]:
        return escape(", ".join(names[:SHOWN_PARCELS]) or "a new parcel")
    if not names:
        return show.NONE if draft["accepts"] else Markup("a new parcel")
    links = [show.parcel_link(name) for name in names[:SHOWN_PARCELS]]
    more = f" and {len(names) - SHOWN_PARCELS} more" if len(names) > SHOWN_PARCELS else ""
    return Markup(", ").join(links) + more


def record_of(draft: Json, records: dict[int, str]) -> Markup:
    """The record that it is to rest on, as a link."""
    number = draft["record_id"]
    if number is None:
        return show.NONE
    return show.row_link("record.details_view", number, records.get(number, f"record {number}"))


def _submit(draft_id: int, version: int, comment: str, accepts: str | None) -> None:
    """What is about findings as the page showed it: what was fixed meanwhile is not part of it any more."""
    account, settings = current_account(), _settings()
    if accepts:
        version = keep_as_shown(draft_id, version, accepts, account, settings)
    submit_draft(draft_id, version, comment, account, settings.limits)


def _outcome(receipt: Json, nature: str) -> str:
    if "done" not in receipt:
        return summary(receipt)
    many = len(receipt["done"])
    if nature == KNOWN_GAP:
        return f"The land of {many} {'gap' if many == 1 else 'gaps'} is declared open."
    return f"{many} {'finding is' if many == 1 else 'findings are'} accepted."


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
