"""Approving a draft: it becomes exactly one edit of its owner's, or accepts the findings that it names (or declares
their land open), in one transaction with that; or it is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.edit_transaction import EditTransaction
from spatial_admin.errors import (
    BadRequest,
    DraftChanged,
    DraftReturned,
    EditRejected,
    FindingsChanged,
    ImportUnfinished,
    InvalidOperation,
    Json,
    KeyReused,
    LimitExceeded,
    NotAllowed,
    NotFound,
    RecordRequired,
    RecordReturned,
    RowDecided,
    UnknownPoint,
    UnknownRecord,
    VersionConflict,
    VersionRequired,
)
from spatial_admin.models import Account
from spatial_admin.services.drafts.request_of_draft import request_of_draft
from spatial_admin.services.drafts.review_by_draft import review_by_draft
from spatial_admin.services.drafts.show_draft import draft_as_json
from spatial_admin.services.drafts.state_of_draft import refused_state
from spatial_admin.services.drafts.step_draft import (
    ANYBODYS,
    EVENT,
    HELD,
    author_of,
    event_values,
    judged,
    return_for_conflict,
)
from spatial_admin.services.editing.edit_boundaries import Approval, edit_boundaries
from spatial_admin.services.findings import review_findings
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.services.shared.run_sql import Execute, run_sql
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
    BadRequest, RecordRequired, UnknownRecord, RecordReturned, RowDecided, ImportUnfinished, FindingsChanged,
)  # fmt: skip


def approve_draft(
    draft_id: int, version: int, comment: str, approver: Account, limits: Limits, describe: Callable[[Exception], Json]
) -> Outcome:
    """Make the draft's edit as it was read at `version`: its owner is the author, the account approves. Sent again
    after a lost answer, it is the same receipt; of what is about findings `{done}`, the numbers of the findings.

    Raises NotFound, NotAllowed (no reviewer, its owner, or an owner who may not do it any more), DraftChanged,
    DraftStateRefused; DraftReturned where versions or rules are against it now (`describe` says an error as the API
    does); Contention, TookTooLong or OutcomeUnknown, after which it may be approved again.
    """
    values = {"draft": draft_id, "version": version, "approver": approver.id}
    with snapshot() as session:
        connection = session.connection()
        held = judged(lambda sql, given: connection.exec_driver_sql(sql, given).all(), draft_id, approver, HELD)
        made = connection.exec_driver_sql(MADE, values).scalar_one_or_none()
        if made is not None:
            return Outcome(dict(made), is_replayed=True)
        if held.findings is not None and _is_done(held, version, approver):
            return Outcome({"done": held.findings}, is_replayed=True)
        if held.state != "submitted":
            raise refused_state(held)
        owner = session.get_one(Account, held.owner_id)
        _require_rights(owner, held)
    settle = partial(_settle, {**values, "comment": comment}, approver)
    try:
        if held.findings is not None:
            return _review(draft_id, owner, approver, settle)
        return _of_this_approval(_edit(draft_id, owner, approver, settle, limits), draft_id, values)
    except RETURNING as error:
        problem = describe(error)
        if not return_for_conflict(draft_id, version, approver.id, problem, limits):
            raise
        raise DraftReturned(draft_id, problem) from error


Settle = Callable[[Execute, int | None], None]
"""Makes the draft what it became, of the edit or of none."""


def _settle(values: Json, approver: Account, execute: Execute, edit_id: int | None) -> None:
    # Held from here on: a step of its owner's or of another reviewer waits, and is told.
    draft_id: int = values["draft"]
    now = judged(execute, draft_id, approver)
    if now.state != "submitted":
        raise refused_state(now)
    if now.version != values["version"]:
        raise DraftChanged(draft_as_json(execute(ANYBODYS, {"draft": draft_id})[0]))
    execute(BECOME, {"draft": draft_id, "edit": edit_id})
    execute(EVENT, event_values(draft_id, "approved", approver.id, values["comment"]))


def _edit(draft_id: int, owner: Account, approver: Account, settle: Settle, limits: Limits) -> Outcome:
    def settle_in(transaction: EditTransaction) -> None:
        settle(transaction.execute, transaction.edit_id)

    request, _ = request_of_draft(draft_id, limits)
    return edit_boundaries(request, author_of(owner), limits, approval=Approval(approver.id, settle_in))


def _review(draft_id: int, owner: Account, approver: Account, settle: Settle) -> Outcome:
    def settle_in(session: Session) -> None:
        settle(partial(run_sql, session), None)

    approval = review_findings.Approval(approver.id, settle_in)
    return Outcome({"done": review_by_draft(draft_id, owner, approval)}, is_replayed=False)


def _is_done(held: Any, version: int, approver: Account) -> bool:
    """Was what is about findings approved by this person, as it was read at `version`?"""
    return bool(held.state == "approved" and held.version == version + 1 and held.last_by == approver.id)


def _require_rights(owner: Account, held: Any) -> None:
    """Whoever made the draft may still do by themselves what it does, but for the second person."""
    needed = {REVIEWER} if held.findings is not None else {EDITOR}
    if held.admits_import is not None or held.accept != "[]":
        needed.add(REVIEWER)
    missing = sorted(role for role in needed if not has_role(owner, role))
    if missing or not owner.active:
        why = f"has not got the role {missing[0]} any more" if missing else "is not active any more"
        raise NotAllowed(f"{owner.email}, who made the draft, {why}: return it, with the reason.")


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
