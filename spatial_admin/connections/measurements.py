"""What this process measures of its connections and transactions, since it began: plain numbers, under one lock.

`/metrics` prints them, the page *Database* shows them; both get them from `measured`.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

MOST_NAMES: Final = 500  # of slow statements; they are names in our code, so there are far fewer

counts: Counter[str] = Counter()
aborts: Counter[str] = Counter()  # by SQLSTATE; `lost` where the server said none
_tallies: dict[tuple[str, str], Tally] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Tally:
    """How often something was done, the seconds that it took together, and the longest of them."""

    count: int = 0
    total_s: float = 0.0
    max_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Once more."""
        self.count += 1
        self.total_s += seconds
        self.max_s = max(self.max_s, seconds)


@dataclass(frozen=True, slots=True)
class Measured:
    """All of it: events by name, aborts by SQLSTATE, and times by what was done and to what.

    `times["checkout"]["primary"]` is the wait for a connection, `held` how long it was kept, `transaction` by kind
    (edit, short, snapshot, page), `flush`, `replica_wait` the wait for an own write, `slow_query` by statement.
    """

    worker: int
    counts: dict[str, int]
    aborts: dict[str, int]
    times: dict[str, dict[str, Tally]]


def count(name: str, more: int = 1) -> None:
    """Count an event."""
    with _lock:
        counts[name] += more


def count_abort(sqlstate: str | None) -> None:
    """Count a statement that the server refused, or that it never answered."""
    with _lock:
        aborts[sqlstate or "lost"] += 1


def note_time(what: str, of: str, seconds: float) -> None:
    """Add to a tally."""
    with _lock:
        tally = _tallies.get((what, of))
        if tally is None:
            if len(_tallies) >= MOST_NAMES:
                return
            tally = _tallies[what, of] = Tally()
        tally.add(seconds)


@contextmanager
def timed(what: str, of: str) -> Iterator[None]:
    """Tally the time of a block, also of one that fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        note_time(what, of, time.perf_counter() - began)


def measured() -> Measured:
    """A copy of the numbers as they are now."""
    times: dict[str, dict[str, Tally]] = {}
    with _lock:
        for (what, of), tally in sorted(_tallies.items()):
            times.setdefault(what, {})[of] = Tally(tally.count, tally.total_s, tally.max_s)
        return Measured(os.getpid(), dict(counts), dict(aborts), times)


def forget() -> None:
    """Begin anew: a forked process counts its own, and a lock that another thread held at the fork is nobody's."""
    global _lock  # noqa: PLW0603 (the one lock of the process)
    _lock = threading.Lock()
    counts.clear()
    aborts.clear()
    _tallies.clear()


os.register_at_fork(after_in_child=forget)
