"""Throwing a draft away: its edit was saved, or is not wanted."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from spatial_admin.errors import NotFound
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

DELETE: Final = "DELETE FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s"

DELETE_OF_KEY: Final = "DELETE FROM draft WHERE key = %(key)s AND owner_id = %(owner)s"


def discard_draft(draft_id: int, owner_id: int, limits: Limits) -> None:
    """Delete the draft; raises NotFound where it is gone already, or somebody else's."""
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        values = {"draft": draft_id, "owner": owner_id}
        if session.connection().exec_driver_sql(DELETE, values).rowcount == 0:
            raise NotFound("draft of yours", draft_id)


def discard_saved_draft(key: str, owner_id: int, limits: Limits) -> None:
    """Delete the draft that became the edit, where there is one of that key: a form may have kept none."""
    try:
        known = UUID(key)
    except ValueError:
        return
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        session.connection().exec_driver_sql(DELETE_OF_KEY, {"key": str(known), "owner": owner_id})
