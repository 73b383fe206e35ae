"""Threads that meet: work that starts at once, and points in an edit at which all wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask

from spatial_admin.services.editing import edit_boundaries as service
from spatial_admin.transaction import EditTransaction, Outcome
from tests.waiting import PATIENCE_S


def race(app: Flask, *work: Callable[[], Any]) -> list[Any]:
    """Run each piece of work in a thread of its own, all starting at once; what each returned or raised, in order."""
    results: list[Any] = [None] * len(work)
    start = threading.Barrier(len(work))

    def run(index: int) -> None:
        with app.app_context():
            start.wait(PATIENCE_S)
            try:
                results[index] = work[index]()
            except Exception as error:  # noqa: BLE001 (handed to the test, which asserts on it)
                results[index] = error

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "a thread of the race hangs"
    return results


def receipts(results: Sequence[Any]) -> list[Any]:
    """The receipts among the results of a race."""
    return [result.receipt for result in results if isinstance(result, Outcome)]


def errors(results: Sequence[Any]) -> list[BaseException]:
    """What was raised in a race."""
    return [result for result in results if isinstance(result, BaseException)]


def meet_after_reading(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Let the first attempts of `parties` edits wait for each other when all have read and judged and none has written."""
    barrier = threading.Barrier(parties)
    take_cells = service.take_cells

    def meet(transaction: EditTransaction, *rest: Any) -> None:
        if transaction.attempt == 1:
            wait(barrier)
        take_cells(transaction, *rest)

    monkeypatch.setattr(service, "take_cells", meet)


def write_in_order_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever takes the time of the edit first also write first: else history refuses a period that ends before
    it begins, which hides the anomaly that the test is about."""
    lock = threading.Lock()
    write_parcels = service.write_parcels

    def ordered(transaction: EditTransaction, changes: Any, latest: Any, *rest: Any) -> Any:
        transaction.time_of_edit(latest)  # where an observer lets them meet: not one of them in the lock
        with lock:
            return write_parcels(transaction, changes, latest, *rest)

    monkeypatch.setattr(service, "write_parcels", ordered)


def wait(barrier: threading.Barrier, patience_s: float = PATIENCE_S) -> None:
    """Wait for the others; where they cannot come (a guard stopped one of them), go on after the patience."""
    try:
        barrier.wait(patience_s)
    except threading.BrokenBarrierError:
        return
