"""Records, newest first: by state, type, assignee and words; keyset pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.records.show_record import COLUMNS, TABLES, as_json

MOST: Final = 200
BEFORE_ALL: Final = 2**63 - 1
# A condition is there only where its question is asked: each has its index.
CONDITIONS: Final = {
    "state": "r.state = %(state)s",
    "type": "r.type = %(type)s",
    "assignee": "assignee.email = %(assignee)s",
    "holds": "search_text(r.title, r.number, ''::text) LIKE %(holds)s",
}
PAGE: Final = (
    f"SELECT {COLUMNS} FROM {TABLES} WHERE r.id < %(before)s {{conditions}} ORDER BY r.id DESC LIMIT %(limit)s"
)


# The newest that an edit may rest on, to choose from in a form.
TO_NAME: Final = "SELECT id, type, number, title FROM record WHERE state <> 'returned' ORDER BY id DESC LIMIT %(limit)s"
MOST_TO_NAME: Final = 30


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for; `q` in number and title, `assignee` an email, `before` the last id of the page before."""

    state: str | None = None
    type: str | None = None
    q: str | None = None
    assignee: str | None = None
    limit: int = 50
    before: int = BEFORE_ALL


def list_records(session: Session, question: Question) -> Json:
    """`records`, and `next_cursor` (null at the end)."""
    asked = {"state": question.state, "type": question.type, "assignee": question.assignee, "holds": None}
    words = (question.q or "").strip().lower()
    if words:
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        asked["holds"] = f"%{escaped}%"
    given = {name: value for name, value in asked.items() if value is not None}
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in given)
    limit = min(question.limit, MOST)
    values = {**given, "before": question.before, "limit": limit + 1}
    rows = session.connection().exec_driver_sql(PAGE.format(conditions=conditions), values).all()
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return {"records": [as_json(row) for row in rows[:limit]], "next_cursor": cursor}


def records_to_name(session: Session) -> list[Json]:
    """The newest records that an edit may name: id, type, number, title."""
    return [as_json(row) for row in session.connection().exec_driver_sql(TO_NAME, {"limit": MOST_TO_NAME})]
