"""Maintenance as a job: asked for by an administrator or by the clock, run by a worker, once at a time."""

from __future__ import annotations

from flask import current_app

from spatial_admin.errors import Json
from spatial_admin.services.database.maintain_database import KIND, maintain_database
from spatial_admin.services.jobs.queue_job import queue_once
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.settings import Settings


def queue_maintenance(account_id: int | None = None) -> int:
    """The number of the maintenance that waits or runs, which is queued here where there is none."""
    return queue_once(KIND, "steps", account_id)


def run_maintenance_job(_job_id: int, watch: Watch) -> Json:
    """The work of the job; its result says what each step did."""
    settings: Settings = current_app.config["SETTINGS"]
    return maintain_database(settings, watch).as_json()
