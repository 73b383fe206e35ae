"""Putting work into the queue, in the transaction of the row that people see: both are there, or neither."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spatial_admin.models import JobRun
from spatial_admin.transaction import short

QUEUE: Final = "default"
# The queue's own function of a stated version, and not its Python, which would cost every web process a quarter of a
# second to import. Workers are told at COMMIT.
DEFER: Final = """
SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[
  ROW(%(queue)s, %(task)s, 0, NULL, NULL, %(arguments)s::jsonb, NULL)::procrastinate_job_to_defer_v1
]))
"""


def queue_job(session: Session, job: JobRun) -> JobRun:
    """Store a job and have a worker run the task named as its kind, with its number; does not commit."""
    session.add(job)
    session.flush()
    values = {"queue": QUEUE, "task": job.kind, "arguments": json.dumps({"job_id": job.id})}
    job.queue_id = session.connection().exec_driver_sql(DEFER, values).scalar_one()
    session.flush()
    return job


def queue_once(kind: str, unit: str, account_id: int | None = None) -> int:
    """The number of the job of this kind that waits or runs, which is queued here where there is none.

    However many ask at once, it is one: an index of job_run allows no second one of the kind that has not ended.
    """
    unended = select(JobRun.id).where(JobRun.kind == kind, JobRun.ended_at.is_(None))
    try:
        with short() as session:
            known = session.scalars(unended).one_or_none()
            return known or queue_job(session, JobRun(kind=kind, asked_by=account_id, unit=unit)).id
    except IntegrityError:  # somebody was first
        with short() as session:
            return session.scalars(unended).one_or_none() or queue_once(kind, unit, account_id)
