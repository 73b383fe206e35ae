"""Records: the documents that edits rest on, with their files, their way to approval, and the edits made under them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from flask import current_app, flash, g, has_request_context, make_response, redirect, request
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement, Date, and_, func, literal_column
from werkzeug.wrappers import Response

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import PageData, Section, SiteView
from spatial_admin.admin.record_facets import FACETS, words
from spatial_admin.admin.record_forms import RecordForm, blame, body_of, differing, offer_accounts, shown_of
from spatial_admin.admin.record_tables import tables_of
from spatial_admin.errors import BadRequest, RecordChanged, SpatialAdminError
from spatial_admin.models import Record, db
from spatial_admin.services.approval.load_four_eyes import four_eyes
from spatial_admin.services.records.attach_file import attach_file
from spatial_admin.services.records.change_record import change_record
from spatial_admin.services.records.change_record_state import (
    change_record_state,
    steps_for,
    submitter_of,
)
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import parse_new_record, parse_record_changes, parse_state_change
from spatial_admin.services.records.show_record import show_record
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, current_account, has_role, require_role
from spatial_admin.services.shared.name_references import emails_of
from spatial_admin.settings import Limits

Json = dict[str, Any]
STEP_LABELS: Final = {
    ("received", "in_work"): "Take into work",
    ("in_work", "submitted"): "Submit for approval",
    ("submitted", "approved"): "Approve",
    ("submitted", "returned"): "Return",
    ("submitted", "in_work"): "Take back into work",
    ("returned", "in_work"): "Take into work again",
    ("approved", "in_work"): "Open again",
}
PRIMARY: Final = frozenset({"approved", "submitted"})


@dataclass(frozen=True, slots=True)
class RecordPage:
    """What the page of a record shows besides its fields: steps as (state, label, class), and what may be done."""

    steps: Sequence[tuple[str, str, str]]
    may_change: bool
    waits_for_other: bool
    file_bytes: int


def _link(_view: Any, _context: Any, row: Record, _name: str) -> Markup:
    return show.row_link("record.details_view", row.id)


def _day(_view: Any, _context: Any, row: Record, name: str) -> Any:
    value = getattr(row, name)
    return show.NONE if value is None else show.assembled(f"<time>{value.isoformat()}</time>")


class RecordView(SiteView):
    """Records, newest first."""

    intro = "The documents that edits rest on: plats, deeds, surveys, court orders, corrections and imports."
    empty_hint = "Enter the document that an edit rests on; edits and the map then name it."
    search_text = "Number or title"
    searched = (Record.number, Record.title)
    create_label = "New record"
    can_edit = True
    column_list = ("id", "type", "number", "title", "state", "received", "effective_from", "assignee_id")
    column_details_list = (
        "type", "number", "title", "state", "received", "recorded", "effective_from", "assignee_id", "created_by",
        "created_at", "changed_at",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Record", "effective_from": "Effective from", "assignee_id": "Assigned to", "created_by": "Entered by",
        "created_at": "Entered (UTC)", "changed_at": "Last change (UTC)",
    }  # fmt: skip
    column_default_sort = ("id", True)
    orders: ClassVar[dict[str, Any]] = {
        "id": Record.id,
        "received": Record.received,
        "effective_from": func.coalesce(Record.effective_from, literal_column("'9999-12-31'::date", Date), type_=Date),
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "id": _link,
        "number": show.text_or_none,
        "title": show.text_or_none,
        "state": show.chip,
        "received": _day,
        "recorded": _day,
        "effective_from": _day,
        "assignee_id": show.email,
        "created_by": show.email,
        "created_at": show.moment,
        "changed_at": show.moment,
    }
    column_formatters_detail = column_formatters
    facets = FACETS
    details_template = "admin/record.html"
    edit_template = create_template = "admin/record_form.html"

    def __init__(self, *args: Any, problem_of: Callable[[Exception], Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._problem_of = problem_of

    @property
    def can_create(self) -> bool:  # type: ignore[override]  # asked anew for everybody who looks
        """Editors enter records; others are not offered to."""
        return has_request_context() and has_role(current_user, EDITOR)

    # Reading

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        """Who judges imports is asked before the list's snapshot: the page holds one connection at a time."""
        g.are_imports_judged = request.args.get("waiting") == "me" and bool(four_eyes())
        return super().get_list(*args, **kwargs)

    def search_condition(self, words: str) -> ColumnElement[bool]:
        """Every word in number or title, by their index."""
        stored = func.search_text(Record.title, Record.number, literal_column("''::text"))
        return and_(*(stored.contains(word, autoescape=True) for word in words.lower().split()))

    def enrich(self, page: PageData, rows: Sequence[Record]) -> None:
        """Emails of the people named."""
        page.emails = emails_of(page.reading, [number for row in rows for number in (row.assignee_id, row.created_by)])

    def title_of(self, model: Record) -> str:
        """As people cite it."""
        return f"{model.type.capitalize()} {model.number}" if model.number else f"Record {model.id}"

    def page_of(self, record: Record) -> RecordPage:
        """What the page offers to whoever looks at it."""
        account = current_account()
        submitter = submitter_of(db.session(), record.id) if record.state == "submitted" else None
        steps = steps_for(record, account, submitter)
        return RecordPage(
            steps=[
                (state, STEP_LABELS[record.state, state], "action-primary" if state in PRIMARY else "")
                for state in steps
            ],
            may_change=record.state != "approved" and has_role(account, EDITOR),
            waits_for_other=submitter == account.id and has_role(account, REVIEWER),
            file_bytes=_limits().record_file_bytes,
        )

    def sections(self, model: Record) -> list[Section]:
        """Files, edits and events."""
        return tables_of(show_record(db.session(), model.id))

    # Writing: each through the service that the API calls

    @expose("/new/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def create_view(self) -> Any:
        """Enter a record."""
        account = require_role(EDITOR)
        form = RecordForm(request.form if request.method == "POST" else None)
        offer_accounts(form, db.session(), None)
        if request.method == "POST" and form.validate():
            try:
                made = create_record(parse_new_record(body_of(form)), account.id, _limits())
            except BadRequest as error:
                blame(form, error)
            else:
                flash(f"Entered as record {made}.", "success")
                return redirect(self.get_url(".details_view", id=made), code=303)
        return self._form(form, heading="New record", return_url=self.get_url(".index_view"))

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # as above
    def edit_view(self) -> Any:
        """Change what is said of a record; after a conflict the form stands on the current version."""
        account = require_role(EDITOR)
        record: Record = self.get_one(request.args.get("id"))
        assignee = emails_of(db.session(), [record.assignee_id]).get(record.assignee_id or 0)
        shown = {**shown_of(record, assignee), "version": record.version}
        form = RecordForm(request.form if request.method == "POST" else None, data=shown)
        offer_accounts(form, db.session(), assignee)
        more: Json = {"heading": self.title_of(record), "return_url": self.get_url(".details_view", id=record.id)}
        if request.method == "POST" and form.validate():
            try:
                changes = parse_record_changes({**body_of(form), "version": _whole(form.version.data)})
                change_record(record.id, changes, account.id, _limits())
            except BadRequest as error:
                blame(form, error)
            except SpatialAdminError as error:
                more.update(self._refused(form, error))
            else:
                flash("Saved.", "success")
                return redirect(more["return_url"], code=303)
        return self._form(form, **more)

    @expose("/state/", methods=("POST",))  # type: ignore[untyped-decorator]  # as above
    def state_view(self) -> Any:
        """Take the record one step on; where that is refused, its page says why and keeps the comment."""
        record: Record = self.get_one(request.args.get("id"))
        given = request.form
        body = {
            "state": given.get("state"),
            "expected_state": given.get("expected_state"),
            "version": _whole(given.get("version")),
            "comment": given.get("comment", ""),
        }
        try:
            change_record_state(record.id, parse_state_change(body), current_account(), _limits())
        except SpatialAdminError as error:
            return self._refuse(record, error, comment=given.get("comment", ""))
        flash(f"The record is {words(str(body['state']))} now.", "success")
        return redirect(self.get_url(".details_view", id=record.id), code=303)

    @expose("/attach/", methods=("POST",))  # type: ignore[untyped-decorator]  # as above
    def attach_view(self) -> Any:
        """Add one file."""
        account = require_role(EDITOR)
        record: Record = self.get_one(request.args.get("id"))
        file = request.files.get("file")
        try:
            if file is None or not file.filename:
                raise BadRequest("file", "choose one first")
            _, is_new = attach_file(record.id, file.stream, file.filename, file.mimetype, account.id, _limits())
        except SpatialAdminError as error:
            return self._refuse(record, error)
        flash("Added the file." if is_new else "These bytes are among the files already.", "success")
        return redirect(self.get_url(".details_view", id=record.id), code=303)

    def _refused(self, form: RecordForm, error: SpatialAdminError) -> Json:
        """What the form shows of a refusal; after a conflict it stands on the current version."""
        problem = self._problem_of(error)
        if not isinstance(error, RecordChanged):
            return {"problem": problem, "status": problem.status}
        form.version.data = str(error.current["version"])
        return {"problem": problem, "status": problem.status, "differences": differing(form, error.current)}

    def _refuse(self, record: Record, error: SpatialAdminError, comment: str = "") -> Response:
        db.session.refresh(record)
        problem = self._problem_of(error)
        html = self.render(
            self.details_template,
            model=record,
            details_columns=self._details_columns,
            get_value=self.get_detail_value,
            problem=problem,
            comment=comment,
        )
        return make_response(html, problem.status)

    def _form(self, form: RecordForm, *, status: int = 200, **more: Any) -> Response:
        return make_response(self.render(self.edit_template, form=form, **more), 422 if form.errors else status)


def _whole(text: str | None) -> int | None:
    """The number of a hidden field; None where it holds none, which the parser refuses or leaves unchecked."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _limits() -> Limits:
    limits: Limits = current_app.config["SETTINGS"].limits
    return limits
