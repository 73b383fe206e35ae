"""Splits through the service and over HTTP: what is stored of them, and when they are refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.web.api import at, edit, move, store

Bearer = dict[str, dict[str, str]]
LINE = [at(0.3, -0.5), at(0.3, 1.5)]  # across A from south to north
SPLIT = {"op": "split", "parcel_id": "A", "line": LINE}


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def rows(engine: Engine, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), values)]


def test_the_pieces_their_lineage_and_their_history_are_stored(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    answer = client.post("/api/edits", json=edit({**SPLIT, "into": [None, "A/1"]}), headers=bearer["editor"])
    assert answer.status_code == 201
    receipt = answer.json
    assert receipt is not None
    assert [(p["parcel_id"], p["version"], p["change"]) for p in receipt["parcels"]] == [
        ("A", 2, "geometry"), ("A/1", 1, "created"), ("C/2", 2, "noded"),
    ]  # fmt: skip
    assert rows(engine, "SELECT parent, parent_version, child, child_version, kind, edit_id FROM lineage") == [
        ("A", 1, "A/1", 1, "split", receipt["edit_id"])
    ]
    assert rows(engine, "SELECT version, change FROM parcel_version WHERE parcel_id = 'A' ORDER BY version") == [
        (1, "created"), (2, "geometry"),
    ]  # fmt: skip
    assert rows(engine, "SELECT number, address FROM parcel WHERE parcel_id IN ('A', 'A/1') ORDER BY parcel_id") == [
        ("101", "101 Mill Lane"), (None, "101 Mill Lane"),
    ]  # fmt: skip
    # Both pieces together are the parcel as it was, to the point that C has got as well.
    union = """
    SELECT ST_Equals(ST_Union(now.geom), ST_Union(was.geom)), ST_NPoints(ST_Union(now.geom))
    FROM parcel now, parcel_version was
    WHERE now.parcel_id IN ('A', 'A/1') AND was.parcel_id = 'A' AND was.version = 1
    """
    assert rows(engine, union)[0][0] is True


def test_without_null_the_parcel_is_retired_and_its_id_stays_taken(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    first = client.post("/api/edits", json=edit({**SPLIT, "into": ["east", "west"]}), headers=bearer["editor"])
    assert first.status_code == 201
    assert rows(engine, "SELECT parcel_id FROM parcel WHERE end_lifespan_version IS NOT NULL") == [("A",)]
    assert len(rows(engine, "SELECT child FROM lineage WHERE parent = 'A' AND kind = 'split'")) == 2
    again = {"op": "split", "parcel_id": "B", "area_m2": 1000, "direction_deg": 90, "into": ["A", None]}
    second = client.post("/api/edits", json=edit(again, seen={"B": 1}), headers=bearer["editor"])
    assert second.status_code == 422
    assert second.json is not None
    assert second.json["type"].endswith("edit_rejected")
    assert [finding["rule"] for finding in second.json["findings"]] == ["id_taken"]


def test_a_dry_run_shows_the_pieces_under_the_ids_that_the_edit_gives_them(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    body = edit({"op": "split", "parcel_id": "A", "equal_parts": 3}, key=str(uuid.uuid4()))
    tried = client.post("/api/edits", json={**body, "dry_run": True}, headers=bearer["editor"])
    assert tried.status_code == 200
    assert tried.json is not None
    assert rows(engine, "SELECT count(*) FROM parcel WHERE version > 1 OR parcel_id NOT IN ('A', 'B', 'C/2')") == [(0,)]
    shown = {parcel["parcel_id"] for parcel in tried.json["coverage"]["parcels"]}
    made = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert made.status_code == 201
    assert made.json is not None
    assert made.json["parcels"] == tried.json["receipt"]["parcels"]
    assert {parcel["parcel_id"] for parcel in made.json["parcels"]} <= shown
    areas = [p["area_m2_after"] for p in made.json["parcels"] if p["change"] in {"created", "geometry"}]
    assert areas == pytest.approx([sum(areas) / 3] * 3, abs=0.01)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (move(at(0, 1), at(0, 1.1)), 409),
        ({"op": "update", "parcel_id": "A", "properties": {"number": "7"}}, 201),
    ],
    ids=["geometry", "properties"],
)
def test_a_split_is_rebased_only_where_the_geometry_is_as_it_was_seen(
    client: FlaskClient, bearer: Bearer, change: dict[str, Any], status: int
) -> None:
    assert client.post("/api/edits", json=edit(change), headers=bearer["editor"]).status_code == 201
    answer = client.post("/api/edits", json=edit(SPLIT, if_stale="rebase"), headers=bearer["editor"])
    assert answer.status_code == status
    assert answer.json is not None
    if status == 409:
        assert [(c["parcel_id"], c["can_rebase"]) for c in answer.json["conflicts"]] == [("A", False)]
    else:
        assert answer.json["rebased"] is True


def test_the_parcel_must_have_been_seen_and_its_neighbours_need_not(client: FlaskClient, bearer: Bearer) -> None:
    unseen = client.post("/api/edits", json=edit(SPLIT, seen={}), headers=bearer["editor"])
    assert unseen.status_code == 428
    assert unseen.json is not None
    assert unseen.json["missing"] == [{"parcel_id": "A", "current": 1}]
    assert client.post("/api/edits", json=edit(SPLIT, seen={"A": 1}), headers=bearer["editor"]).status_code == 201


def test_what_cannot_be_cut_is_refused_and_nothing_is_kept(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    inside = {"op": "split", "parcel_id": "A", "line": [at(0.3, -0.5), at(0.3, 0.5)]}
    answer = client.post("/api/edits", json=edit(inside), headers=bearer["editor"])
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["type"].endswith("invalid_operation")
    assert "ends inside the parcel" in answer.json["detail"]
    assert rows(engine, "SELECT count(*) FROM edit e JOIN parcel p ON p.edit_id = e.id AND p.version > 1") == [(0,)]


def test_areas_by_the_database_are_those_that_were_asked_for(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    split = {"op": "split", "parcel_id": "A", "area_m2": 2345.67, "direction_deg": 20, "into": ["cut", None]}
    assert client.post("/api/edits", json=edit(split), headers=bearer["editor"]).status_code == 201
    ((area,),) = rows(engine, "SELECT ST_Area(geom::geography) FROM parcel WHERE parcel_id = 'cut'")
    assert area == pytest.approx(2345.67, abs=0.011)
