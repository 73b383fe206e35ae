"""The connection dies before, at and after COMMIT, or for good: an edit is made exactly once, or its author is told."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin import transaction
from spatial_admin.errors import Contention, KeyReused, OutcomeUnknown, VersionConflict
from spatial_admin.factory import create_app
from spatial_admin.services.editing import edit_boundaries as service
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Settings
from spatial_admin.transaction import EditTransaction, Outcome
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, move, save, store_lots, versions_of
from tests.concurrency.guards_off import GuardsOff
from tests.concurrency.proxy import Cut, Wire, facts_of
from tests.concurrency.race import errors, race, receipts
from tests.conftest import dispose
from tests.waiting import HeldClock, until

GRID = Grid()
KEY = "6f1c7e9a-0000-4000-8000-000000000001"


@pytest.fixture
def lot(engine: Engine) -> Engine:
    """One lot with a dent in its southern side, stored by a connection that nobody cuts."""
    southwest, *others = GRID.box(0, 0)
    store_lots(engine, {"lot": [southwest, GRID.at(0.5, 0.5), *others]})
    return engine


@pytest.fixture
def wire(database_url: str) -> Iterator[Wire]:
    """The wire between the application and the database."""
    wire = Wire(database_url)
    yield wire
    wire.close()


@pytest.fixture
def far_app(settings: Settings, wire: Wire, lot: Engine) -> Iterator[Flask]:
    """The application at the other end of the wire, its context pushed and its constants read."""
    app = create_app(replace(settings, database_url=wire.url))
    with app.app_context():
        fixed()
        yield app
    dispose(app)


def turn(key: str = KEY) -> Outcome:
    """Swap the dent of the lot with the corner beside it: an edit that can be made twice, and then shows it.

    The way of the first leads through free land, so that no two points are ever joined.
    """
    dent, corner, outside = GRID.at(0.5, 0.5), GRID.at(1, 0), GRID.at(1.4, -0.3)
    return save([move(dent, outside), move(corner, dent), move(outside, corner)], {"lot": 1}, key=key)


def count_edits(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM edit WHERE comment = 'race'")).scalar_one())


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AT_ONCE, Cut.AFTER])
def test_an_edit_is_made_once_when_the_wire_is_cut_at_commit(cut: Cut, far_app: Flask, wire: Wire, lot: Engine) -> None:
    wire.cut_at(cut)
    outcome = turn()  # retries by itself
    assert wire.made_cuts == 1, facts_of(wire)
    assert count_edits(lot) == 1
    assert versions_of(lot) == {"lot": 2}
    again = turn()
    assert again.is_replayed
    assert again.receipt == outcome.receipt
    assert audit(lot, committed=[outcome.receipt["edit_id"]]) == []


def test_the_receipt_tells_whether_the_cut_commit_had_counted(far_app: Flask, wire: Wire, lot: Engine) -> None:
    wire.cut_at(Cut.BEFORE)
    assert (turn().is_replayed, versions_of(lot)) == (False, {"lot": 2})
    wire.cut_at(Cut.AFTER)
    outcome = save([move(GRID.at(1, 1), GRID.at(1.1, 1.1))], {"lot": 2})
    assert (outcome.is_replayed, versions_of(lot)) == (True, {"lot": 3})


@pytest.mark.parametrize("cut", [Cut.AFTER, Cut.AT_ONCE])
def test_without_the_key_the_same_edit_is_made_twice(
    cut: Cut, far_app: Flask, wire: Wire, lot: Engine, guards_off: GuardsOff
) -> None:
    guards_off.key_insert()
    guards_off.seen_check()  # the guard behind, which answers wrongly: see the next test
    wire.cut_at(cut)
    turn()
    until(lambda: count_edits(lot) == 2)  # the server may still be at the first commit
    assert versions_of(lot) == {"lot": 3}


def test_without_the_key_an_author_is_in_conflict_with_himself(
    far_app: Flask, wire: Wire, lot: Engine, guards_off: GuardsOff
) -> None:
    guards_off.key_insert()
    wire.cut_at(Cut.AFTER)
    with pytest.raises(VersionConflict):
        turn()  # "nothing was changed", he is told, and it was
    assert versions_of(lot) == {"lot": 2}


@pytest.mark.parametrize("statement", ["BEGIN", "SELECT * FROM parcels_in_boxes", "SELECT take_cells", "SELECT"])
def test_a_cut_before_commit_is_only_another_attempt(statement: str, far_app: Flask, wire: Wire, lot: Engine) -> None:
    wire.cut_at(Cut.BEFORE, statement)
    outcome = turn()
    assert wire.made_cuts == 1, facts_of(wire)
    assert count_edits(lot) == 1
    assert audit(lot, committed=[outcome.receipt["edit_id"]]) == []


@pytest.mark.parametrize("when", ["before COMMIT", "after COMMIT"])
def test_an_edit_is_made_once_when_its_server_process_is_ended(
    when: str, app: Flask, lot: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []

    def end(pid: int) -> None:
        if not ended:
            ended.append(pid)
            guards_off.sql(f"SELECT pg_terminate_backend({pid}, 60000)")

    if when == "before COMMIT":
        write = service.record_findings

        def write_and_end(execute: object, *rest: object) -> object:
            found = write(execute, *rest)  # type: ignore[arg-type]  # handed through
            end(int(execute("SELECT pg_backend_pid()", {})[0][0]))  # type: ignore[operator]  # a statement runner
            return found

        monkeypatch.setattr(service, "record_findings", write_and_end)
    else:
        commit = transaction._commit_edit

        def commit_and_end(edit: EditTransaction) -> None:
            pid = edit.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            commit(edit)
            if not ended:
                end(int(pid))
                edit.session.connection().exec_driver_sql("SELECT 1")  # what the client notices instead of an answer

        monkeypatch.setattr(transaction, "_commit_edit", commit_and_end)
    with app.app_context():
        outcome = turn()
    assert len(ended) == 1
    assert count_edits(lot) == 1
    assert versions_of(lot) == {"lot": 2}
    assert audit(lot, committed=[outcome.receipt["edit_id"]]) == []


def test_a_server_out_of_reach_for_too_long_is_contention(
    far_app: Flask, wire: Wire, lot: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HeldClock(monkeypatch, step_s=5)
    wire.go_down()
    with pytest.raises(Contention, match="out of reach"):
        turn()
    assert len(clock.pauses) > 5
    assert versions_of(lot) == {"lot": 1}
    wire.come_up()
    assert not turn().is_replayed


def test_a_server_that_comes_back_in_time_is_not_noticed(
    far_app: Flask, wire: Wire, lot: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HeldClock(monkeypatch, step_s=5)
    clock.at_pause = lambda: wire.come_up() if len(clock.pauses) == 5 else None
    wire.go_down()
    assert not turn().is_replayed
    assert len(clock.pauses) >= 5
    assert versions_of(lot) == {"lot": 2}


def go_down_after_commit(wire: Wire, monkeypatch: pytest.MonkeyPatch, cut: Cut) -> None:
    """Cut the wire at COMMIT and leave it down."""
    wire.cut_at(cut)
    pause = transaction.pause

    def down(*rest: object, **named: object) -> None:
        wire.go_down()
        pause(*rest, **named)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(transaction, "pause", down)


@pytest.mark.parametrize(("cut", "is_made"), [(Cut.AFTER, True), (Cut.BEFORE, False)])
def test_a_server_that_is_gone_since_commit_leaves_the_outcome_unknown(
    cut: Cut, is_made: bool, far_app: Flask, wire: Wire, lot: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    HeldClock(monkeypatch, step_s=5)
    go_down_after_commit(wire, monkeypatch, cut)
    with pytest.raises(OutcomeUnknown, match="same key"):
        turn()
    wire.come_up()
    assert turn().is_replayed is is_made  # what repeating with the same key is good for
    assert count_edits(lot) == 1
    assert versions_of(lot) == {"lot": 2}


def test_contention_after_a_commit_that_was_cut_and_did_not_count_is_contention(
    far_app: Flask, wire: Wire, lot: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second attempt could insert the key: so the first was not committed, and the author may be told.
    HeldClock(monkeypatch, step_s=5)
    wire.cut_at(Cut.BEFORE)
    take_cells = EditTransaction.take_cells

    def lose(self: EditTransaction, *rest: object) -> None:
        if self.attempt > 1:
            raise transaction.StaleWrite(["lot"])
        take_cells(self, *rest)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(EditTransaction, "take_cells", lose)
    with pytest.raises(Contention):
        turn()
    assert versions_of(lot) == {"lot": 1}


def test_a_key_with_another_body_is_refused(app: Flask, lot: Engine) -> None:
    with app.app_context():
        turn()
        with pytest.raises(KeyReused):
            save([move(GRID.at(1, 1), GRID.at(1.1, 1.1))], {"lot": 2}, key=KEY)
    assert versions_of(lot) == {"lot": 2}


def test_a_key_sent_by_four_threads_at_once_makes_one_edit(app: Flask, lot: Engine) -> None:
    for round_ in range(5):
        name, grid = f"r{round_}", Grid(west=2.4 + 0.01 * round_)
        store_lots(lot, {name: grid.box(0, 0)})
        key, step = str(uuid.uuid4()), [move(grid.at(1, 1), grid.at(1.2, 1.2))]
        work = functools.partial(save, step, {name: 1}, key=key)
        results = race(app, work, work, work, work)
        assert errors(results) == []
        assert len({receipt["edit_id"] for receipt in receipts(results)}) == 1
        assert sum(not outcome.is_replayed for outcome in results) == 1
    assert audit(lot) == []
