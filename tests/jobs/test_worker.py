"""Jobs run by real worker processes: done once, whatever becomes of the workers."""

from __future__ import annotations

import signal

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.models import db
from spatial_admin.settings import Settings
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, move, store_block, update, versions_of
from tests.database import TestCluster, name_of
from tests.jobs.conftest import Ask
from tests.jobs.workers import KILLED, has_ended, held, is_writing, job_of, left_in_queue, wait_for, work_off, working
from tests.waiting import until

GRID = Grid()
QUICK = ("--dead-after", "1.5")


def test_an_edit_of_two_thousand_parcels_is_one_edit_with_as_many_versions(
    settings: Settings, engine: Engine, ask: Ask
) -> None:
    store_block(engine, GRID, 45, 45)
    seen = versions_of(engine)
    operations = [update(name, land_use="orchard") for name in seen]
    job_id = ask(move(GRID.at(1, 1), GRID.at(1.2, 1.3)), *operations, seen=seen)
    with working(settings):
        job = wait_for(engine, job_id, has_ended)
    assert (job.state, job.done, job.total, job.unit) == ("done", 2026, 2026, "operations")
    with engine.connect() as connection:
        edits = connection.execute(text("SELECT id FROM edit WHERE receipt ? 'parcels'")).scalars().all()
        made = connection.execute(
            text("SELECT edit_id, change, count(*) FROM parcel_version WHERE version = 2 GROUP BY 1, 2 ORDER BY 3")
        ).all()
    assert edits == [job.result["edit_id"]]
    assert [tuple(row) for row in made] == [(edits[0], "geometry", 4), (edits[0], "attributes", 2021)]
    assert len(job.result["parcels"]) == 2025
    assert job.request is None
    assert audit(engine, committed=edits) == []


def test_a_job_whose_worker_is_killed_is_begun_anew_and_made_once(settings: Settings, block: Engine, ask: Ask) -> None:
    job_id = ask()
    with held(block, "1-1"), working(settings, *QUICK) as worker:
        wait_for(block, job_id, is_writing)
        assert worker.end(signal.SIGKILL) == KILLED
    assert job_of(block, job_id).state == "running", "nobody has noticed yet"
    with working(settings, *QUICK) as worker:
        job = wait_for(block, job_id, has_ended)
        assert worker.end(signal.SIGTERM) == 0
    assert (job.state, job.attempts, job.deaths) == ("done", 2, 1)
    assert versions_of(block)["1-1"] == 2
    assert left_in_queue(block) == 0
    assert audit(block, committed=[job.result["edit_id"]]) == []


def test_a_worker_that_was_only_held_up_takes_jobs_again(settings: Settings, block: Engine, ask: Ask) -> None:
    first = ask()
    with working(settings, *QUICK) as sleeper:
        wait_for(block, first, has_ended)
        sleeper.process.send_signal(signal.SIGSTOP)
        with working(settings, *QUICK) as other:  # for it the first is dead soon, and is looked for twice a second
            until(lambda: silence_s(block) > 4)
            second = wait_for(block, ask(update("2-1", land_use="orchard"), seen={"2-1": 1}), has_ended)
            assert other.end(signal.SIGTERM) == 0
        sleeper.process.send_signal(signal.SIGCONT)
        third = wait_for(block, ask(update("2-2", land_use="orchard"), seen={"2-2": 1}), has_ended)
        assert sleeper.end(signal.SIGTERM) == 0
    assert (second.state, third.state) == ("done", "done")


def test_a_worker_that_was_held_up_in_a_job_goes_on_with_it(settings: Settings, block: Engine, ask: Ask) -> None:
    job_id = ask()
    with working(settings, *QUICK) as worker:
        with held(block, "1-1"):
            wait_for(block, job_id, is_writing)
            worker.process.send_signal(signal.SIGSTOP)
            until(lambda: silence_s(block) > 4)
            worker.process.send_signal(
                signal.SIGCONT
            )  # it looks for jobs of dead workers before its heart beats, or after
            until(lambda: silence_s(block) < 1)
        job = wait_for(block, job_id, has_ended)
    assert (job.state, job.attempts, job.deaths) == ("done", 1, 0)


def test_a_worker_whose_job_was_taken_away_takes_the_next_and_stops_when_told(
    settings: Settings, block: Engine, ask: Ask
) -> None:
    first = ask()
    with working(settings) as worker:
        with block.begin() as rescuer:
            with held(block, "1-1"):
                wait_for(block, first, is_writing)
                rescuer.execute(text("SELECT FROM procrastinate_jobs FOR UPDATE"))
            wait_for(block, first, has_ended)  # the queue has not heard of it
            rescuer.execute(text("DELETE FROM procrastinate_jobs"))
        second = wait_for(block, ask(update("2-1", land_use="orchard"), seen={"2-1": 1}), has_ended)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait() == 0
    assert (job_of(block, first).state, second.state) == ("done", "done")


