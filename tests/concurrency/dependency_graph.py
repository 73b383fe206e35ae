"""Adya's direct serialization graph of a list-append history, and its shortest cycles by kind.

Sources: A. Adya, *Weak Consistency: A Generalized Theory and Optimistic Implementations for Distributed Transactions*
(MIT, 1999), for the dependencies and the phenomena G0 to G2; K. Kingsbury and P. Alvaro, *Elle: Inferring Isolation
Anomalies from Experimental Observations* (VLDB 14, 2020), for inferring them from lists; A. Cerone and A. Gotsman,
*Analysing Snapshot Isolation* (PODC 2016), for cycles without two anti-dependencies in a row.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.concurrency.history import History, Transaction


class Dependency(enum.Enum):
    """Why one transaction comes before another in every serial order that explains the history."""

    WW = "its element is followed by one of"
    WR = "its element is read by"
    RW = "it read the list before an element of"
    REAL_TIME = "it was acknowledged before the begin of"


WW, WR, RW, REAL_TIME = Dependency
DEPENDENCIES = frozenset({WW, WR})


@dataclass(frozen=True, slots=True)
class Edge:
    """One dependency; `about` says on which list and element it rests."""

    source: str
    target: str
    kind: Dependency
    about: str = ""

    def __str__(self) -> str:
        return f"{self.source} -{self.kind.name.lower()}-> {self.target}" + (f" ({self.about})" if self.about else "")


@dataclass(slots=True)
class Graph:
    """Edges between the named transactions, by their source; one of a kind between two is enough."""

    names: set[str]
    edges: dict[str, dict[tuple[str, Dependency], Edge]] = field(default_factory=dict)

    def add(self, edge: Edge) -> None:
        """Add an edge, unless it leads elsewhere; a transaction does not depend on itself."""
        if edge.source != edge.target and edge.source in self.names and edge.target in self.names:
            self.edges.setdefault(edge.source, {}).setdefault((edge.target, edge.kind), edge)

    def leaving(self, name: str, kinds: frozenset[Dependency]) -> Iterator[Edge]:
        """The edges of some kinds out of a transaction."""
        return (edge for (_, kind), edge in self.edges.get(name, {}).items() if kind in kinds)


def graph_of(history: History, transactions: Sequence[Transaction]) -> Graph:
    """Every dependency between some transactions of a history that its reads prove."""
    graph = Graph({transaction.name for transaction in transactions})
    waiting = _elements_after(history)
    for key, order in history.orders.items():
        authors = [(element, history.writers.get((key, element))) for element in order]
        for (before, one), (after, other) in pairwise(authors):
            if one and other:
                graph.add(Edge(one.name, other.name, WW, f"{key}: {before}, then {after}"))
        if authors and authors[-1][1]:
            for element, writer in waiting.get(key, ()):
                graph.add(Edge(authors[-1][1].name, writer.name, WW, f"{key}: {order[-1]}, later {element}"))
    for transaction in transactions:
        _add_reads(graph, history, transaction, waiting)
    _add_real_time(graph, transactions)
    return graph


def _elements_after(history: History) -> Mapping[str, Sequence[tuple[int, Transaction]]]:
    # Committed, and in no read: a list only grows, so they come after all that was read.
    committed = {transaction.name for transaction in history.committed}
    found: dict[str, list[tuple[int, Transaction]]] = {}
    for (key, element), writer in history.writers.items():
        if writer.name in committed and element not in history.orders.get(key, ()):
            found.setdefault(key, []).append((element, writer))
    return found


def _add_reads(
    graph: Graph,
    history: History,
    reader: Transaction,
    waiting: Mapping[str, Sequence[tuple[int, Transaction]]],
) -> None:
    for read in reader.reads:
        order = history.orders[read.key]
        if read.value != order[: len(read.value)]:
            continue  # told as an incompatible order; nothing follows from it
        last = history.writers.get((read.key, read.value[-1])) if read.value else None
        if last:
            graph.add(Edge(last.name, reader.name, WR, f"{read.key}: {read.value[-1]}"))
        rest = order[len(read.value) :]
        following = [(rest[0], history.writers.get((read.key, rest[0])))] if rest else waiting.get(read.key, [])
        for element, writer in following:
            if writer:
                graph.add(Edge(reader.name, writer.name, RW, f"{read.key}: {list(read.value)}, not yet {element}"))


def _add_real_time(graph: Graph, transactions: Sequence[Transaction]) -> None:
    """Edges from what was acknowledged to what began later, but for those that follow from others (as Elle does it).

    Sound for PostgreSQL on one server: a snapshot holds all that was acknowledged before it was asked for.
    """
    moments = sorted(
        [(one.began_s, 0, n) for n, one in enumerate(transactions)]
        + [(one.acknowledged_s, 1, n) for n, one in enumerate(transactions)]
    )
    frontier: set[int] = set()
    behind: dict[int, set[int]] = {}
    for _, is_end, n in moments:
        if not is_end:
            behind[n] = set(frontier)
            for earlier in frontier:
                graph.add(Edge(transactions[earlier].name, transactions[n].name, REAL_TIME))
        elif n in behind:
            frontier = (frontier - behind[n]) | {n}


def components(graph: Graph, kinds: frozenset[Dependency]) -> list[frozenset[str]]:
    """Strongly connected sets of two or more transactions (Tarjan 1972, without recursion: histories are long)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[frozenset[str]] = []
    for root in list(graph.edges):
        if root in index:
            continue
        work = [(root, graph.leaving(root, kinds))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, edges = work[-1]
            edge = next(edges, None)
            if edge is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    found.append(_popped(stack, on_stack, name))
            elif edge.target not in index:
                index[edge.target] = low[edge.target] = len(index)
                stack.append(edge.target)
                on_stack.add(edge.target)
                work.append((edge.target, graph.leaving(edge.target, kinds)))
            elif edge.target in on_stack:
                low[name] = min(low[name], index[edge.target])
    return [component for component in found if len(component) > 1]


def _popped(stack: list[str], on_stack: set[str], root: str) -> frozenset[str]:
    members: set[str] = set()
    while not members or root not in members:
        members.add(stack.pop())
    on_stack -= members
    return frozenset(members)


@dataclass(frozen=True, slots=True)
class Search:
    """Cycles that begin with an edge of one kind and go back by edges of some kinds."""

    first: Dependency
    back: frozenset[Dependency]
    is_rw_apart: bool = False  # no two anti-dependencies in a row


def shortest_cycles(graph: Graph, search: Search, counts: Callable[[Sequence[Edge]], bool]) -> list[list[Edge]]:
    """One cycle for each strongly connected set that has one: the shortest that counts."""
    cycles = []
    for members in components(graph, search.back | {search.first}):
        best: list[Edge] | None = None
        for name in sorted(members):
            for edge in graph.leaving(name, frozenset({search.first})):
                longest = len(best) - 1 if best else len(members)
                cycle = _way_back(graph, edge, search, members, longest) if edge.target in members else None
                best = cycle if cycle and counts(cycle) else best
            if best and len(best) == 2:
                break
        if best:
            cycles.append(best)
    return cycles


State = tuple[str, bool]  # a transaction, and whether the edge into it was an anti-dependency


def _way_back(graph: Graph, first: Edge, search: Search, members: frozenset[str], longest: int) -> list[Edge] | None:
    """The shortest cycle of at most `longest` edges that begins with `first`; breadth first."""
    begin = (first.target, first.kind is RW)
    came_by: dict[State, tuple[State, Edge] | None] = {begin: None}
    queue = deque([(begin, 1)])
    while queue:
        here, length = queue.popleft()
        if length >= longest:
            return None
        for edge in graph.leaving(here[0], search.back):
            there = (edge.target, edge.kind is RW)
            if edge.target not in members or there in came_by or (search.is_rw_apart and here[1] and there[1]):
                continue
            came_by[there] = (here, edge)
            if edge.target != first.source:
                queue.append((there, length + 1))
            elif not (search.is_rw_apart and there[1] and first.kind is RW):
                return [first, *_path(came_by, there)]
    return None


def _path(came_by: Mapping[State, tuple[State, Edge] | None], end: State) -> list[Edge]:
    path: list[Edge] = []
    step = came_by[end]
    while step is not None:
        path.append(step[1])
        step = came_by[step[0]]
    return path[::-1]
