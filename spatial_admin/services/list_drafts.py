"""One's own drafts, newest first; keyset pages."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.show_draft import COLUMNS, draft_as_json

MOST: Final = 200
BEFORE_ALL: Final = 2**63 - 1
PAGE: Final = (
    f"SELECT {COLUMNS} FROM draft WHERE owner_id = %(owner)s AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s"
)


def list_drafts(session: Session, owner_id: int, *, limit: int = 50, before: int = BEFORE_ALL) -> Json:
    """`drafts` without what they hold, and `next_cursor` (null at the end); `before` is the last id of the page
    before.
    """
    limit = min(limit, MOST)
    values = {"owner": owner_id, "before": before, "limit": limit + 1}
    rows = session.connection().exec_driver_sql(PAGE, values).all()
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return {"drafts": [draft_as_json(row) for row in rows[:limit]], "next_cursor": cursor}
