"""`at` and `legal_at` on the routes that take them, and the lineage of a parcel."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.datastructures import MultiDict

from spatial_admin.errors import BadRequest
from spatial_admin.services.parcels.recall_parcels import AsOf
from spatial_admin.web.as_of import as_of
from tests.accounts import People, sign_in
from tests.web.api import X, Y, edit, store

Bearer = dict[str, dict[str, str]]
BOX = f"{X - 0.01},{Y - 0.01},{X + 0.01},{Y + 0.01}"


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


@pytest.fixture
def renamed(client: FlaskClient, bearer: Bearer) -> str:
    """C/2 has another number now; the moment from which it has."""
    rename = {"op": "update", "parcel_id": "C/2", "properties": {"number": "7"}}
    assert client.post("/api/edits", json=edit(rename), headers=bearer["editor"]).status_code == 201
    answer: Any = client.get("/api/parcels/C/2/versions", headers=bearer["viewer"]).json
    return str(answer["versions"][0]["begun_at"])


def get(client: FlaskClient, bearer: Bearer, url: str, **query: str) -> Any:
    return client.get(url, query_string=query or None, headers=bearer["viewer"])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC), id="in UTC"),
        pytest.param("2026-03-01t12:00:00z", datetime(2026, 3, 1, 12, tzinfo=UTC), id="in small letters, as RFC 3339 allows"),
        pytest.param("2026-03-01T13:30:00.25+01:30", datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC), id="with an offset"),
        pytest.param("2026-03-01T13:30:00 01:30", datetime(2026, 3, 1, 12, tzinfo=UTC), id="with a plus that became a space"),
        pytest.param("2026-03-01T12:00:00.1234567Z", datetime(2026, 3, 1, 12, 0, 0, 123_456, UTC), id="finer than is stored"),
        pytest.param("2026-03-01", datetime(2026, 3, 1, 23, 59, 59, 999_999, UTC), id="a date is the end of that day"),
    ],
)  # fmt: skip
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    assert as_of(MultiDict({"at": text})) == AsOf(moment, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("at", "2026-03-01T12:00:00"),
        ("at", "2026-03-01 12:00:00Z"),
        ("at", "2026-03-01T25:00:00Z"),
        ("at", "2026-03-01T12:00:00+99:00"),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("at", "2026-02-30"),
        ("at", "2026-W01-1"),
        ("at", "now"),
        ("at", ""),
        ("at", "٢٠٢٦-٠٣-٠١"),
        ("legal_at", "2026-02-30"),
        ("legal_at", "2026-03-01T12:00:00Z"),
        ("legal_at", "20260301"),
        ("legal_at", ""),
    ],
)
def test_what_is_no_time_is_refused_by_name(name: str, text: str, client: FlaskClient, bearer: Bearer) -> None:
    with pytest.raises(BadRequest, match=f"^{name}: "):
        as_of(MultiDict({name: text}))
    for url in ("/api/parcels/A", "/api/parcels", "/api/coverage?parcels=A"):
        answer = get(client, bearer, url + ("&" if "?" in url else "?") + f"{name}={text}")
        assert (answer.status_code, answer.json["where"]) == (400, name)


def test_a_parcel_as_it_was(client: FlaskClient, bearer: Bearer, renamed: str) -> None:
    now = get(client, bearer, "/api/parcels/C/2", at=renamed)
    assert (now.headers["ETag"], now.json["properties"]["number"]) == ('"v2"', "7")
    assert now.json["as_of"] == {"at": renamed, "legal_at": None}
    first = get(client, bearer, "/api/parcels/C/2/versions/1").json["properties"]
    before = get(client, bearer, "/api/parcels/C/2", at=first["begin_lifespan_version"])
    assert (before.headers["ETag"], before.json["properties"]["number"]) == ('"v1"', "103")
    assert get(client, bearer, "/api/parcels/C/2", at="1999-01-01").status_code == 404
    assert get(client, bearer, "/api/parcels/C/2", at="2999-01-01").json["where"] == "at"


def test_boxes_and_coverages_as_they_were(client: FlaskClient, bearer: Bearer, renamed: str) -> None:
    first = get(client, bearer, "/api/parcels/C/2/versions/1").json["properties"]["begin_lifespan_version"]
    for moment, number in ((first, "103"), (renamed, "7")):
        features = get(client, bearer, "/api/parcels", bbox=BOX, at=moment).json["features"]
        assert [f["properties"]["number"] for f in features if f["id"] == "C/2"] == [number]
        for way in ({"bbox": BOX}, {"parcels": "C/2"}):
            coverage = get(client, bearer, "/api/coverage", at=moment, **way).json
            assert [p["number"] for p in coverage["parcels"] if p["parcel_id"] == "C/2"] == [number]
    day = date.fromisoformat(renamed[:10]).isoformat()
    both = get(client, bearer, "/api/coverage", bbox=BOX, at=first, legal_at=day).json
    assert [p["number"] for p in both["parcels"] if p["parcel_id"] == "C/2"] == ["103"]
    assert both["as_of"] == {"at": first, "legal_at": day}
    assert "as_of" not in get(client, bearer, "/api/coverage", bbox=BOX).json


def test_a_search_and_a_version_are_of_no_other_time(client: FlaskClient, bearer: Bearer) -> None:
    for url, where in (
        ("/api/parcels?q=101", "q"),
        (f"/api/parcels?near={X},{Y}", "near"),
        ("/api/coverage?at_version=A:1", "at_version"),
    ):
        answer = get(client, bearer, url + "&at=2026-03-01")
        assert (answer.status_code, answer.json["where"]) == (400, where)
    assert get(client, bearer, "/api/coverage", at="2026-03-01").json["where"] == "bbox"
    assert get(client, bearer, "/api/parcels/A/versions", at="2026-03-01").status_code == 400


def test_lineage_is_answered_by_direction_and_depth(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind) "
                "SELECT v.*, min(id), 'split' FROM edit, (VALUES ('C/2', 1, 'A', 1), ('A', 1, 'B', 1)) AS v (p, pv, c, cv) "
                "GROUP BY p, pv, c, cv"
            )
        )
    answer = get(client, bearer, "/api/parcels/C/2/lineage", direction="forward").json
    assert answer["parcel_id"] == "C/2"
    assert {node["parcel_id"] for node in answer["nodes"]} == {"A", "B", "C/2"}
    assert {(s["parent"], s["child"], s["kind"]) for s in answer["steps"]} == {
        ("C/2", "A", "split"),
        ("A", "B", "split"),
    }
    assert all(datetime.fromisoformat(step["at"]).tzinfo and step["edit_id"] for step in answer["steps"])
    assert get(client, bearer, "/api/parcels/C/2/lineage", direction="back").json["steps"] == []
    near = get(client, bearer, "/api/parcels/C/2/lineage", depth="1").json
    assert (len(near["steps"]), near["truncated"]) == (1, True)
    kin = get(client, bearer, "/api/parcels/A").json["properties"]["lineage"]
    assert [[one["parcel_id"] for one in kin[side]] for side in ("parents", "children")] == [["C/2"], ["B"]]


def test_a_lineage_that_cannot_be_answered_says_why(client: FlaskClient, bearer: Bearer) -> None:
    for query, where in (
        ("direction=sideways", "direction"),
        ("depth=51", "depth"),
        ("depth=0", "depth"),
        ("at=2026-03-01", "at"),
    ):
        answer = get(client, bearer, f"/api/parcels/A/lineage?{query}")
        assert (answer.status_code, answer.json["where"]) == (400, where)
    assert get(client, bearer, f"/api/parcels/{uuid.uuid4()}/lineage").status_code == 404


def test_the_map_of_another_time_is_to_look_at_for_everybody(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    page = client.get("/?at=2026-03-01T12:00:00Z&legal_at=2025-01-01")
    assert page.status_code == 200
    assert '"can_edit": false' in page.text
    assert '"as_of": {"at": "2026-03-01T12:00:00+00:00", "legal_at": "2025-01-01"}' in page.text
    assert '"can_edit": true' in client.get("/").text
    for query in ("at=yesterday", "at=2999-01-01", "legal_at=soon"):
        refused = client.get(f"/?{query}")
        assert refused.status_code == 400
        assert query.split("=")[0] in refused.text
