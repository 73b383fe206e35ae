"""merge and draw through the service: what is stored, who follows, what is refused and in whose words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.cadastre.validity import Verdict
from spatial_admin.errors import EditRejected, InvalidOperation, LimitExceeded, VersionConflict, VersionRequired
from spatial_admin.services.editing import compute_edit
from spatial_admin.services.editing.compute_edit import generated_ids
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


def merge(*parcels: str, into: str | None = None, **members: Any) -> dict[str, Any]:
    return {"op": "merge", "parcels": list(parcels), "into": into or parcels[0], **members}


def draw(*ring: Point, **members: Any) -> dict[str, Any]:
    return {"op": "draw", "kind": "lot", "rings": [[list(point) for point in ring]], **members}


def rows(engine: Engine, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), values)]


def test_merged_parcels_end_their_units_follow_and_lineage_names_every_parent(block: Engine) -> None:
    store_lots(block, {"flat": GRID.box(1, 0)}, "units")
    with block.begin() as connection:
        connection.execute(text("UPDATE parcel SET part_of = '1-0', kind = 'unit' WHERE parcel_id = 'flat'"))
    versions = versions_of(block)
    receipt = save([merge("0-0", "1-0", "1-1")], {n: versions[n] for n in ("0-0", "1-0", "1-1")}).receipt
    assert {p["parcel_id"]: p["change"] for p in receipt["parcels"]} == {
        "0-0": "geometry", "1-0": "retired", "1-1": "retired", "flat": "attributes",
    }  # fmt: skip
    assert rows(block, "SELECT part_of FROM parcel WHERE parcel_id = 'flat'") == [("0-0",)]
    lineage = "SELECT parent, parent_version, child, child_version, kind FROM lineage ORDER BY parent"
    assert rows(block, lineage) == [("1-0", 1, "0-0", 2, "merge"), ("1-1", 1, "0-0", 2, "merge")]
    by_name = {p["parcel_id"]: p for p in receipt["parcels"]}
    before = sum(by_name[name]["area_m2_before"] for name in ("0-0", "1-0", "1-1"))
    assert by_name["0-0"]["area_m2_after"] == pytest.approx(before, rel=1e-9)
    assert audit(block, committed=[receipt["edit_id"]]) == []


def test_a_merge_into_a_new_id_is_a_birth_of_two_parents(block: Engine) -> None:
    save([merge("0-0", "1-0", into="new/1")], {"0-0": 1, "1-0": 1})
    lineage = "SELECT parent, child, child_version FROM lineage ORDER BY parent"
    assert rows(block, lineage) == [("0-0", "new/1", 1), ("1-0", "new/1", 1)]
    assert set(ring_of(block, "new/1")) == {*GRID.box(0, 0), *GRID.box(1, 0)}
    current = "SELECT count(*) FROM parcel WHERE end_lifespan_version IS NULL"
    assert rows(block, current) == [(8,)]


def test_the_id_of_a_retired_parcel_is_never_given_again(block: Engine) -> None:
    save([merge("0-0", "1-0")], {"0-0": 1, "1-0": 1})
    for operations in ([merge("0-1", "1-1", into="1-0")], [draw(*GRID.box(5, 5), parcel_id="1-0")]):
        with pytest.raises(EditRejected) as refused:
            save(operations, {"0-1": 1, "1-1": 1})
        assert [v.rule for v in refused.value.violations] == ["id_taken"]


def test_a_parent_that_changed_since_is_a_conflict_and_is_not_rebased(block: Engine) -> None:
    save([move(GRID.at(0, 0), GRID.at(-0.1, -0.1))], {"0-0": 1})
    for if_stale in ("reject", "rebase"):
        with pytest.raises(VersionConflict) as conflict:
            save([merge("1-0", "0-0")], {"0-0": 1, "1-0": 1}, if_stale=if_stale)
        assert [(s.parcel_id, s.can_rebase) for s in conflict.value.stale] == [("0-0", False)]


def test_a_merge_is_rebased_over_another_number(block: Engine) -> None:
    save([update("0-0", number="7")], {"0-0": 1})
    receipt = save([merge("0-0", "1-0")], {"0-0": 1, "1-0": 1}, if_stale="rebase").receipt
    assert receipt["rebased"] is True
    assert rows(block, "SELECT number FROM parcel WHERE parcel_id = '0-0'") == [("7",)]


def test_every_parent_must_have_been_seen(block: Engine) -> None:
    with pytest.raises(VersionRequired) as required:
        save([merge("0-0", "1-0")], {"0-0": 1})
    assert required.value.missing == {"1-0": 1}


def test_an_overlap_between_parents_refuses_the_merge(block: Engine) -> None:
    with block.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.import = 'fabric'"))
        connection.execute(
            text(
                "UPDATE parcel SET geom = ST_Multi(ST_Union(geom, (SELECT ST_Buffer(ST_StartPoint("
                "ST_ExteriorRing(ST_GeometryN(geom, 1))), 0.00002) FROM parcel WHERE parcel_id = '1-1'))) "
                "WHERE parcel_id = '0-0'"
            )
        )
    with pytest.raises(EditRejected) as refused:
        save([merge("0-0", "1-0")], {"0-0": 2, "1-0": 1})
    assert {(v.rule, v.parcels) for v in refused.value.violations} == {("overlap", ("0-0", "1-0"))}


def test_drawn_with_fill_into_a_gap_nobody_else_changes(block: Engine) -> None:
    save([{"op": "retire", "parcel_id": "1-1"}], {"1-1": 1})
    before = rows(block, "SELECT parcel_id, ST_AsEWKB(geom) FROM parcel ORDER BY parcel_id")
    receipt = save([draw(*GRID.box(0.5, 0.5, 2, 2), parcel_id="N", fill=True)], {}).receipt
    assert [(p["parcel_id"], p["version"], p["change"]) for p in receipt["parcels"]] == [("N", 1, "created")]
    assert set(ring_of(block, "N")) == set(GRID.box(1, 1))
    after = rows(block, "SELECT parcel_id, ST_AsEWKB(geom) FROM parcel WHERE parcel_id <> 'N' ORDER BY parcel_id")
    assert [(name, bytes(geom)) for name, geom in before] == [(name, bytes(geom)) for name, geom in after]
    assert audit(block) == []


def test_a_neighbour_that_is_only_noded_need_not_have_been_seen(block: Engine) -> None:
    receipt = save([draw(*GRID.box(3, 0.5), parcel_id="N")], {}).receipt
    assert {p["parcel_id"]: p["change"] for p in receipt["parcels"]} == {
        "2-0": "noded", "2-1": "noded", "N": "created",
    }  # fmt: skip
    assert audit(block, committed=[receipt["edit_id"]]) == []


def test_a_drawn_parcel_without_an_id_gets_one_made_from_the_key(block: Engine) -> None:
    key = str(uuid.uuid4())
    receipts = [save([draw(*GRID.box(5, 5))], {}, key=key).receipt for _ in range(2)]
    assert receipts[0] == receipts[1]
    name = receipts[0]["parcels"][0]["parcel_id"]
    assert name == generated_ids(uuid.UUID(key))()
    assert versions_of(block)[name] == 1


def test_what_only_postgis_finds_invalid_is_told_in_its_words(block: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute_edit, "judge", lambda *_: Verdict())  # an engine whose GEOS takes a bow-tie for valid
    a, b, c, d = GRID.box(5, 5)
    with pytest.raises(EditRejected) as refused:
        save([draw(a, c, b, d, parcel_id="N")], {})
    (violation,) = refused.value.violations
    assert (violation.rule, violation.parcels) == ("invalid_geometry", ("N",))
    assert violation.message == "Parcel N would be invalid: Self-intersection."
    assert violation.place is not None
    assert violation.place["coordinates"] == pytest.approx(list(GRID.at(5.5, 5.5)))
    assert "N" not in versions_of(block)


@pytest.mark.parametrize(
    "operation",
    [draw(*GRID.box(5, 5), level="cellars"), update("0-0", level="cellars")],
    ids=["draw", "update"],
)
def test_a_level_that_does_not_exist_is_refused_with_those_that_do(block: Engine, operation: dict[str, Any]) -> None:
    with pytest.raises(InvalidOperation, match=r"Operation 1 .*no level cellars; known are easements, parcels, units"):
        save([operation], versions_of(block))


def test_an_id_that_python_prints_and_postgresql_does_not_is_no_crash(block: Engine) -> None:
    outcome = save([draw(*GRID.box(5, 5), parcel_id="лот №7/б")], {})
    assert outcome.receipt["parcels"][0]["parcel_id"] == "лот №7/б"
    with pytest.raises(InvalidOperation, match="printable"):
        save([draw(*GRID.box(7, 5), parcel_id="a\u00a0b\u200b")], {})


SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("rings", "what"),
    [
        ([[[i / 1e5, 0.0] for i in range(10_001)]], "10,000 vertices in a geometry"),
        ([SQUARE] * 201, "200 rings in a geometry"),
        ([[SQUARE]] * 101, "100 parts in a geometry"),
    ],
    ids=["vertices", "rings", "parts"],
)
def test_a_geometry_over_a_limit_is_refused_by_what_it_has_too_much_of(rings: Any, what: str) -> None:
    body = {"key": str(uuid.uuid4()), "operations": [{"op": "draw", "kind": "lot", "rings": rings}]}
    with pytest.raises(LimitExceeded, match=what):
        parse_edit_request(body, Limits())
