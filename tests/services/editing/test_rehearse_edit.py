"""A dry run: the same code as an edit, everything it would do and refuse, nothing kept."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from spatial_admin.cadastre.validity import Verdict
from spatial_admin.errors import EditRejected, InvalidOperation, Json, UnknownPoint, VersionConflict, VersionRequired
from spatial_admin.models import db
from spatial_admin.services.editing import compute_edit
from spatial_admin.services.editing.edit_boundaries import edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.settings import Limits
from spatial_admin.transaction import EditTransaction
from tests.concurrency.fabric import SOMEBODY, Grid, move, save, store_block, store_lots, update, versions_of
from tests.waiting import PATIENCE_S

GRID = Grid()
COUNTED = ("parcel", "parcel_version", "edit", "finding", "finding_event", "lineage", "parcel_zoning", "conflict_cell")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def block(engine: Engine) -> Engine:
    """Nine lots, three by three."""
    store_block(engine, GRID, 3, 3)
    return engine


def body(operations: list[dict[str, Any]], seen: dict[str, int], **members: Any) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "comment": "try", "seen": seen, "operations": operations, **members}


def rehearse(operations: list[dict[str, Any]], seen: dict[str, int], **members: Any) -> Json:
    return rehearse_edit(parse_edit_request(body(operations, seen, **members), Limits()), SOMEBODY)


def everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table: sorted(connection.execute(text(f"SELECT t::text FROM {table} AS t")).scalars()) for table in COUNTED
        }


def test_it_shows_what_the_edit_then_does_and_keeps_nothing(block: Engine) -> None:
    before = everything(block)
    request = body([move(GRID.at(1, 1), GRID.at(1.2, 1.3)), update("0-0", number="7")], versions_of(block))
    shown = rehearse_edit(parse_edit_request(request, Limits()), SOMEBODY)
    assert everything(block) == before
    made = edit_boundaries(parse_edit_request(request, Limits()), SOMEBODY).receipt
    assert shown["receipt"]["edit_id"] is None
    assert shown["receipt"]["parcels"] == made["parcels"]
    assert shown["receipt"]["points"] == made["points"]
    parcel = next(p for p in shown["coverage"]["parcels"] if p["parcel_id"] == "0-0")
    points = shown["coverage"]["points"]
    assert list(GRID.at(1.2, 1.3)) in [points[i][:2] for i in parcel["parts"][0][0]]
    assert (parcel["version"], parcel["properties"]["number"]) == (2, "7")


def test_it_takes_no_cell_and_so_waits_for_nobody(block: Engine) -> None:
    taken, done = threading.Event(), threading.Event()

    def editor() -> None:
        with block.connect() as connection:
            connection.execute(text("UPDATE parcel SET geom = ST_Translate(geom, 0, 0) WHERE false"))
            connection.execute(text("SELECT take_cells(cells_of((SELECT box2d(ST_Collect(geom)) FROM parcel)))"))
            taken.set()
            assert done.wait(PATIENCE_S)
            connection.rollback()

    thread = threading.Thread(target=editor)
    thread.start()
    assert taken.wait(PATIENCE_S)
    try:
        shown = rehearse([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block))
    finally:
        done.set()
        thread.join(PATIENCE_S)
    assert shown["receipt"]["attempts"] == 1


def test_findings_that_would_open_and_close_are_shown_with_their_places(engine: Engine) -> None:
    store_lots(engine, {"west": GRID.box(0, 0), "east": GRID.box(1, 0)})
    opening = [move(GRID.at(2, 0), GRID.at(2.001, 0))]
    store_lots(engine, {"far": GRID.box(2.01, 0)})  # 15 cm of nobody's land between
    opening = [move(GRID.at(2.01, 0), GRID.at(2.02, 0)), move(GRID.at(2.01, 1), GRID.at(2.02, 1))]
    shown = rehearse(opening, versions_of(engine))
    assert [(f["rule"], f["parcels"]) for f in shown["findings"]["found"]] == [("gap", ["east", "far"])]
    assert shown["findings"]["found"][0]["place"]["type"] == "Polygon"
    closing = [move(GRID.at(2.01, 0), GRID.at(2, 0)), move(GRID.at(2.01, 1), GRID.at(2, 1))]
    assert rehearse(closing, versions_of(engine))["findings"]["gone"] == [{"rule": "gap", "parcels": ["east", "far"]}]


@pytest.mark.parametrize(
    ("operations", "seen", "error"),
    [
        pytest.param([move(GRID.at(1, 1), GRID.at(9, 9))], None, EditRejected, id="a rule"),
        pytest.param([move(GRID.at(7, 7), GRID.at(1, 1.1))], None, UnknownPoint, id="a point that there is not"),
        pytest.param([{"op": "retire", "parcel_id": "x"}], None, InvalidOperation, id="a parcel that there is not"),
        pytest.param([update("0-0", number="1")], {}, VersionRequired, id="a version that was not seen"),
        pytest.param([update("0-0", number="1")], {"0-0": 9}, VersionConflict, id="another version than was seen"),
    ],
)
def test_it_refuses_what_the_edit_would_refuse(
    block: Engine, operations: list[dict[str, Any]], seen: dict[str, int] | None, error: type[Exception]
) -> None:
    before = everything(block)
    with pytest.raises(error):
        rehearse(operations, versions_of(block) if seen is None else seen)
    assert everything(block) == before


def test_the_deferred_check_of_the_database_is_asked_too(block: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    store_lots(block, {"far": GRID.box(4, 0)})
    monkeypatch.setattr(compute_edit, "judge", lambda *_: Verdict())  # an engine that finds nothing
    with pytest.raises(EditRejected) as refused:
        rehearse([move(GRID.at(4, j), GRID.at(2.5, j)) for j in (0, 1)], {"far": 1})
    assert set(refused.value.violations[0].parcels) == {"2-0", "far"}


def test_it_uses_no_key_so_the_edit_can_be_made_under_the_same(block: Engine) -> None:
    request = parse_edit_request(body([update("0-0", number="1")], {"0-0": 1}), Limits())
    rehearse_edit(request, SOMEBODY)
    rehearse_edit(request, SOMEBODY)
    assert edit_boundaries(request, SOMEBODY).is_replayed is False


def test_the_database_refuses_to_commit_one(block: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit(transaction: EditTransaction) -> None:
        transaction.execute("COMMIT")

    monkeypatch.setattr(EditTransaction, "check_constraints", commit)
    with pytest.raises(DatabaseError, match="dry run is never committed"):
        rehearse([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block))
    assert versions_of(block)["0-0"] == 1


def test_no_connection_keeps_the_mark_of_a_dry_run(block: Engine) -> None:
    rehearse([update("0-0", number="1")], {"0-0": 1})
    for _ in range(3):
        save(
            [move(GRID.at(1, 1), GRID.at(1.1, 1.1)), move(GRID.at(1.1, 1.1), GRID.at(1, 1)), update("0-0", number="2")],
            versions_of(block),
        )
        save([update("0-0", number="1")], versions_of(block))
    assert (
        db.session.execute(text("SELECT coalesce(current_setting('spatial_admin.dry_run', true), '')")).scalar() != "on"
    )
