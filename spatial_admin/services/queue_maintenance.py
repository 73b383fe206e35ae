"""Maintenance as a job: asked for by an administrator or by the clock, run by a worker, once at a time."""

from __future__ import annotations

from typing import Final

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from spatial_admin.errors import Json
from spatial_admin.models import JobRun
from spatial_admin.services.maintain_database import KIND, maintain_database
from spatial_admin.services.queue_job import queue_job
from spatial_admin.services.watch_edit import Watch
from spatial_admin.settings import Settings
from spatial_admin.transaction import short

UNENDED: Final = select(JobRun.id).where(JobRun.kind == KIND, JobRun.ended_at.is_(None))


def queue_maintenance(account_id: int | None = None) -> int:
    """The number of the maintenance that waits or runs, which is queued here where there is none.

    However many ask at once, it is one: an index allows no second one that has not ended.
    """
    try:
        with short() as session:
            known = session.scalars(UNENDED).one_or_none()
            return known or queue_job(session, JobRun(kind=KIND, asked_by=account_id, unit="steps")).id
    except IntegrityError:  # somebody was first
        with short() as session:
            return session.scalars(UNENDED).one_or_none() or queue_maintenance(account_id)


def run_maintenance_job(_job_id: int, watch: Watch) -> Json:
    """The work of the job; its result says what each step did."""
    settings: Settings = current_app.config["SETTINGS"]
    return maintain_database(settings, watch).as_json()
