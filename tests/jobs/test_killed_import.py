"""Imports whose worker is ended by `kill -9` in the midst of its work: another makes of the file what one alone had made."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from spatial_admin.admin.presentation import grouped
from spatial_admin.services.jobs.keep_uploads import uploads
from tests.concurrency.audit import audit
from tests.gate import WHILE_ADMITTING, end_who_is_there, gate, is_there
from tests.jobs.offices import (
    ALL_ADMITTED,
    ALL_STAGED,
    IMPORT_DONE,
    QUICK,
    ROWS,
    RUIAN,
    WHILE_READING,
    WHILE_TRANSFORMING,
    WILLIAMSBURG,
    Books,
    Office,
    books_of,
)
from tests.jobs.workers import KILLED, has_ended, job_of, left_in_queue, rescue, wait_for, work_off, working
from tests.waiting import until


@pytest.mark.parametrize(
    ("what", "moment", "file"),
    [
        ("some rows are read and copied", WHILE_READING, WILLIAMSBURG),
        ("all are staged, and not committed", ALL_STAGED, RUIAN),
        ("a thousand have their new coordinates", WHILE_TRANSFORMING, RUIAN),
        ("some are parcels", WHILE_ADMITTING, WILLIAMSBURG),
        ("all are parcels, and the import does not know yet", ALL_ADMITTED, WILLIAMSBURG),
        ("the import is done, and its job does not know yet", IMPORT_DONE, WILLIAMSBURG),
    ],
)  # fmt: skip
def test_whenever_the_worker_is_killed_another_makes_the_same_of_the_file(
    what: str, moment: tuple[str, str], file: str, office: Office, files: dict[str, Path], undisturbed: dict[str, Books]
) -> None:
    batch, job_id = office.upload(files[file])
    with gate(office.owner_engine, office.engine, moment) as closed, working(office.settings, *QUICK) as worker:
        until(lambda: is_there(closed))
        assert worker.end(signal.SIGKILL) == KILLED
        # Nobody has noticed; what is said to be admitted is what is stored.
        shown = office.shown(batch)
        stored = closed.exec_driver_sql("SELECT count(*) FROM parcel").scalar_one()
        assert (shown["job"]["state"], shown["is_stopped"], shown["admitted"]) == ("running", False, stored), what
    until(lambda: rescue(office.app) == (job_id,))
    work_off(office.app)
    job = job_of(office.engine, job_id)
    assert (job.state, job.attempts, job.deaths, left_in_queue(office.engine)) == ("done", 2, 1, 0), job

    assert books_of(office.engine) == undisturbed[file], what
    assert [one for one in audit(office.engine) if " overlap by " not in one] == []
    assert list(uploads(office.settings.home).iterdir()) == []

    shown = office.shown(batch)
    assert shown["state"] == "done"
    assert shown["quarantined"] == (4 if file == WILLIAMSBURG else 0)
    assert shown["features"] == shown["admitted"] + shown["quarantined"] + shown["rejected"] == ROWS[file]
    page = office.page(batch)
    for name, words in (("features", "rows"), ("admitted", "= admitted"), ("quarantined", "+ in quarantine")):
        assert f"<dt>{words}</dt><dd>{grouped(shown[name])}</dd>" in page
    # What the last worker found left to do is not all that there was to do.
    assert job.done == job.total
    assert job.total in (shown["features"], shown["admitted"])
    assert (
        f"Job {job_id} is done: {job.total:,} of {job.total:,} rows"
        in office.terminal("jobs", "watch", str(job_id)).output
    )


def test_three_deaths_give_the_job_up_and_the_import_goes_on_from_the_terminal(
    office: Office, files: dict[str, Path], undisturbed: dict[str, Books]
) -> None:
    batch, job_id = office.upload(files[WILLIAMSBURG])
    with gate(office.owner_engine, office.engine, WHILE_ADMITTING) as closed:
        for _ in range(3):
            with working(office.settings, *QUICK) as worker:
                until(lambda: is_there(closed))
                assert worker.end(signal.SIGKILL) == KILLED
                end_who_is_there(closed)
    with working(office.settings, *QUICK):
        job = wait_for(office.engine, job_id, has_ended)
    assert (job.state, job.deaths) == ("failed", 3)
    page = office.page(batch)
    assert "It was stopped while it admitted rows." in page
    assert ">Go on</button>" in page
    said = office.terminal("jobs", "watch", str(job_id))
    assert (said.exit_code, "3 workers died" in said.output) == (1, True), said.output
    said = office.terminal("parcels", "resume", str(batch))
    assert (said.exit_code, f"{ROWS[WILLIAMSBURG]:,} features read" in said.output) == (0, True), said.output
    assert books_of(office.engine) == undisturbed[WILLIAMSBURG]
