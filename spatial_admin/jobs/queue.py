"""The queue as a worker sees it: the tasks by the kind of job, and what is asked for by the clock."""

from __future__ import annotations

from typing import Final

from flask import Flask
from procrastinate import App, JobContext
from sqlalchemy import make_url

from spatial_admin.jobs.carry_out import TryAgain, carry_out
from spatial_admin.jobs.ownership import open_queue
from spatial_admin.services.database.keep_ahead import sweep_tiles
from spatial_admin.services.database.maintain_database import KIND as MAINTAIN
from spatial_admin.services.database.queue_backup import KIND as BACKUP
from spatial_admin.services.database.queue_backup import queue_backup, run_backup_job
from spatial_admin.services.database.queue_maintenance import queue_maintenance, run_maintenance_job
from spatial_admin.services.editing.queue_edit import KIND as EDIT
from spatial_admin.services.editing.run_edit_job import run_edit_job
from spatial_admin.services.exporting.queue_export import KIND as EXPORT
from spatial_admin.services.exporting.queue_export import run_export_job
from spatial_admin.services.findings.queue_scan import KIND as SCAN
from spatial_admin.services.findings.queue_scan import queue_due_scan, run_scan_job
from spatial_admin.services.findings.review_findings import end_acceptances
from spatial_admin.services.importing.queue_import import KIND as IMPORT
from spatial_admin.services.importing.queue_import import run_import_job
from spatial_admin.services.importing.queue_undo import KIND as UNDO_IMPORT
from spatial_admin.services.importing.queue_undo import run_undo_job
from spatial_admin.services.jobs.keep_uploads import sweep_uploads
from spatial_admin.services.jobs.queue_job import QUEUE
from spatial_admin.settings import Upkeep

SCHEDULE: Final = "schedule_maintenance"
SCHEDULE_BACKUP: Final = "schedule_backup"
SWEEP: Final = "sweep_tiles"
SCHEDULE_SCAN: Final = "schedule_scan"
EVERY_FIVE_MINUTES: Final = "*/5 * * * *"
EVERY_MINUTE: Final = "* * * * *"


def make_queue(database_url: str, concurrency: int, upkeep: Upkeep) -> App:
    """The queue in a database, with every task that a worker knows, and what is asked for by the clock."""
    conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    queue = open_queue(conninfo, concurrency + 2)

    @queue.task(name=EDIT, queue=QUEUE, pass_context=True, retry=TryAgain())
    def edit(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_edit_job)

    @queue.task(name=UNDO_IMPORT, queue=QUEUE, pass_context=True, retry=TryAgain())
    def undo_import(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_undo_job)

    @queue.task(name=IMPORT, queue=QUEUE, pass_context=True, retry=TryAgain())
    def import_parcels(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_import_job)
        app: Flask = context.additional_context["app"]
        with app.app_context():
            sweep_uploads(app.config["SETTINGS"].home)

    @queue.task(name=MAINTAIN, queue=QUEUE, pass_context=True, retry=TryAgain())
    def maintain(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_maintenance_job)

    @queue.task(name=BACKUP, queue=QUEUE, pass_context=True, retry=TryAgain())
    def backup(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_backup_job)

    @queue.task(name=EXPORT, queue=QUEUE, pass_context=True, retry=TryAgain())
    def export(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_export_job)

    @queue.task(name=SCAN, queue=QUEUE, pass_context=True, retry=TryAgain())
    def scan(context: JobContext, *, job_id: int) -> None:
        carry_out(context, job_id, run_scan_job)

    _schedule(queue, upkeep)
    return queue


def _schedule(queue: App, upkeep: Upkeep) -> None:
    """Have work asked for by the clock. Every worker looks at it; the queue keeps each moment once."""

    @queue.task(name=SCHEDULE, queue=QUEUE, pass_context=True, retry=TryAgain())
    def schedule(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 (the moment, given by the queue)
        app: Flask = context.additional_context["app"]
        with app.app_context():
            queue_maintenance()

    @queue.task(name=SCHEDULE_BACKUP, queue=QUEUE, pass_context=True, retry=TryAgain())
    def schedule_backup(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        app: Flask = context.additional_context["app"]
        with app.app_context():
            queue_backup()

    # Too often and too short to be a job that people see; what one misses, the next does.
    @queue.task(name=SWEEP, queue=QUEUE, pass_context=True)
    def sweep(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        app: Flask = context.additional_context["app"]
        with app.app_context():
            sweep_tiles()
            end_acceptances()

    @queue.task(name=SCHEDULE_SCAN, queue=QUEUE, pass_context=True)
    def schedule_scan(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        app: Flask = context.additional_context["app"]
        with app.app_context():
            queue_due_scan()

    if upkeep.backup_folder is not None and upkeep.backup_at is not None:
        queue.periodic(cron=upkeep.backup_at)(schedule_backup)
    if upkeep.at is not None:
        queue.periodic(cron=upkeep.at)(schedule)
        queue.periodic(cron=EVERY_FIVE_MINUTES)(sweep)
        queue.periodic(cron=EVERY_MINUTE)(schedule_scan)
