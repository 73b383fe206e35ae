"""The checker on histories made by hand: each anomaly is seen and named, and what is lawful is let be."""

from __future__ import annotations

import random
from itertools import count

import pytest

from tests.concurrency.history import Append, History, Outcome, Read, Transaction
from tests.concurrency.history_checker import Kind, check, kinds


def did(
    name: str, *steps: str, outcome: Outcome = Outcome.COMMITTED, at: tuple[float, float] | None = None
) -> Transaction:
    """A transaction in short: `x=1,2` is a read, `x+3` an append; `at` is when it was begun and acknowledged."""
    reads = [step.split("=") for step in steps if "=" in step]
    appends = [step.split("+") for step in steps if "+" in step]
    return Transaction(
        name,
        tuple(Read(key, tuple(int(element) for element in value.split(",") if element)) for key, value in reads),
        tuple(Append(key, int(element)) for key, element in appends),
        outcome,
        *(at or ()),
    )


def found(*transactions: Transaction) -> set[Kind]:
    return kinds(check(History(transactions)))


ABORTED, UNKNOWN = Outcome.ABORTED, Outcome.UNKNOWN
LAWFUL = {
    "nothing happened": (),
    "one after the other": (did("a", "x=", "x+1"), did("b", "x=1", "x+2"), did("c", "x=1,2")),
    "two lists, read together": (did("a", "x+1", "y+1"), did("b", "x=1", "y=1"), did("c", "x=", "y=")),
    "two appends of one transaction": (did("a", "x+1", "x+2"), did("b", "x=1,2")),
    "a refused append that nobody saw": (did("a", "x+1", outcome=ABORTED), did("b", "x=")),
    "an unknown append that somebody saw": (did("a", "x+1", outcome=UNKNOWN), did("b", "x=1", "x+2"), did("c", "x=1,2")),
    "an unknown append that nobody saw": (did("a", "x=", "x+1", outcome=UNKNOWN), did("b", "x=", "x+2"), did("c", "x=2")),
    "an unknown append that came late": (
        did("a", "x+1", outcome=UNKNOWN, at=(0, 1)), did("b", "x=", at=(2, 3)), did("c", "x=1", at=(4, 5))),
    "an append that nobody looked for": (did("a", "x=", "x+1"), did("b", "y=")),
    "a read at the same time as the append": (did("a", "x+1", at=(0, 5)), did("b", "x=", at=(4, 6))),
    "reads whose order only their clocks tell": (did("a", "x+1", at=(0, 1)), did("b", "x=1", at=(2, 3))),
}  # fmt: skip
UNLAWFUL = {
    "an element twice": ({Kind.DUPLICATE}, (did("a", "x+1"), did("b", "x=1,1"))),
    "an element of nobody": ({Kind.UNKNOWN_ELEMENT}, (did("a", "x=7"),)),
    "an append read before it was made": ({Kind.OWN_ELEMENT}, (did("a", "x=1", "x+1"),)),
    "G1a: a refused append is read": ({Kind.ABORTED_READ}, (did("a", "x+1", outcome=ABORTED), did("b", "x=1"))),
    "G1a: … and a later append hides that it is the last": (
        {Kind.ABORTED_READ}, (did("a", "x+1", outcome=ABORTED), did("b", "x+2"), did("c", "x=1,2"))),
    "G1b: the first of two appends is read alone": (
        {Kind.INTERMEDIATE_READ, Kind.G_SINGLE}, (did("a", "x+1", "x+2"), did("b", "x=1"), did("c", "x=1,2"))),
    "two orders of one list": (
        {Kind.INCOMPATIBLE_ORDER}, (did("a", "x+1"), did("b", "x+2"), did("c", "x=1,2"), did("d", "x=2,1"))),
    "an acknowledged element is gone": (
        {Kind.VANISHED, Kind.G0_REAL_TIME, Kind.G_SINGLE_REAL_TIME},
        (did("a", "x+1", at=(0, 1)), did("b", "x+2", at=(2, 3)), did("c", "x=2", at=(4, 5)))),
    "lost update: two append to what both read, one survives": (
        {Kind.LOST_UPDATE, Kind.G_SINGLE, Kind.G2_ITEM},
        (did("a", "x=", "x+1"), did("b", "x=", "x+2"), did("c", "x=2"))),
    "lost update: two append to what both read, both survive": (
        {Kind.LOST_UPDATE, Kind.G_SINGLE}, (did("a", "x=", "x+1"), did("b", "x=", "x+2"), did("c", "x=1,2"))),
    "lost update: it was seen before it was lost": (
        {Kind.LOST_UPDATE, Kind.INCOMPATIBLE_ORDER, Kind.G_SINGLE, Kind.G2_ITEM},
        (did("a", "x=", "x+1"), did("b", "x=1"), did("c", "x=", "x+2"), did("d", "x=2"))),
    "G0: two transactions interleave their writes": (
        {Kind.G0}, (did("a", "x+1", "y+1"), did("b", "x+2", "y+2"), did("c", "x=1,2", "y=2,1"))),
    "G0: one writes in the midst of another": ({Kind.G0}, (did("a", "x+1", "x+3"), did("b", "x+2"), did("c", "x=1,2,3"))),
    "G1c: each reads what the other wrote": ({Kind.G1C}, (did("a", "x+1", "y=2"), did("b", "x=1", "y+2"))),
    "G-single: a torn read of two lists": ({Kind.G_SINGLE}, (did("a", "x+1", "y+1"), did("b", "x=1", "y="))),
    "G-single: a list read twice with an append between": ({Kind.G_SINGLE}, (did("a", "x+1"), did("b", "x=", "x=1"))),
    "G-nonadjacent: two observers disagree about the order": (
        {Kind.G_NONADJACENT}, (did("a", "x+1"), did("b", "y+2"), did("c", "x=1", "y="), did("d", "x=", "y=2"))),
    "G2-item: write skew over two lists": ({Kind.G2_ITEM}, (did("a", "x=", "y=", "x+1"), did("b", "x=", "y=", "y+2"))),
    "G2-item: write skew of three in a ring": (
        {Kind.G2_ITEM}, (did("a", "x=", "y+1"), did("b", "y=", "z+2"), did("c", "z=", "x+3"))),
    "a stale read after an acknowledged write": (
        {Kind.G_SINGLE_REAL_TIME}, (did("a", "x+1", at=(0, 1)), did("b", "x=", at=(2, 3)), did("c", "x=1", at=(3, 9)))),
    "a read of what is begun only afterwards": (
        {Kind.G1C_REAL_TIME}, (did("a", "x=1", at=(0, 1)), did("b", "x+1", at=(2, 3)))),
    "appends in another order than their clients lived through": (
        {Kind.G0_REAL_TIME}, (did("a", "x+1", at=(0, 1)), did("b", "x+2", at=(2, 3)), did("c", "x=2,1", at=(0, 9)))),
    "write skew in which one of the two came later": (
        {Kind.G2_ITEM_REAL_TIME},
        (did("a", "x=", "y+1", at=(0, 9)), did("b", "y=", at=(5, 6)), did("c", "x+3", at=(1, 2)))),
    "two stale reads that meet only in real time": (
        {Kind.G_NONADJACENT_REAL_TIME},
        (did("a", "x+1"), did("b", "x=1", at=(1, 2)), did("c", "y=", at=(3, 4)), did("d", "y+2"), did("e", "x=", "y=2"))),
}  # fmt: skip


