"""Throwing a draft away: its edit was saved, or is not wanted."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from spatial_admin.errors import NotFound
from spatial_admin.services.drafts.state_of_draft import MAY_CHANGE, refused_state
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

HELD: Final = "SELECT id, state, edit_id FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s FOR UPDATE"
# Before it goes, and its reference layers with it: these wait for the next draft.
LOOSEN: Final = "UPDATE reference_layer SET draft_id = NULL WHERE draft_id = %(draft)s"
DELETE: Final = "DELETE FROM draft WHERE id = %(draft)s"
# One that was submitted from elsewhere meanwhile waits on.
DELETE_OF_KEY: Final = """
DELETE FROM draft WHERE key = %(key)s AND owner_id = %(owner)s AND state IN ('open', 'returned')
"""


def discard_draft(draft_id: int, owner_id: int, limits: Limits, *, keeps_references: bool = False) -> None:
    """Delete the draft, with the reference layers that belong to it; `keeps_references`: these wait for the next one,
    for its steps were undone, which is no end of the work.

    Raises NotFound where it is gone already, or somebody else's, and DraftStateRefused where it waits for approval or
    was approved.
    """
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        values = {"draft": draft_id, "owner": owner_id}
        held = session.connection().exec_driver_sql(HELD, values).one_or_none()
        if held is None:
            raise NotFound("draft of yours", draft_id)
        if held.state not in MAY_CHANGE:
            raise refused_state(held)
        if keeps_references:
            session.connection().exec_driver_sql(LOOSEN, values)
        session.connection().exec_driver_sql(DELETE, values)


def discard_saved_draft(key: str, owner_id: int, limits: Limits) -> None:
    """Delete the draft that became the edit, where there is one of that key: a form may have kept none."""
    try:
        known = UUID(key)
    except ValueError:
        return
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        session.connection().exec_driver_sql(DELETE_OF_KEY, {"key": str(known), "owner": owner_id})
