"""Maintenance by real workers: by the clock once however many they are, again after a death, stopped by the terminal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, text

from spatial_admin.owner_connection import NAME, owner_connection
from spatial_admin.services.database.queue_maintenance import queue_maintenance
from spatial_admin.services.jobs.rescue_jobs import rescue_jobs
from spatial_admin.settings import Settings, Upkeep
from spatial_admin.web import describe_error
from tests.jobs.test_worker import QUICK
from tests.jobs.workers import KILLED, job_of, left_in_queue, rescue, work_off, working
from tests.services.database.test_maintain_database import held_open, interrupt
from tests.waiting import until

JOBS = text("SELECT * FROM job_run WHERE kind = 'maintain_database' ORDER BY id")
INVALID = text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
# In this test's database: those of other processes are maintained meanwhile.
WAITS = text(
    "SELECT count(*) FROM pg_stat_activity "
    f"WHERE datname = current_database() AND application_name = '{NAME}' AND wait_event_type = 'Lock'"
)


def rows(engine: Engine, statement: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(statement).all())


@contextmanager
def stuck(engine: Engine, owner_engine: Engine, settings: Settings) -> Iterator[Connection]:
    """Maintenance has an index to drop, and waits for the transaction of this block before it does."""
    with (
        held_open(engine, "SELECT count(*) FROM parcel"),
        owner_connection(settings.database_owner_url) as owner,
        pytest.raises(KeyboardInterrupt),
    ):
        owner.run("REINDEX INDEX CONCURRENTLY ix__parcel__geom", interrupt)
    with held_open(engine, "SELECT count(*) FROM parcel") as holding:
        yield holding


def is_stuck(owner_engine: Engine) -> bool:
    return bool(rows(owner_engine, WAITS)[0][0])


def test_the_clock_asks_for_one_run_however_many_workers_look_at_it(
    settings: Settings, engine: Engine, with_settings: Callable[..., Flask]
) -> None:
    just_now = f"{datetime.now(UTC) - timedelta(minutes=1):%H:%M}"
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(working(settings, maintain_at=just_now))
        until(lambda: [job.state for job in rows(engine, JOBS)] == ["done"])
        until(lambda: left_in_queue(engine) == 0)  # the queue forgets a job after it is done
    # One that is started anew in the same minutes looks at the same moment.
    hour, minute = just_now.split(":")
    work_off(with_settings(upkeep=Upkeep(at=f"{int(minute)} {int(hour)} * * *")))
    (job,) = rows(engine, JOBS)
    assert (job.attempts, job.asked_by) == (1, None)
    assert {chore["name"] for chore in job.result["chores"]} >= {"vacuum", "analyze", "reindex", "old_jobs"}
    assert left_in_queue(engine) == 0


def test_asked_for_by_many_at_once_it_is_one_and_after_its_end_another(app: Flask, engine: Engine) -> None:
    with app.app_context():
        first = queue_maintenance()
        assert queue_maintenance() == first
        work_off(app)
        assert job_of(engine, first).state == "done"
        assert queue_maintenance() > first


def test_maintenance_whose_worker_is_killed_is_done_by_another(
    app: Flask, engine: Engine, owner_engine: Engine, settings: Settings
) -> None:
    with app.app_context():
        number = queue_maintenance()
    with stuck(engine, owner_engine, settings):
        with working(settings, *QUICK) as worker:
            until(lambda: is_stuck(owner_engine))
            assert worker.end(signal.SIGKILL) == KILLED
        # Its statement ends by itself soon after its client, or nobody else could begin.
        until(lambda: not is_stuck(owner_engine))
    until(lambda: rescue(app) == (number,))
    work_off(app)
    job = job_of(engine, number)
    assert (job.state, job.attempts, job.deaths) == ("done", 2, 1)
    assert rows(owner_engine, INVALID) == [(0,)]


def test_a_run_that_waits_is_stopped_from_the_terminal(
    app: Flask, engine: Engine, owner_engine: Engine, settings: Settings
) -> None:
    with app.app_context():
        number = queue_maintenance()
    runner = app.test_cli_runner()
    with stuck(engine, owner_engine, settings):
        worker = threading.Thread(target=work_off, args=(app,))
        worker.start()
        until(lambda: is_stuck(owner_engine))
        listed = runner.invoke(args=["jobs", "list"]).output
        assert "running" in listed
        assert "maintain_database" in listed
        assert f"Job {number} is asked to stop" in runner.invoke(args=["jobs", "cancel", str(number)]).output
        watched = runner.invoke(args=["jobs", "watch", str(number)])
        assert f"Job {number} is cancelled" in watched.output
        worker.join(20)
    worker.join(60)  # on a busy machine it ends after its job has; the database must not go before it
    assert not worker.is_alive()
    assert job_of(engine, number).state == "cancelled"


def test_a_worker_that_died_while_it_asked_for_maintenance_is_made_up_for(app: Flask, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
                 "VALUES ('default', 'schedule_maintenance', '{\"timestamp\": 1}', 'doing')")
        )  # fmt: skip
    with app.app_context():
        rescue_jobs(1.0, describe_error, {})
    work_off(app)  # asks for it
    work_off(app)  # does it
    assert [job.state for job in rows(engine, JOBS)] == ["done"]


def test_jobs_are_told_in_the_terminal(app: Flask, engine: Engine) -> None:
    runner = app.test_cli_runner()
    assert "There are no jobs" in runner.invoke(args=["jobs", "list"]).output
    unknown = runner.invoke(args=["jobs", "watch", "7"])
    assert (unknown.exit_code, "There is no job 7" in unknown.output) == (1, True)
    with app.app_context():
        number = queue_maintenance()
    assert f"Job {number} is cancelled." in runner.invoke(args=["jobs", "cancel", str(number)]).output
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO job_run (kind, state, ended_at, problem) VALUES "
                 "('edit', 'failed', now(), '{\"title\": \"Too many\", \"detail\": \"Split it.\"}') ")
        )  # fmt: skip
    failed = runner.invoke(args=["jobs", "watch", str(number + 1)])
    assert (failed.exit_code, "Too many: Split it." in failed.output) == (1, True)
