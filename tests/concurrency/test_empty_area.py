"""Two inserts into land where nothing lies: no predicate lock covers it, so only a real row makes the writers meet."""

from __future__ import annotations

import psycopg2
import pytest
from sqlalchemy import Engine

from tests.concurrency.audit import audit, overlaps
from tests.concurrency.direct import Colleague, later, wait_until_blocked
from tests.concurrency.fabric import Grid, store_block
from tests.concurrency.guards_off import GuardsOff
from tests.waiting import PATIENCE_S

TOWN = Grid()
FAR = Grid(west=-100.1, south=-20.2)
FIRST, SECOND = FAR.box(0, 0, 2, 2), FAR.box(1, 1, 2, 2)
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


@pytest.fixture
def town(engine: Engine) -> Engine:
    """A town that makes the index of boundaries two levels high: in a one-page index every reader meets every writer."""
    store_block(engine, TOWN, 25, 24)
    return engine


@pytest.mark.parametrize("level", LEVELS)
def test_without_cells_both_inserts_are_stored(
    level: str, town: Engine, database_url: str, guards_off: GuardsOff
) -> None:
    guards_off.cells()
    guards_off.overlap_check()  # the guard behind: at READ COMMITTED it may see the other, later writer
    with Colleague(database_url, level) as one, Colleague(database_url, level) as other:
        assert (one.look(FIRST), other.look(SECOND)) == (0, 0)
        one.insert("first", FIRST)
        other.insert("second", SECOND)
        one.commit()
        other.commit()  # at SERIALIZABLE too: the anomaly that the cells are for
    with town.connect() as connection:
        assert [pair[:2] for pair in overlaps(connection)] == [("first", "second")]


@pytest.mark.parametrize(
    ("levels", "sqlstate"),
    [
        pytest.param(("SERIALIZABLE", "SERIALIZABLE"), "40001", id="both SERIALIZABLE"),
        pytest.param(("READ COMMITTED", "READ COMMITTED"), "SA010", id="both READ COMMITTED"),
        pytest.param(("READ COMMITTED", "SERIALIZABLE"), "40001", id="SERIALIZABLE after READ COMMITTED"),
        pytest.param(("SERIALIZABLE", "READ COMMITTED"), "SA010", id="READ COMMITTED after SERIALIZABLE"),
        pytest.param(("REPEATABLE READ", "SERIALIZABLE"), "40001", id="SERIALIZABLE after REPEATABLE READ"),
    ],
)
def test_the_second_insert_waits_and_is_refused(
    levels: tuple[str, str], sqlstate: str, town: Engine, database_url: str
) -> None:
    with Colleague(database_url, levels[0]) as one, Colleague(database_url, levels[1]) as other:
        assert (one.look(FIRST), other.look(SECOND)) == (0, 0)
        one.insert("first", FIRST)

        def insert_and_commit() -> None:
            other.insert("second", SECOND)
            other.commit()

        second = later(insert_and_commit)
        wait_until_blocked(town, other.pid)
        one.commit()
        with pytest.raises(psycopg2.Error) as refused:
            second.result(PATIENCE_S)
        assert refused.value.pgcode == sqlstate
        other.rollback()
    assert audit(town) == []


def test_the_second_insert_goes_through_when_the_first_is_rolled_back(town: Engine, database_url: str) -> None:
    with Colleague(database_url) as one, Colleague(database_url) as other:
        one.insert("first", FIRST)
        second = later(lambda: (other.insert("second", SECOND), other.commit()))
        wait_until_blocked(town, other.pid)
        one.rollback()
        second.result(PATIENCE_S)
    assert audit(town) == []


def test_inserts_that_only_touch_wait_and_are_both_stored(town: Engine, database_url: str) -> None:
    with Colleague(database_url) as one, Colleague(database_url) as other:
        one.insert("first", FAR.box(0, 0))
        second = later(lambda: (other.insert("second", FAR.box(1, 0)), other.commit()))
        wait_until_blocked(town, other.pid)
        one.commit()
        second.result(PATIENCE_S)
    assert audit(town) == []
