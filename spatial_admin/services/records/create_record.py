"""Entering a record: by hand, or for an import, which makes its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest
from spatial_admin.models import Account, Record, RecordEvent, RecordFile
from spatial_admin.services.records.parse_record import LONGEST_NUMBER, LONGEST_TITLE, NewRecord
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

UNKNOWN_TYPE: Final = "application/octet-stream"


def create_record(new: NewRecord, account_id: int | None, limits: Limits | None = None) -> int:
    """Enter a record, in state `received`; returns its id. Raises BadRequest for an assignee who is not there."""
    with short(statement_timeout_ms=(limits or Limits()).web_timeout_ms) as session:
        record = Record(
            type=new.type,
            number=new.number,
            title=new.title,
            received=new.received,
            recorded=new.recorded,
            effective_from=new.effective_from,
            assignee_id=assignee_id(session, new.assignee),
            state="received",
            created_by=account_id,
        )
        _add(session, record, account_id, new.comment)
    return record.id


def create_import_record(
    session: Session, batch: int, file_name: str, size: int, sha256: str, account_id: int | None
) -> int:
    """The record of an import, in the transaction of its edit; returns its id.

    The file's name and digest are kept, not its content: that stands in the staged rows, as it came. The work under it
    is done when it is there, so it waits as `submitted` for somebody else to approve it.
    """
    record = Record(
        type="import",
        number=str(batch)[:LONGEST_NUMBER],
        title=f"Import of {file_name}"[:LONGEST_TITLE],
        received=datetime.now(UTC).date(),
        state="submitted",
        created_by=account_id,
    )
    _add(session, record, account_id, "")
    session.add(
        RecordFile(
            record_id=record.id,
            position=1,
            name=file_name,
            media_type=UNKNOWN_TYPE,
            size=size,
            sha256=sha256,
            added_by=account_id,
        )
    )
    session.flush()
    return record.id


def assignee_id(session: Session, email: str | None) -> int | None:
    """The account that an email names; raises BadRequest where there is none that may sign in."""
    if email is None:
        return None
    found = session.scalar(select(Account.id).where(Account.email == email, Account.active))
    if found is None:
        raise BadRequest("assignee", f"there is no account {email} that may sign in")
    return found


def _add(session: Session, record: Record, account_id: int | None, comment: str) -> None:
    session.add(record)
    session.flush()
    session.add(
        RecordEvent(record_id=record.id, what="created", to_state=record.state, account_id=account_id, comment=comment)
    )
    session.flush()
