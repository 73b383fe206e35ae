"""Changing what is said of a record: only by somebody who saw its newest version, and not once it is approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from spatial_admin.errors import NotFound, RecordApproved, RecordChanged
from spatial_admin.models import Account, Record, RecordEvent
from spatial_admin.services.records.create_record import assignee_id
from spatial_admin.services.records.parse_record import RecordChanges
from spatial_admin.services.records.show_record import record_summary
from spatial_admin.settings import Limits
from spatial_admin.transaction import short


def change_record(record_id: int, changes: RecordChanges, account_id: int, limits: Limits | None = None) -> int:
    """Set the fields, keeping what they were in the record's history; returns its version, one more if any differs.

    Raises NotFound, RecordChanged, RecordApproved or BadRequest.
    """
    with short(statement_timeout_ms=(limits or Limits()).web_timeout_ms) as session:
        record = locked_record(session, record_id)
        if record.version != changes.version:
            raise RecordChanged(record_summary(session, record_id))
        refuse_approved(record)
        differing = _differing(session, record, changes)
        if not differing:
            return record.version
        for name, (_, after) in differing.items():
            setattr(record, name, after)
        said = {name: [_said(session, name, value) for value in pair] for name, pair in differing.items()}
        step_version(record)
        session.add(
            RecordEvent(
                record_id=record_id,
                what="changed",
                from_state=record.state,
                to_state=record.state,
                account_id=account_id,
                comment=changes.comment,
                changes=said,
            )
        )
    return changes.version + 1


def locked_record(session: Session, record_id: int) -> Record:
    """The record, held until the transaction ends: whoever wants to change it too waits, and then sees what we did."""
    record = session.get(Record, record_id, with_for_update={"key_share": True})
    if record is None:
        raise NotFound("record", record_id)
    return record


def step_version(record: Record) -> None:
    """One version more, now."""
    record.version = record.version + 1
    record.changed_at = func.clock_timestamp()


def refuse_approved(record: Record) -> None:
    """Raises RecordApproved: what somebody approved is not changed behind their back."""
    if record.state == "approved":
        raise RecordApproved(record.id)


def _differing(session: Session, record: Record, changes: RecordChanges) -> dict[str, tuple[Any, Any]]:
    fields = dict(changes.fields)
    if "assignee" in fields:
        fields["assignee_id"] = assignee_id(session, fields.pop("assignee"))
    return {name: (getattr(record, name), after) for name, after in fields.items() if getattr(record, name) != after}


def _said(session: Session, name: str, value: Any) -> Any:
    if name == "assignee_id" and value is not None:
        account = session.get(Account, value)
        return account.email if account else f"account {value}"
    return value.isoformat() if isinstance(value, date) else value
