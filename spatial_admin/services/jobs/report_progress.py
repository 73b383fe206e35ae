"""What a job writes about itself while it runs, in short transactions of their own beside its work.

A job that is begun anew (its worker died, or only seemed dead) has a new attempt; an older attempt may still run
somewhere, and what it writes reaches no row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from psycopg2.extras import Json as JsonValue

from spatial_admin.errors import Json
from spatial_admin.transaction import short

# A job that is waiting, or whose worker died; not one that was cancelled meanwhile.
BEGIN: Final = """
UPDATE job_run SET state = 'running', started_at = clock_timestamp(), attempts = attempts + 1, done = 0, message = '',
  per_second = NULL, reported_at = clock_timestamp()
WHERE id = %(job)s AND state IN ('waiting', 'running') AND cancel_asked_at IS NULL RETURNING attempts
"""
REPORT: Final = """
UPDATE job_run SET done = %(done)s, total = coalesce(%(total)s, total), message = %(message)s,
  per_second = %(per_second)s, reported_at = clock_timestamp()
WHERE id = %(job)s AND attempts = %(attempt)s AND state = 'running' RETURNING cancel_asked_at IS NOT NULL
"""
FINISH: Final = """
UPDATE job_run SET state = 'done', done = coalesce(total, done), message = '', result = %(result)s, request = NULL,
  queue_id = NULL, ended_at = clock_timestamp()
WHERE id = %(job)s AND attempts = %(attempt)s AND state = 'running'
"""
FAIL: Final = """
UPDATE job_run SET state = 'failed', message = %(message)s, problem = %(problem)s, request = NULL, queue_id = NULL,
  ended_at = clock_timestamp()
WHERE id = %(job)s AND attempts = %(attempt)s AND state = 'running'
"""
STOP: Final = """
UPDATE job_run SET state = 'cancelled', message = '', request = NULL, queue_id = NULL, ended_at = clock_timestamp()
WHERE id = %(job)s AND state IN ('waiting', 'running') AND cancel_asked_at IS NOT NULL
"""
HAND_BACK: Final = """
UPDATE job_run SET state = 'waiting', done = 0, message = %(message)s
WHERE id = %(job)s AND attempts = %(attempt)s AND state = 'running'
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: units done, of how many (None: as stated before), units a second lately, what it is doing."""

    done: int
    total: int | None
    per_second: float | None
    message: str


class JobCancelled(Exception):
    """Somebody asked this job to stop, or another worker has it by now."""


class JobInterrupted(Exception):
    """The worker is about to stop; the job goes back into the queue."""


def begin_job(job_id: int) -> int | None:
    """Begin an attempt and answer its number; None for a job that was cancelled or has ended."""
    with short() as session:
        connection = session.connection()
        attempt: int | None = connection.exec_driver_sql(BEGIN, {"job": job_id}).scalar_one_or_none()
        if attempt is None:
            connection.exec_driver_sql(STOP, {"job": job_id})
    return attempt


def report_progress(job_id: int, attempt: int, progress: Progress) -> None:
    """Say how far a job is; raises JobCancelled where it shall not go on."""
    values = {"job": job_id, "attempt": attempt, **asdict(progress)}
    with short() as session:
        is_cancelled = session.connection().exec_driver_sql(REPORT, values).scalar_one_or_none()
    if is_cancelled is not False:
        raise JobCancelled


def finish_job(job_id: int, attempt: int, result: Json) -> None:
    """The work is done, and this came of it."""
    _write(FINISH, {"job": job_id, "attempt": attempt, "result": JsonValue(result)})


def fail_job(job_id: int, attempt: int, problem: Json) -> None:
    """Nothing came of it; `problem` is what an answer over HTTP would have said."""
    message = str(problem.get("title", ""))
    _write(FAIL, {"job": job_id, "attempt": attempt, "message": message, "problem": JsonValue(problem)})


def stop_job(job_id: int) -> None:
    """It stopped because somebody asked it to."""
    _write(STOP, {"job": job_id})


def hand_back_job(job_id: int, attempt: int, message: str) -> None:
    """It waits again: another worker will begin it anew."""
    _write(HAND_BACK, {"job": job_id, "attempt": attempt, "message": message})


def _write(statement: str, values: Json) -> None:
    with short() as session:
        session.connection().exec_driver_sql(statement, values)
