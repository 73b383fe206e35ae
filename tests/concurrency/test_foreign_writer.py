"""An editor against somebody in psql at READ COMMITTED, whom SERIALIZABLE does not watch."""

from __future__ import annotations

import shutil
import subprocess
import threading

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import Engine, make_url, text

from spatial_admin.errors import EditRejected
from spatial_admin.services.editing import edit_boundaries as service
from spatial_admin.transaction import EditTransaction, Outcome
from tests.concurrency.audit import audit, overlaps
from tests.concurrency.direct import Colleague, later, wait_until_blocked
from tests.concurrency.fabric import Grid, move, save, store_lots, update, versions_of
from tests.concurrency.guards_off import GuardsOff
from tests.waiting import PATIENCE_S

GRID = Grid()
INTO_THE_GAP = GRID.box(1.5, 0, 2.5)


@pytest.fixture
def gap(engine: Engine) -> Engine:
    """Two lots with a gap between them."""
    store_lots(engine, {"west": GRID.box(0, 0), "east": GRID.box(3, 0)})
    return engine


def grow_west_lot() -> Outcome:
    return save([move(GRID.at(1, j), GRID.at(2.5, j)) for j in (0, 1)], {"west": 1})


class Pause:
    """Holds the first attempt of an edit after it has read and judged, before it writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        take_cells = service.take_cells

        def pause(transaction: EditTransaction, *rest: object) -> None:
            if transaction.attempt == 1:
                self.reached.set()
                assert self.go_on.wait(PATIENCE_S)
            take_cells(transaction, *rest)  # type: ignore[arg-type]  # handed through

        monkeypatch.setattr(service, "take_cells", pause)


def edit_with_psql_in_between(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """The editor reads; psql writes and commits; the editor goes on."""
    pause = Pause(monkeypatch)

    def edit() -> Outcome:
        with app.app_context():
            return grow_west_lot()

    editing = later(edit)
    assert pause.reached.wait(PATIENCE_S)
    with Colleague(database_url) as psql:
        psql.reshape("east", INTO_THE_GAP)
        psql.commit()
    pause.go_on.set()
    outcome = editing.result(PATIENCE_S)
    assert isinstance(outcome, Outcome)
    return outcome


def test_without_cells_an_editor_overlaps_what_psql_stored_meanwhile(
    app: Flask, gap: Engine, database_url: str, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards_off.cells()  # SERIALIZABLE and the overlap check stay on: neither sees a READ COMMITTED writer
    edit_with_psql_in_between(app, database_url, monkeypatch)
    with gap.connect() as connection:
        assert [pair[:2] for pair in overlaps(connection)] == [("east", "west")]


def test_with_cells_the_editor_reads_again_and_is_refused(
    app: Flask, gap: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EditRejected, match="overlap"):
        edit_with_psql_in_between(app, database_url, monkeypatch)
    assert versions_of(gap) == {"west": 1, "east": 2}
    assert audit(gap, committed=[]) == []


def psql_after_an_editor(app: Flask, gap: Engine, database_url: str) -> None:
    """psql decides before an editor's commit and writes after it, waiting for the editor's cells."""
    with Colleague(database_url) as editor, Colleague(database_url) as psql:
        editor.reshape("west", GRID.box(0, 0, 2.5))
        assert psql.look(GRID.box(1.6, 0, 0.5)) == 0
        writing = later(lambda: (psql.reshape("east", INTO_THE_GAP), psql.commit()))
        wait_until_blocked(gap, psql.pid)
        editor.commit()
        writing.result(PATIENCE_S)


def test_without_the_overlap_check_psql_overlaps_what_it_waited_for(
    app: Flask, gap: Engine, database_url: str, guards_off: GuardsOff
) -> None:
    guards_off.overlap_check()
    psql_after_an_editor(app, gap, database_url)
    with gap.connect() as connection:
        assert [pair[:2] for pair in overlaps(connection)] == [("east", "west")]


def test_with_the_overlap_check_psql_is_refused(app: Flask, gap: Engine, database_url: str) -> None:
    with pytest.raises(psycopg2.Error, match="would overlap") as refused:
        psql_after_an_editor(app, gap, database_url)
    assert refused.value.pgcode == "SA010"
    assert audit(gap) == []


def test_editor_and_psql_of_one_row_both_keep_their_work_or_the_editor_is_told(
    app: Flask, gap: Engine, database_url: str
) -> None:
    # psql writes land_use again and again, never looking; editors number the same parcel, always looking.
    stop = threading.Event()

    def scribble() -> int:
        written = 0
        with Colleague(database_url) as psql:
            while not stop.is_set():
                psql.run("UPDATE parcel SET land_use = coalesce(land_use, '') || 'x' WHERE parcel_id = 'west'")
                psql.commit()
                written += 1
                stop.wait(0.05)
        return written

    writing = later(scribble)
    edits = []
    with app.app_context():
        for number in range(8):
            outcome = save([update("west", number=f"n{number}")], versions_of(gap), if_stale="rebase")
            edits.append(outcome.receipt["edit_id"])
    stop.set()
    written = writing.result(PATIENCE_S)
    with gap.connect() as connection:
        row = connection.execute(text("SELECT number, length(land_use) FROM parcel WHERE parcel_id = 'west'")).one()
    assert tuple(row) == ("n7", written)
    assert versions_of(gap)["west"] == 1 + len(edits) + written  # type: ignore[operator]  # an int, see scribble
    assert audit(gap, committed=edits) == []


def test_real_psql_is_named_in_the_history_and_refused_when_it_overlaps(gap: Engine, database_url: str) -> None:
    psql = shutil.which("psql")
    if psql is None:
        pytest.fail("psql is not on the path; it comes with the PostgreSQL server (package postgresql-client)")
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)

    def run(statement: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([psql, "-X", "-d", url, "-c", statement], capture_output=True, text=True, check=False)

    assert run("UPDATE parcel SET number = '7' WHERE parcel_id = 'west'").returncode == 0
    ring = ", ".join(f"{x!r} {y!r}" for x, y in [*GRID.box(0, 0, 4), GRID.at(0, 0)])
    refused = run(f"UPDATE parcel SET geom = 'SRID=4326;MULTIPOLYGON((({ring})))' WHERE parcel_id = 'west'")
    assert refused.returncode == 1
    assert "Parcels west and east would overlap" in refused.stderr
    with gap.connect() as connection:
        comment = connection.execute(
            text("SELECT comment FROM edit JOIN parcel ON edit.id = edit_id WHERE parcel_id = 'west'")
        ).scalar()
    assert comment == "direct SQL by spatial_admin_app_test"
    assert audit(gap) == []
