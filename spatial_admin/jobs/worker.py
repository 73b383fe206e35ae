"""The worker: takes jobs out of the queue, keeps its heart beating, and looks after jobs of workers that died."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from flask import Flask
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from spatial_admin.errors import QueueLost
from spatial_admin.jobs import DESCRIBE
from spatial_admin.jobs.ownership import worker_of
from spatial_admin.jobs.queue import make_queue
from spatial_admin.services.jobs.rescue_jobs import FORGOTTEN_S, Suspects, rescue_jobs
from spatial_admin.settings import Settings, WorkerHabits

BEATS: Final = 3  # in the time after which a silent worker counts as dead
LONGEST_S: Final = 1e9  # any job
POLL_S: Final = 5.0  # a new job is told of by NOTIFY; one that waits again is found by looking

logger = logging.getLogger(__name__)


def run(app: Flask, habits: WorkerHabits) -> None:
    """Run jobs until SIGTERM or SIGINT, then let those that run end, or hand them back; raises QueueLost."""
    tell_without_traceback(logging.getLogger("procrastinate"))
    settings: Settings = app.config["SETTINGS"]
    queue = make_queue(settings.database_url, habits.concurrency, settings.upkeep)
    try:
        asyncio.run(_run(app, queue, habits))
    except ConnectorException as error:
        raise QueueLost(f"The worker ends, for it lost the queue: {_cause(error)}") from error


class WithoutTraceback(logging.Formatter):
    """Says of a lost database that it is lost and why; of anything else where it happened, too."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, with the reason in the place of the package's "Database error"."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, ConnectorException):
            return super().format(record)
        said, cause = record.getMessage(), _cause(error)
        for name in (repr(error), str(error)):
            said = said.replace(name, cause)
        return said if cause in said else f"{said} {cause}"


def tell_without_traceback(queues: logging.Logger) -> None:
    """The queue's package logs every loss of the database as if it were a fault in the program."""
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutTraceback())
    queues.handlers[:] = [handler]
    queues.propagate = False


def _cause(error: BaseException) -> str:
    """What the driver said first."""
    said = str(error.__cause__ or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


async def _run(app: Flask, queue: App, habits: WorkerHabits) -> None:
    beat_s = habits.silent_s / BEATS
    async with queue.open_async():
        rescuing = asyncio.create_task(_rescue(app, queue, habits.silent_s), name="rescue")
        try:
            await queue.run_worker_async(
                concurrency=habits.concurrency,
                wait=habits.is_endless,
                additional_context={"app": app},
                delete_jobs="always",  # what people see of it is in job_run
                # One that ends when no job is left is about to end while its last ones run: they have their time.
                shutdown_graceful_timeout=habits.grace_s if habits.is_endless else LONGEST_S,
                update_heartbeat_interval=beat_s,
                stalled_worker_timeout=FORGOTTEN_S,
                fetch_job_polling_interval=min(POLL_S, beat_s),
            )
        finally:
            rescuing.cancel()


async def _rescue(app: Flask, queue: App, silent_s: float) -> None:
    suspects: Suspects = {}
    while True:
        await _beat(queue)
        suspects = await asyncio.to_thread(_rescue_once, app, silent_s, suspects, worker_of(queue))
        await asyncio.sleep(silent_s / BEATS)


async def _beat(queue: App) -> None:
    """Also while a worker is about to end: the queue's own heart has stopped then, and its last jobs may take long."""
    own = worker_of(queue)
    if own is None:
        return
    try:
        await queue.job_manager.update_heartbeat(own)
    except ConnectorException as error:
        logger.warning("That this worker lives could not be said: %s", error)


def _rescue_once(app: Flask, silent_s: float, suspects: Suspects, rescuer: int | None) -> Suspects:
    """The workers that are to be dead unless they are heard before the next look."""
    with app.app_context():
        try:
            rescued = rescue_jobs(silent_s, app.extensions[DESCRIBE], suspects, rescuer)
        except SQLAlchemyError as error:
            logger.warning("Jobs of dead workers could not be looked for: %s", error)
            return {}
    if rescued.requeued:
        logger.warning("The worker of these jobs died; they wait again: %s", rescued.requeued)
    if rescued.given_up:
        logger.warning("These jobs are given up: %s", rescued.given_up)
    return rescued.suspects
