"""Real workers: in a process of their own, or in this one until no job is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, text

from spatial_admin.jobs import run_worker
from spatial_admin.settings import Settings, WorkerHabits
from tests.conftest import ROOT

PATIENCE_S = 60


def work_off(app: Flask) -> None:
    """Run every job that waits, in a thread: a browser's event loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, app, WorkerHabits(is_endless=False)).result()


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
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "worker", *options], env=env, cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def end(self, signum: int) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(signum)
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


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
    deadline = time.monotonic() + PATIENCE_S
    while not condition(job := job_of(engine, job_id)):
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
    return job


def is_writing(job: Any) -> bool:
    return bool(job.state == "running" and job.message == "Writing parcels")


def has_ended(job: Any) -> bool:
    return job.ended_at is not None


def left_in_queue(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


KILLED = -signal.SIGKILL
