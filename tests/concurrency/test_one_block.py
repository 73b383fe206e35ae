"""32 editors in one block, all guards on: nobody locks another out, nothing overlaps, and who is beaten takes a turn."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, exc, text

from spatial_admin import edit_queue, transaction
from spatial_admin.database_errors import DEADLOCK, sqlstate
from spatial_admin.edit_queue import queues_at
from spatial_admin.errors import Contention, EditRejected, UnknownPoint, VersionConflict
from spatial_admin.factory import create_app
from spatial_admin.services.editing.edit_boundaries import edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Limits, Settings
from spatial_admin.transaction import Outcome
from tests.concurrency.audit import audit
from tests.concurrency.fabric import SOMEBODY, Grid, Point, move, save, store_block, versions_of
from tests.concurrency.race import errors, meet_after_reading, race, receipts
from tests.conftest import dispose
from tests.waiting import PATIENCE_S, until

GRID = Grid(step=0.0008)
SIDE, EDITORS, EDITS = 6, 32, 4
SEEN = {f"{i}-{j}": 1 for i in range(SIDE) for j in range(SIDE)}
HERE, THERE = GRID.at(3, 3), GRID.at(3.1, 3.1)
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation::regclass::text LIKE 'edit_queue.%'")
DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


@pytest.fixture
def block(engine: Engine) -> Engine:
    """36 lots."""
    store_block(engine, GRID, SIDE, SIDE)
    return engine


@pytest.fixture
def other_app(settings: Settings) -> Iterator[Flask]:
    """A second process, as far as connections go: one pool has sixteen."""
    app = create_app(settings)
    yield app
    dispose(app)


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """SQLSTATE of whatever made an attempt fail."""
    seen: list[str | None] = []

    def note(error: exc.DBAPIError) -> bool:
        seen.append(sqlstate(error))
        return is_retryable(error)

    is_retryable = transaction.is_retryable
    monkeypatch.setattr(transaction, "is_retryable", note)
    return seen


def edits_of(number: int) -> list[Outcome | Exception]:
    """What one editor gets for moving corners about without ever looking again."""
    dice, answers = random.Random(number), list[Outcome | Exception]()
    for _ in range(EDITS):
        i, j = dice.randrange(1, SIDE), dice.randrange(1, SIDE)
        ends = [GRID.at(i, j), GRID.at(i + 0.1, j + 0.1)]
        dice.shuffle(ends)
        try:
            answers.append(save([move(*ends)], SEEN, if_stale="rebase"))
        except (Contention, EditRejected, UnknownPoint, VersionConflict) as error:
            answers.append(error)
    return answers


@pytest.mark.parametrize("crowded_s", [0.0, edit_queue.CROWDED_S], ids=["sharing", "queueing"])
def test_32_editors_in_one_block_neither_lock_each_other_out_nor_overlap(
    crowded_s: float,
    app: Flask,
    other_app: Flask,
    block: Engine,
    failures: list[str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edit_queue, "CROWDED_S", crowded_s)

    def editor(number: int) -> Callable[[], list[Outcome | Exception]]:
        def work() -> list[Outcome | Exception]:
            with (app, other_app)[number % 2].app_context():
                return edits_of(number)

        return work

    results = race(app, *(editor(number) for number in range(EDITORS)))
    assert errors(results) == []
    answers = [answer for one in results for answer in one]
    made = receipts(answers)
    assert len(answers) == EDITORS * EDITS
    assert len(made) >= EDITORS / 2, "too few to have met"
    assert DEADLOCK not in failures
    with block.connect() as connection:
        assert connection.execute(DEADLOCKS).scalar_one() == 0
    stored = [receipt["edit_id"] for receipt in made]
    assert audit(block, committed=stored) == [], "every acknowledged edit is stored, no other, and nothing overlaps"
    assert len(failures) <= 5 * len(made), "beaten again and again"


def taken_alone(connection: Connection, point: Point) -> None:
    """Take the queues of a place, as one who was beaten there."""
    for number in sorted(queues_at([point], fixed().ground)):
        connection.execute(text(f"LOCK TABLE edit_queue.queue_{number} IN EXCLUSIVE MODE"))


def wait_for_a_waiter(engine: Engine) -> None:
    with engine.connect() as connection:
        until(lambda: connection.execute(WAITING).scalar_one())


def test_who_gets_a_turn_sees_what_was_committed_while_it_waited(app: Flask, block: Engine) -> None:
    made: list[Outcome] = []

    def edit() -> None:
        with app.app_context():
            made.append(save([move(HERE, THERE)], SEEN, if_stale="rebase"))

    with block.connect() as connection:
        with app.app_context():
            taken_alone(connection, HERE)
        thread = threading.Thread(target=edit)
        thread.start()
        wait_for_a_waiter(block)
        connection.execute(text("UPDATE parcel SET number = 'meanwhile' WHERE parcel_id = '2-2'"))
        connection.commit()
    thread.join(PATIENCE_S)
    (outcome,) = made
    assert outcome.receipt["attempts"] == 1, "its snapshot is from after its turn: it was not beaten"
    assert outcome.receipt["rebased"] is True
    assert versions_of(block)["2-2"] == 3
    assert audit(block) == []


def test_who_was_beaten_takes_the_place_alone(app: Flask, block: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[tuple[frozenset[int], bool]] = []
    turn = transaction.turn

    def note(queues: frozenset[int], wait_ms: int, *, is_beaten: bool) -> str:
        turns.append((queues, is_beaten))
        return turn(queues, wait_ms, is_beaten=is_beaten)

    monkeypatch.setattr(transaction, "turn", note)
    meet_after_reading(monkeypatch, 2)
    others = GRID.at(4, 3), GRID.at(4.1, 3.1)
    results = race(
        app,
        lambda: save([move(HERE, THERE)], SEEN, if_stale="rebase"),
        lambda: save([move(*others)], SEEN, if_stale="rebase"),
    )
    assert sorted(receipt["attempts"] for receipt in receipts(results)) == [1, 2]
    assert [is_beaten for _, is_beaten in turns] == [False, False, True]
    assert turns[2][0] >= turns[0][0] & turns[1][0] != frozenset()
    assert audit(block, committed=[receipt["edit_id"] for receipt in receipts(results)]) == []


def test_whose_turn_does_not_come_is_told_that_others_kept_writing(app: Flask, block: Engine) -> None:
    body = {"key": str(uuid.uuid4()), "seen": SEEN, "comment": "", "operations": [move(HERE, THERE)]}
    limits = replace(Limits(), retry_ms=200)
    with app.app_context(), block.connect() as connection:
        taken_alone(connection, HERE)
        with pytest.raises(Contention):
            edit_boundaries(parse_edit_request(body, limits), SOMEBODY, limits)
        connection.rollback()
    assert audit(block, committed=[]) == []
