"""Sixteen editors at once, and what their history proves: nothing at SERIALIZABLE, and anomalies without the guards."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine

from spatial_admin.factory import create_app
from spatial_admin.settings import Settings
from tests.concurrency.account_for_appends import account_for_appends
from tests.concurrency.append_workload import Observer, Workload
from tests.concurrency.audit import audit
from tests.concurrency.guards_off import GuardsOff
from tests.concurrency.history import Outcome
from tests.concurrency.history_checker import Kind, check, kinds
from tests.concurrency.lists_in_parcels import DEEP, Block, Lot, Town
from tests.concurrency.plan_edits import Plan, append_points, append_to_log, rely_on
from tests.concurrency.proxy import Cut, Wire
from tests.concurrency.race import write_in_order_of_time
from tests.conftest import dispose
from tests.waiting import PATIENCE_S

EDITORS = 16
WRITE_SKEW = {Kind.G2_ITEM, Kind.G2_ITEM_REAL_TIME}
Off = Callable[[GuardsOff, pytest.MonkeyPatch], None]


def everything_on(off: GuardsOff, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product as it is."""


def only_serializable_off(off: GuardsOff, monkeypatch: pytest.MonkeyPatch) -> None:
    off.serializable("REPEATABLE READ")


def repeatable_read_without_guards(off: GuardsOff, monkeypatch: pytest.MonkeyPatch) -> None:
    off.serializable("REPEATABLE READ")
    off.cells()
    off.overlap_check()
    off.version_check()


def read_committed_without_guards(off: GuardsOff, monkeypatch: pytest.MonkeyPatch) -> None:
    off.serializable("READ COMMITTED")
    off.cells()
    off.overlap_check()
    off.version_check()
    write_in_order_of_time(monkeypatch)


def workload(engine: Engine, monkeypatch: pytest.MonkeyPatch, blocks: int, *, others: bool = False) -> Workload:
    town = Town(blocks)
    town.store(engine, others=others)
    return Workload(town, Observer(monkeypatch))


def appended_unread(work: Workload) -> list[str]:
    """Acknowledged edits that appended to a list which, by the journal, they had not read."""
    return [
        one.name
        for one in work.journal.transactions
        if one.outcome is Outcome.COMMITTED
        and not {append.key for append in one.appends} <= {read.key for read in one.reads}
    ]


