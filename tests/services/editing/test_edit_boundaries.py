"""Edits through the service, alone: what is changed, what is not by a bit, what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from shapely.geometry import shape
from sqlalchemy import Engine, event, text

from spatial_admin.cadastre.validity import Verdict
from spatial_admin.errors import EditRejected, InvalidOperation, KeyReused, LimitExceeded, UnknownPoint, VersionConflict
from spatial_admin.models import db
from spatial_admin.services.editing import compute_edit
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries, request_hash
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import Limits
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, Point, move, ring_of, save, store_block, store_lots, update, versions_of

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


def images(engine: Engine) -> dict[str, bytes]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT parcel_id, ST_AsEWKB(geom) FROM parcel"))
        return {name: bytes(geom) for name, geom in rows}


def test_a_point_of_four_lots_moves_for_all_four_and_nothing_else_changes(block: Engine) -> None:
    before = images(block)
    outcome = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], dict.fromkeys(before, 1))
    after = images(block)
    touched = {"0-0", "1-0", "0-1", "1-1"}
    assert {name for name in before if before[name] != after[name]} == touched
    for name in touched:
        i, j = (int(part) for part in name.split("-"))
        moved = {GRID.at(1, 1): GRID.at(1.2, 1.3)}
        assert ring_of(block, name) == [moved.get(point, point) for point in GRID.box(i, j)]
    receipt = outcome.receipt
    assert [(p["parcel_id"], p["version"], p["change"]) for p in receipt["parcels"]] == [
        (name, 2, "geometry") for name in sorted(touched)
    ]
    assert receipt["points"] == [{"given": list(GRID.at(1.2, 1.3)), "stored": list(GRID.at(1.2, 1.3))}]
    assert receipt["rebased"] is False
    grown = sum(p["area_m2_after"] - p["area_m2_before"] for p in receipt["parcels"])
    assert abs(grown) < 1e-6
    assert audit(block, committed=[receipt["edit_id"]]) == []


def test_areas_of_the_receipt_are_those_of_the_database(block: Engine) -> None:
    receipt = save([move(GRID.at(1, 1), GRID.at(1.2, 1.3))], versions_of(block)).receipt
    with block.connect() as connection:
        rows = connection.execute(text("SELECT parcel_id, area_m2, ST_Area(geom::geography) FROM parcel")).all()
    computed = {name: (stored, area) for name, stored, area in rows}
    for parcel in receipt["parcels"]:
        stored, area = computed[parcel["parcel_id"]]
        assert parcel["area_m2_after"] == stored
        assert stored == pytest.approx(area, rel=1e-9)


def test_the_edit_is_stored_with_author_reason_operations_and_envelope(block: Engine) -> None:
    request = parse_edit_request(
        {"key": str(uuid.uuid4()), "comment": " fence rebuilt ", "nature": "improvement", "seen": versions_of(block),
         "operations": [move(GRID.at(1, 1), GRID.at(1.2, 1.3))]},
        Limits(),
    )  # fmt: skip
    edit_id = edit_boundaries(request, Author(42, "a@example.org")).receipt["edit_id"]
    with block.connect() as connection:
        row = connection.execute(
            text("SELECT key, author_id, comment, nature, operations, ST_XMin(envelope), ST_YMax(envelope), made_at, "
                 "(SELECT max(begin_lifespan_version) FROM parcel) AS begin FROM edit WHERE id = :id"), {"id": edit_id}
        ).one()  # fmt: skip
    assert (row.key, row.author_id, row.comment, row.nature) == (request.key, 42, "fence rebuilt", "improvement")
    assert row.operations == request.raw_operations
    assert (row.st_xmin, row.st_ymax) == (GRID.at(0, 0)[0], GRID.at(0, 2)[1])
    assert row.made_at == row.begin


def test_a_neighbour_without_a_vertex_there_is_noded_and_need_not_be_seen(engine: Engine) -> None:
    # T-junction: two lots above, one long lot below whose side has no point at their common corner.
    store_lots(engine, {"left": GRID.box(0, 0), "right": GRID.box(1, 0), "below": GRID.box(0, -1, 2, 1)})
    insert = {"op": "insert_point", "between": [list(GRID.at(0, 0)), list(GRID.at(1, 0))], "at": list(GRID.at(0.5, 0))}
    receipt = save([insert], {"left": 1}).receipt
    assert {(p["parcel_id"], p["change"]) for p in receipt["parcels"]} == {("left", "geometry"), ("below", "noded")}
    assert GRID.at(0.5, 0) in ring_of(engine, "below")
    with engine.connect() as connection:
        changes = connection.execute(
            text("SELECT change FROM parcel_version WHERE parcel_id = 'below' ORDER BY version")
        )
        assert list(changes.scalars()) == ["created", "noded"]
    assert audit(engine) == []


def test_a_stale_noded_neighbour_is_no_conflict(engine: Engine) -> None:
    store_lots(engine, {"left": GRID.box(0, 0), "right": GRID.box(1, 0), "below": GRID.box(0, -1, 2, 1)})
    save([update("below", number="7")], {"below": 1})
    insert = {"op": "insert_point", "between": [list(GRID.at(0, 0)), list(GRID.at(1, 0))], "at": list(GRID.at(0.5, 0))}
    outcome = save([insert], {"left": 1, "below": 1})
    assert outcome.receipt["rebased"] is False
    assert versions_of(engine)["below"] == 3


def test_a_t_junction_moves_as_one(engine: Engine) -> None:
    store_lots(engine, {"left": GRID.box(0, 0), "right": GRID.box(1, 0), "below": GRID.box(0, -1, 2, 1)})
    save([move(GRID.at(1, 0), GRID.at(1, 0.3))], versions_of(engine))
    for name in ("left", "right", "below"):
        assert GRID.at(1, 0.3) in ring_of(engine, name)
    assert audit(engine) == []


def test_an_update_names_no_coordinate_and_changes_no_bit(block: Engine) -> None:
    before = images(block)
    receipt = save([update("1-1", number="17/3", land_use="orchard", attributes={"zone": 4})], {"1-1": 1}).receipt
    assert [(p["parcel_id"], p["change"]) for p in receipt["parcels"]] == [("1-1", "attributes")]
    assert images(block) == before
    assert audit(block) == []


def test_geometry_and_properties_in_one_edit_are_one_version(block: Engine) -> None:
    save([move(GRID.at(0, 0), GRID.at(-0.2, 0)), update("0-0", number="9")], {"0-0": 1})
    with block.connect() as connection:
        row = connection.execute(text("SELECT version, number FROM parcel WHERE parcel_id = '0-0'")).one()
    assert tuple(row) == (2, "9")
    assert audit(block) == []


@pytest.mark.parametrize(
    ("to", "rule"),
    [(GRID.at(2.5, 1.5), "overlap"), (GRID.at(0, 2), "invalid_geometry")],
    ids=["over a lot that does not have the point", "across the lot's own boundary"],
)
def test_a_result_that_breaks_a_rule_is_refused_and_leaves_nothing(to: Point, rule: str, engine: Engine) -> None:
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(1.5, 0.5, 3, 3)})
    before = images(engine)
    corner = GRID.at(1, 1) if rule == "overlap" else GRID.at(1, 0)
    with pytest.raises(EditRejected) as refused:
        save([move(corner, to)], {"a": 1})
    assert rule in {violation.rule for violation in refused.value.violations}
    assert refused.value.violations[0].place is not None
    assert images(engine) == before
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM edit WHERE comment = 'race'")).scalar() == 0


def test_the_deferred_check_of_the_database_is_told_like_a_rule_of_the_engine(
    block: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_lots(block, {"far": GRID.box(4, 0)})
    monkeypatch.setattr(compute_edit, "judge", lambda *_: Verdict())  # an engine that finds nothing
    with pytest.raises(EditRejected) as refused:
        save([move(GRID.at(4, j), GRID.at(2.5, j)) for j in (0, 1)], {"far": 1})
    (violation,) = refused.value.violations
    assert violation.rule == "overlap"
    assert set(violation.parcels) == {"2-0", "far"}
    assert violation.place is not None
    assert shape(violation.place).bounds == (*GRID.at(2.5, 0), *GRID.at(3, 1))
    assert versions_of(block)["far"] == 1


def test_a_point_that_nobody_has_is_named(block: Engine) -> None:
    with pytest.raises(UnknownPoint, match="Operation 2 names"):
        save([update("0-0", number="1"), move(GRID.at(0.5, 0.5), GRID.at(0.6, 0.6))], {"0-0": 1})


def test_a_parcel_that_does_not_exist_is_named(block: Engine) -> None:
    with pytest.raises(InvalidOperation, match="there is no current parcel nowhere"):
        save([update("nowhere", number="1")], {"nowhere": 1})


def test_more_parcels_than_an_edit_may_change_are_refused(block: Engine) -> None:
    request = parse_edit_request(
        {"key": str(uuid.uuid4()), "operations": [move(GRID.at(1, 1), GRID.at(1.1, 1.1))], "seen": versions_of(block)},
        Limits(),
    )
    with pytest.raises(LimitExceeded, match="parcels in one edit"):
        edit_boundaries(request, Author(None, "x"), Limits(parcels_per_edit=3))


def test_the_same_request_again_is_answered_with_the_same_receipt(block: Engine) -> None:
    key, operations = str(uuid.uuid4()), [move(GRID.at(1, 1), GRID.at(1.2, 1.3))]
    first = save(operations, dict.fromkeys(versions_of(block), 1), key=key)
    again = save(operations, dict.fromkeys(versions_of(block), 1), key=key)
    assert (first.is_replayed, again.is_replayed) == (False, True)
    assert first.receipt == again.receipt


@pytest.mark.parametrize("changed", ["comment", "seen", "operations", "if_stale"])
def test_whatever_makes_a_request_another_one_makes_its_key_reused(changed: str, block: Engine) -> None:
    key, seen = str(uuid.uuid4()), dict.fromkeys(versions_of(block), 1)
    operations = [move(GRID.at(1, 1), GRID.at(1.2, 1.3))]
    save(operations, seen, key=key)
    with pytest.raises(KeyReused):
        save(
            [move(GRID.at(1, 1), GRID.at(1.2, 1.4))] if changed == "operations" else operations,
            {**seen, "0-0": 2} if changed == "seen" else seen,
            key=key,
            comment="other" if changed == "comment" else "race",
            if_stale="rebase" if changed == "if_stale" else "reject",
        )


def test_the_order_of_members_does_not_make_another_request() -> None:
    key = str(uuid.uuid4())
    one = {
        "key": key,
        "seen": {"a": 1, "b": 2},
        "operations": [{"op": "move_point", "at": [1.0, 2.0], "to": [3.0, 4.0]}],
    }
    other = {
        "operations": [{"to": [3.0, 4.0], "at": [1.0, 2.0], "op": "move_point"}],
        "seen": {"b": 2, "a": 1},
        "key": key,
    }
    first, second = (request_hash(parse_edit_request(body, Limits())) for body in (one, other))
    assert first == second


def test_a_conflict_is_told_before_any_rule(block: Engine) -> None:
    store_lots(block, {"far": GRID.box(4, 0)})
    save([update("far", number="7")], {"far": 1})
    with pytest.raises(VersionConflict):
        save([move(GRID.at(4, j), GRID.at(2.5, j)) for j in (0, 1)], {"far": 1})


def test_what_an_edit_reads_first_comes_with_its_begin_and_its_receipt_goes_with_the_commit(block: Engine) -> None:
    save([move(GRID.at(1, 2), GRID.at(1.1, 2.1))], {"0-1": 1, "1-1": 1, "0-2": 1, "1-2": 1})  # the rules are read
    sent: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2].strip()))
    # To where all that touches it is read with it: nothing else is read.
    save([move(GRID.at(2, 1), GRID.at(2.1, 1.1))], dict.fromkeys(("1-0", "2-0"), 1) | {"2-1": 1, "1-1": 2})
    begin, *between, commit = sent
    assert begin.startswith("BEGIN")
    assert "begin_edit(" in begin
    assert "parcels_around(" in begin
    (write,) = between
    assert write.startswith("SELECT take_cells(")
    assert "SELECT * FROM reshape_parcels(" in write
    assert "finish_edit(" in commit
    assert "; COMMIT; " in commit
