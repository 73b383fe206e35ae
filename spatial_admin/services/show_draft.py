"""One draft, to its owner: to everybody else it is not there."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound

# Without what may be megabytes: a list of drafts is asked for whenever the map is opened.
COLUMNS: Final = (
    "id, key, state, version, title, comment, record_id, operation_count, parcels, created_at, changed_at, expires_at"
)
SUMMARY: Final = f"SELECT {COLUMNS} FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s"
DRAFT: Final = f"SELECT {COLUMNS}, seen, operations, notes FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s"


def show_draft(session: Session, draft_id: int, owner_id: int) -> Json:
    """The draft with `seen`, `operations` and `notes`; raises NotFound, also where it is somebody else's."""
    return _one(session, DRAFT, draft_id, owner_id)


def draft_summary(session: Session, draft_id: int, owner_id: int) -> Json:
    """The draft as lists have it, without `seen`, `operations` and `notes`; raises NotFound."""
    return _one(session, SUMMARY, draft_id, owner_id)


def draft_as_json(row: Any) -> Json:
    """A row of drafts as it is answered: times as ISO text, what was stored as JSON as its value."""
    found: Json = dict(row._mapping)
    for name in ("created_at", "changed_at", "expires_at"):
        found[name] = found[name].isoformat()
    for name in {"seen", "operations", "notes"} & set(found):
        found[name] = json.loads(found[name])
    return {**found, "key": str(found["key"])}


def _one(session: Session, statement: str, draft_id: int, owner_id: int) -> Json:
    row = session.connection().exec_driver_sql(statement, {"draft": draft_id, "owner": owner_id}).one_or_none()
    if row is None:
        raise NotFound("draft of yours", draft_id)
    return draft_as_json(row)
