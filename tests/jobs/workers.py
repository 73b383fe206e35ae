"""Real workers: in a process of their own, or in this one until no job is left."""

from __future__ import annotations

import atexit
import functools
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, text

from spatial_admin.jobs import run_worker
from spatial_admin.services.jobs.rescue_jobs import rescue_jobs
from spatial_admin.settings import Settings, WorkerHabits
from spatial_admin.web import describe_error
from tests.conftest import ROOT
from tests.jobs.nursery import Child, Nursery
from tests.waiting import until


def work_off(app: Flask) -> None:
    """Run every job that waits, in a thread: a browser's event loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, app, WorkerHabits(is_endless=False)).result()


def rescue(app: Flask) -> tuple[int, ...]:
    """Look twice for jobs of workers that were silent for a second and a half; the numbers of those that wait again."""
    with app.app_context():
        return rescue_jobs(1.5, describe_error, rescue_jobs(1.5, describe_error, {}).suspects).requeued


@functools.cache
def nursery() -> Nursery:
    """That of this process's tests."""
    made = Nursery()
    atexit.register(made.close)
    return made


class Worker:
    """`flask worker` as a child of the test."""

    def __init__(self, settings: Settings, *options: str, maintain_at: str = "off", **variables: str) -> None:
        env = {
            **os.environ, "DATABASE_URL": settings.database_url, "DATABASE_OWNER_URL": settings.database_owner_url,
            "SECRET_KEY": settings.secret_key, "SPATIAL_ADMIN_HOME": str(settings.home), "SPATIAL_ADMIN_ENV": "development",
            "FLASK_APP": f"{ROOT / 'app.py'}:app", "PYTHONPATH": str(ROOT), "SPATIAL_ADMIN_MAINTAIN_AT": maintain_at,
            **variables,
        }  # fmt: skip
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY"):
            env.pop(f"{name}_FILE", None)
        self.process = Child(nursery(), ["worker", *options], env)

    def end(self, signum: int) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(signum)
        return self.process.wait()

    def close(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def working(settings: Settings, *options: str, maintain_at: str = "off", **variables: str) -> Iterator[Worker]:
    """A worker that is there during the test; `variables` of its environment."""
    worker = Worker(settings, *options, maintain_at=maintain_at, **variables)
    try:
        yield worker
    finally:
        worker.close()


@contextmanager
def held(engine: Engine, parcel_id: str) -> Iterator[Connection]:
    """Hold the row of a parcel: whoever edits it waits, and tries again, until this ends."""
    with engine.begin() as connection:
        connection.execute(text("SELECT FROM parcel WHERE parcel_id = :name FOR UPDATE"), {"name": parcel_id})
        yield connection


def job_of(engine: Engine, job_id: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM job_run WHERE id = :id"), {"id": job_id}).one()


def wait_for(engine: Engine, job_id: int, condition: Callable[[Any], bool]) -> Any:
    """The row of a job as soon as it is as the condition says."""
    seen: list[Any] = []

    def is_so() -> bool:
        seen[:] = [job_of(engine, job_id)]
        return condition(seen[0])

    until(is_so)
    return seen[0]


def is_writing(job: Any) -> bool:
    return bool(job.state == "running" and job.message == "Writing parcels")


def has_ended(job: Any) -> bool:
    return job.ended_at is not None


def left_in_queue(engine: Engine) -> int:
    """What the queue still has to do, but for what the clock asks for every few minutes, which may be just now."""
    with engine.connect() as connection:
        asked = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name NOT IN ('sweep_tiles', 'schedule_scan')")
        return int(connection.execute(asked).scalar_one())


KILLED = -signal.SIGKILL
