"""What an edit leaves as read: only what lies at its place. Anything more makes unrelated edits abort each other."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin import transaction
from spatial_admin.transaction import EditTransaction
from tests.concurrency.fabric import Grid, move, save, store_block, update
from tests.concurrency.guards_off import GuardsOff

GRID = Grid(step=0.0008)
# A partition, and an index of one, counts as the whole: a page of history is a page of history.
READS = """
SELECT coalesce(pg_partition_root(relation::regclass), relation::regclass)::text AS name, locktype
FROM pg_locks WHERE mode = 'SIReadLock' AND pid = pg_backend_pid()
"""
# What everybody writes to, and so nobody may read more of than a page at the place of the edit.
SHARED = (
    "parcel",
    "parcel_version",
    "edit",
    "finding",
    "finding_event",
    "conflict_cell",
    "parcel_zoning",
    "tile_change",
    "parcel_cell",
    "parcel_cell_delta",
)


def watch(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Relations and granularity of the predicate locks that an edit holds before its commit; filled when one is made."""
    found: list[tuple[str, str]] = []
    finish = transaction._Attempt._finish

    def look(self: transaction._Attempt, edit: EditTransaction, *rest: Any) -> None:
        finish(self, edit, *rest)
        edit.execute("SET CONSTRAINTS parcel_overlap IMMEDIATE")
        found.extend((row.name, row.locktype) for row in edit.execute(READS))

    monkeypatch.setattr(transaction._Attempt, "_finish", look)
    return found


@pytest.fixture
def reads_of_a_move(app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What moving one corner of four lots reads, in a table that has just been filled and has no statistics."""
    store_block(engine, GRID, 30, 20)
    found = watch(monkeypatch)
    with app.app_context():
        save([move(GRID.at(9, 9), GRID.at(9.1, 9.1))], dict.fromkeys(("8-8", "9-8", "8-9", "9-9"), 1))
    return found


def test_no_whole_relation_that_edits_write_is_read(reads_of_a_move: list[tuple[str, str]]) -> None:
    assert reads_of_a_move, "without a predicate lock there is no SERIALIZABLE to speak of"
    assert {name for name, kind in reads_of_a_move if kind == "relation"} & set(SHARED) == set()


def test_boundaries_are_read_by_place_and_by_nothing_else(reads_of_a_move: list[tuple[str, str]]) -> None:
    names = {name for name, _ in reads_of_a_move}
    assert "ix__parcel__geom" in names
    by_order_of_birth = {
        "pk__parcel",
        "uq__parcel__parcel_id",
        "pk__edit",
        "uq__edit__key",
        "uq__parcel_version__parcel_version_begun",
        "pk__parcel_version",
    }
    assert names & by_order_of_birth == set(), "near ids are not near places: editors apart would abort each other"
    assert names & {"edit", "parcel_version", "finding", "finding_event", "conflict_cell"} == set()
    assert not [name for name in names if "tile" in name or "cell" in name], "what tiles need is only appended to"


def test_it_holds_with_statistics_as_well(
    app: Flask, engine: Engine, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_block(engine, GRID, 30, 20)
    guards_off.sql("ANALYZE")
    found = watch(monkeypatch)
    with app.app_context():
        save([move(GRID.at(9, 9), GRID.at(9.1, 9.1))], dict.fromkeys(("8-8", "9-8", "8-9", "9-9"), 1))
    test_no_whole_relation_that_edits_write_is_read(found)
    test_boundaries_are_read_by_place_and_by_nothing_else(found)


@pytest.mark.parametrize(
    ("properties", "by_number"),
    [({"land_use": "park"}, set()), ({"number": "7"}, {("ix__parcel__lower_number", "page")})],
    ids=["land use", "number"],
)
@pytest.mark.parametrize("statistics", ["none", "current"])
def test_an_update_of_properties_reads_its_parcel_and_who_has_its_number(
    statistics: str,
    properties: dict[str, str],
    by_number: set[tuple[str, str]],
    app: Flask,
    engine: Engine,
    guards_off: GuardsOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store_block(engine, GRID, 10, 10)
    if statistics == "current":
        guards_off.sql("ANALYZE")
    found = watch(monkeypatch)
    with app.app_context():
        save([update("3-3", **properties)], {"3-3": 1})
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM parcel WHERE parcel_id = '3-3'")).mappings().one()
    assert {name: row[name] for name in properties} == properties
    # Levels, rules, who needs a second person and what is disputed no edit writes.
    settings = {"validity_rule", "four_eyes", "disputed_boundary"}
    ours = {(name, kind) for name, kind in found if "level" not in name and name not in settings}
    assert ours <= {("parcel", "tuple"), ("uq__parcel__parcel_id", "page"), *by_number}
