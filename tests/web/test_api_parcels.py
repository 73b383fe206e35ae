"""GET /api/parcels…: finding, showing, versions."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.web.api import X, Y, edit, store

Bearer = dict[str, dict[str, str]]


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def found(client: FlaskClient, bearer: Bearer, query: str) -> list[str]:
    answer: Any = client.get(f"/api/parcels?{query}", headers=bearer["viewer"]).json
    return [feature["id"] for feature in answer["features"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("q=102", ["B"], id="by number"),
        pytest.param("q=c%2F2", ["C/2"], id="by id, whatever the case"),
        pytest.param("q=mill+lane", ["A", "B", "C/2"], id="by address"),
        pytest.param("q=10_", [], id="a wildcard of SQL is just a character"),
        pytest.param("q=%25", [], id="so is the other one"),
        pytest.param(f"near={X + 0.0025},{Y + 0.0005}&limit=2", ["B", "C/2"], id="nearest first, by metres"),
        pytest.param(f"near={X + 1},{Y}&within_m=100", [], id="nothing that near"),
        pytest.param(f"bbox={X + 0.0015},{Y + 0.0005},{X + 0.0018},{Y + 0.0008}", ["B"], id="in a box"),
    ],
)
def test_parcels_are_found(query: str, names: list[str], client: FlaskClient, bearer: Bearer) -> None:
    assert found(client, bearer, query) == names


def test_pages_follow_each_other_without_gap_or_repetition(client: FlaskClient, bearer: Bearer) -> None:
    names, cursor = [], ""
    for _ in range(4):
        answer: Any = client.get(f"/api/parcels?q=mill&limit=1{cursor}", headers=bearer["viewer"]).json
        names += [feature["id"] for feature in answer["features"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert names == ["A", "B", "C/2"]


def test_a_parcel_tells_its_version_as_etag(client: FlaskClient, bearer: Bearer) -> None:
    answer = client.get("/api/parcels/C/2", headers=bearer["viewer"])
    assert answer.headers["ETag"] == '"v1"'
    properties = answer.json["properties"]  # type: ignore[index]
    assert (properties["parcel_id"], properties["version"], properties["area_method"]) == ("C/2", 1, "ellipsoidal")
    again = client.get("/api/parcels/C/2", headers={**bearer["viewer"], "If-None-Match": '"v1"'})
    assert again.status_code == 304


def test_versions_say_what_when_who_and_why(client: FlaskClient, bearer: Bearer) -> None:
    rename = {"op": "update", "parcel_id": "C/2", "properties": {"number": "7"}}
    made = client.post("/api/edits", json=edit(rename, comment="new number"), headers=bearer["editor"])
    assert made.status_code == 201
    answer: Any = client.get("/api/parcels/C/2/versions", headers=bearer["viewer"]).json
    newest, oldest = answer["versions"]
    assert (newest["version"], newest["change"], newest["comment"], newest["number"]) == (
        2,
        "attributes",
        "new number",
        "7",
    )
    assert "editor" in newest["author"]
    assert (oldest["version"], oldest["change"], oldest["ended_at"]) == (1, "created", newest["begun_at"])
    first: Any = client.get("/api/parcels/C/2/versions/1", headers=bearer["viewer"]).json
    assert first["properties"]["number"] == "103"
    assert client.get("/api/parcels/C/2/versions/3", headers=bearer["viewer"]).status_code == 404


def test_bad_questions_are_refused_by_parameter(client: FlaskClient, bearer: Bearer) -> None:
    for query in ("near=1", "near=a,b", "limit=0", "limit=1e9", "cursor=%00", "cursor=AAAA", "q=%00", "colour=red"):
        assert client.get(f"/api/parcels?{query}", headers=bearer["viewer"]).status_code == 400, query
    assert client.get("/api/parcels/nobody", headers=bearer["viewer"]).status_code == 404
