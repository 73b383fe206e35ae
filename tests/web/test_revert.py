"""POST /api/edits/{id}/revert and dry runs over HTTP: the same answers as POST /api/edits."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.web.api import at, edit, move, store

Bearer = dict[str, dict[str, str]]


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def revert(client: FlaskClient, headers: dict[str, str], edit_id: int, **members: Any) -> Any:
    body = {"key": str(uuid.uuid4()), "comment": "a mistake", **members}
    return client.post(f"/api/edits/{edit_id}/revert", json=body, headers=headers)


def made(client: FlaskClient, headers: dict[str, str], **members: Any) -> Any:
    answer = client.post("/api/edits", json=edit(move(at(1, 1), at(1, 1.1)), **members), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_an_edit_is_undone_by_a_new_one(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    first = made(client, bearer["editor"])
    answer = revert(client, bearer["editor"], first["edit_id"])
    assert answer.status_code == 201
    assert [(p["parcel_id"], p["version"]) for p in answer.json["parcels"]] == [("A", 3), ("B", 3)]
    shown = client.get(f"/api/edits/{answer.json['edit_id']}", headers=bearer["viewer"]).json
    assert shown is not None
    assert shown["operations"] == [{"op": "revert", "edit_id": first["edit_id"]}]
    with engine.connect() as connection:
        same = connection.execute(
            text(
                "SELECT bool_and(ST_AsEWKB(a.geom) = ST_AsEWKB(b.geom)) FROM parcel_version AS a "
                "JOIN parcel_version AS b USING (parcel) WHERE a.version = 1 AND b.version = 3"
            )
        ).scalar_one()
    assert same is True


def test_a_conflict_tells_who_and_both_states(client: FlaskClient, bearer: Bearer) -> None:
    first = made(client, bearer["editor"])
    update = {"op": "update", "parcel_id": "A", "properties": {"number": "9"}}
    seen = {"A": 2, "B": 2, "C/2": 1}
    client.post("/api/edits", json=edit(update, seen=seen, comment="since"), headers=bearer["administrator"])
    answer = revert(client, bearer["editor"], first["edit_id"])
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/version_conflict")
    (conflict,) = answer.json["conflicts"]
    assert (conflict["parcel_id"], conflict["seen"], conflict["current_version"]) == ("A", 2, 3)
    assert conflict["can_rebase"] is True
    assert conflict["base"]["parcels"][0]["version"] == 2
    assert revert(client, bearer["editor"], first["edit_id"], if_stale="rebase").status_code == 201


def test_a_version_that_never_was_is_a_conflict_without_a_base(client: FlaskClient, bearer: Bearer) -> None:
    body = edit(move(at(1, 1), at(1, 1.1)), seen={"A": 9, "B": 1, "C/2": 1})
    answer = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert answer.status_code == 409
    assert answer.json is not None
    (conflict,) = answer.json["conflicts"]
    assert (conflict["parcel_id"], conflict["seen"], conflict["current_version"], conflict["base"]) == ("A", 9, 1, None)


def test_a_dry_run_is_answered_with_what_would_be_and_keeps_nothing(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    body = edit(move(at(1, 1), at(1, 1.1)), dry_run=True)
    answer = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert answer.status_code == 200
    assert answer.json is not None
    assert {p["parcel_id"] for p in answer.json["coverage"]["parcels"]} == {"A", "B"}
    assert answer.json["receipt"]["edit_id"] is None
    first = made(client, bearer["editor"])
    assert revert(client, bearer["editor"], first["edit_id"], dry_run=True).status_code == 200
    with engine.connect() as connection:
        assert connection.execute(text("SELECT max(version) FROM parcel")).scalar_one() == 2


@pytest.mark.parametrize(
    ("members", "status", "word"),
    [
        pytest.param({"seen": {}}, 400, "bad_request", id="a member that is not its own"),
        pytest.param({"key": "x"}, 400, "bad_request", id="no key"),
        pytest.param({"if_stale": "overwrite"}, 400, "bad_request", id="another way with stale parcels"),
        pytest.param({"dry_run": 1}, 400, "bad_request", id="a number for a truth"),
    ],
)
def test_a_body_of_another_form_is_refused(
    client: FlaskClient, bearer: Bearer, members: dict[str, Any], status: int, word: str
) -> None:
    first = made(client, bearer["editor"])
    answer = revert(client, bearer["editor"], first["edit_id"], **members)
    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{word}")


@pytest.mark.parametrize("edit_id", ["987654", "99999999999999999999999"])
def test_an_edit_that_there_is_not_is_not_found(client: FlaskClient, bearer: Bearer, edit_id: str) -> None:
    body = {"key": str(uuid.uuid4())}
    answer = client.post(f"/api/edits/{edit_id}/revert", json=body, headers=bearer["editor"])
    assert answer.status_code == 404
    assert client.get(f"/api/edits/{edit_id}", headers=bearer["editor"]).status_code == 404


def test_a_viewer_undoes_nothing(client: FlaskClient, bearer: Bearer) -> None:
    first = made(client, bearer["editor"])
    assert revert(client, bearer["viewer"], first["edit_id"]).status_code == 403


def test_an_import_is_undone_by_a_job_that_an_administrator_asks_for(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    with engine.begin() as connection:
        imported = connection.execute(text("SELECT min(id) FROM edit")).scalar_one()
        connection.execute(
            text("INSERT INTO import_batch (file_name, sha256, options, source_crs, state, edit_id) "
                 "VALUES ('lots.geojson', 'x', '{}', 'EPSG:4326', 'done', :edit)"), {"edit": imported},
        )  # fmt: skip
    assert revert(client, bearer["editor"], imported).status_code == 403
    key = str(uuid.uuid4())
    answer = revert(client, bearer["administrator"], imported, key=key)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/jobs/{answer.json['job_id']}"
    again = revert(client, bearer["administrator"], imported, key=key)
    assert (again.status_code, again.json["job_id"]) == (202, answer.json["job_id"])
    assert revert(client, bearer["administrator"], imported, dry_run=True).status_code == 400
    job = client.get(answer.headers["Location"], headers=bearer["administrator"]).json
    assert job is not None
    assert (job["kind"], job["state"]) == ("undo_import", "waiting")
