"""Backups by real workers: by the clock, into the folder of the settings, the oldest let go, never the last good one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.services.database import queue_backup as backing_up
from spatial_admin.services.database.keep_backups import name_of_backup, remove_old_backups
from spatial_admin.services.database.keep_manifest import check_file, manifest_path, read_manifest
from spatial_admin.services.database.queue_backup import queue_backup
from spatial_admin.services.jobs.report_progress import JobCancelled
from spatial_admin.settings import Settings, Upkeep
from tests.database import name_of
from tests.jobs.workers import job_of, left_in_queue, work_off, working
from tests.waiting import until

JOBS = text("SELECT * FROM job_run WHERE kind = 'backup_database' ORDER BY id")
Make = Callable[..., Flask]


def jobs(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(JOBS).all())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


def test_the_clock_has_one_made_however_many_workers_look_at_it(
    settings: Settings, engine: Engine, folder: Path
) -> None:
    at = f"{datetime.now(UTC) - timedelta(minutes=1):%H:%M}"
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(working(settings, SPATIAL_ADMIN_BACKUP_AT=at, SPATIAL_ADMIN_BACKUP_FOLDER=str(folder)))
        until(lambda: [job.state for job in jobs(engine)] == ["done"])
        until(lambda: left_in_queue(engine) == 0)
    (job,) = jobs(engine)
    file = Path(job.result["file"])
    assert file.parent == folder
    assert sorted(folder.iterdir()) == [file, manifest_path(file)]
    check_file(file, read_manifest(file))
    assert (job.attempts, job.asked_by, job.unit, job.result["removed"]) == (1, None, "rows", [])
    assert job.done == job.total > 0  # in rows


def test_as_many_are_kept_as_the_setting_says_and_what_is_not_ours_stays(
    engine: Engine, folder: Path, with_settings: Make, settings: Settings
) -> None:
    database = name_of(settings.database_url)
    old = [name_of_backup(database, datetime(2024, 3, day, 2, 15, tzinfo=UTC)) for day in (1, 2, 3)]
    for name in old:
        (folder / name).touch()
        manifest_path(folder / name).touch()
    kept = [f"{database}-before-the-move.backup", name_of_backup(f"{database}2", datetime(2024, 3, 1, tzinfo=UTC))]
    for name in (*kept, f".{old[0]}.77.part"):
        (folder / name).touch()
    app = with_settings(upkeep=Upkeep(at=None, backup_folder=folder, keep_backups=2))
    with app.app_context():
        number = queue_backup()
        assert queue_backup() == number  # one at a time
    work_off(app)
    job = job_of(engine, number)
    assert job.result["removed"] == old[:2]
    made = [old[2], Path(job.result["file"]).name]
    assert {path.name for path in folder.iterdir()} == {*kept, *made, *(f"{name}.manifest.json" for name in made)}


def test_nothing_goes_before_enough_whole_ones_are_there(folder: Path) -> None:
    names = [name_of_backup("town", datetime(2024, 3, day, tzinfo=UTC)) for day in (1, 2, 3)]
    for name in names:
        (folder / name).touch()
    for name in names[:2]:
        manifest_path(folder / name).touch()
    assert remove_old_backups(folder, "town", 2) == []  # the third has no manifest
    manifest_path(folder / names[2]).touch()
    assert remove_old_backups(folder, "town", 2) == names[:1]
    assert not manifest_path(folder / names[0]).exists()


def test_one_that_fails_says_why_and_leaves_the_others(
    engine: Engine, folder: Path, with_settings: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_settings(upkeep=Upkeep(at=None, backup_folder=folder / "none", keep_backups=1))
    with app.app_context():
        number = queue_backup()
    work_off(app)
    job = job_of(engine, number)
    assert (job.state, job.problem["detail"]) == ("failed", f"There is no folder {folder / 'none'}.")
    unset = with_settings(upkeep=Upkeep(at=None))
    with unset.app_context():
        number = queue_backup()
    work_off(unset)
    assert "Set SPATIAL_ADMIN_BACKUP_FOLDER for every worker" in job_of(engine, number).problem["detail"]


def test_one_that_is_cancelled_leaves_nothing(folder: Path, with_settings: Make) -> None:
    app = with_settings(upkeep=Upkeep(at=None, backup_folder=folder))
    steps: list[tuple[str, int, int | None]] = []

    def watch(step: str, done: int, total: int | None = None) -> None:
        steps.append((step, done, total))
        if [told.startswith("Writing") for told, _, _ in steps].count(True) == 2:  # the first is before it begins
            raise JobCancelled

    with app.app_context(), pytest.MonkeyPatch.context() as patch, pytest.raises(JobCancelled):
        patch.setattr("spatial_admin.services.database.run_postgres_program.POLL_S", 0.001)
        backing_up.run_backup_job(0, watch)
    assert list(folder.iterdir()) == []
    rows = max(done for step, done, _ in steps if step == "Digesting rows")
    assert rows > 0
    assert steps[-1][1:] == (rows, rows)
