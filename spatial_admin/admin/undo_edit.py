"""Undoing an edit from its page: a rehearsal first, then a new edit by the service that the API calls.

An edit that is an import is undone by a job, as through the API: by an administrator, and without a rehearsal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from flask import current_app, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from spatial_admin.admin.base_view import Section
from spatial_admin.admin.edit_summary import summary
from spatial_admin.admin.history import EditView
from spatial_admin.admin.record_field import blame_record, named_record, record_field, require_where_it_must_be
from spatial_admin.admin.site_form import SiteForm
from spatial_admin.admin.undo_tables import effects, refusals
from spatial_admin.errors import ApprovalRequired, KeyReused, NotAllowed, SpatialAdminError, VersionConflict
from spatial_admin.models import Edit, ImportBatch, Record, db
from spatial_admin.services.approval.load_four_eyes import natures_for
from spatial_admin.services.drafts.submit_new_draft import submit_new_draft
from spatial_admin.services.editing.describe_editor import describe_editor
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import LONGEST_COMMENT, RevertRequest, parse_revert_request
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.services.importing.queue_undo import queue_undo
from spatial_admin.services.importing.undo_import import UndoRequest, import_of_edit
from spatial_admin.services.records.list_records import records_to_name
from spatial_admin.services.records.require_record import RETURNED
from spatial_admin.services.shared.authorize import (
    ADMINISTRATOR,
    EDITOR,
    current_account,
    has_role,
    require_role,
    roles_of,
)
from spatial_admin.settings import Limits

Json = dict[str, Any]


class UndoForm(SiteForm):
    """Why an edit is undone and on which record; `if_stale` is what the page has rehearsed."""

    comment = StringField("Reason", [Length(max=LONGEST_COMMENT)])
    record_id = record_field()
    if_stale = HiddenField()
    key = HiddenField()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the page shows: tables, and the problem where undoing was refused; a part may be left that can be undone."""

    sections: list[Section] = field(default_factory=list)
    problem: Any = None
    may_look_partly: bool = False


