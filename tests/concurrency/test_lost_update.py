"""Two updates of one property, each by somebody who saw the same version: the second must be told, not obeyed."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import VersionConflict
from spatial_admin.transaction import Isolation
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, save, store_lots, update, versions_of
from tests.concurrency.guards_off import GuardsOff
from tests.concurrency.race import errors, meet_after_reading, race, receipts, write_in_order_of_time

GRID = Grid()


@pytest.fixture
def lot(engine: Engine) -> Engine:
    """One lot."""
    store_lots(engine, {"lot": GRID.box(0, 0)})
    return engine


def two_updates(app: Flask) -> list[object]:
    return race(app, *(lambda n=n: save([update("lot", number=n)], {"lot": 1}) for n in ("one", "other")))


def test_without_the_version_check_the_first_update_is_lost(
    app: Flask, lot: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards_off.version_check()
    guards_off.serializable()  # the guard behind
    meet_after_reading(monkeypatch, 2)
    write_in_order_of_time(monkeypatch)
    assert len(receipts(two_updates(app))) == 2  # both were told that they had changed version 1, as they saw it
    with lot.connect() as connection:
        edits = connection.execute(text("SELECT count(*) FROM edit WHERE comment = 'race'")).scalar()
    assert (edits, versions_of(lot)["lot"]) == (2, 3)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_with_the_version_check_the_second_is_told_at_every_level(
    level: Isolation, app: Flask, lot: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards_off.serializable(level)
    meet_after_reading(monkeypatch, 2)
    results = two_updates(app)
    (receipt,) = receipts(results)
    (error,) = errors(results)
    assert isinstance(error, VersionConflict)
    assert [(entry.parcel_id, entry.seen, entry.current_version) for entry in error.stale] == [("lot", 1, 2)]
    assert audit(lot, committed=[receipt["edit_id"]]) == []


def test_without_the_version_check_serializable_alone_holds(
    app: Flask, lot: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards_off.version_check()
    meet_after_reading(monkeypatch, 2)
    results = two_updates(app)
    assert len(receipts(results)) == 1
    assert [type(error) for error in errors(results)] == [VersionConflict]


def test_without_comparing_what_was_seen_a_later_save_overwrites(
    app: Flask, lot: Engine, guards_off: GuardsOff
) -> None:
    guards_off.seen_check()  # no race needed: the form was opened before a colleague saved
    with app.app_context():
        save([update("lot", number="colleague")], {"lot": 1})
        save([update("lot", number="mine")], {"lot": 1})
    with lot.connect() as connection:
        assert connection.execute(text("SELECT number FROM parcel")).scalar() == "mine"


def test_a_counter_raised_by_eight_editors_loses_nothing(app: Flask, lot: Engine) -> None:
    # Each reads, adds one and saves with the version it read; a conflict means reading again.
    per_editor = 6

    def count_up() -> list[int]:
        made: list[int] = []
        while len(made) < per_editor:
            with lot.connect() as connection:
                version, number = connection.execute(text("SELECT version, attributes->>'n' FROM parcel")).one()
            try:
                outcome = save([update("lot", attributes={"n": int(number or 0) + 1})], {"lot": version})
            except VersionConflict:
                continue
            made.append(outcome.receipt["edit_id"])
        return made

    results = race(app, *itertools.repeat(count_up, 8))
    assert errors(results) == []
    with lot.connect() as connection:
        assert connection.execute(text("SELECT (attributes->>'n')::int FROM parcel")).scalar() == 8 * per_editor
    assert versions_of(lot)["lot"] == 1 + 8 * per_editor
    assert audit(lot, committed=[edit for made in results for edit in made]) == []
