"""A worker ends its own jobs only: what was given to another one goes on there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from sqlalchemy import Engine, make_url, text

from spatial_admin.jobs.ownership import open_queue
from spatial_admin.settings import Settings
from tests.jobs.conftest import Ask

Tell = Callable[[JobManager, Job], Awaitable[None]]


async def say_it_is_done(jobs: JobManager, job: Job) -> None:
    await jobs.finish_job(job, Status.SUCCEEDED, delete_job=True)


async def put_it_back(jobs: JobManager, job: Job) -> None:
    await jobs.retry_job(job)


@pytest.mark.parametrize("tell", [say_it_is_done, put_it_back])
@pytest.mark.parametrize("is_taken_away", [False, True])
def test_only_the_end_of_an_own_job_counts(
    tell: Tell, is_taken_away: bool, settings: Settings, block: Engine, ask: Ask
) -> None:
    ask()
    with ThreadPoolExecutor(1) as thread:  # a browser's event loop may be running in this one
        taken = thread.submit(asyncio.run, take_and_tell(settings, block, tell, is_taken_away)).result()
    with block.connect() as connection:
        left = connection.execute(text("SELECT status::text, worker_id FROM procrastinate_jobs")).all()
    if is_taken_away:
        assert [(row.status, row.worker_id != taken.worker_id) for row in left] == [("doing", True)]
    elif tell is say_it_is_done:
        assert left == []
    else:
        assert [(row.status, row.worker_id) for row in left] == [("todo", taken.worker_id)]


async def take_and_tell(settings: Settings, engine: Engine, tell: Tell, is_taken_away: bool) -> Job:
    """The job as the first of two workers took it, and told of it after the second had it."""
    conninfo = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    queue = open_queue(conninfo, 2)
    async with queue.open_async():
        jobs = queue.job_manager
        first, second = await jobs.register_worker(), await jobs.register_worker()
        job = await jobs.fetch_job(queues=None, worker_id=first)
        assert job is not None
        if is_taken_away:
            with engine.begin() as connection:
                connection.execute(text("UPDATE procrastinate_jobs SET worker_id = :second"), {"second": second})
        await tell(jobs, job)
    return job
