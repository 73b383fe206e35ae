"""Prefer: respond-async, and /api/jobs over HTTP; the jobs are run by a real worker in this process."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from spatial_admin.settings import Limits
from tests.accounts import People
from tests.answers import json_of
from tests.concurrency.fabric import Grid, store_block, versions_of
from tests.jobs.workers import left_in_queue, work_off
from tests.web.api import at, edit, move, store

Bearer = dict[str, dict[str, str]]
LATER = {"Prefer": "respond-async"}
MOVED = at(1, 1.2)


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def post(client: FlaskClient, who: dict[str, str], body: Any, **headers: str) -> TestResponse:
    return client.post("/api/edits", json=body, headers={**who, **LATER, **headers})


def job(client: FlaskClient, who: dict[str, str], number: int) -> dict[str, Any]:
    return json_of(client.get(f"/api/jobs/{number}", headers=who))


def test_an_edit_that_is_asked_for_later_is_accepted_then_made_and_told(
    app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    body = edit(move(at(1, 1), MOVED))
    answer = post(client, bearer["editor"], body)
    accepted = json_of(answer)
    assert answer.status_code == 202
    assert answer.headers["Location"] == accepted["href"] == f"/api/jobs/{accepted['job_id']}"
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert (accepted["key"], accepted["state"]) == (body["key"], "waiting")
    assert versions_of(engine)["A"] == 1
    before = job(client, bearer["editor"], accepted["job_id"])
    assert before["progress"] == {"done": 0, "total": 1, "unit": "operations", "per_second": None, "seconds_left": None}
    assert (before["kind"], before["asked_by"], before["started_at"]) == ("edit", "editor@example.org", None)
    assert "receipt" not in before
    work_off(app)
    after = job(client, bearer["editor"], accepted["job_id"])
    assert (after["state"], after["progress"]["done"], after["attempts"]) == ("done", 1, 1)
    stored = json_of(client.get(f"/api/edits/{after['receipt']['edit_id']}", headers=bearer["viewer"]))
    assert stored["receipt"] == after["receipt"]
    assert (stored["author"], stored["operations"]) == ("editor@example.org", body["operations"])
    assert versions_of(engine) == {"A": 2, "B": 2, "C/2": 1}
    assert left_in_queue(engine) == 0


def test_the_same_key_and_body_is_the_same_job_and_then_the_receipt(
    app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    # Numbers that a database would write otherwise must not make another request of it.
    body = edit(
        move(at(1, 1), MOVED), {"op": "update", "parcel_id": "A", "properties": {"attributes": {"n": 1e300, "z": -0.0}}}
    )
    first, again = (json_of(post(client, bearer["editor"], body)) for _ in range(2))
    assert first == again
    assert left_in_queue(engine) == 1
    other = post(client, bearer["editor"], {**body, "comment": "other"})
    assert (other.status_code, json_of(other)["type"]) == (422, "/problems/key_reused")
    somebody = post(client, bearer["administrator"], body)
    assert (somebody.status_code, json_of(somebody)["type"]) == (422, "/problems/key_reused")
    work_off(app)
    made = job(client, bearer["editor"], first["job_id"])["receipt"]
    for headers in (LATER, {}):
        answer = client.post("/api/edits", json=body, headers={**bearer["editor"], **headers})
        assert (answer.status_code, json_of(answer)) == (200, made)
    other = post(client, bearer["editor"], {**body, "comment": "other"})
    assert (other.status_code, json_of(other)["type"]) == (422, "/problems/key_reused")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"operations": [move(at(0, 1), at(2, 0.5))]}, 422, id="a bow-tie"),
        pytest.param({"operations": [move([0.0, 0.0], at(1, 1))]}, 422, id="no such point"),
        pytest.param({"seen": {"A": 1}}, 428, id="a parcel that was not seen"),
        pytest.param({"operations": [move(at(0, 1), at(0, 1.2))]}, 409, id="a colleague was first"),
    ],
)
def test_a_refused_edit_tells_the_problem_that_its_author_would_have_been_answered(
    change: dict[str, Any], status: int, app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    if status == 409:
        first = client.post("/api/edits", json=edit(move(at(1, 1), MOVED)), headers=bearer["administrator"])
        assert first.status_code == 201
    body = {**edit(move(at(1, 1), MOVED)), **change}
    accepted = json_of(post(client, bearer["editor"], body))
    work_off(app)
    told = job(client, bearer["editor"], accepted["job_id"])
    answer = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert (told["state"], told["problem"], "receipt" in told) == ("failed", json_of(answer), False)
    assert answer.status_code == told["problem"]["status"] == status
    again = json_of(post(client, bearer["editor"], body))
    assert again["job_id"] != accepted["job_id"], "a refused edit leaves its key free"


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        pytest.param({"operations": [{"op": "fly"}]}, 422, "invalid_operation", id="no such operation"),
        pytest.param({"operations": []}, 400, "bad_request", id="nothing to do"),
        pytest.param({"key": "17"}, 400, "bad_request", id="no UUID"),
        pytest.param({"colour": "red"}, 400, "bad_request", id="an unknown member"),
    ],
)
def test_what_is_not_of_the_form_is_refused_at_once(
    change: dict[str, Any], status: int, word: str, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    answer = post(client, bearer["editor"], {**edit(move(at(1, 1), MOVED)), **change})
    assert (answer.status_code, json_of(answer)["type"]) == (status, f"/problems/{word}")
    assert left_in_queue(engine) == 0


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ("respond-async", 202),
        ("Respond-Async, wait=10", 202),
        ("return=minimal,respond-async;x=1", 202),
        ("wait=10", 201),
        ('note="a,respond-async"', 201),
    ],
)
def test_the_preference_is_read_as_the_rfc_writes_it(
    prefer: str, status: int, client: FlaskClient, bearer: Bearer
) -> None:
    answer = post(client, bearer["editor"], edit(move(at(1, 1), MOVED)), Prefer=prefer)
    assert answer.status_code == status


def test_what_is_too_large_to_wait_for_is_told_the_way_and_goes_it(
    app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    store_block(engine, Grid(west=2.5), 15, 14)
    seen = {name: 1 for name in versions_of(engine) if "-" in name}
    updates = [{"op": "update", "parcel_id": name, "properties": {"land_use": "x"}} for name in seen]
    body = {**edit(*updates), "seen": seen}
    refused = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert refused.status_code == 422
    assert "`Prefer: respond-async`" in json_of(refused)["detail"]
    accepted = json_of(post(client, bearer["editor"], body))
    work_off(app)
    assert len(job(client, bearer["editor"], accepted["job_id"])["receipt"]["parcels"]) == 210


def test_a_body_for_later_may_be_larger_and_is_bounded_too(
    client: FlaskClient, bearer: Bearer, with_settings: Callable[..., Flask]
) -> None:
    body = edit(*[move(at(1, 1), MOVED)] * 40_000)
    assert client.post("/api/edits", json=body, headers=bearer["editor"]).status_code == 413
    assert post(client, bearer["editor"], body).status_code == 202
    tighter = with_settings(limits=Limits(job_body_bytes=2_500_000)).test_client()
    assert post(tighter, bearer["editor"], {**body, "key": str(uuid.uuid4())}).status_code == 413
    many = post(client, bearer["editor"], edit(*[{"op": "remove_point", "at": [1, 1]}] * 200_001))
    assert (many.status_code, json_of(many)["limit"]) == (422, 200_000)


def test_a_waiting_job_that_is_cancelled_never_begins(
    app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    accepted = json_of(post(client, bearer["editor"], edit(move(at(1, 1), MOVED))))
    for _ in range(2):
        answer = client.post(f"{accepted['href']}/cancel", json={}, headers=bearer["editor"])
        assert (answer.status_code, json_of(answer)["state"]) == (200, "cancelled")
    assert left_in_queue(engine) == 0
    work_off(app)
    assert versions_of(engine)["A"] == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT request FROM job_run")).scalar_one() is None


def test_an_author_who_may_not_edit_any_more_makes_no_edit(
    app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    accepted = json_of(post(client, bearer["editor"], edit(move(at(1, 1), MOVED))))
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET active = false WHERE email = 'editor@example.org'"))
    work_off(app)
    told = job(client, bearer["administrator"], accepted["job_id"])
    assert (told["state"], told["problem"]["type"]) == ("failed", "/problems/not_allowed")
    assert versions_of(engine)["A"] == 1


def test_people_see_their_own_jobs_and_administrators_all(
    client: FlaskClient, bearer: Bearer, accounts: People
) -> None:
    mine = [json_of(post(client, bearer["editor"], edit(move(at(1, 1), MOVED))))["job_id"] for _ in range(3)]
    theirs = json_of(post(client, bearer["administrator"], edit(move(at(1, 1), MOVED))))["job_id"]

    def listed(role: str, query: str = "") -> tuple[list[int], int | None]:
        answer = json_of(client.get(f"/api/jobs{query}", headers=bearer[role]))
        return [entry["job_id"] for entry in answer["jobs"]], answer["next_cursor"]

    assert listed("editor") == (mine[::-1], None)
    assert listed("administrator") == ([theirs, *mine[::-1]], None)
    assert listed("viewer") == ([], None)
    assert listed("editor", "?limit=2") == ([mine[2], mine[1]], mine[1])
    assert listed("editor", f"?limit=2&cursor={mine[1]}") == ([mine[0]], None)
    assert listed("editor", "?state=done") == ([], None)
    assert client.get(f"/api/jobs/{theirs}", headers=bearer["editor"]).status_code == 404
    assert client.post(f"/api/jobs/{theirs}/cancel", json={}, headers=bearer["editor"]).status_code == 404
    assert job(client, bearer["administrator"], mine[0])["asked_by"] == accounts.editor.email


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/jobs?state=gone", 400), ("/api/jobs?limit=0", 400), ("/api/jobs?cursor=x", 400), ("/api/jobs?colour=1", 400),
        ("/api/jobs/17", 404), ("/api/jobs/99999999999999999999", 404), ("/api/jobs/x", 404),
    ],
)  # fmt: skip
def test_odd_questions_are_answered_clearly(path: str, status: int, client: FlaskClient, bearer: Bearer) -> None:
    assert client.get(path, headers=bearer["viewer"]).status_code == status


def test_a_viewer_may_not_ask_for_an_edit(client: FlaskClient, bearer: Bearer) -> None:
    body = {**edit(move(at(1, 1), MOVED)), "key": str(uuid.uuid4())}
    assert post(client, bearer["viewer"], body).status_code == 403
