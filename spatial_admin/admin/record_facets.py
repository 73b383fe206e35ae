"""How the list of records is narrowed: by state and type, whose they are, and what waits for whoever looks."""

from __future__ import annotations

from typing import Final

from flask import g
from sqlalchemy import ColumnElement, and_

from spatial_admin.admin.base_view import Facet
from spatial_admin.models import RECORD_STATES, RECORD_TYPES, Record
from spatial_admin.services.records.change_record_state import awaiting_judgement, awaiting_work
from spatial_admin.services.shared.authorize import current_account


def words(value: str) -> str:
    """A state as it is read."""
    return value.replace("_", " ")


def _of_whom(value: str) -> ColumnElement[bool] | None:
    if value == "me":
        return Record.assignee_id == int(current_account().id)
    return Record.assignee_id.is_(None) if value == "nobody" else None


def _waiting(value: str) -> ColumnElement[bool] | None:
    """What the overview counts for whoever looks: the conditions are the same, so the list has as many rows."""
    if value == "me":
        return and_(*awaiting_judgement(int(current_account().id), are_imports_judged=g.are_imports_judged))
    return and_(*awaiting_work(int(current_account().id))) if value == "work" else None


FACETS: Final = (
    Facet(
        "state",
        "State",
        lambda: [("", "any"), *((name, words(name)) for name in RECORD_STATES)],
        lambda value: Record.state == value if value else None,
    ),
    Facet(
        "type",
        "Type",
        lambda: [("", "any"), *((name, name) for name in RECORD_TYPES)],
        lambda value: Record.type == value if value else None,
    ),
    Facet(
        "assignee",
        "Assigned to",
        lambda: [("", "anybody"), ("me", "me"), ("nobody", "nobody")],
        _of_whom,
        personal=("me",),
    ),
    Facet(
        "waiting",
        "Waiting",
        lambda: [("", "any"), ("me", "for my approval"), ("work", "for my work")],
        _waiting,
        personal=("me", "work"),
    ),
)
