"""One attempt at one job: begin it, call its service, record what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from flask import Flask
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from sqlalchemy.exc import DBAPIError

from spatial_admin.database_errors import is_connection_loss
from spatial_admin.errors import Json, OutcomeUnknown
from spatial_admin.jobs import DESCRIBE
from spatial_admin.jobs.pace import Pace
from spatial_admin.models import db
from spatial_admin.services.jobs.report_progress import (
    JobCancelled,
    JobInterrupted,
    Progress,
    begin_job,
    fail_job,
    finish_job,
    hand_back_job,
    report_progress,
    stop_job,
)
from spatial_admin.services.shared.watch_edit import Watch

Service = Callable[[int, Watch], Json]
REPORT_EVERY_S: Final = 0.5
MOST_LOSSES: Final = 5


class TryAgain(BaseRetryStrategy):
    """What goes back into the queue: a job whose worker stops, at once; one that lost the database, after a pause."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run it again; None for never."""
        if isinstance(exception, JobAborted):
            return RetryDecision(retry_in={"seconds": 0})
        if is_loss(exception) and job.attempts < MOST_LOSSES:
            return RetryDecision(retry_in={"seconds": 2 * (job.attempts + 1)})
        return None


def is_loss(error: BaseException) -> bool:
    """Was the database lost, so that the same again, under the same key, may go well?"""
    return isinstance(error, OutcomeUnknown) or (isinstance(error, DBAPIError) and is_connection_loss(error))


def carry_out(context: JobContext, job_id: int, service: Service) -> None:
    """Run the service of a job; raises only what sends the job back into the queue."""
    app: Flask = context.additional_context["app"]
    with app.app_context():
        try:
            attempt = begin_job(job_id)
            if attempt is not None:
                _attempt(app, context, Attempt(job_id, attempt, context), service)
        finally:
            db.session.remove()


@dataclass(slots=True)
class Attempt:
    """Reports how far the work is, now and then, and ends it where it shall not go on."""

    job_id: int
    number: int
    context: JobContext
    reported_at: float = float("-inf")
    step: str = ""
    pace: Pace = field(default_factory=Pace)

    def watch(self, step: str, done: int, total: int | None = None) -> None:
        """The `Watch` of the work."""
        if self.context.should_abort():
            raise JobInterrupted
        now = time.monotonic()
        if step != self.step or now - self.reported_at >= REPORT_EVERY_S:
            self.reported_at, self.step = now, step
            report_progress(self.job_id, self.number, Progress(done, total, self.pace.note(done, now), step))


def _attempt(app: Flask, context: JobContext, attempt: Attempt, service: Service) -> None:
    try:
        result = service(attempt.job_id, attempt.watch)
    except JobInterrupted:
        hand_back_job(attempt.job_id, attempt.number, "The worker was stopped; the job is begun anew.")
        raise JobAborted from None
    except JobCancelled:
        stop_job(attempt.job_id)
    except Exception as error:
        if is_loss(error) and context.job.attempts < MOST_LOSSES:
            raise
        fail_job(attempt.job_id, attempt.number, app.extensions[DESCRIBE](error))
    else:
        finish_job(attempt.job_id, attempt.number, result)
