"""The way of a record: received, in work, submitted, approved or returned; each step by whoever may take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, NotAllowed, RecordChanged, TransitionRefused
from spatial_admin.models import Account, Record, RecordEvent
from spatial_admin.services.records.change_record import locked_record, step_version
from spatial_admin.services.records.parse_record import StateChange
from spatial_admin.services.records.show_record import record_summary
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

# From a state to the states that may follow, with the role that takes the step.
TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "received": {"in_work": EDITOR},
    "in_work": {"submitted": EDITOR},
    "submitted": {"approved": REVIEWER, "returned": REVIEWER, "in_work": EDITOR},
    "returned": {"in_work": EDITOR},
    # A wrong date found later is corrected by the same way again: opened, changed, submitted, approved by another.
    "approved": {"in_work": REVIEWER},
}
# Steps that undo somebody's work say why.
NEEDS_REASON: Final = frozenset({("submitted", "returned"), ("approved", "in_work")})
JUDGEMENTS: Final = frozenset({"approved", "returned"})


def change_record_state(record_id: int, step: StateChange, account: Account, limits: Limits | None = None) -> None:
    """Take one step, if the record still is as it was seen.

    Raises NotFound, RecordChanged, TransitionRefused, NotAllowed (no role, or one's own submission) or BadRequest (a
    step that needs a reason has none).
    """
    with short(statement_timeout_ms=(limits or Limits()).web_timeout_ms) as session:
        record = locked_record(session, record_id)
        if record.state != step.expected_state or step.version not in (None, record.version):
            raise RecordChanged(record_summary(session, record_id))
        _check(session, record, step, account)
        before, record.state = record.state, step.state
        step_version(record)
        session.add(
            RecordEvent(
                record_id=record_id,
                what="state",
                from_state=before,
                to_state=step.state,
                account_id=account.id,
                comment=step.comment,
            )
        )


def steps_for(record: Record, account: Account, submitted_by: int | None) -> list[str]:
    """The states that the account may take the record to, in the order of TRANSITIONS."""
    return [
        state
        for state, role in TRANSITIONS[record.state].items()
        if has_role(account, role) and not (state in JUDGEMENTS and submitted_by == account.id)
    ]


def submitter_of(session: Session, record_id: int) -> int | None:
    """The account that submitted the record last; None where nobody did, or a command."""
    newest = select(RecordEvent.account_id).where(
        RecordEvent.record_id == record_id,
        RecordEvent.to_state == "submitted",
        RecordEvent.what.in_(("state", "created")),
    )
    return session.scalar(newest.order_by(RecordEvent.id.desc()).limit(1))


def awaiting_work(account_id: int) -> list[ColumnElement[bool]]:
    """Conditions on records that are assigned to this account and go on by it: neither submitted nor approved."""
    return [Record.assignee_id == account_id, Record.state.in_(("received", "in_work", "returned"))]


def awaiting_judgement(account_id: int, *, are_imports_judged: bool) -> list[ColumnElement[bool]]:
    """Conditions on records that wait for this account to approve or return them: submitted, and by somebody else.

    What an import entered by itself nobody submitted; it waits only where the office asks for a second person.
    """
    newest = (
        select(RecordEvent.id)
        .where(
            RecordEvent.record_id == Record.id,
            RecordEvent.to_state == "submitted",
            RecordEvent.what.in_(("state", "created")),
        )
        .order_by(RecordEvent.id.desc())
        .limit(1)
        .correlate(Record)
        .scalar_subquery()
    )
    submission = select(RecordEvent.id).where(
        RecordEvent.id == newest, RecordEvent.account_id.is_distinct_from(account_id)
    )
    if not are_imports_judged:
        submission = submission.where(RecordEvent.what == "state")
    return [Record.state == "submitted", submission.exists()]


def _check(session: Session, record: Record, step: StateChange, account: Account) -> None:
    allowed = TRANSITIONS[record.state]
    if step.state not in allowed:
        raise TransitionRefused(record.id, record.state, step.state, list(allowed))
    role = allowed[step.state]
    if not has_role(account, role):
        raise NotAllowed(f"To make a record {step.state} needs the role {role}.")
    # Four eyes: nobody judges what they submitted, an administrator neither.
    if step.state in JUDGEMENTS and submitter_of(session, record.id) == account.id:
        raise NotAllowed(f"You submitted record {record.id}; somebody else has to judge it.")
    if (record.state, step.state) in NEEDS_REASON and not step.comment:
        raise BadRequest("comment", "say why it is returned or opened again")
