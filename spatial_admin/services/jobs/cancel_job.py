"""Stopping a job: one that waits never begins, one that runs ends at its next step with nothing changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flask import current_app

from spatial_admin.models import Account, JobRun
from spatial_admin.services.jobs.keep_uploads import sweep_uploads
from spatial_admin.services.jobs.show_job import visible_job
from spatial_admin.transaction import short

# Takes it out of the queue unless a worker has it; that one finds it cancelled when it begins (begin_job).
UNQUEUE: Final = "SELECT procrastinate_cancel_job_v1(%(queue_id)s, false, true)"


def cancel_job(job_id: int, account: Account | None) -> None:
    """Ask a job to stop; one that has ended stays as it is. Raises NotFound.

    A job of one's own; an administrator, and the server's terminal (None), any.
    A job that runs is stopped at its next step; where that is after its commit, it is done all the same.
    """
    with short() as session:
        job = visible_job(session, job_id, account, is_locked=True)
        if job.ended_at is not None:
            return
        now = datetime.now(UTC)
        job.cancel_asked_at = job.cancel_asked_at or now
        if job.state == "waiting":
            session.connection().exec_driver_sql(UNQUEUE, {"queue_id": job.queue_id})
            job.state, job.ended_at, job.request, job.queue_id = "cancelled", now, None, None
    sweep_uploads(current_app.config["SETTINGS"].home)


def may_cancel(job: JobRun) -> bool:
    """Is there anything left to stop? (Who may see a job may stop it.)"""
    return job.ended_at is None and job.cancel_asked_at is None
