"""POST /api/edits over HTTP: receipts, repetitions, refusals."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.web.api import at, edit, move, store

Bearer = dict[str, dict[str, str]]
MOVED = {"lon": at(1, 0.1)[0], "lat": at(1, 0.1)[1]}


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def test_moving_a_shared_point_gives_every_parcel_that_has_or_passes_it_one_version(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    answer = client.post("/api/edits", json=edit(move(at(1, 0), MOVED)), headers=bearer["editor"])
    assert answer.status_code == 201
    receipt = answer.json
    assert receipt is not None
    assert [(p["parcel_id"], p["version"], p["change"]) for p in receipt["parcels"]] == [
        ("A", 2, "geometry"), ("B", 2, "geometry"), ("C/2", 2, "geometry"),
    ]  # fmt: skip
    assert receipt["points"] == [{"given": MOVED, "stored": at(1, 0.1)}]
    assert receipt["attempts"] == 1
    before, after = (sum(p[f"area_m2_{when}"] for p in receipt["parcels"]) for when in ("before", "after"))
    # What one lost the others gained, but for the geodesic that C's long side was before it was noded.
    assert after == pytest.approx(before, rel=1e-5)
    with engine.connect() as connection:
        shared = connection.execute(
            text("SELECT count(*) FROM parcel WHERE ST_Intersects(geom, ST_SetSRID(ST_MakePoint(:x, :y), 4326))"),
            {"x": at(1, 0.1)[0], "y": at(1, 0.1)[1]},
        ).scalar_one()
    assert shared == 3


def test_the_same_key_and_body_again_answers_the_same_receipt_and_makes_nothing(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    body = edit(move(at(1, 1), at(1, 1.1)))
    first = client.post("/api/edits", json=body, headers=bearer["editor"])
    second = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM edit WHERE receipt ? 'key'")).scalar_one() == 1
    other = client.post("/api/edits", json={**body, "comment": "other"}, headers=bearer["editor"])
    assert (other.status_code, other.json["type"]) == (422, "/problems/key_reused")  # type: ignore[index]


def test_a_stale_edit_gets_both_states_and_who_changed_it(client: FlaskClient, bearer: Bearer) -> None:
    first = client.post("/api/edits", json=edit(move(at(1, 1), at(1, 1.2)), comment="first"), headers=bearer["editor"])
    assert first.status_code == 201
    answer = client.post("/api/edits", json=edit(move(at(0, 1), at(0, 1.2))), headers=bearer["administrator"])
    assert answer.status_code == 409
    assert answer.json is not None
    (conflict,) = answer.json["conflicts"]
    assert (conflict["parcel_id"], conflict["seen"], conflict["current_version"]) == ("A", 1, 2)
    assert conflict["can_rebase"] is True
    assert "editor" in conflict["changed_by"]
    assert conflict["comment"] == "first"
    assert at(1, 1) in [point[:2] for point in conflict["base"]["points"]]
    assert at(1, 1.2) in [point[:2] for point in conflict["current"]["points"]]
    assert conflict["current_feature"]["properties"]["version"] == 2


def test_a_bow_tie_is_refused_with_its_place_and_nothing_is_changed(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    answer = client.post("/api/edits", json=edit(move(at(0, 1), at(2, 0.5))), headers=bearer["editor"])
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["type"].endswith("edit_rejected")
    assert answer.json["findings"][0]["rule"] == "invalid_geometry"
    assert answer.json["findings"][0]["place"]["type"] == "Point"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT max(version) FROM parcel")).scalar_one() == 1


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        pytest.param({"seen": {"A": 1}}, 428, "version_required", id="a changed parcel was not seen"),
        pytest.param({"operations": [move([0.0, 0.0], at(1, 1))]}, 422, "unknown_point", id="no such point"),
        pytest.param({"operations": [{"op": "fly"}]}, 422, "invalid_operation", id="no such operation"),
        pytest.param({"operations": [{**move(at(1, 1), at(1, 2)), "x": 1}]}, 422, "invalid_operation", id="new field"),
        pytest.param({"operations": [move(at(1, 1), ["1", 2])]}, 422, "invalid_operation", id="text for a number"),
        pytest.param({"operations": []}, 400, "bad_request", id="nothing to do"),
        pytest.param({"key": "17"}, 400, "bad_request", id="no UUID"),
        pytest.param({"seen": {"A": "1"}}, 400, "bad_request", id="a version that is text"),
        pytest.param({"colour": "red"}, 400, "bad_request", id="an unknown member"),
        pytest.param({"operations": [move(at(1, 1), at(1, 1.1))] * 2001}, 422, "limit_exceeded", id="too many"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    change: dict[str, object], status: int, word: str, client: FlaskClient, bearer: Bearer
) -> None:
    answer = client.post("/api/edits", json={**edit(move(at(1, 0), MOVED)), **change}, headers=bearer["editor"])
    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{word}")  # type: ignore[index]


def test_a_viewer_may_not_edit(client: FlaskClient, bearer: Bearer) -> None:
    assert client.post("/api/edits", json=edit(move(at(1, 0), MOVED)), headers=bearer["viewer"]).status_code == 403


def test_an_edit_can_be_read_back(client: FlaskClient, bearer: Bearer) -> None:
    made = client.post("/api/edits", json=edit(move(at(1, 0), MOVED)), headers=bearer["editor"]).json
    assert made is not None
    stored = client.get(f"/api/edits/{made['edit_id']}", headers=bearer["viewer"]).json
    assert stored is not None
    assert stored["receipt"] == made
    assert [row["parcel_id"] for row in stored["parcels"]] == ["A", "B", "C/2"]
    assert client.get("/api/edits/999999", headers=bearer["viewer"]).status_code == 404
