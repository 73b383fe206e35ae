"""GET /api/zoning: districts of a box, in storage coordinates, cut at it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.services.parcels import list_districts

Bearer = dict[str, dict[str, str]]
INSERT = """
INSERT INTO zoning_district (code, name, geom)
VALUES (:code, :code, ST_Multi(ST_MakeEnvelope(:w, 48, :e, 49, 4326)))
"""


def asked(client: FlaskClient, bearer: Bearer, query: str) -> Any:
    return client.get(f"/api/zoning{query}", headers=bearer["viewer"])


@pytest.fixture
def districts(engine: Engine) -> None:
    """R1 west of R2, each a degree wide."""
    with engine.begin() as connection:
        for code, west in (("R2", 3), ("R1", 2)):
            connection.execute(text(INSERT), {"code": code, "w": west, "e": west + 1})


@pytest.mark.usefixtures("districts")
def test_districts_are_cut_at_the_box_and_come_by_code(client: FlaskClient, bearer: Bearer) -> None:
    answer = asked(client, bearer, "?bbox=2.5,48.5,3.5,48.6").json
    assert answer["srid"] == 4326
    assert [district["code"] for district in answer["districts"]] == ["R1", "R2"]
    corners = {tuple(position) for position in answer["districts"][0]["parts"][0][0]}
    assert corners == {(2.5, 48.5), (3.0, 48.5), (3.0, 48.6), (2.5, 48.6)}
    assert asked(client, bearer, "?bbox=5,48.5,5.5,48.6").json["districts"] == []


@pytest.mark.parametrize(
    ("query", "words"), [("", "bbox"), ("?bbox=1,2,3", "bbox"), ("?box=1,2,3,4", "no such parameter")]
)
def test_what_is_no_box_is_refused_with_the_reason(client: FlaskClient, bearer: Bearer, query: str, words: str) -> None:
    answer = asked(client, bearer, query)
    assert answer.status_code == 400
    assert words in answer.json["detail"]


@pytest.mark.usefixtures("districts")
def test_more_than_can_be_drawn_is_refused(
    client: FlaskClient, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_districts, "MOST", 1)
    answer = asked(client, bearer, "?bbox=2.5,48.5,3.5,48.6")
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/limit_exceeded")