def test_a_worker_that_ends_when_no_job_is_left_lets_the_last_one_end_and_is_not_dead_meanwhile(
    settings: Settings, block: Engine, ask: Ask
) -> None:
    job_id = ask()
    with working(settings, "--once", "--grace", "0.2", *QUICK) as last:
        with held(block, "1-1"):
            wait_for(block, job_id, is_writing)
            with working(settings, *QUICK) as other:
                until(lambda: job_of(block, job_id).state != "running" or running_s(block) > 4)
                assert other.end(signal.SIGTERM) == 0
        assert last.process.wait() == 0
    job = job_of(block, job_id)
    assert (job.state, job.attempts, job.deaths) == ("done", 1, 0)


def running_s(engine: Engine) -> float:
    """For how long the one job runs."""
    with engine.connect() as connection:
        asked = text("SELECT extract(epoch FROM clock_timestamp() - started_at) FROM job_run")
        return float(connection.execute(asked).scalar_one() or 0)


def silence_s(engine: Engine) -> float:
    """For how long the worker was silent that was silent longest."""
    with engine.connect() as connection:
        asked = text("SELECT extract(epoch FROM clock_timestamp() - min(last_heartbeat)) FROM procrastinate_workers")
        return float(connection.execute(asked).scalar_one() or 0)


def test_an_edit_that_was_made_before_its_worker_was_killed_is_not_made_again(
    app: Flask, block: Engine, ask: Ask
) -> None:
    job_id = ask()
    with block.connect() as connection:
        key, request = connection.execute(text("SELECT edit_key, request FROM job_run")).one()
    work_off(app)
    made = job_of(block, job_id).result
    with block.begin() as connection:  # as if the worker had died between the two commits
        connection.execute(
            text("UPDATE job_run SET state = 'waiting', ended_at = NULL, result = NULL, request = :request"),
            {"request": request},
        )
        connection.execute(
            text("WITH again AS (INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                 "SELECT 'default', 'edit', jsonb_build_object('job_id', CAST(:id AS bigint)) RETURNING id) "
                 "UPDATE job_run SET queue_id = again.id FROM again"), {"id": job_id},
        )  # fmt: skip
    work_off(app)
    job = job_of(block, job_id)
    assert (job.state, job.attempts, job.result) == ("done", 2, made)
    assert made["key"] == str(key)
    assert versions_of(block)["1-1"] == 2


def test_a_running_job_that_is_cancelled_ends_with_nothing_changed(settings: Settings, block: Engine, ask: Ask) -> None:
    job_id = ask()
    with held(block, "1-1"), working(settings):
        wait_for(block, job_id, is_writing)
        with block.begin() as connection:
            connection.execute(text("UPDATE job_run SET cancel_asked_at = now()"))
        job = wait_for(block, job_id, has_ended)
    assert (job.state, job.result, job.problem) == ("cancelled", None, None)
    assert versions_of(block)["1-1"] == 1
    assert audit(block) == []


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_lets_its_job_end(
    signum: int, settings: Settings, block: Engine, ask: Ask
) -> None:
    job_id = ask()
    with working(settings) as worker:
        with held(block, "1-1"):
            wait_for(block, job_id, is_writing)
            worker.process.send_signal(signum)
        assert worker.process.wait() == 0
    job = job_of(block, job_id)
    assert (job.state, job.attempts) == ("done", 1)


def test_a_job_that_does_not_end_in_time_goes_back_into_the_queue(settings: Settings, block: Engine, ask: Ask) -> None:
    job_id = ask()
    with held(block, "1-1"), working(settings, "--grace", "0.2") as worker:
        wait_for(block, job_id, is_writing)
        assert worker.end(signal.SIGTERM) == 0
        job = job_of(block, job_id)
        assert (job.state, job.message) == ("waiting", "The worker was stopped; the job is begun anew.")
    assert left_in_queue(block) == 1
    with working(settings, "--once") as worker:
        assert worker.process.wait() == 0
    job = job_of(block, job_id)
    assert (job.state, job.attempts, job.deaths) == ("done", 2, 0)


def test_a_worker_whose_connections_are_cut_goes_on(
    app: Flask, settings: Settings, block: Engine, ask: Ask, cluster: TestCluster
) -> None:
    first = ask()
    with working(settings, *QUICK) as worker:
        with held(block, "1-1") as holding:
            wait_for(block, first, is_writing)
            mine = holding.execute(text("SELECT pg_backend_pid()")).scalar_one()
            cut(cluster, settings, but=mine)
            block.dispose()  # ours were cut too
            with app.app_context():
                db.engine.dispose()
        assert wait_for(block, first, has_ended).state == "done"
        second = ask(update("0-0", land_use="meadow"), seen={"0-0": 1})
        assert wait_for(block, second, has_ended).state == "done"
        assert worker.process.poll() is None
    assert versions_of(block)["1-1"] == versions_of(block)["0-0"] == 2


def cut(cluster: TestCluster, settings: Settings, *, but: int) -> None:
    """End every connection to the test's database but one."""
    with cluster._engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> :but"),
            {"name": name_of(settings.database_url), "but": but},
        )
