"""Editors who read and append to lists in parcels through the product, and write down all that they saw and did.

An edit is one transaction of the history: its reads are the parcels that the service itself read in the database
transaction that was committed, whatever for; its appends are what its operations say; its outcome is what its author was
told. Looking at the coverage is a transaction of its own, in a snapshot.

Where an edit has read all and is about to write, its first attempt waits a moment for another of its block to come as
far: so the interleavings are made, and not waited for.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import pytest
from flask import Flask

from spatial_admin.errors import OutcomeUnknown, SpatialAdminError
from spatial_admin.services.editing import edit_boundaries as service
from spatial_admin.services.parcels.describe_coverage import coverage_of
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Limits
from spatial_admin.transaction import EditTransaction
from tests.concurrency.fabric import save
from tests.concurrency.history import Append, History, Outcome, Read, Transaction
from tests.concurrency.lists_in_parcels import Block, Lot, Town, lot_of_row, lots_of_coverage
from tests.concurrency.plan_edits import Plan, plan_edit
from tests.concurrency.race import errors, race

PATIENCE_S = 0.1
HOME = 0.8
PARCEL_COLUMNS = {"parcel_id", "version", "attributes", "wkb"}
KILL = "SELECT pg_terminate_backend(pg_backend_pid())"


@dataclass(slots=True)
class Journal:
    """What has happened so far: the history, the edits that were acknowledged, and why others were not."""

    transactions: list[Transaction] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    edit_of: dict[str, int] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def name(self, what: str) -> str:
        """A name for the next transaction."""
        return f"{what} {next(self._numbers)}"

    @property
    def history(self) -> History:
        """The transactions so far."""
        return History(list(self.transactions))


class Meetings:
    """Places where two editors meet; one who waits in vain goes on after a moment. `made` counts those who did not."""

    def __init__(self, patience_s: float) -> None:
        self.patience_s, self.made = patience_s, 0
        self._waiting: dict[int, threading.Event] = {}
        self._lock = threading.Lock()

    def meet(self, place: int) -> None:
        """Wait until another one is here as well."""
        with self._lock:
            other = self._waiting.pop(place, None)
            if other:
                other.set()
                self.made += 1
                return
            mine = self._waiting[place] = threading.Event()
        if not mine.wait(self.patience_s):
            with self._lock:
                if self._waiting.get(place) is mine:
                    del self._waiting[place]


class _Now(threading.local):
    """What the editor of this thread is at."""

    plan: Plan | None = None
    place: int = 0
    reads: dict[int, list[Lot]]
    has_met: bool = False


class Observer:
    """Stands beside each edit: notes what its transaction reads, lets it meet others, and ends its connection."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, patience_s: float = PATIENCE_S) -> None:
        self.now, self.meetings = _Now(), Meetings(patience_s)
        execute, take_cells, time_of_edit = (
            EditTransaction.execute, EditTransaction.take_cells, EditTransaction.time_of_edit,
        )  # fmt: skip
        run = service.run  # perhaps at another level already: see guards_off

        def note(transaction: EditTransaction, sql: str, parameters: Any = None) -> list[Any]:
            rows = execute(transaction, sql, parameters)
            self._note(transaction, sql, rows)
            return rows

        def meet_before_cells(transaction: EditTransaction, cells: Sequence[int]) -> None:
            self._meet(transaction)
            take_cells(transaction, cells)

        def meet_before_time(transaction: EditTransaction, latest: Any) -> Any:
            self._meet(transaction)
            return time_of_edit(transaction, latest)

        def run_as_planned(*given: Any, **options: Any) -> Any:
            gives_up = self.now.plan is not None and self.now.plan.is_killed
            if gives_up:
                options["retry_for_s"] = 0.0
            return run(*given, **options)

        monkeypatch.setattr(EditTransaction, "execute", note)
        monkeypatch.setattr(EditTransaction, "take_cells", meet_before_cells)
        monkeypatch.setattr(EditTransaction, "time_of_edit", meet_before_time)
        monkeypatch.setattr(service, "run", run_as_planned)

    def begin(self, plan: Plan, place: int) -> None:
        """An edit of this thread begins."""
        self.now.plan, self.now.place, self.now.reads, self.now.has_met = plan, place, {}, False

    def reads_of(self, attempt: int) -> list[Lot]:
        """The parcels that an attempt of this thread's edit read."""
        return self.now.reads.get(attempt, [])

    def _note(self, transaction: EditTransaction, sql: str, rows: Sequence[Any]) -> None:
        if self.now.plan is None or not rows or "parcel_version" in sql:
            return
        # What came with the first message of an edit has no names.
        if not PARCEL_COLUMNS.issubset(getattr(rows[0], "_fields", ())):
            return
        self.now.reads.setdefault(transaction.attempt, []).extend(lot_of_row(row) for row in rows)

    def _meet(self, transaction: EditTransaction) -> None:
        if self.now.plan is None or self.now.has_met:
            return
        self.now.has_met = True
        self.meetings.meet(self.now.place)
        if self.now.plan.is_killed:
            transaction.connection.exec_driver_sql(KILL)