def test_the_history_of_sixteen_editors_is_strictly_serializable(
    app: Flask, engine: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = workload(engine, monkeypatch, 8, others=True)
    guards_off.sql("ANALYZE")
    history = work.run(app, *(work.editor(seed, 34) for seed in range(EDITORS)))
    assert list(map(str, check(history))) == []
    assert account_for_appends(engine, work.town, work.journal) == []
    assert audit(engine, committed=work.journal.acknowledged) == []
    assert appended_unread(work) == [], "the observer no longer sees what an edit reads"
    assert len(work.journal.acknowledged) > 200, "too few edits to show anything"
    assert work.observer.meetings.made > 30, "too few editors met between reading and writing"
    assert set(work.journal.refusals) >= {"VersionConflict", "EditRejected", "Contention"}


@pytest.mark.parametrize("off", [only_serializable_off, repeatable_read_without_guards])
def test_at_repeatable_read_their_history_has_write_skew_and_nothing_else(
    off: Off, app: Flask, engine: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    off(guards_off, monkeypatch)
    work = workload(engine, monkeypatch, 4)
    found = kinds(check(work.run(app, *(work.editor(seed, 8) for seed in range(EDITORS)))))
    assert Kind.G2_ITEM in found
    assert found <= WRITE_SKEW, "snapshot isolation forbids all others: the checker sees what is there and no more"


def test_at_read_committed_without_guards_their_history_has_lost_updates(
    app: Flask, engine: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_committed_without_guards(guards_off, monkeypatch)
    work = workload(engine, monkeypatch, 4)
    found = kinds(check(work.run(app, *(work.editor(seed, 8) for seed in range(EDITORS)))))
    assert found >= {Kind.LOST_UPDATE, Kind.VANISHED, Kind.INCOMPATIBLE_ORDER, Kind.G_SINGLE}
    assert account_for_appends(engine, work.town, work.journal) != []


# Two editors who have seen the same, and whose edits meet between reading and writing.
Pair = Callable[[Block, dict[str, Lot]], tuple[Plan, Plan]]


def two_logs_that_rest_on_each_other(block: Block, lots: dict[str, Lot]) -> tuple[Plan, Plan]:
    one, other = lots[block.names[0]], lots[block.names[3]]
    return append_to_log(one, [1]) + rely_on(other), append_to_log(other, [2]) + rely_on(one)


def two_fronts_into_one_lane(block: Block, lots: dict[str, Lot]) -> tuple[Plan, Plan]:
    # Each names the lot across, which lies outside the region that the service reads: an empty place has no list to read.
    west, east = block.fronts[:2]
    grow_west = append_points(west, lots, block, [1], DEEP) + rely_on(lots[east.lots[0]])
    return grow_west, append_points(east, lots, block, [2], DEEP) + rely_on(lots[west.lots[0]])


def two_points_on_one_boundary(block: Block, lots: dict[str, Lot]) -> tuple[Plan, Plan]:
    line = block.shared[0]
    return append_points(line, lots, block, [1]), append_points(line, lots, block, [2])


def two_entries_in_one_log(block: Block, lots: dict[str, Lot]) -> tuple[Plan, Plan]:
    lot = lots[block.names[0]]
    return append_to_log(lot, [1]), append_to_log(lot, [2])


PAIRS = (
    pytest.param(two_logs_that_rest_on_each_other, only_serializable_off, {Kind.G2_ITEM}, id="skew of logs"),
    pytest.param(two_fronts_into_one_lane, repeatable_read_without_guards, {Kind.G2_ITEM}, id="skew of fronts"),
    pytest.param(
        two_points_on_one_boundary, read_committed_without_guards, {Kind.LOST_UPDATE, Kind.VANISHED}, id="lost point"
    ),
    pytest.param(
        two_entries_in_one_log, read_committed_without_guards, {Kind.LOST_UPDATE, Kind.VANISHED}, id="lost entry"
    ),
)


def meet(app: Flask, work: Workload, pair: Pair) -> None:
    """Let the two of a pair edit at the same time, having seen the same."""
    (block,) = work.town.blocks
    with app.app_context():
        plans = pair(block, work.look([block]))
    work.observer.meetings.patience_s = PATIENCE_S
    work.run(app, *(functools.partial(work.edit, plan, block) for plan in plans))
    assert work.observer.meetings.made == 1


@pytest.mark.parametrize(("pair", "off", "expected"), PAIRS)
def test_two_who_meet_without_the_guard_make_the_anomaly_that_it_is_for(
    pair: Pair,
    off: Off,
    expected: set[Kind],
    app: Flask,
    engine: Engine,
    guards_off: GuardsOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off(guards_off, monkeypatch)
    work = workload(engine, monkeypatch, 1)
    meet(app, work, pair)
    assert len(work.journal.acknowledged) == 2
    assert kinds(check(work.journal.history)) >= expected
    overlap = [line for line in audit(engine, committed=work.journal.acknowledged) if "overlap" in line]
    assert bool(overlap) == (pair is two_fronts_into_one_lane)


@pytest.mark.parametrize("pair", [param.values[0] for param in PAIRS])
def test_of_two_who_meet_with_all_guards_one_is_told(
    pair: Pair, app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = workload(engine, monkeypatch, 1)
    meet(app, work, pair)
    assert len(work.journal.acknowledged) == 1
    assert check(work.journal.history) == []
    assert account_for_appends(engine, work.town, work.journal) == []
    assert audit(engine, committed=work.journal.acknowledged) == []


@pytest.fixture
def wire(database_url: str) -> Iterator[Wire]:
    """A wire between the application and the database that can be cut."""
    wire = Wire(database_url)
    yield wire
    wire.close()


@pytest.mark.parametrize("has_key", [True, False])
def test_an_edit_whose_commit_was_never_confirmed_is_an_aborted_read_without_its_key(
    *,
    has_key: bool,
    settings: Settings,
    wire: Wire,
    engine: Engine,
    guards_off: GuardsOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not has_key:
        guards_off.key_insert()  # tried again, the edit is in conflict with itself: its author is told that nothing was changed
    work = workload(engine, monkeypatch, 1)
    (block,) = work.town.blocks
    far_app = create_app(replace(settings, database_url=wire.url))
    with far_app.app_context():
        lots = work.look([block])
        wire.cut_at(Cut.AFTER)
        work.edit(append_to_log(lots[block.names[0]], [1]), block)
        work.look([block])
    dispose(far_app)
    assert wire.made_cuts == 1
    assert kinds(check(work.journal.history)) == (set() if has_key else {Kind.ABORTED_READ})
    edit = work.journal.transactions[1]
    assert edit.outcome is (Outcome.COMMITTED if has_key else Outcome.ABORTED)
    assert (account_for_appends(engine, work.town, work.journal) == []) == has_key
