"""Which anomalies a list-append history proves. Pure: a history in, anomalies out, each with its reason in words.

The theory in short. A history is serializable when some serial order explains every read (Adya 1999: its direct
serialization graph has no cycle). The order of the versions of a list is in its longest read; from it follow three
dependencies between transactions: ww (b appended right after a), wr (b read what a appended last) and rw, the
anti-dependency (a read the list before b appended to it). Which edges a cycle has says what went wrong (Kingsbury and
Alvaro 2020, Elle):

- G0, ww only: writes of two transactions interleave; G1c, ww and wr: information flows in a circle;
- G-single, one rw: a read that is torn or stale, a lost update; G-nonadjacent, several rw, no two in a row: neither may
  happen at snapshot isolation;
- G2-item, two rw in a row: write skew, which snapshot isolation lets through and SERIALIZABLE does not.

A cycle that needs an edge of real time (acknowledged, then begun) is named so: the history is serializable in another
order than the one its clients lived through. It is exact: no anomaly is told that the reads do not prove.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.concurrency.dependency_graph import (
    DEPENDENCIES,
    REAL_TIME,
    RW,
    WR,
    WW,
    Edge,
    Search,
    graph_of,
    shortest_cycles,
)
from tests.concurrency.history import History, Outcome, Read, Transaction


class Kind(enum.Enum):
    """An anomaly by its name in Adya's and Elle's papers, or in words where it has none there."""

    DUPLICATE = "duplicate element"
    UNKNOWN_ELEMENT = "element that nobody appended"
    OWN_ELEMENT = "own append read before it was made"
    ABORTED_READ = "G1a aborted read"
    INTERMEDIATE_READ = "G1b intermediate read"
    INCOMPATIBLE_ORDER = "incompatible order of versions"
    VANISHED = "acknowledged element vanished"
    LOST_UPDATE = "lost update"
    G0 = "G0 write cycle"
    G1C = "G1c circular information flow"
    G_SINGLE = "G-single"
    G_NONADJACENT = "G-nonadjacent"
    G2_ITEM = "G2-item write skew"
    G0_REAL_TIME = "G0 in real time"
    G1C_REAL_TIME = "G1c in real time"
    G_SINGLE_REAL_TIME = "G-single in real time: stale read"
    G_NONADJACENT_REAL_TIME = "G-nonadjacent in real time"
    G2_ITEM_REAL_TIME = "G2-item in real time"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that must not be, whose it is, and the reads that prove it."""

    kind: Kind
    words: str
    transactions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.words}"


SEARCHES = (
    (Search(WW, frozenset({WW})), (Kind.G0, Kind.G0_REAL_TIME)),
    (Search(WR, DEPENDENCIES), (Kind.G1C, Kind.G1C_REAL_TIME)),
    (Search(RW, DEPENDENCIES), (Kind.G_SINGLE, Kind.G_SINGLE_REAL_TIME)),
    (Search(RW, DEPENDENCIES | {RW}, is_rw_apart=True), (Kind.G_NONADJACENT, Kind.G_NONADJACENT_REAL_TIME)),
    (Search(RW, DEPENDENCIES | {RW}), (Kind.G2_ITEM, Kind.G2_ITEM_REAL_TIME)),
)


def check(history: History) -> list[Anomaly]:
    """Every anomaly of single reads, and for each kind of cycle the shortest of each tangle; none if serializable."""
    return [
        *(anomaly for transaction in history.committed for anomaly in _strange_reads(history, transaction)),
        *_incompatible_orders(history),
        *_vanished(history),
        *_lost_updates(history),
        *_cycles(history),
    ]


def kinds(anomalies: Sequence[Anomaly]) -> set[Kind]:
    """The kinds among anomalies."""
    return {anomaly.kind for anomaly in anomalies}


