"""How a worker tells the queue that a job is over: patiently, and only of a job that is still its own."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

PATIENCE_S: Final = 60.0
PAUSE_S: Final = 1.0
# A rescuer that holds the row (services/jobs/rescue_jobs) is waited for, and what it made of the row then counts.
FINISH: Final = """
WITH own AS (SELECT id FROM procrastinate_jobs
  WHERE id = %(job_id)s AND worker_id = %(worker_id)s AND status = 'doing' FOR UPDATE)
SELECT procrastinate_finish_job_v1(own.id, %(status)s, %(delete_job)s) FROM own
"""
RETRY: Final = """
WITH own AS (SELECT id FROM procrastinate_jobs
  WHERE id = %(job_id)s AND worker_id = %(worker_id)s AND status = 'doing' FOR UPDATE)
SELECT procrastinate_retry_job_v2(own.id, %(retry_at)s, %(priority)s, %(queue)s, %(lock)s) FROM own
"""


class PatientConnector(PsycopgConnector):
    """Says again what PostgreSQL did not hear while it was started anew.

    By this way go heartbeats and the ends of jobs. A job whose end is not heard stays with a worker that lives, and
    nobody would ever begin it again.
    """

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """As its parent, for a minute; what PostgreSQL heard and refused is not said again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                await super().execute_query_async(query, **arguments)
            except ConnectorException as error:
                is_lost = isinstance(error.__cause__, psycopg.OperationalError | psycopg.InterfaceError)
                if not is_lost or time.monotonic() > deadline:
                    raise
            else:
                return
            await asyncio.sleep(PAUSE_S)


class OwnJobs(JobManager):
    """Ends only jobs that are this worker's.

    A worker that was held up finds, when it goes on, that its job was given to another one, or is over. The queue's own
    functions go by the job's number alone: they would end the other's attempt, or refuse.
    """

    worker_id: int | None = None

    async def register_worker(self) -> int:
        """Make this worker known to the queue, and remember its number."""
        self.worker_id = await super().register_worker()
        return self.worker_id

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Set a job to its final state, unless it was taken away."""
        await self.connector.execute_query_async(
            FINISH, job_id=job.id, worker_id=job.worker_id, status=status.value, delete_job=delete_job
        )

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back into the queue, unless it was taken away."""
        await self.connector.execute_query_async(
            RETRY, job_id=job.id, worker_id=job.worker_id, retry_at=retry_at or datetime.now(UTC), priority=priority,
            queue=queue, lock=lock,
        )  # fmt: skip


def open_queue(conninfo: str, most_connections: int) -> App:
    """The queue, as yet without tasks."""
    # A pooler in transaction mode gives the next statement to a server that has not prepared it.
    unprepared = {"prepare_threshold": None}
    connector = PatientConnector(conninfo=conninfo, min_size=1, max_size=most_connections, kwargs=unprepared)
    queue = App(connector=connector)
    queue.job_manager = OwnJobs(queue.connector)
    return queue


def worker_of(queue: App) -> int | None:
    """The number under which the queue knows this worker, as soon as it does."""
    return queue.job_manager.worker_id if isinstance(queue.job_manager, OwnJobs) else None
