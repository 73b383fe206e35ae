"""The forms of records, and what they say in the words of the API: both are read by the same parser."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, Optional

from spatial_admin.admin.site_form import SiteForm
from spatial_admin.errors import BadRequest
from spatial_admin.models import RECORD_TYPES, Account, Record
from spatial_admin.services.records.parse_record import LONGEST_COMMENT, LONGEST_NUMBER, LONGEST_TITLE

Json = dict[str, Any]
FIELDS: Final = ("type", "number", "title", "received", "recorded", "effective_from", "assignee")
SHOWN_ACCOUNTS: Final = 500


class RecordForm(SiteForm):
    """A record; `version` is the one that the form shows, empty for a new record."""

    type = SelectField("Type", [InputRequired()], choices=[SelectChoice(name, name) for name in RECORD_TYPES])
    number = StringField("Number", [Length(max=LONGEST_NUMBER)], description="As the document is cited")
    title = StringField("Title", [Length(max=LONGEST_TITLE)], description="What it is about")
    received = DateField("Received", [InputRequired()])
    recorded = DateField("Recorded", [Optional()], description="Day it was entered in the public register")
    effective_from = DateField(
        "Effective from",
        [Optional()],
        description="Edits under this record are effective from this day; empty: from the day they are made",
    )
    assignee = SelectField("Assigned to", [Optional()])
    comment = StringField("Comment", [Length(max=LONGEST_COMMENT)], description="Kept in the history of the record")
    version = HiddenField()


def offer_accounts(form: RecordForm, session: Session, chosen: str | None) -> None:
    """Fill the choice of people: those who may sign in, and whoever has it now."""
    emails = list(
        session.scalars(select(Account.email).where(Account.active).order_by(Account.email).limit(SHOWN_ACCOUNTS))
    )
    if chosen and chosen not in emails:
        emails.append(chosen)
    form.assignee.choices = [SelectChoice("", "nobody"), *(SelectChoice(email, email) for email in emails)]


def shown_of(record: Record, assignee: str | None) -> Json:
    """What the form shows of a record."""
    return {**{name: getattr(record, name) for name in FIELDS if name != "assignee"}, "assignee": assignee or ""}


def body_of(form: RecordForm) -> Json:
    """What was typed, as the API takes it."""
    typed: Json = {name: _as_json(form[name].data) for name in FIELDS}
    typed["comment"] = form.comment.data or ""
    return typed


def blame(form: RecordForm, error: BadRequest) -> None:
    """Show the error beside the field it names."""
    field = form[error.where] if error.where in form else form["title"]
    field.errors = [*field.errors, f"{error.why[:1].upper()}{error.why[1:]}."]


def differing(form: RecordForm, current: Json) -> list[tuple[str, Any, Any]]:
    """After a conflict: label, what is stored now and what was typed, where the two differ."""
    typed = body_of(form)
    return [
        (form[name].label.text, current[name] or Markup("&ndash;"), typed[name] or Markup("&ndash;"))
        for name in FIELDS
        if (current[name] or None) != (typed[name] or None)
    ]


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value or None