@dataclass(frozen=True, slots=True)
class Workload:
    """A town, its observer, and the journal of all editors."""

    town: Town
    observer: Observer
    journal: Journal = field(default_factory=Journal)
    elements: Iterator[int] = field(default_factory=lambda: count(1))

    def look(self, blocks: Sequence[Block]) -> dict[str, Lot]:
        """Look at the coverage of blocks, as GET /api/coverage does, and write it down."""
        began = time.monotonic()
        lots = lots_of_coverage(coverage_of([name for block in blocks for name in block.names], Limits()))
        reads = self.town.reads(lots.values())
        name = self.journal.name("look")
        self.journal.transactions.append(
            Transaction(name, reads, (), Outcome.COMMITTED, began, time.monotonic(), is_snapshot=True)
        )
        return lots

    def edit(self, plan: Plan, block: Block) -> None:
        """Make one edit and write down what became of it."""
        name, began = self.journal.name("edit"), time.monotonic()
        self.observer.begin(plan, self.town.blocks.index(block))
        outcome, reads = Outcome.ABORTED, tuple[Read, ...]()
        try:
            receipt = save(plan.operations, plan.seen).receipt
            outcome, reads = Outcome.COMMITTED, self.town.reads(self.observer.reads_of(receipt["attempts"]))
            self.journal.acknowledged.append(receipt["edit_id"])
            self.journal.edit_of[name] = receipt["edit_id"]
        except OutcomeUnknown:
            outcome = Outcome.UNKNOWN
        except SpatialAdminError as error:
            self.journal.refusals[type(error).__name__] += 1
        appends = tuple(Append(key, element) for key, element in plan.appends)
        self.journal.transactions.append(Transaction(name, reads, appends, outcome, began, time.monotonic()))

    def editor(self, seed: int, edits: int) -> Callable[[], None]:
        """The work of one editor: look, plan, edit, again and again, mostly in the block of editors of like number."""
        dice, blocks = Random(seed), self.town.blocks

        def work() -> None:
            for _ in range(edits):
                block = blocks[seed % len(blocks)] if dice.random() < HOME else dice.choice(blocks)
                self.edit(plan_edit(dice, block, self.look([block]), self.elements), block)

        return work

    def run(self, app: Flask, *work: Callable[[], None]) -> History:
        """Let editors work at the same time; at the end somebody looks at everything."""
        with app.app_context():
            fixed()  # read once, before sixteen editors with a connection each want another one for it
        failed = errors(race(app, *work))
        if failed:
            raise BaseExceptionGroup("editors failed", failed)
        with app.app_context():
            self.look(self.town.blocks)
        return self.journal.history
