"""Long work, run by `flask worker` from a queue in PostgreSQL (procrastinate).

The queue's package is imported by the worker only: a web process puts work into the queue by SQL
(services/jobs/queue_job).
"""

from __future__ import annotations

from flask import Flask

from spatial_admin.services.jobs.rescue_jobs import Describe
from spatial_admin.settings import WorkerHabits

DESCRIBE = "spatial_admin.describe_error"


def init_app(app: Flask, describe: Describe) -> None:
    """`describe` tells what HTTP would have said of an error (jobs and web do not know each other)."""
    app.extensions[DESCRIBE] = describe


def run_worker(app: Flask, habits: WorkerHabits) -> None:
    """Run jobs until SIGTERM or SIGINT; see jobs/worker.py."""
    from spatial_admin.jobs.worker import run  # noqa: PLC0415 (a quarter of a second that only a worker spends)

    run(app, habits)
