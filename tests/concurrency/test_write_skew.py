"""Write skew: two lots that do not touch grow into the gap between them, each lawful for itself, both together not."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from spatial_admin.errors import EditRejected, UnknownPoint, VersionConflict
from spatial_admin.transaction import Isolation, Outcome
from tests.concurrency.audit import audit, overlaps
from tests.concurrency.fabric import Grid, move, save, store_block, store_lots, versions_of
from tests.concurrency.guards_off import GuardsOff
from tests.concurrency.race import errors, meet_after_reading, race, receipts

GRID = Grid()


def lay_gap(engine: Engine, row: float = 0) -> None:
    """Two lots with a gap of two steps between them."""
    store_lots(engine, {f"west-{row}": GRID.box(0, row), f"east-{row}": GRID.box(3, row)})


def grow_east(row: float = 0) -> Outcome:
    """The western lot takes three quarters of the gap."""
    corners = ((1, row), (1, row + 1))
    return save([move(GRID.at(i, j), GRID.at(2.5, j)) for i, j in corners], {f"west-{row}": 1})


def grow_west(row: float = 0) -> Outcome:
    """The eastern lot takes three quarters of the gap."""
    corners = ((3, row), (3, row + 1))
    return save([move(GRID.at(i, j), GRID.at(1.5, j)) for i, j in corners], {f"east-{row}": 1})


def overlap_count(engine: Engine) -> int:
    """How many pairs overlap."""
    with engine.connect() as connection:
        return len(overlaps(connection))


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_without_serializable_and_cells_both_lots_take_the_gap(
    level: Isolation, app: Flask, engine: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_gap(engine)
    guards_off.serializable(level)
    guards_off.cells()
    guards_off.overlap_check()  # the guard behind; at REPEATABLE READ it would not see the other lot anyway
    meet_after_reading(monkeypatch, 2)
    results = race(app, grow_east, grow_west)
    assert len(receipts(results)) == 2
    assert overlap_count(engine) == 1, "the anomaly that the guards are for"


def off_for_serializable_alone(guards_off: GuardsOff) -> None:
    guards_off.cells()
    guards_off.overlap_check()


def off_for_cells_alone(guards_off: GuardsOff) -> None:
    guards_off.serializable("REPEATABLE READ")
    guards_off.overlap_check()


def off_for_cells_and_check(guards_off: GuardsOff) -> None:
    guards_off.serializable("READ COMMITTED")


@pytest.mark.parametrize(
    "take_off",
    [
        pytest.param(off_for_serializable_alone, id="SERIALIZABLE alone, in a populated area"),
        pytest.param(off_for_cells_alone, id="cells alone, with a snapshot"),
        pytest.param(off_for_cells_and_check, id="cells and overlap check at READ COMMITTED"),
        pytest.param(lambda _: None, id="all guards"),
    ],
)
def test_one_lot_takes_the_gap_and_the_other_is_told(
    take_off: Callable[[GuardsOff], None],
    app: Flask,
    engine: Engine,
    guards_off: GuardsOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay_gap(engine)
    take_off(guards_off)
    meet_after_reading(monkeypatch, 2)
    results = race(app, grow_east, grow_west)
    (receipt,) = receipts(results)
    (error,) = errors(results)
    assert isinstance(error, EditRejected)
    assert {violation.rule for violation in error.violations} == {"overlap"}
    assert audit(engine, committed=[receipt["edit_id"]]) == []


def test_of_many_gaps_none_is_taken_twice(app: Flask, engine: Engine) -> None:
    rows = range(0, 24, 2)
    for row in rows:
        lay_gap(engine, row)
    work = [lambda row=row, grow=grow: grow(row) for row in rows for grow in (grow_east, grow_west)]
    results = []
    for first in range(0, len(work), 8):
        results += race(app, *work[first : first + 8])
    assert len(receipts(results)) == len(rows)
    assert all(isinstance(error, EditRejected) for error in errors(results))
    assert audit(engine, committed=[receipt["edit_id"] for receipt in receipts(results)]) == []


def test_moves_that_overlap_only_together_are_never_both_saved(app: Flask, engine: Engine) -> None:
    # Lots on both sides of lanes half a step wide; editors push random corners into the lanes, from both sides.
    store_lots(engine, {f"{i}-{j}": GRID.box(1.5 * i, 1.5 * j) for i in range(4) for j in range(4)})

    def push(seed: int) -> list[int]:
        dice = random.Random(seed)
        made = []
        for _ in range(12):
            i, j, east, north = dice.randrange(4), dice.randrange(4), dice.randrange(2), dice.randrange(2)
            corner = GRID.at(1.5 * i + east, 1.5 * j + north)
            x, y = (dice.uniform(0.3, 0.6) * (1 if side else -1) for side in (east, north))
            into_lane = GRID.at(1.5 * i + east + x, 1.5 * j + north + y)
            try:
                outcome = save([move(corner, into_lane)], versions_of(engine))
            except (EditRejected, VersionConflict, UnknownPoint):
                continue  # lawful answers: the lane is taken, a colleague was faster, the corner was pushed before
            made.append(outcome.receipt["edit_id"])
        return made

    results = race(app, *(lambda seed=seed: push(seed) for seed in range(6)))
    assert errors(results) == []
    committed = [edit for made in results for edit in made]
    assert len(committed) > 10, "the race was too tame to show anything"
    assert audit(engine, committed=committed) == []


def test_crossing_edits_leave_one_of_both_and_no_deadlock(app: Flask, engine: Engine) -> None:
    # p and q lie in different conflict cells; the editors name them in opposite order.
    for round_ in range(6):
        south = Grid(south=48.69 + 0.02 * round_)
        store_lots(engine, {f"a{round_}": south.box(0, 0, 30, 30)})
        p, q, seen = south.at(0, 0), south.at(30, 30), {f"a{round_}": 1}
        there = [move(p, south.at(1, 1)), move(q, south.at(29, 29))]
        back = [move(q, south.at(28, 28)), move(p, south.at(2, 2))]
        results = race(app, lambda: save(there, seen), lambda: save(back, seen))  # noqa: B023 (run in this round)
        assert len(receipts(results)) == 1, results
        (error,) = errors(results)
        assert isinstance(error, VersionConflict)
        assert [entry.parcel_id for entry in error.stale] == [f"a{round_}"]
    assert audit(engine) == []


def test_edits_of_neighbours_that_cross_are_both_saved_when_rebased(app: Flask, engine: Engine) -> None:
    store_block(engine, GRID, 4, 1)
    seen = versions_of(engine)
    there = [move(GRID.at(1, 0), GRID.at(1, -0.2)), move(GRID.at(3, 0), GRID.at(3, -0.2))]
    back = [move(GRID.at(3, 1), GRID.at(3, 1.2)), move(GRID.at(1, 1), GRID.at(1, 1.2))]
    results = race(app, lambda: save(there, seen, if_stale="rebase"), lambda: save(back, seen, if_stale="rebase"))
    assert errors(results) == []
    assert sorted(receipt["rebased"] for receipt in receipts(results)) == [False, True]
    assert set(versions_of(engine).values()) == {3}
    assert audit(engine, committed=[receipt["edit_id"] for receipt in receipts(results)]) == []