@pytest.mark.parametrize("transactions", LAWFUL.values(), ids=LAWFUL)
def test_what_is_lawful_is_let_be(transactions: tuple[Transaction, ...]) -> None:
    assert check(History(transactions)) == []


@pytest.mark.parametrize(("expected", "transactions"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_each_anomaly_is_named_and_no_other(expected: set[Kind], transactions: tuple[Transaction, ...]) -> None:
    assert found(*transactions) == expected
    assert found(*transactions[::-1]) == expected  # the order in which a history is written down says nothing


def test_the_explanation_is_the_shortest_cycle_in_words() -> None:
    long_way = (did("l1", "p=", "q+1"), did("l2", "q=", "p=", "r+2"), did("l3", "r=", "p+3"))
    anomalies = check(History((*long_way, did("a", "x=", "y=", "x+1"), did("b", "x=", "y=", "y+2"))))
    assert [anomaly.kind for anomaly in anomalies] == [Kind.G2_ITEM, Kind.G2_ITEM]  # one for each tangle
    (short,) = (anomaly for anomaly in anomalies if "a" in anomaly.transactions)
    assert str(short) == "G2-item write skew: a -rw-> b (y: [], not yet 2); b -rw-> a (x: [], not yet 1)"


def test_a_snapshot_beside_serializable_writers_may_see_skew_and_nothing_worse() -> None:
    # Fekete, O'Neil, O'Neil 2004: a reader at snapshot isolation sees the later batch and not the earlier receipt.
    receipt, batch = did("receipt", "x=", "y+1"), did("batch", "x+2")
    report = Transaction("report", (Read("x", (2,)), Read("y", ())))
    as_snapshot = Transaction("report", report.reads, is_snapshot=True)
    assert found(receipt, batch, report) == {Kind.G2_ITEM}
    assert found(receipt, batch, as_snapshot) == set()
    torn = Transaction("torn", (Read("x", (2,)), Read("z", ())), is_snapshot=True)
    assert found(did("batch", "x+2", "z+3"), torn) == {Kind.G_SINGLE}


def test_real_time_passes_through_snapshots_that_are_left_out() -> None:
    look = Transaction("look", began_s=2, ended_s=3, is_snapshot=True)
    first, stale = did("a", "x+1", at=(0, 1)), did("b", "x=", at=(4, 5))
    assert found(first, look, stale, did("c", "x=1")) == {Kind.G_SINGLE_REAL_TIME, Kind.VANISHED}


@pytest.mark.parametrize(
    "transactions", [(did("a"), did("a")), (did("a", "x+1"), did("b", "x+1"))], ids=["names", "elements"]
)
def test_what_is_not_unique_is_refused(transactions: tuple[Transaction, ...]) -> None:
    with pytest.raises(ValueError, match=r"two transactions of one name|appended twice"):
        History(transactions)


def serial(seed: int, length: int) -> list[Transaction]:
    """A history made by one who does all of it one after the other, with clocks."""
    dice, numbers = random.Random(seed), count(1)
    lists: dict[str, list[int]] = {key: [] for key in "uvwxyz"}
    made = []
    for n in range(length):
        reads = tuple(Read(key, tuple(lists[key])) for key in dice.sample("uvwxyz", 3))
        appends = tuple(Append(dice.choice("uvwxyz"), next(numbers)) for _ in range(dice.randrange(3)))
        for append in appends:
            lists[append.key].append(append.element)
        made.append(Transaction(f"t{n}", reads, appends, began_s=n, ended_s=n + dice.uniform(0.1, 0.9)))
    return made


@pytest.mark.parametrize("seed", range(5))
def test_a_long_serial_history_is_lawful_and_one_changed_read_is_not(seed: int) -> None:
    history = serial(seed, 400)
    assert check(History(history)) == []
    dice = random.Random(seed)
    longer = [(n, r) for n, one in enumerate(history) for r, read in enumerate(one.reads) if read.value]
    n, r = dice.choice(longer)
    reads = list(history[n].reads)
    reads[r] = Read(reads[r].key, reads[r].value[:-1])
    changed = Transaction(history[n].name, tuple(reads), history[n].appends, began_s=n, ended_s=n + 0.5)
    anomalies = check(History([*history[:n], changed, *history[n + 1 :]]))
    assert anomalies
    assert all(changed.name in anomaly.transactions for anomaly in anomalies)
