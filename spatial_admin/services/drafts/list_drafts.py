"""One's own drafts, newest first, and those of others that wait for one's approval, oldest first; keyset pages."""

from __future__ import annotations

import time
from typing import Any, Final

from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotAllowed
from spatial_admin.models import Account
from spatial_admin.services.drafts.show_draft import COLUMNS, OF, draft_as_json
from spatial_admin.services.shared.authorize import REVIEWER, has_role
from spatial_admin.transaction import look_up

MOST: Final = 200
KEPT_S: Final = 5.0
_KEY: Final = "spatial_admin.waiting"
BEFORE_ALL: Final = 2**63 - 1
# Those that are no edit yet, by an index of their own: of the others there are more every year.
PAGE: Final = f"""
SELECT {COLUMNS} {OF} WHERE d.owner_id = %(owner)s AND d.id < %(before)s
  AND d.state <> 'approved' AND (%(state)s::text IS NULL OR d.state = %(state)s)
ORDER BY d.id DESC LIMIT %(limit)s
"""
APPROVED: Final = f"""
SELECT {COLUMNS} {OF} WHERE d.owner_id = %(owner)s AND d.id < %(before)s AND d.state = 'approved'
ORDER BY d.id DESC LIMIT %(limit)s
"""
# Nobody approves what is their own.
WAITING: Final = f"""
SELECT {COLUMNS} {OF} WHERE d.state = 'submitted' AND d.owner_id <> %(owner)s AND d.id > %(after)s
ORDER BY d.id LIMIT %(limit)s
"""
COUNT: Final = "SELECT count(*) FROM draft WHERE state = 'submitted' AND owner_id <> %(owner)s"


def list_drafts(
    session: Session, owner_id: int, *, limit: int = 50, before: int = BEFORE_ALL, state: str | None = None
) -> Json:
    """`drafts` without what they hold, and `next_cursor` (null at the end); `before` is the last id of the page
    before. Without a `state` all but those that were approved.
    """
    limit = min(limit, MOST)
    values = {"owner": owner_id, "before": before, "state": state, "limit": limit + 1}
    statement = APPROVED if state == "approved" else PAGE
    return _page(session.connection().exec_driver_sql(statement, values).all(), limit)


def list_waiting(session: Session, account: Account, *, limit: int = 50, after: int = 0) -> Json:
    """As `list_drafts`: submitted drafts that the account may approve, begun first come first. Raises NotAllowed."""
    if not has_role(account, REVIEWER):
        raise NotAllowed(f"Drafts are approved by reviewers; {account.email} is none.")
    limit = min(limit, MOST)
    values = {"owner": account.id, "after": after, "limit": limit + 1}
    return _page(session.connection().exec_driver_sql(WAITING, values).all(), limit)


def count_waiting(account: Account, *, is_fresh: bool = False) -> int:
    """How many drafts of others wait for the account's approval; nobody's do for who is no reviewer.

    As counted at most five seconds ago, for it stands on every page of the site; `is_fresh` counts now.
    """
    if not has_role(account, REVIEWER):
        return 0
    kept: dict[int, tuple[float, int]] = current_app.extensions.setdefault(_KEY, {})
    asked_at, count = kept.get(account.id, (-KEPT_S, 0))
    if is_fresh or time.monotonic() - asked_at >= KEPT_S:
        count = int(look_up(COUNT, {"owner": account.id})[0][0])
        kept[account.id] = time.monotonic(), count
    return count


def _page(rows: Any, limit: int) -> Json:
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return {"drafts": [draft_as_json(row) for row in rows[:limit]], "next_cursor": cursor}
