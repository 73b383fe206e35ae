"""Undoing edits by edits: states come back to the bit, newer work stays, findings that were closed may return."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import BadRequest, EditRejected, InvalidOperation, NotFound, VersionConflict
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request, parse_revert_request
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.settings import Limits
from tests.concurrency.audit import audit
from tests.concurrency.fabric import (
    SOMEBODY,
    Grid,
    insert_lots,
    move,
    ring_of,
    save,
    store_block,
    store_lots,
    update,
    versions_of,
)

GRID = Grid()


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


def revert(edit_id: int, **members: Any) -> dict[str, Any]:
    body = {"key": str(uuid.uuid4()), "comment": "a mistake", **members}
    request = request_to_revert(edit_id, parse_revert_request(body), Limits())
    return edit_boundaries(request, SOMEBODY).receipt


def images(engine: Engine) -> dict[str, bytes]:
    """Current parcels by id: geometry and properties, as bytes."""
    sql = "SELECT parcel_id, ST_AsEWKB(geom), number, attributes::text FROM parcel WHERE end_lifespan_version IS NULL"
    with engine.connect() as connection:
        return {
            row[0]: b"|".join([bytes(row[1]), repr(tuple(row[2:])).encode()]) for row in connection.execute(text(sql))
        }


def test_what_was_moved_comes_back_to_the_bit_in_everybody_who_shares_it(block: Engine) -> None:
    before = images(block)
    edit = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3)), update("0-0", number="7")], versions_of(block)).receipt
    receipt = revert(edit["edit_id"])
    assert images(block) == before
    assert {(p["parcel_id"], p["version"], p["change"]) for p in receipt["parcels"]} == {
        (name, 3, "geometry") for name in ("0-0", "1-0", "0-1", "1-1")
    }
    assert audit(block) == []


def test_a_revert_can_be_reverted(block: Engine) -> None:
    edit = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block)).receipt
    after = images(block)
    back = revert(edit["edit_id"])
    revert(back["edit_id"])
    assert images(block) == after
    assert audit(block) == []


def test_a_noded_neighbour_loses_its_point_again(engine: Engine) -> None:
    store_lots(engine, {"left": GRID.box(0, 0), "below": GRID.box(0, -1, 2, 1)})
    before = images(engine)
    insert = {"op": "insert_point", "between": [list(GRID.at(0, 0)), list(GRID.at(1, 0))], "at": list(GRID.at(0.5, 0))}
    revert(save([insert], {"left": 1}).receipt["edit_id"])
    assert images(engine) == before


def test_retiring_is_undone_under_the_same_id_and_restoring_too(block: Engine) -> None:
    before = images(block)
    ended = save([{"op": "retire", "parcel_id": "1-1"}], {"1-1": 1}).receipt
    assert "1-1" not in images(block)
    back = revert(ended["edit_id"])
    assert images(block) == before
    assert [(p["parcel_id"], p["change"], p["area_m2_before"]) for p in back["parcels"]] == [("1-1", "restored", None)]
    revert(back["edit_id"])
    assert "1-1" not in images(block)
    assert audit(block) == []


def test_where_somebody_worked_since_it_is_a_conflict_that_says_whether_the_rest_can_be_undone(block: Engine) -> None:
    edit = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block)).receipt
    save([move(GRID.at(0, 0), GRID.at(-0.2, -0.1)), update("1-1", number="9")], versions_of(block))
    with pytest.raises(VersionConflict) as conflict:
        revert(edit["edit_id"])
    assert {(s.parcel_id, s.seen, s.current_version, s.can_rebase) for s in conflict.value.stale} == {
        ("0-0", 2, 3, True),
        ("1-1", 2, 3, True),
    }


def test_under_rebase_points_and_fields_that_nobody_touched_since_come_back(block: Engine) -> None:
    steps = [move(GRID.at(1, 1), GRID.at(1.2, 1.3)), update("1-1", number="8", land_use="garden")]
    edit = save(steps, versions_of(block)).receipt
    save([move(GRID.at(0, 0), GRID.at(-0.2, -0.1)), update("1-1", address="Mill Lane 9")], versions_of(block))
    receipt = revert(edit["edit_id"], if_stale="rebase")
    assert receipt["rebased"] is True
    assert ring_of(block, "0-0") == [GRID.at(-0.2, -0.1), *GRID.box(0, 0)[1:]]
    assert ring_of(block, "1-1") == GRID.box(1, 1)
    with block.connect() as connection:
        row = connection.execute(text("SELECT number, land_use, address FROM parcel WHERE parcel_id = '1-1'")).one()
    assert tuple(row) == ("1-1", None, "Mill Lane 9")
    assert audit(block) == []


def test_a_point_that_somebody_moved_on_cannot_be_undone_and_nothing_is(block: Engine) -> None:
    edit = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3)), update("2-2", number="8")], versions_of(block)).receipt
    save([move(GRID.at(1.2, 1.3), GRID.at(1.4, 1.4))], versions_of(block))
    before = images(block)
    with pytest.raises(VersionConflict) as conflict:
        revert(edit["edit_id"], if_stale="rebase")
    assert {(s.parcel_id, s.can_rebase) for s in conflict.value.stale} == {
        (name, False) for name in ("0-0", "1-0", "0-1", "1-1")
    }
    assert images(block) == before


def test_a_property_that_somebody_set_again_is_listed(block: Engine) -> None:
    edit = save([update("1-1", number="8", address="Mill Lane 8")], {"1-1": 1}).receipt
    save([update("1-1", number="9")], {"1-1": 2})
    with pytest.raises(VersionConflict) as conflict:
        revert(edit["edit_id"], if_stale="rebase")
    assert [(s.parcel_id, s.can_rebase) for s in conflict.value.stale] == [("1-1", False)]


def test_exactly_the_overlap_that_the_edit_had_closed_may_return_and_its_finding_reopens(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.import = 'dirty'"))
        insert_lots(connection, {"a": GRID.box(0, 0, 1.1, 1), "b": GRID.box(1, 0)})
    # The first move makes the old overlap smaller and records it; the second closes it.
    save([move(GRID.at(1.1, 0), GRID.at(1.05, 0))], {"a": 1, "b": 1})
    finding = _one_finding(engine)
    assert finding.status == "open"
    closing = save(
        [move(GRID.at(1.05, 0), GRID.at(1, 0)), move(GRID.at(1.1, 1), GRID.at(1, 1))], versions_of(engine)
    ).receipt
    assert closing["findings"]["closed"] == [finding.id]
    receipt = revert(closing["edit_id"])
    assert receipt["findings"]["opened"] == [finding.id]
    assert _one_finding(engine).status == "open"
    with engine.connect() as connection:
        events = connection.execute(
            text("SELECT what FROM finding_event WHERE finding = :f ORDER BY id"), {"f": finding.id}
        )
        assert list(events.scalars()) == ["opened", "fixed", "reopened"]


def test_an_overlap_that_the_edit_had_not_closed_does_not_come_by_its_revert(block: Engine) -> None:
    # The lot makes room; somebody builds there; going back would be a new overlap.
    edit = save(
        [move(GRID.at(3, 0), GRID.at(2.5, 0)), move(GRID.at(3, 1), GRID.at(2.5, 1))], versions_of(block)
    ).receipt
    store_lots(block, {"newcomer": [GRID.at(2.5, 0), GRID.at(3.5, 0), GRID.at(3.5, 0.9), GRID.at(2.5, 0.9)]})
    with pytest.raises(EditRejected) as refused:
        revert(edit["edit_id"])
    assert ("overlap", ("2-0", "newcomer")) in {(v.rule, v.parcels) for v in refused.value.violations}


def test_what_others_have_put_on_the_line_since_is_noded_when_it_comes_back(engine: Engine) -> None:
    store_lots(engine, {"lot": GRID.box(0, 0)})
    ended = save([{"op": "retire", "parcel_id": "lot"}], {"lot": 1}).receipt
    store_lots(engine, {"east": [GRID.at(1, 0.5), GRID.at(2, 0.5), GRID.at(2, 1), GRID.at(1, 1)]})
    revert(ended["edit_id"])
    assert GRID.at(1, 0.5) in ring_of(engine, "lot")


def test_a_dry_revert_shows_what_would_come_back_and_keeps_nothing(block: Engine) -> None:
    edit = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block)).receipt
    before = images(block)
    request = request_to_revert(
        edit["edit_id"], parse_revert_request({"key": str(uuid.uuid4()), "dry_run": True}), Limits()
    )
    shown = rehearse_edit(request, SOMEBODY)
    assert {p["parcel_id"] for p in shown["receipt"]["parcels"]} == {"0-0", "1-0", "0-1", "1-1"}
    assert list(GRID.at(1, 1)) in [point[:2] for point in shown["coverage"]["points"]]
    assert images(block) == before


def test_the_same_key_again_gives_the_same_receipt(block: Engine) -> None:
    edit = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block)).receipt
    key = str(uuid.uuid4())
    assert revert(edit["edit_id"], key=key) == revert(edit["edit_id"], key=key)


def test_direct_sql_is_undone_like_any_edit(block: Engine) -> None:
    before = images(block)
    with block.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'x' WHERE parcel_id = '1-1'"))
        connection.execute(text("UPDATE parcel SET address = 'y' WHERE parcel_id = '1-1'"))
    with block.connect() as connection:
        edit_id = int(connection.execute(text("SELECT max(id) FROM edit")).scalar_one())
    revert(edit_id)
    assert images(block) == before
    assert audit(block) == []


def test_a_lot_whose_units_would_be_parts_of_nothing_is_not_taken_away(engine: Engine) -> None:
    store_lots(engine, {"lot": GRID.box(0, 0)})
    with engine.connect() as connection:
        edit_id = int(connection.execute(text("SELECT max(id) FROM edit")).scalar_one())
    store_lots(engine, {"flat": GRID.box(0, 0)}, level="units")
    save([update("flat", part_of="lot")], {"flat": 1, "lot": 1})
    with pytest.raises(InvalidOperation, match="lot has units"):
        revert(edit_id)


def test_an_edit_that_there_is_not_is_named(block: Engine) -> None:
    with pytest.raises(NotFound, match="edit 987654"):
        revert(987_654)


def test_what_a_client_may_say_of_a_revert_is_checked() -> None:
    with pytest.raises(BadRequest, match="seen: no such field"):
        parse_revert_request({"key": str(uuid.uuid4()), "seen": {}})
    with pytest.raises(BadRequest, match="key"):
        parse_revert_request({})
    with pytest.raises(BadRequest, match="if_stale"):
        parse_revert_request({"key": str(uuid.uuid4()), "if_stale": "force"})


def _one_finding(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT id, status, measure FROM finding WHERE rule = 'overlap'")).one()


def test_an_overlap_where_a_parcel_was_is_closed_when_it_goes_back_far_from_there(engine: Engine) -> None:
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(20, 0)})
    there = [move(GRID.at(i, j), GRID.at(i + 19.5, j)) for i in (0, 1) for j in (0, 1)]
    accept = [{"rule": "overlap", "parcels": ["a", "b"], "reason": "until the survey"}]
    body = {"key": str(uuid.uuid4()), "seen": versions_of(engine), "operations": there, "accept": accept}
    edit = edit_boundaries(parse_edit_request(body, Limits()), Author(None, "r@example.org", is_reviewer=True)).receipt
    assert revert(edit["edit_id"])["findings"]["closed"] == edit["findings"]["opened"]
