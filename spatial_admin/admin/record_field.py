"""The field of a form that names the record an edit rests on. In the browser a searchable choice takes its place
(static/editor/panels/form_record.js); without scripts it is a number with the newest records to choose from.
"""

from __future__ import annotations

from typing import Any, Final

from flask import current_app
from sqlalchemy.orm import Session
from wtforms import Field, IntegerField
from wtforms.validators import NumberRange, Optional

from spatial_admin.admin.base_view import BIGGEST_BIGINT
from spatial_admin.errors import NotFound, RecordRequired, RecordReturned, UnknownRecord
from spatial_admin.services.records.show_record import record_summary
from spatial_admin.settings import Settings

Json = dict[str, Any]
REFUSALS: Final = (RecordRequired, RecordReturned, UnknownRecord)
CITED: Final = ("id", "type", "number", "title", "state")


def record_field() -> IntegerField:
    """The field, for a form's class."""
    return IntegerField(
        "Record",
        [Optional(), NumberRange(1, BIGGEST_BIGINT)],
        description="Its number in the list of records",
        render_kw={"list": "records"},
    )


def require_where_it_must_be(field: Field) -> None:
    """Mark the field where every edit of this deployment names a record; the service refuses, not the form."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.record_required:
        field.flags.required = True
        field.label.text = "Record (required)"


def blame_record(field: Field, error: Exception) -> None:
    """Say a refusal that is about the record beside its field."""
    if isinstance(error, REFUSALS):
        field.errors = [*field.errors, str(error)]


def named_record(session: Session, field: Field) -> Json | None:
    """The record that the field names, as the browser's field shows it; None where there is none."""
    number = field.data
    if not isinstance(number, int) or not 0 < number <= BIGGEST_BIGINT:
        return None
    try:
        found = record_summary(session, number)
    except NotFound:
        return None  # what is sent all the same is refused by name
    return {name: found[name] for name in CITED}
