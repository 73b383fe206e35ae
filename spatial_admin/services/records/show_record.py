"""One record: what it is, its files, what happened to it, and the newest edits that rest on it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound

COLUMNS: Final = """
r.id, r.type, r.number, r.title, r.received, r.recorded, r.effective_from, r.state, r.version,
assignee.email AS assignee, creator.email AS created_by, r.created_at, r.changed_at
"""
TABLES: Final = """
record AS r LEFT JOIN account AS assignee ON assignee.id = r.assignee_id
LEFT JOIN account AS creator ON creator.id = r.created_by
"""
RECORD: Final = f"SELECT {COLUMNS} FROM {TABLES} WHERE r.id = %(record)s"
FILES: Final = """
SELECT f.position AS n, f.name, f.media_type, f.size, f.sha256, f.content IS NOT NULL AS has_content,
       a.email AS added_by, f.added_at
FROM record_file AS f LEFT JOIN account AS a ON a.id = f.added_by WHERE f.record_id = %(record)s ORDER BY f.position
"""
EVENTS: Final = """
SELECT v.at, v.what, v.from_state, v.to_state, a.email AS by, v.comment, v.changes
FROM record_event AS v LEFT JOIN account AS a ON a.id = v.account_id WHERE v.record_id = %(record)s ORDER BY v.id
"""
# The newest first; one more than shown, to know whether there are more.
EDITS: Final = """
SELECT e.id AS edit_id, e.made_at, e.comment, e.nature, a.email AS author
FROM edit AS e LEFT JOIN account AS a ON a.id = e.author_id WHERE e.record_id = %(record)s
ORDER BY e.id DESC LIMIT %(limit)s
"""
MOST_EDITS: Final = 200


def show_record(session: Session, record_id: int) -> Json:
    """The record of a number with `files`, `events` (oldest first) and `edits` (newest first, at most 200, then
    `has_more_edits`); raises NotFound.
    """
    found = record_summary(session, record_id)
    edits = _rows(session, EDITS, record_id, limit=MOST_EDITS + 1)
    return {
        **found,
        "files": _rows(session, FILES, record_id),
        "events": _rows(session, EVENTS, record_id),
        "edits": edits[:MOST_EDITS],
        "has_more_edits": len(edits) > MOST_EDITS,
    }


def record_summary(session: Session, record_id: int) -> Json:
    """The record itself, as lists have it; raises NotFound."""
    rows = _rows(session, RECORD, record_id)
    if not rows:
        raise NotFound("record", record_id)
    return rows[0]


def as_json(row: Any) -> Json:
    """A row with its dates and times as ISO text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row._mapping.items()}


def _rows(session: Session, sql: str, record_id: int, **more: Any) -> list[Json]:
    values = {"record": record_id, **more}
    return [as_json(row) for row in session.connection().exec_driver_sql(sql, values)]
