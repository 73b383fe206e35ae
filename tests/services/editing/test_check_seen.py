"""Staleness: who is compared with what they saw, what a conflict says, and what may be replayed on what is current."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import InvalidOperation, UnknownPoint, VersionConflict, VersionRequired
from tests.concurrency.audit import audit
from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, move, ring_of, save, store_block, store_lots, update, versions_of

GRID = Grid()
CORNER, ELSEWHERE = GRID.at(1, 1), GRID.at(1.2, 1.3)
AROUND = ("0-0", "0-1", "1-0", "1-1")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def block(engine: Engine) -> Engine:
    """Four lots that share a corner."""
    store_block(engine, GRID, 2, 2)
    return engine


def facts(conflict: VersionConflict) -> list[tuple[str, int, int, bool]]:
    return [(entry.parcel_id, entry.seen, entry.current_version, entry.can_rebase) for entry in conflict.stale]


def test_a_version_that_is_not_stated_is_required(block: Engine) -> None:
    save([update("1-1", number="7")], {"1-1": 1})
    with pytest.raises(VersionRequired) as required:
        save([move(CORNER, ELSEWHERE)], {"0-0": 1, "0-1": 1})
    assert required.value.missing == {"1-0": 1, "1-1": 2}
    assert versions_of(block) == {"0-0": 1, "0-1": 1, "1-0": 1, "1-1": 2}


def test_a_stale_version_is_a_conflict_that_names_every_stale_parcel(block: Engine) -> None:
    save([update("1-1", number="7")], {"1-1": 1})
    save([update("0-0", number="8")], {"0-0": 1})
    with pytest.raises(VersionConflict) as conflict:
        save([move(CORNER, ELSEWHERE)], dict.fromkeys(AROUND, 1))
    assert facts(conflict.value) == [("0-0", 1, 2, True), ("1-1", 1, 2, True)]


def test_a_version_that_was_never_there_is_a_conflict_too(block: Engine) -> None:
    with pytest.raises(VersionConflict) as conflict:
        save([update("1-1", number="7")], {"1-1": 9})
    assert facts(conflict.value) == [("1-1", 9, 1, False)]


def test_parcels_that_the_edit_does_not_change_may_be_stale(block: Engine) -> None:
    store_lots(block, {"far": GRID.box(9, 9)})
    save([update("far", number="7")], {"far": 1})
    assert save([move(CORNER, ELSEWHERE)], {**dict.fromkeys(AROUND, 1), "far": 1}).receipt["rebased"] is False


def test_a_point_that_a_colleague_moved_away_is_a_conflict_and_no_unknown_point(block: Engine) -> None:
    save([move(CORNER, ELSEWHERE)], dict.fromkeys(AROUND, 1))
    for if_stale in ("reject", "rebase"):
        with pytest.raises(VersionConflict) as conflict:
            save([move(CORNER, GRID.at(0.9, 0.9))], dict.fromkeys(AROUND, 1), if_stale=if_stale)
        assert facts(conflict.value) == [(name, 1, 2, False) for name in AROUND]


def test_a_point_that_nobody_ever_had_is_unknown_even_when_something_is_stale(block: Engine) -> None:
    save([move(CORNER, ELSEWHERE)], dict.fromkeys(AROUND, 1))
    with pytest.raises(UnknownPoint):
        save([move(GRID.at(0.5, 0.5), GRID.at(0.9, 0.9))], dict.fromkeys(AROUND, 1))


def test_two_points_that_are_neighbours_no_more_are_a_conflict(block: Engine) -> None:
    insert = {"op": "insert_point", "between": [list(GRID.at(0, 0)), list(GRID.at(1, 0))], "at": list(GRID.at(0.5, 0))}
    save([insert], {"0-0": 1})
    with pytest.raises(VersionConflict) as conflict:
        save([{**insert, "at": list(GRID.at(0.6, 0))}], {"0-0": 1})
    assert facts(conflict.value) == [("0-0", 1, 2, False)]
    with pytest.raises(InvalidOperation, match="follow each other in no ring"):
        save([{**insert, "at": list(GRID.at(0.6, 0))}], {"0-0": 2})


def test_a_parcel_that_was_retired_meanwhile_is_a_conflict(block: Engine, database_url: str) -> None:
    with Colleague(database_url) as colleague:
        colleague.run("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = '1-1'")
        colleague.commit()
    with pytest.raises(VersionConflict) as conflict:
        save([update("1-1", number="7")], {"1-1": 1})
    assert facts(conflict.value) == [("1-1", 1, 2, False)]


def test_disjoint_points_of_one_parcel_are_both_kept_by_rebase(block: Engine) -> None:
    save([move(GRID.at(0, 0), GRID.at(-0.2, -0.2))], {"0-0": 1})
    outcome = save([move(CORNER, ELSEWHERE)], dict.fromkeys(AROUND, 1), if_stale="rebase")
    assert outcome.receipt["rebased"] is True
    ring = ring_of(block, "0-0")
    assert GRID.at(-0.2, -0.2) in ring
    assert ELSEWHERE in ring
    assert versions_of(block)["0-0"] == 3
    assert audit(block) == []


def test_properties_set_by_two_people_are_both_kept_by_rebase_when_they_differ(block: Engine) -> None:
    save([update("0-0", number="7")], {"0-0": 1})
    outcome = save([update("0-0", land_use="orchard")], {"0-0": 1}, if_stale="rebase")
    assert outcome.receipt["rebased"] is True
    with block.connect() as connection:
        row = connection.execute(text("SELECT number, land_use FROM parcel WHERE parcel_id = '0-0'")).one()
    assert tuple(row) == ("7", "orchard")


def test_a_property_that_changed_meanwhile_is_not_overwritten_by_rebase(block: Engine) -> None:
    save([update("0-0", number="colleague")], {"0-0": 1})
    with pytest.raises(VersionConflict) as conflict:
        save([update("0-0", number="mine")], {"0-0": 1}, if_stale="rebase")
    assert facts(conflict.value) == [("0-0", 1, 2, False)]


def test_a_property_that_is_already_as_wanted_is_a_conflict_for_whoever_did_not_see_it(block: Engine) -> None:
    # Two people count from 5 to 6: the second has not counted.
    save([update("0-0", attributes={"n": 6})], {"0-0": 1})
    with pytest.raises(VersionConflict):
        save([update("0-0", attributes={"n": 6})], {"0-0": 1})
    outcome = save([update("0-0", attributes={"n": 6})], {"0-0": 2})
    assert outcome.receipt["parcels"] == []


def test_one_parcel_that_cannot_be_rebased_stops_the_whole_edit(block: Engine) -> None:
    save([update("0-0", number="colleague")], {"0-0": 1})
    save([update("1-1", land_use="road")], {"1-1": 1})
    with pytest.raises(VersionConflict) as conflict:
        save([update("0-0", number="mine"), update("1-1", number="mine")], {"0-0": 1, "1-1": 1}, if_stale="rebase")
    assert facts(conflict.value) == [("0-0", 1, 2, False), ("1-1", 1, 2, True)]
    assert versions_of(block)["1-1"] == 2


def test_a_ring_that_collapses_because_of_a_colleague_is_a_conflict(engine: Engine) -> None:
    a, b, c, d = GRID.box(0, 0)
    store_lots(engine, {"lot": [a, b, c, d]})
    save([{"op": "remove_point", "at": list(d)}], {"lot": 1})
    with pytest.raises(VersionConflict):  # of a triangle, two corners joined leave nothing; of the square, a triangle
        save([move(b, c)], {"lot": 1})
