"""GET /api/findings: read by status, rule and box, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.web.api import X, Y, store

Bearer = dict[str, dict[str, str]]
INSERT = text(
    "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status, reason) "
    "SELECT rule, 'f:' || n, ARRAY(SELECT id FROM parcel WHERE parcel_id = ANY (names)), "
    "ST_SetSRID(ST_MakePoint(:x + n * 0.001, :y), 4326), n, 'error', status, reason FROM (VALUES "
    "(1, 'overlap', ARRAY['A', 'B'], 'open', NULL), (2, 'gap', ARRAY['B'], 'open', NULL), "
    "(3, 'overlap', ARRAY['C/2'], 'accepted', 'party wall'), (4, 'overlap', ARRAY['A'], 'open', NULL)) "
    "AS v (n, rule, names, status, reason)"
)


@pytest.fixture(autouse=True)
def findings(engine: Engine) -> None:
    store(engine)
    with engine.begin() as connection:
        connection.execute(INSERT, {"x": X, "y": Y})


def asked(client: FlaskClient, bearer: Bearer, query: str) -> Any:
    answer = client.get(f"/api/findings?{query}", headers=bearer["viewer"])
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize(
    ("query", "measures"),
    [
        ("", [4, 3, 2, 1]),
        ("status=open", [4, 2, 1]),
        ("rule=overlap&status=open", [4, 1]),
        (f"bbox={X + 0.0015},{Y - 0.001},{X + 0.0035},{Y + 0.001}", [3, 2]),
        (f"bbox={X + 0.0015},{Y - 0.001},{X + 0.0035},{Y + 0.001}&rule=gap", [2]),
        ("status=fixed", []),
    ],
)
def test_findings_are_narrowed(query: str, measures: list[int], client: FlaskClient, bearer: Bearer) -> None:
    assert [one["measure"] for one in asked(client, bearer, query)["findings"]] == measures


def test_a_finding_names_parcels_place_and_reason(client: FlaskClient, bearer: Bearer) -> None:
    (one,) = asked(client, bearer, "status=accepted")["findings"]
    assert one["parcels"] == ["C/2"]
    assert one["place"] == {"type": "Point", "coordinates": [pytest.approx(X + 0.003), pytest.approx(Y)]}
    assert (one["rule"], one["severity"], one["reason"], one["assignee"]) == ("overlap", "error", "party wall", None)


def test_pages_follow_each_other(client: FlaskClient, bearer: Bearer) -> None:
    found, cursor = [], ""
    for _ in range(4):
        page = asked(client, bearer, f"limit=1{cursor}")
        found += [one["measure"] for one in page["findings"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [4, 3, 2, 1]
    assert page["next_cursor"] is None


def test_bad_questions_are_refused_by_parameter(client: FlaskClient, bearer: Bearer) -> None:
    for query in (
        "status=closed",
        "rule=x",
        "bbox=1",
        "limit=0",
        "limit=201",
        "cursor=AAAA",
        "colour=red",
        "status=%00",
    ):
        answer = client.get(f"/api/findings?{query}", headers=bearer["viewer"])
        assert answer.status_code == 400, query
        assert query.split("=")[0] in answer.text
    assert client.get("/api/findings").status_code == 401
