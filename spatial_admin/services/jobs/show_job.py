"""One job: who asked for it, how far it is, what came of it. People see their own, administrators see all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session, undefer

from spatial_admin.errors import Json, NotFound
from spatial_admin.models import Account, JobRun
from spatial_admin.services.shared.authorize import ADMINISTRATOR, has_role
from spatial_admin.services.shared.name_references import emails_of

SILENT_S = 30.0  # after which what was said is too old to reckon with


def visible_to(account: Account | None) -> ColumnElement[bool]:
    """The condition on JobRun that leaves what an account may see; the server's terminal (None) sees all."""
    return true() if account is None or has_role(account, ADMINISTRATOR) else JobRun.asked_by == account.id


def visible_job(session: Session, job_id: int, account: Account | None, *, is_locked: bool = False) -> JobRun:
    """The job of a number; raises NotFound, also for one of somebody else."""
    statement = select(JobRun).where(JobRun.id == job_id, visible_to(account))
    if is_locked:
        statement = statement.with_for_update()
    job = session.scalars(statement).one_or_none()
    if job is None:
        raise NotFound("job", job_id)
    return job


def show_job(session: Session, job_id: int, account: Account | None) -> Json:
    """Everything about a job; `receipt` once it is done, `problem` once it has failed. Raises NotFound."""
    visible_job(session, job_id, account)
    loaded = select(JobRun).where(JobRun.id == job_id).options(undefer(JobRun.result), undefer(JobRun.problem))
    job = session.scalars(loaded, execution_options={"populate_existing": True}).one()
    shown = summary_of(job, emails_of(session, [job.asked_by]))
    if job.result is not None:
        shown["receipt"] = job.result
    if job.problem is not None:
        shown["problem"] = job.problem
    return shown


def summary_of(job: JobRun, emails: dict[int, str]) -> Json:
    """A job without what came of it."""
    return {
        "job_id": job.id,
        "kind": job.kind,
        "state": job.state,
        "href": f"/api/jobs/{job.id}",
        "key": str(job.edit_key) if job.edit_key else None,
        "progress": {
            "done": job.done,
            "total": job.total,
            "unit": job.unit,
            "per_second": rate_of(job),
            "seconds_left": seconds_left_of(job),
        },
        "message": job.message,
        "attempts": job.attempts,
        "asked_by": emails.get(job.asked_by) if job.asked_by is not None else None,
        "asked_at": _moment(job.asked_at),
        "started_at": _moment(job.started_at),
        "ended_at": _moment(job.ended_at),
        "cancel_asked_at": _moment(job.cancel_asked_at),
    }


def rate_of(job: JobRun) -> float | None:
    """Units of work a second: of a job that runs over the last minute, as its worker said; of one that has ended over
    all of its last attempt. None before there is any.
    """
    if job.state == "running":
        return None if job.per_second is None else round(job.per_second, 3)
    if job.started_at is None or job.ended_at is None or not job.done:
        return None
    seconds = (job.ended_at - job.started_at).total_seconds()
    return round(job.done / seconds, 3) if seconds > 0 else None


def seconds_left_of(job: JobRun) -> float | None:
    """How long the rest takes at the pace of the last minute; None where nobody can know."""
    if job.state != "running" or not job.per_second or job.total is None or job.reported_at is None:
        return None
    silent_s = (datetime.now(UTC) - job.reported_at).total_seconds()
    if silent_s > SILENT_S or job.done >= job.total:
        return None
    return round(max(0.0, (job.total - job.done) / job.per_second - silent_s), 1)


def _moment(value: Any) -> str | None:
    return value.isoformat() if value is not None else None
