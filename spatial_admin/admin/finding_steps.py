"""Steps of review in the site: chosen in the list of findings, or on the page of one; said once more, then done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from flask import current_app, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.helpers import get_redirect_target
from flask_login import current_user
from markupsafe import escape
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from spatial_admin.admin.presentation import assembled
from spatial_admin.admin.record_field import record_field, require_where_it_must_be
from spatial_admin.admin.site_form import SiteForm
from spatial_admin.errors import (
    ApprovalRequired,
    BadRequest,
    Json,
    LimitExceeded,
    NotAllowed,
    NotFound,
    SpatialAdminError,
)
from spatial_admin.models import db
from spatial_admin.models.draft import ACCEPTANCE, KNOWN_GAP
from spatial_admin.services.approval.load_four_eyes import natures_for
from spatial_admin.services.drafts.propose_acceptance import propose_acceptance
from spatial_admin.services.findings.declare_gaps import declare_gaps
from spatial_admin.services.findings.dispute_boundary import Mark, mark_dispute
from spatial_admin.services.findings.list_findings import findings_of
from spatial_admin.services.findings.parse_review import (
    LONGEST_REASON,
    parse_acceptance,
    parse_assignment,
    parse_declaration,
    parse_reopening,
)
from spatial_admin.services.findings.review_findings import (
    MOST_AT_ONCE,
    accept_findings,
    assign_findings,
    assignable_emails,
    reopen_findings,
)
from spatial_admin.services.records.list_records import records_to_name
from spatial_admin.services.records.parse_record import LONGEST_EMAIL
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, current_account, has_role, roles_of
from spatial_admin.transaction import snapshot

SHOWN: Final = 25  # of the findings that a step is about
SHOWN_LEFT: Final = 5
LONGEST_NUMBER: Final = 18


def _reason(about: str) -> TextAreaField:
    return TextAreaField(
        "Reason", [DataRequired("Say why."), Length(max=LONGEST_REASON)], description=about, render_kw={"rows": 3}
    )


class AcceptForm(SiteForm):
    """Why findings are lawful, by which record, until when."""

    reason = _reason("Why it is lawful; it stands in the history of each")
    record_id = record_field()
    until = DateField("Until", [Optional()], description="Its last day (UTC); without one it is accepted for good")


class AssignForm(SiteForm):
    """Who shall have them."""

    assignee = StringField(
        "Email", [Optional(), Length(max=LONGEST_EMAIL)], description="Nobody where it is left empty",
        render_kw={"list": "people", "autocomplete": "off"},
    )  # fmt: skip


class ReopenForm(SiteForm):
    """Why acceptances are taken back."""

    reason = _reason("Why it is no exception any more")


class DisputeForm(SiteForm):
    """Who contests the boundary at a finding."""

    reason = _reason("Who contests what; the place of the finding is marked")
    record_id = record_field()


class DeclareForm(SiteForm):
    """Why nobody owns the land of a gap."""

    reason = _reason("Why nobody owns the land; it stands in the history of each, and under Rules")


FORMS: Final[Mapping[str, type[SiteForm]]] = {
    "accept": AcceptForm, "assign": AssignForm, "reopen": ReopenForm, "dispute": DisputeForm, "declare": DeclareForm,
}  # fmt: skip
TITLES: Final[Mapping[str, str]] = {
    "accept": "Accept as lawful", "assign": "Assign", "reopen": "Open again", "dispute": "Mark as disputed",
    "declare": "Declare the land open",
}  # fmt: skip
DONE: Final[Mapping[str, str]] = {
    "accept": "accepted", "assign": "assigned", "reopen": "open again", "dispute": "marked as disputed",
    "declare": "fixed: the land is declared open",
}  # fmt: skip
# What somebody else may have to approve, by step.
NATURES: Final[Mapping[str, str]] = {"accept": ACCEPTANCE, "declare": KNOWN_GAP}


class FindingSteps:
    """What a view of findings offers to do; Flask-Admin's actions lead to a page that asks for the rest."""

    step_template = "admin/finding_step.html"

    def is_action_allowed(self, name: str) -> bool:
        """Reviewers do all, editors take findings for themselves."""
        is_editor = has_role(current_user, EDITOR)
        return (has_role(current_user, REVIEWER) and name in {"take", *FORMS}) or (name == "take" and is_editor)

    @action("take", "Take")  # type: ignore[untyped-decorator]  # as below
    def action_take(self, ids: list[str]) -> Any:
        """Give them to whoever asks."""
        return self._do("assign", ids, {"assignee": current_account().email})

    @action("assign", "Assign…")  # type: ignore[untyped-decorator]  # as below
    def action_assign(self, ids: list[str]) -> Any:
        """Ask to whom."""
        return self._ask("assign", ids)

    @action("accept", "Accept…")  # type: ignore[untyped-decorator]  # as below
    def action_accept(self, ids: list[str]) -> Any:
        """Ask why."""
        return self._ask("accept", ids)

    @action("reopen", "Open again…")  # type: ignore[untyped-decorator]  # as below
    def action_reopen(self, ids: list[str]) -> Any:
        """Ask why."""
        return self._ask("reopen", ids)

    @expose("/step/<step>/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def step_view(self, step: str) -> Any:
        """GET `?rowid=`: the form of a step. POST: the step, or the form again with what was refused."""
        if step not in FORMS:
            raise NotFound("step", step[:100])
        if request.method == "GET":
            return self._ask(step, request.args.getlist("rowid"))
        form = FORMS[step](request.form)
        ids = request.form.getlist("rowid")
        if not form.validate():
            return self._ask(step, ids, form)
        given = {field: value for field, value in form.data.items() if value not in (None, "")}
        if step == "assign":
            given = {"assignee": (form.assignee.data or "").strip() or None}
        if "until" in given:
            given["until"] = given["until"].isoformat()
        return self._do(step, ids, given, form)

    def _ask(self, name: str, ids: list[str], form: SiteForm | None = None, error: Exception | None = None) -> Any:
        if not self.is_action_allowed(name):
            raise NotAllowed(f"{TITLES[name]}: this needs the role reviewer.")
        numbers = _numbers(ids)
        form = form or FORMS[name](formdata=None)
        if "record_id" in form:
            require_where_it_must_be(form.record_id)
        with snapshot() as session:
            found = findings_of(session, numbers[:SHOWN])
            people = assignable_emails(session) if name == "assign" else []
        records = records_to_name(db.session()) if "record_id" in form else []
        needs_another = NATURES.get(name) in natures_for(roles_of(current_account()))
        page = self.render(  # type: ignore[attr-defined]  # of the view that it is mixed into
            self.step_template, name=name, title=TITLES[name], form=form, findings=found, ids=numbers, error=error,
            people=people, records=records, return_url=_back(self), needs_another=needs_another, key=_key(),
        )  # fmt: skip
        return make_response(page, 422 if error is not None or form.errors else 200)

    def _do(self, name: str, ids: list[str], given: Json, form: SiteForm | None = None) -> Any:
        account = current_account()
        try:
            outcome = _carry_out(name, _numbers(ids), given, account)
        except (BadRequest, LimitExceeded, NotAllowed) as error:
            if form is None:
                raise
            return self._ask(name, ids, form, error)
        except SpatialAdminError as error:  # a record that there is not, too busy a moment
            return self._ask(name, ids, form or FORMS[name](data=given), error)
        _tell(name, outcome)
        return redirect(_back(self), code=303)


def _key() -> str:
    """Of the form: sent twice, what it proposes is one draft."""
    return request.form.get("key") or str(uuid4())


def _carry_out(name: str, numbers: list[int], given: Json, account: Any) -> Json:
    body = {**given, "ids": numbers}
    if name in NATURES:
        try:
            if name == "declare":
                return declare_gaps(*parse_declaration(body), account)
            return accept_findings(*parse_acceptance(body), account)
        except ApprovalRequired:
            proposal = {**body, "key": _key(), "nature": NATURES[name]}
            return propose_acceptance(proposal, account, current_app.config["SETTINGS"])
    if name == "assign":
        return assign_findings(*parse_assignment(body), account)
    if name == "reopen":
        return reopen_findings(*parse_reopening(body), account)
    for number in numbers:
        mark_dispute(Mark(given["reason"], given.get("record_id"), finding_id=number), account)
    return {"done": numbers, "left": []}


def _tell(name: str, outcome: Json) -> None:
    done, left = outcome["done"], outcome["left"]
    if done and "draft_id" in outcome:
        many = f"{len(done)} findings" if len(done) != 1 else f"finding {done[0]}"
        url = url_for("waiting.draft", draft_id=outcome["draft_id"])
        what = f"to declare the land of {many} open" if name == "declare" else f"to accept {many}"
        text = f"Submitted: {what} waits for another person as draft {outcome['draft_id']}."
        flash(assembled(f'{escape(text)} <a href="{escape(url)}">Show it</a>'), "success")
    elif done:
        many = f"{len(done)} findings are" if len(done) != 1 else f"Finding {done[0]} is"
        flash(f"{many} {DONE[name]}.", "success")
    for one in left[:SHOWN_LEFT]:
        flash(f"Finding {one['id']} was left: {one['why']}", "warning")
    if len(left) > SHOWN_LEFT:
        flash(f"{len(left) - SHOWN_LEFT} more were left.", "warning")


def _numbers(ids: list[str]) -> list[int]:
    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) <= LONGEST_NUMBER]
    if not numbers or len(numbers) != len(ids):
        raise BadRequest("rowid", "choose at least one finding in the list")
    if len(numbers) > MOST_AT_ONCE:
        raise LimitExceeded("findings at once", MOST_AT_ONCE, len(numbers), "Choose fewer.")
    return numbers


def _back(view: Any) -> str:
    """Where the step was chosen: the list as it was narrowed, or the page of the finding."""
    target: str = get_redirect_target() or view.get_url(".index_view")
    return target
