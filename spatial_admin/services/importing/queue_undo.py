"""Undoing an import as a job: asked for once under its key, made by a worker."""

from __future__ import annotations

import hashlib
import json
from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spatial_admin.errors import Json, KeyReused, NotAllowed, NotFound
from spatial_admin.models import Account, Edit, JobRun
from spatial_admin.services.editing.queue_edit import KEY_TAKEN, QueuedEdit
from spatial_admin.services.importing.undo_import import UndoRequest, undo_import
from spatial_admin.services.jobs.queue_job import queue_job
from spatial_admin.services.shared.authorize import ADMINISTRATOR, has_role
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.transaction import short, snapshot

KIND: Final = "undo_import"


def queue_undo(request: UndoRequest, account_id: int) -> QueuedEdit:
    """Have an import undone as a job; the same key and content again is the same job. Raises KeyReused."""
    try:
        with short() as session:
            return _known(session, request) or _queued(session, request, account_id)
    except IntegrityError:  # the same request came twice at once, and the other was first
        with short() as session:
            known = _known(session, request)
        if known is None:
            raise
        return known


def run_undo_job(job_id: int, watch: Watch) -> Json:
    """The work of the job: the receipt of the undoing."""
    with snapshot() as session:
        job = session.get(JobRun, job_id)
        if job is None or job.request is None:
            raise NotFound("waiting job", job_id)
        account = session.get(Account, job.asked_by) if job.asked_by is not None else None
        if account is None or not account.active or not has_role(account, ADMINISTRATOR):
            raise NotAllowed("Who asked for this may not undo imports any more.")
        asked, author_id = json.loads(job.request), account.id
    request = UndoRequest(int(asked["edit_id"]), UUID(asked["key"]), str(asked["comment"]))
    current_app.logger.info("Undoing the import of edit %s", request.edit_id)
    return undo_import(request, author_id, watch)


def _content(request: UndoRequest) -> str:
    return json.dumps({"edit_id": request.edit_id, "key": str(request.key), "comment": request.comment}, sort_keys=True)


def _digest(request: UndoRequest) -> bytes:
    return hashlib.sha256(f"{KIND} {_content(request)}".encode()).digest()


def _known(session: Session, request: UndoRequest) -> QueuedEdit | None:
    active = select(JobRun).where(JobRun.edit_key == request.key, JobRun.state.in_(("waiting", "running", "done")))
    job = session.scalars(active).one_or_none()
    if job is not None:
        if bytes(job.request_hash or b"") != _digest(request):
            raise KeyReused(KEY_TAKEN)
        return QueuedEdit(request.key, job.id, job.state)
    edit = session.scalars(select(Edit).where(Edit.key == request.key)).one_or_none()
    # An undoing that was stopped half-way has a receipt under its key: go on under a new one.
    if edit is not None and edit.receipt is not None:
        raise KeyReused(KEY_TAKEN)
    return None


def _queued(session: Session, request: UndoRequest, account_id: int) -> QueuedEdit:
    job = JobRun(
        kind=KIND,
        asked_by=account_id,
        unit="parcels",
        edit_key=request.key,
        request_hash=_digest(request),
        request=_content(request),
    )
    queue_job(session, job)
    return QueuedEdit(request.key, job.id, "waiting")
