"""Adding a file to a record: name, digest and content, kept as they came and never changed."""

from __future__ import annotations

import hashlib
import re
from typing import IO, Final

from sqlalchemy import func, select

from spatial_admin.errors import BadRequest, LimitExceeded
from spatial_admin.models import RecordEvent, RecordFile
from spatial_admin.services.records.change_record import locked_record, refuse_approved, step_version
from spatial_admin.services.records.create_record import UNKNOWN_TYPE
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

LONGEST_NAME: Final = 200
MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
FOLDERS: Final = re.compile(r"^.*[/\\]", re.DOTALL)


def attach_file(
    record_id: int, file: IO[bytes], name: str, media_type: str | None, account_id: int, limits: Limits
) -> tuple[int, bool]:
    """Store a file; returns its number within the record, and whether it is new.

    The same bytes again are the same file, so a repetition after a lost answer is harmless. Raises NotFound,
    BadRequest, LimitExceeded or RecordApproved.
    """
    name = file_name_of(name)
    content = file.read(limits.record_file_bytes + 1)
    if len(content) > limits.record_file_bytes:
        raise LimitExceeded("bytes in a file of a record", limits.record_file_bytes)
    if not content:
        raise BadRequest("file", "it is empty")
    sha256 = hashlib.sha256(content).hexdigest()
    with short(statement_timeout_ms=limits.import_timeout_ms) as session:
        record = locked_record(session, record_id)
        known = select(RecordFile.position).where(RecordFile.record_id == record_id, RecordFile.sha256 == sha256)
        position = session.scalar(known)
        if position is not None:
            return position, False
        refuse_approved(record)
        last = select(func.coalesce(func.max(RecordFile.position), 0)).where(RecordFile.record_id == record_id)
        position = int(session.execute(last).scalar_one()) + 1
        session.add(
            RecordFile(
                record_id=record_id,
                position=position,
                name=name,
                media_type=_media_type(media_type),
                size=len(content),
                sha256=sha256,
                content=content,
                added_by=account_id,
            )
        )
        step_version(record)
        session.add(
            RecordEvent(
                record_id=record_id,
                what="file",
                from_state=record.state,
                to_state=record.state,
                account_id=account_id,
                changes={"file": [None, name]},
            )
        )
    return position, True


def file_name_of(given: str) -> str:
    """The name of a file without its folder; raises BadRequest where no name is left, or one nobody could read."""
    name = FOLDERS.sub("", given).strip()
    if not name or name in {".", ".."}:
        raise BadRequest("file", "it has no name")
    if len(name) > LONGEST_NAME:
        raise BadRequest("file", f"its name has more than {LONGEST_NAME} characters")
    if UNPRINTABLE.search(name):
        raise BadRequest("file", "its name holds a character that cannot be printed")
    return name


def _media_type(given: str | None) -> str:
    given = (given or "").partition(";")[0].strip().lower()
    return given if MEDIA_TYPE.fullmatch(given) else UNKNOWN_TYPE
