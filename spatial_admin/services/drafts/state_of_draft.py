"""States of drafts: in which they are their owner's to change, and why a step is refused in another."""

from __future__ import annotations

from typing import Any, Final

from spatial_admin.errors import DraftStateRefused

MAY_CHANGE: Final = frozenset({"open", "returned"})
"""States in which its owner changes, submits or discards it."""


def refused_state(held: Any) -> DraftStateRefused:
    """Why a draft in its state does not take the step, and what to do."""
    why = {
        "open": "was withdrawn by its owner, or never submitted: it does not wait for approval",
        "submitted": "waits for approval and stays as it is: withdraw it first",
        "returned": "was returned to its owner: it does not wait for approval until it is submitted again",
        "approved": "was approved already" + ("" if held.edit_id is None else f", as edit {held.edit_id}"),
    }[held.state]
    return DraftStateRefused(held.state, f"Draft {held.id} {why}.", held.edit_id)
