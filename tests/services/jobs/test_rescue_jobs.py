"""Jobs of workers that died: requeued, given up, or left alone."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.services.jobs.report_progress import (
    JobCancelled,
    Progress,
    begin_job,
    fail_job,
    finish_job,
    hand_back_job,
    report_progress,
)
from spatial_admin.services.jobs.rescue_jobs import MOST_DEATHS, ONE_AT_A_TIME, Rescue, Suspects, rescue_jobs
from spatial_admin.web import describe_error
from tests.jobs.workers import job_of, left_in_queue

SILENT_S = 30.0
INSERT_WAITING = """
WITH queued AS (INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'edit') RETURNING id),
     run AS (INSERT INTO job_run (kind, queue_id) SELECT 'edit', id FROM queued RETURNING id)
SELECT run.id, queued.id FROM run, queued
"""


@pytest.fixture
def job_id(engine: Engine) -> int:
    """A job that waits, with nothing behind it."""
    with engine.begin() as connection:
        number, queue_id = connection.execute(text(INSERT_WAITING)).one()
        values = {"id": number, "queue_id": queue_id}
        connection.execute(
            text(
                "UPDATE procrastinate_jobs SET args = jsonb_build_object('job_id', CAST(:id AS bigint)) WHERE id = :queue_id"
            ),
            values,
        )
    return int(number)


def take(engine: Engine, heartbeat: str) -> int:
    """A worker takes what waits, and was last heard of then; its number."""
    with engine.begin() as connection:
        worker = connection.execute(text("SELECT worker_id FROM procrastinate_register_worker_v1()")).scalar_one()
        connection.execute(text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)"), {"worker": worker})
        connection.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = now() - CAST(:ago AS interval) WHERE id = :worker"),
            {"worker": worker, "ago": heartbeat},
        )
    return int(worker)


def look(app: Flask, suspects: Suspects, rescuer: int | None = None) -> Rescue:
    with app.app_context():
        return rescue_jobs(SILENT_S, describe_error, suspects, rescuer)


def rescue(app: Flask) -> Rescue:
    """Two looks, between which no heart beat."""
    return replace(look(app, look(app, {}).suspects), suspects={})


def status(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT status::text FROM procrastinate_jobs")).scalars())


def workers(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM procrastinate_workers")).scalar_one())


def test_a_job_of_a_worker_that_lives_is_left_alone(app: Flask, engine: Engine, job_id: int) -> None:
    assert rescue(app) == Rescue((), ()), "it waits"
    take(engine, "20 seconds")
    assert rescue(app) == Rescue((), ())
    assert status(engine) == ["doing"]


def test_a_job_of_a_silent_worker_waits_again(app: Flask, engine: Engine, job_id: int) -> None:
    take(engine, "40 seconds")
    with app.app_context():
        assert begin_job(job_id) == 1
    assert rescue(app) == Rescue((job_id,), ())
    job = job_of(engine, job_id)
    assert (job.state, job.deaths, job.message) == ("waiting", 1, "The worker died; the job is begun anew.")
    assert status(engine) == ["todo"]
    assert workers(engine) == 1, "it may only have been held up"


def test_a_worker_is_dead_that_is_silent_at_two_looks_and_not_heard_between(
    app: Flask, engine: Engine, job_id: int
) -> None:
    """A machine stood still, and all hearts on it: whoever looks first finds the others silent."""
    beat = text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    worker = take(engine, "40 seconds")
    first = look(app, {})
    assert (first.requeued, set(first.suspects)) == ((), {worker})
    with engine.begin() as connection:
        connection.execute(beat)
    second = look(app, first.suspects)
    assert (second.requeued, status(engine)) == ((), ["doing"]), "it was heard, and is silent again"
    assert look(app, second.suspects).requeued == (job_id,)


def test_a_worker_that_looks_is_not_dead_however_long_it_was_held_up(app: Flask, engine: Engine, job_id: int) -> None:
    worker = take(engine, "40 seconds")
    found = look(app, look(app, {}, worker).suspects, worker)
    assert found == Rescue((), (), {})
    assert (job_of(engine, job_id).deaths, status(engine)) == (0, ["doing"])


def test_nobody_waits_for_a_rescuer_that_was_held_up(app: Flask, engine: Engine, job_id: int) -> None:
    take(engine, "40 seconds")
    suspects = look(app, {}).suspects
    with engine.begin() as connection:
        connection.exec_driver_sql(ONE_AT_A_TIME)
        assert look(app, suspects) == Rescue((), (), suspects), "what it has seen counts at the next look"
    assert look(app, suspects).requeued == (job_id,)


def test_a_worker_that_was_silent_for_more_than_a_day_is_forgotten(app: Flask, engine: Engine, job_id: int) -> None:
    take(engine, "25 hours")
    assert rescue(app) == Rescue((job_id,), ())
    assert workers(engine) == 0


def test_rescuers_at_the_same_time_count_one_death(app: Flask, engine: Engine, job_id: int) -> None:
    take(engine, "40 seconds")
    suspects = look(app, {}).suspects
    threads = [threading.Thread(target=look, args=(app, suspects)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert job_of(engine, job_id).deaths == 1


def test_a_job_over_which_workers_keep_dying_is_given_up(app: Flask, engine: Engine, job_id: int) -> None:
    for _ in range(MOST_DEATHS - 1):
        take(engine, "40 seconds")
        assert rescue(app).requeued == (job_id,)
    take(engine, "40 seconds")
    assert rescue(app) == Rescue((), (job_id,))
    job = job_of(engine, job_id)
    assert (job.state, job.problem["type"], job.problem["status"]) == ("failed", "/problems/job_given_up", 500)
    assert f"{MOST_DEATHS} workers died" in job.problem["detail"]
    assert left_in_queue(engine) == 0


def test_a_cancelled_job_of_a_dead_worker_ends_as_cancelled(app: Flask, engine: Engine, job_id: int) -> None:
    take(engine, "40 seconds")
    with engine.begin() as connection:
        connection.execute(text("UPDATE job_run SET state = 'running', cancel_asked_at = now()"))
    rescue(app)
    assert job_of(engine, job_id).state == "cancelled"
    assert left_in_queue(engine) == 0


def test_a_job_that_the_queue_forgot_is_told_and_not_left_waiting_for_ever(
    app: Flask, engine: Engine, job_id: int
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    assert look(app, {}).given_up == (job_id,)
    assert "ask for it again" in job_of(engine, job_id).problem["detail"]


def test_what_an_attempt_writes_that_was_replaced_reaches_no_row(app: Flask, engine: Engine, job_id: int) -> None:
    with app.app_context():
        old, new = begin_job(job_id), begin_job(job_id)
        assert (old, new) == (1, 2)
        with pytest.raises(JobCancelled):
            report_progress(job_id, 1, Progress(7, None, None, "late"))
        finish_job(job_id, 1, {"late": True})
        fail_job(job_id, 1, {"title": "late"})
        hand_back_job(job_id, 1, "late")
        assert job_of(engine, job_id).state == "running"
        finish_job(job_id, 2, {"late": False})
        fail_job(job_id, 2, {"title": "too late"})
    job: Any = job_of(engine, job_id)
    assert (job.state, job.result, job.problem) == ("done", {"late": False}, None)
