"""Approving a draft: it becomes exactly one edit of its owner's, in one transaction with that, or it is returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from spatial_admin.edit_transaction import EditTransaction
from spatial_admin.errors import (
    BadRequest,
    DraftChanged,
    DraftReturned,
    EditRejected,
    InvalidOperation,
    Json,
    KeyReused,
    LimitExceeded,
    NotAllowed,
    NotFound,
    RecordRequired,
    RecordReturned,
    UnknownPoint,
    UnknownRecord,
    VersionConflict,
    VersionRequired,
)
from spatial_admin.models import Account
from spatial_admin.services.authorize import EDITOR, has_role
from spatial_admin.services.edit_boundaries import Approval, Author, edit_boundaries
from spatial_admin.services.request_of_draft import request_of_draft
from spatial_admin.services.show_draft import draft_as_json
from spatial_admin.services.state_of_draft import refused_state
from spatial_admin.services.step_draft import (
    ANYBODYS,
    EVENT,
    HELD,
    event_values,
    judged,
    return_for_conflict,
)
from spatial_admin.settings import Limits
from spatial_admin.transaction import Outcome, snapshot

# The state, and what it became. Nothing of it lies on colleagues' maps any more, and what it was drawn by goes.
BECOME: Final = """
WITH gone AS (DELETE FROM reference_layer WHERE draft_id = %(draft)s)
UPDATE draft SET state = 'approved', edit_id = %(edit)s, version = version + 1, footprint = NULL WHERE id = %(draft)s
"""
# What was made under the draft's key, if it came of this approval.
MADE: Final = """
SELECT e.receipt FROM draft AS d JOIN edit AS e ON e.id = d.edit_id
WHERE d.id = %(draft)s AND d.version = %(version)s + 1 AND e.approved_by = %(approver)s
"""
# What says that the draft cannot be saved as it is; what is passing (others kept writing) leaves it waiting.
RETURNING: Final = (
    VersionConflict, VersionRequired, EditRejected, UnknownPoint, InvalidOperation, LimitExceeded, KeyReused,
    BadRequest, RecordRequired, UnknownRecord, RecordReturned,
)  # fmt: skip


def approve_draft(
    draft_id: int, version: int, comment: str, approver: Account, limits: Limits, describe: Callable[[Exception], Json]
) -> Outcome:
    """Make the draft's edit as it was read at `version`: its owner is the author, the account approves. Sent again
    after a lost answer, it is the same receipt.

    Raises NotFound, NotAllowed (no reviewer, its owner, or an owner who may not edit any more), DraftChanged,
    DraftStateRefused; DraftReturned where versions or rules are against it now (`describe` says an error as the API
    does); Contention, TookTooLong or OutcomeUnknown, after which it may be approved again.
    """
    with snapshot() as session:
        connection = session.connection()
        held = judged(lambda sql, values: connection.exec_driver_sql(sql, values).all(), draft_id, approver, HELD)
        values = {"draft": draft_id, "version": version, "approver": approver.id}
        made = connection.exec_driver_sql(MADE, values).scalar_one_or_none()
        if made is not None:
            return Outcome(dict(made), is_replayed=True)
        if held.state != "submitted":
            raise refused_state(held)
        owner = session.get_one(Account, held.owner_id)
        author = Author(owner.id, owner.email)
        may_edit = owner.active and has_role(owner, EDITOR)
    if not may_edit:
        raise NotAllowed(f"{author.email}, who made the draft, may not edit any more: return it, with the reason.")

    def settle(transaction: EditTransaction) -> None:
        # Held from here on: a step of its owner's or of another reviewer waits, and is told.
        now = judged(transaction.execute, draft_id, approver)
        if now.state != "submitted":
            raise refused_state(now)
        if now.version != version:
            raise DraftChanged(draft_as_json(transaction.execute(ANYBODYS, {"draft": draft_id})[0]))
        transaction.execute(BECOME, {"draft": draft_id, "edit": transaction.edit_id})
        transaction.execute(EVENT, event_values(draft_id, "approved", approver.id, comment))

    try:
        request, _ = request_of_draft(draft_id, limits)
        outcome = edit_boundaries(request, author, limits, approval=Approval(approver.id, settle))
        return _of_this_approval(outcome, draft_id, values)
    except RETURNING as error:
        problem = describe(error)
        if not return_for_conflict(draft_id, version, approver.id, problem, limits):
            raise
        raise DraftReturned(draft_id, problem) from error


def _of_this_approval(outcome: Outcome, draft_id: int, values: Json) -> Outcome:
    """The key was taken: by this very approval, by another reviewer's (told), or by an edit without one (KeyReused)."""
    if not outcome.is_replayed:
        return outcome
    with snapshot() as session:
        connection = session.connection()
        if connection.exec_driver_sql(MADE, values).scalar_one_or_none() is not None:
            return outcome
        held: Any = connection.exec_driver_sql(HELD, {"draft": draft_id}).one_or_none()
    if held is None:
        raise NotFound("draft that waits for approval", draft_id)
    if held.state != "submitted":
        raise refused_state(held)
    raise KeyReused("Its key belongs to an edit that was saved without approval; keep it as a new draft.")
