"""An edit that is too large to wait for: checked for form, stored as it was sent, and made by a worker later."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spatial_admin.errors import Json, KeyReused
from spatial_admin.models import Edit, JobRun
from spatial_admin.services.approval.require_second_person import require_no_second_person
from spatial_admin.services.editing.edit_boundaries import request_hash
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.services.jobs.queue_job import queue_job
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

KIND: Final = "edit"
KEY_TAKEN: Final = "This key belongs to an edit with another content; take a new key for a new edit."


@dataclass(frozen=True, slots=True)
class QueuedEdit:
    """The job that makes an edit, or the receipt of the edit where it is made already."""

    key: UUID
    job_id: int | None
    state: str
    receipt: Json | None = None


def queue_edit(request: EditRequest, body: Json, account_id: int) -> QueuedEdit:
    """Have the edit made as a job; the same key and body again is the same job.

    `body` is what `request` was parsed from. Raises KeyReused, or ApprovalRequired where its author needs a second
    person (asked again when it is made). A refused or cancelled edit leaves its key free.
    """
    digest = request_hash(request)
    try:
        with short() as session:
            return _known(session, request, digest, account_id) or _queued(session, request, body, digest, account_id)
    except IntegrityError:  # the same request came twice at once, and the other was first
        with short() as session:
            known = _known(session, request, digest, account_id)
        if known is None:
            raise
        return known


def _known(session: Session, request: EditRequest, digest: bytes, account_id: int) -> QueuedEdit | None:
    edit = session.scalars(select(Edit).where(Edit.key == request.key)).one_or_none()
    if edit is not None:
        _compare(edit.request_hash, digest)
        if edit.receipt is not None:
            return QueuedEdit(request.key, None, "done", edit.receipt)
    active = select(JobRun).where(JobRun.edit_key == request.key, JobRun.state.in_(("waiting", "running", "done")))
    job = session.scalars(active).one_or_none()
    if job is None:
        return None
    _compare(job.request_hash, digest)
    if job.asked_by != account_id:
        raise KeyReused("This key belongs to an edit that somebody else asked for; take a new key for a new edit.")
    return QueuedEdit(request.key, job.id, job.state)


def _queued(session: Session, request: EditRequest, body: Any, digest: bytes, account_id: int) -> QueuedEdit:
    require_no_second_person(partial(run_sql, session), account_id, request.natures)
    job = JobRun(
        kind=KIND,
        asked_by=account_id,
        total=len(request.operations),
        unit="operations",
        edit_key=request.key,
        request_hash=digest,
        request=json.dumps(body),
    )
    queue_job(session, job)
    return QueuedEdit(request.key, job.id, "waiting")


def _compare(stored: bytes | None, digest: bytes) -> None:
    if stored is None or bytes(stored) != digest:
        raise KeyReused(KEY_TAKEN)
