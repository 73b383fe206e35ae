"""What clients of a database saw and did, as a list-append history: transactions that read lists and append to them.

Elements are unique in the whole history. So a list that somebody reads says who wrote it, and in which order: the
history explains itself, and no word of the database about it has to be believed.
"""

from __future__ import annotations

import enum
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

Value = tuple[int, ...]


class Outcome(enum.Enum):
    """What the client was told."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"  # counts as committed once an element of it was read


@dataclass(frozen=True, slots=True)
class Read:
    """A list as a transaction read it, before any append of its own."""

    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class Append:
    """One element that a transaction put at the end of a list."""

    key: str
    element: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction as its client knows it; times are the client's clock, before the first and after the last word.

    One that is `is_snapshot` ran at snapshot isolation, beside others that ran at the level under test.
    """

    name: str
    reads: tuple[Read, ...] = ()
    appends: tuple[Append, ...] = ()
    outcome: Outcome = Outcome.COMMITTED
    began_s: float = -math.inf
    ended_s: float = math.inf
    is_snapshot: bool = False

    @property
    def acknowledged_s(self) -> float:
        """When its client knew that it was committed; never, where he was told nothing."""
        return self.ended_s if self.outcome is Outcome.COMMITTED else math.inf


@dataclass(frozen=True)
class History:
    """Transactions in any order; names and elements are unique."""

    transactions: Sequence[Transaction]

    def __post_init__(self) -> None:
        names = [transaction.name for transaction in self.transactions]
        if len(set(names)) != len(names):
            raise ValueError("two transactions of one name: a history needs them apart")
        for key, appends in _appends_by_key(self.transactions).items():
            elements = [append.element for _, append in appends]
            if len(set(elements)) != len(elements):
                raise ValueError(f"an element is appended twice to {key}: elements are unique, or say nothing")

    @cached_property
    def writers(self) -> Mapping[tuple[str, int], Transaction]:
        """Who appended an element to a list, or tried to."""
        appends = _appends_by_key(self.transactions)
        return {(key, append.element): who for key, made in appends.items() for who, append in made}

    @cached_property
    def committed(self) -> Sequence[Transaction]:
        """Transactions that took place: those that were acknowledged, and the unknown ones that somebody saw."""
        acknowledged = [one for one in self.transactions if one.outcome is Outcome.COMMITTED]
        seen = {
            self.writers[read.key, element].name
            for transaction in acknowledged
            for read in transaction.reads
            for element in read.value
            if (read.key, element) in self.writers
        }
        return [*acknowledged, *(t for t in self.transactions if t.outcome is Outcome.UNKNOWN and t.name in seen)]

    @cached_property
    def orders(self) -> Mapping[str, Value]:
        """The version order of each list: its longest read. Every version of a list is a prefix of the next."""
        longest: dict[str, Value] = {}
        for transaction in self.committed:
            for read in transaction.reads:
                if len(read.value) > len(longest.get(read.key, ())) or read.key not in longest:
                    longest[read.key] = read.value
        return longest


def _appends_by_key(transactions: Sequence[Transaction]) -> Mapping[str, list[tuple[Transaction, Append]]]:
    found: dict[str, list[tuple[Transaction, Append]]] = defaultdict(list)
    for transaction in transactions:
        for append in transaction.appends:
            found[append.key].append((transaction, append))
    return found