class UndoableEditView(EditView):
    """Edits, each of which can be undone by who may do so through the API."""

    details_template = "admin/edit.html"
    undo_template = "admin/undo_edit.html"

    def __init__(self, *args: Any, problem_of: Callable[[Exception], Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._problem_of = problem_of

    def may_undo(self, edit: Edit) -> bool:
        """Is whoever looks at the edit offered to undo it? (For the template.)"""
        is_import = db.session.scalar(select(ImportBatch.id).where(ImportBatch.edit_id == edit.id)) is not None
        return edit.receipt is not None and has_role(current_user, ADMINISTRATOR if is_import else EDITOR)

    @expose("/undo/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def undo_view(self) -> Any:
        """GET, and POST with `look`: the rehearsal. POST: the undoing, or its refusal with all that was typed."""
        require_role(EDITOR)
        edit: Edit = self.get_one(request.args.get("id"))
        batch = import_of_edit(edit.id)
        if batch is not None:
            return self._undo_import(edit, batch)
        form = _form_of(edit)
        look = request.form.get("look")
        is_look = request.method == "GET" or look is not None
        if is_look or not form.validate():
            form.if_stale.data = look or form.if_stale.data
            return self._show(edit, form, self._rehearse(edit.id, form), status=200 if is_look else 422)
        return self._undo(edit.id, form)

    def _rehearse(self, edit_id: int, form: UndoForm) -> Rehearsal:
        try:
            given = replace(_given(form), dry_run=True)
            undoing = request_to_revert(edit_id, given, _limits())
            return Rehearsal(effects(undoing, rehearse_edit(undoing, _author(), _limits())))
        except SpatialAdminError as error:
            return self._refusal(form, error)

    def _undo(self, edit_id: int, form: UndoForm) -> Response:
        author = _author()
        # The request's own transaction ends here: an edit holds one connection, and reads nothing from before it.
        db.session.close()
        try:
            receipt = edit_boundaries(request_to_revert(edit_id, _given(form), _limits()), author, _limits()).receipt
        except ApprovalRequired as error:
            return self._submit(edit_id, form, error)
        except SpatialAdminError as error:
            return self._not_undone(edit_id, form, error)
        flash(summary(receipt), "success")
        return redirect(self.get_url(".details_view", id=receipt["edit_id"]), code=303)

    def _submit(self, edit_id: int, form: UndoForm, required: ApprovalRequired) -> Response:
        """The undoing as a draft that another person has to approve. In part it is none: say so."""
        if form.if_stale.data != "reject":
            why = NotAllowed(f"{required} An undoing in part is not submitted: do what is left of it on the map.")
            return self._not_undone(edit_id, form, why)
        body = {"key": form.key.data, "comment": form.comment.data or "", "record_id": form.record_id.data}
        title = f"Undo edit {edit_id}"
        try:
            draft_id = submit_new_draft(
                {**body, "title": title, "reverts": edit_id}, current_account(), current_app.config["SETTINGS"]
            )
        except SpatialAdminError as error:
            return self._not_undone(edit_id, form, error)
        flash(f"Submitted as draft {draft_id}. Nothing changes until somebody else approves it.", "success")
        return redirect(url_for("waiting.draft", draft_id=draft_id), code=303)

    def _not_undone(self, edit_id: int, form: UndoForm, error: SpatialAdminError) -> Response:
        refusal = self._refusal(form, error)
        if isinstance(error, KeyReused):
            form.key.data = str(uuid4())
        return self._show(self.get_one(edit_id), form, refusal, is_refused=True)

    @staticmethod
    def _needs_another(edit: Edit) -> bool:
        return not {"correction", edit.nature}.isdisjoint(natures_for(roles_of(current_account())))

    def _refusal(self, form: UndoForm, error: SpatialAdminError) -> Rehearsal:
        blame_record(form.record_id, error)
        may_look = (
            isinstance(error, VersionConflict)
            and form.if_stale.data == "reject"
            and all(entry.can_rebase for entry in error.stale)
        )
        return Rehearsal(refusals(error), self._problem_of(error), may_look)

    def _undo_import(self, edit: Edit, batch: int) -> Any:
        administrator = require_role(ADMINISTRATOR)
        form = _form_of(edit)
        if request.method == "GET" or not form.validate():
            return self._show(edit, form, Rehearsal(), batch=batch, status=200 if request.method == "GET" else 422)
        try:
            given = _given(form)
            queued = queue_undo(UndoRequest(edit.id, given.key, given.comment), administrator.id)
        except SpatialAdminError as error:
            form.key.data = str(uuid4())
            return self._show(edit, form, self._refusal(form, error), batch=batch, is_refused=True)
        flash(f"A job undoes import {batch}.", "success")
        return redirect(url_for("job.details_view", id=queued.job_id), code=303)

    def _show(
        self,
        edit: Edit,
        form: UndoForm,
        rehearsal: Rehearsal,
        *,
        batch: int | None = None,
        is_refused: bool = False,
        status: int = 200,
    ) -> Response:
        require_where_it_must_be(form.record_id)
        problem = rehearsal.problem
        config: Json | None = None
        if batch is None:
            config = describe_editor("form", current_account())
            config |= {"csrf_token": generate_csrf(), "record": named_record(db.session(), form.record_id)}
            config["problem"] = problem.body() if problem else None
        html = self.render(
            self.undo_template,
            model=edit,
            batch=batch,
            form=form,
            problem=problem,
            is_refused=is_refused,
            may_look_partly=rehearsal.may_look_partly,
            is_partly=form.if_stale.data == "rebase",
            needs_another=batch is None and self._needs_another(edit),
            sections=rehearsal.sections,
            records=records_to_name(db.session()),
            editor_config=config,
            return_url=self.get_url(".details_view", id=edit.id),
        )
        return make_response(html, problem.status if is_refused else status)


def _form_of(edit: Edit) -> UndoForm:
    """What was sent; on a first look a key, and the record of the edit where edits may still rest on it."""
    if request.method == "POST":
        form = UndoForm(request.form)
    else:
        record = db.session.get(Record, edit.record_id) if edit.record_id is not None else None
        may_carry = record is not None and record.state != RETURNED
        form = UndoForm(
            data={"key": str(uuid4()), "if_stale": "reject", "record_id": edit.record_id if may_carry else None}
        )
    form.comment.render_kw = {"placeholder": f"Edit {edit.id} undone"}
    return form


def _given(form: UndoForm) -> RevertRequest:
    """What was typed, read as the API reads it; raises BadRequest or LimitExceeded."""
    names = ("key", "comment", "record_id", "if_stale")
    return parse_revert_request({name: form[name].data for name in names} | {"comment": form.comment.data or ""})


def _author() -> Author:
    account = current_account()
    return Author(account.id, account.email)


def _limits() -> Limits:
    limits: Limits = current_app.config["SETTINGS"].limits
    return limits
