"""An import of a terminal that was killed goes on from its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accounts import sign_in
from tests.gate import WHILE_ADMITTING, gate, is_there
from tests.jobs.offices import QUICK, WHILE_READING, WILLIAMSBURG, Books, Office, books_of, kill_terminal
from tests.jobs.workers import KILLED, has_ended, wait_for, working
from tests.waiting import PATIENCE_S, until


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "running still: they take turns"])
def test_an_import_of_a_terminal_goes_on_from_its_page(
    is_killed: bool, office: Office, files: dict[str, Path], undisturbed: dict[str, Books]
) -> None:
    with gate(office.owner_engine, office.engine, WHILE_ADMITTING) as closed:
        terminal = office.in_a_terminal(files[WILLIAMSBURG])
        until(lambda: is_there(closed))
        if is_killed:
            kill_terminal(terminal, closed)
    if is_killed:
        shown = office.shown(1)
        assert (shown["state"], shown["is_in_terminal"], shown["job"]) == ("admitting", True, None)
        assert "It was begun in a terminal" in office.page(1)
        sign_in(office.client, office.accounts.editor)
        refused = office.client.get("/admin/import_batch/details/?id=1").text
        assert ("an administrator goes on with it" in refused, "Go on by a worker" in refused) == (True, False)
        job_id = office.go_on(1)
        assert "Go on by a worker" not in office.page(1)
    else:
        job_id = office.ask_to_go_on(1)  # between two of its chunks
    with working(office.settings, *QUICK):
        job = wait_for(office.engine, job_id, has_ended)
    assert (job.state, terminal.wait(PATIENCE_S)) == ("done", KILLED if is_killed else 0), job
    assert books_of(office.engine) == undisturbed[WILLIAMSBURG]


def test_an_import_that_a_terminal_still_reads_says_what_to_do(office: Office, files: dict[str, Path]) -> None:
    with gate(office.owner_engine, office.engine, WHILE_READING) as closed:
        terminal = office.in_a_terminal(files[WILLIAMSBURG])
        until(lambda: is_there(closed))
        kill_terminal(terminal, closed)
        page = office.page(1)
    assert ("script/flask parcels resume 1" in page, "Go on by a worker" in page) == (True, False)
    said = office.terminal("parcels", "resume", "1")
    assert (said.exit_code, "import the file again" in said.output) == (1, True), said.output


def test_an_import_that_is_being_read_is_not_given_up_by_who_asks_to_go_on(
    office: Office, files: dict[str, Path], undisturbed: dict[str, Books]
) -> None:
    with gate(office.owner_engine, office.engine, WHILE_READING) as closed:
        terminal = office.in_a_terminal(files[WILLIAMSBURG])
        until(lambda: is_there(closed))
        said = office.terminal("parcels", "resume", "1")
        assert (said.exit_code, "is being read by another process" in said.output) == (1, True), said.output
        assert office.shown(1)["state"] == "staging"
    assert terminal.wait(PATIENCE_S) == 0
    assert office.shown(1)["state"] == "done"
    assert books_of(office.engine) == undisturbed[WILLIAMSBURG]