def _strange_reads(history: History, reader: Transaction) -> Iterator[Anomaly]:
    for read in reader.reads:
        what = f"{reader.name} read {read.key} as {list(read.value)}"
        for element, times in Counter(read.value).items():
            writer = history.writers.get((read.key, element))
            if times > 1:
                yield Anomaly(Kind.DUPLICATE, f"{what}, {element} {times} times", (reader.name,))
            if writer is None:
                yield Anomaly(Kind.UNKNOWN_ELEMENT, f"{what}; nobody appended {element}", (reader.name,))
            elif writer is reader:
                yield Anomaly(Kind.OWN_ELEMENT, f"{what} before it appended {element}", (reader.name,))
            elif writer.outcome is Outcome.ABORTED:
                words = f"{what}; {element} is of {writer.name}, which was refused"
                yield Anomaly(Kind.ABORTED_READ, words, (writer.name, reader.name))
        yield from _intermediate(history, reader, read, what)


def _intermediate(history: History, reader: Transaction, read: Read, what: str) -> Iterator[Anomaly]:
    writer = history.writers.get((read.key, read.value[-1])) if read.value else None
    if writer is None or writer is reader:
        return
    last = [append.element for append in writer.appends if append.key == read.key][-1]
    if last != read.value[-1]:
        words = f"{what}, in the midst of {writer.name}, which appended {last} besides"
        yield Anomaly(Kind.INTERMEDIATE_READ, words, (writer.name, reader.name))


def _incompatible_orders(history: History) -> Iterator[Anomaly]:
    for reader in history.committed:
        for read in reader.reads:
            order = history.orders[read.key]
            if read.value != order[: len(read.value)]:
                words = f"{reader.name} read {read.key} as {list(read.value)}, another as {list(order)}"
                yield Anomaly(Kind.INCOMPATIBLE_ORDER, words, (reader.name,))


def _vanished(history: History) -> Iterator[Anomaly]:
    last: dict[str, tuple[Transaction, Read]] = {}
    for reader in sorted(history.committed, key=lambda one: one.began_s):
        last.update({read.key: (reader, read) for read in reader.reads})
    for writer in history.committed:
        for append in writer.appends:
            if append.key not in last:
                continue
            reader, read = last[append.key]
            if append.element not in read.value and reader.began_s > writer.acknowledged_s:
                words = (
                    f"{writer.name} was told that it had appended {append.element} to {append.key}; "
                    f"{reader.name}, begun afterwards and the last to look, read {list(read.value)}"
                )
                yield Anomaly(Kind.VANISHED, words, (writer.name, reader.name))


def _lost_updates(history: History) -> Iterator[Anomaly]:
    read_and_appended: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for one in history.committed:
        appended = {append.key for append in one.appends}
        for key, value in {(read.key, read.value) for read in one.reads if read.key in appended}:
            read_and_appended.setdefault((key, value), []).append(one.name)
    for (key, value), names in read_and_appended.items():
        for pair in combinations(sorted(names), 2):
            words = f"{pair[0]} and {pair[1]} both read {key} as {list(value)}, and both appended to that"
            yield Anomaly(Kind.LOST_UPDATE, words, pair)


def _cycles(history: History) -> Iterator[Anomaly]:
    graph = graph_of(history, history.committed)
    of_serializable = graph_of(history, [one for one in history.committed if not one.is_snapshot])
    for search, (kind, in_real_time) in SEARCHES:
        part = of_serializable if kind is Kind.G2_ITEM else graph
        timed = Search(search.first, search.back | {REAL_TIME}, search.is_rw_apart)
        for cycle in shortest_cycles(part, search, _is_of(kind)):
            yield _anomaly(kind, cycle)
        for cycle in shortest_cycles(part, timed, _is_of(in_real_time)):
            yield _anomaly(in_real_time, cycle)


def _is_of(kind: Kind) -> Callable[[Sequence[Edge]], bool]:
    return lambda cycle: _kind_of(cycle) is kind


def _kind_of(cycle: Sequence[Edge]) -> Kind:
    edges = [edge.kind for edge in cycle]
    is_in_a_row = any(one is RW and after is RW for one, after in zip(edges, [*edges[1:], edges[0]], strict=True))
    by_severity = (RW not in edges and WR not in edges, RW not in edges, edges.count(RW) == 1, not is_in_a_row, True)
    _, kinds_of_cycle = SEARCHES[by_severity.index(True)]
    return kinds_of_cycle[REAL_TIME in edges]


def _anomaly(kind: Kind, cycle: Sequence[Edge]) -> Anomaly:
    return Anomaly(kind, "; ".join(str(edge) for edge in cycle), tuple(edge.source for edge in cycle))
