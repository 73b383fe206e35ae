"""The record that an edit rests on: asked for, checked, kept, and no reason for any edit to wait or to abort."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.services.editing import edit_boundaries as service
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.settings import Limits
from spatial_admin.transaction import EditTransaction, Outcome, short
from tests.accounts import People, make_people
from tests.answers import json_of
from tests.concurrency.race import race
from tests.waiting import PATIENCE_S
from tests.web.api import at, edit, move, store

Bearer = dict[str, dict[str, str]]
MOVED = move(at(1, 0), at(1, 0.1))


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def record(app: Flask, state: str = "received", **members: Any) -> int:
    with app.app_context():
        made = create_record(
            NewRecord(**{"type": "plat", "received": date(2024, 3, 1), "number": "7", **members}), None
        )
    if state != "received":
        set_state(app, made, state)
    return made


def set_state(app: Flask, number: int, state: str) -> None:
    with app.app_context(), short() as session:
        session.execute(text("UPDATE record SET state = :state WHERE id = :id"), {"state": state, "id": number})


def post(client: FlaskClient, bearer: Bearer, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/edits", json=body, headers=bearer["editor"])
    return answer.status_code, json_of(answer)


def test_an_edit_names_its_record_and_everything_about_it_says_so(
    app: Flask, client: FlaskClient, bearer: Bearer
) -> None:
    number = record(app, effective_from=date(2023, 12, 24))
    status, receipt = post(client, bearer, edit(MOVED, record_id=number))
    assert status == 201
    cited = {"id": number, "type": "plat", "number": "7"}
    shown = json_of(client.get(f"/api/edits/{receipt['edit_id']}", headers=bearer["viewer"]))
    assert (shown["record"], shown["effective_from"]) == (cited, "2023-12-24")
    versions = json_of(client.get("/api/parcels/A/versions", headers=bearer["viewer"]))["versions"]
    assert [version["record"] for version in versions] == [cited, None]
    assert versions[0]["effective_from"] == "2023-12-24"
    assert versions[1]["effective_from"] == versions[1]["begun_at"][:10], "without a record the day it was made"
    of_record = json_of(client.get(f"/api/records/{number}", headers=bearer["viewer"]))
    assert [entry["edit_id"] for entry in of_record["edits"]] == [receipt["edit_id"]]


def test_a_conflict_says_on_which_record_the_other_edit_rests(app: Flask, client: FlaskClient, bearer: Bearer) -> None:
    number = record(app)
    assert post(client, bearer, edit(MOVED, record_id=number))[0] == 201
    status, problem = post(client, bearer, edit(move(at(0, 1), at(0, 1.1))))
    assert status == 409
    assert problem["conflicts"][0]["record"] == {"id": number, "type": "plat", "number": "7"}


def test_a_date_corrected_later_holds_for_edits_made_before(app: Flask, client: FlaskClient, bearer: Bearer) -> None:
    number = record(app)
    _, receipt = post(client, bearer, edit(MOVED, record_id=number))
    changes = {"version": 1, "effective_from": "2020-01-31"}
    assert client.patch(f"/api/records/{number}", json=changes, headers=bearer["editor"]).status_code == 200
    shown = json_of(client.get(f"/api/edits/{receipt['edit_id']}", headers=bearer["viewer"]))
    assert shown["effective_from"] == "2020-01-31"


@pytest.mark.parametrize("state", ["received", "in_work", "submitted", "approved"])
def test_an_edit_rests_on_a_record_in_every_state_but_returned(
    state: str, app: Flask, client: FlaskClient, bearer: Bearer
) -> None:
    assert post(client, bearer, edit(MOVED, record_id=record(app, state)))[0] == 201


def test_a_returned_record_is_no_ground(app: Flask, client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    number = record(app, "returned")
    status, problem = post(client, bearer, edit(MOVED, record_id=number))
    assert (status, problem["type"], problem["record_id"]) == (422, "/problems/record_returned", number)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT max(version) FROM parcel")).scalar_one() == 1


def test_an_unknown_record_is_refused(client: FlaskClient, bearer: Bearer) -> None:
    status, problem = post(client, bearer, edit(MOVED, record_id=987654))
    assert (status, problem["type"], problem["record_id"]) == (422, "/problems/unknown_record", 987654)
    assert "987654" in problem["detail"]


@pytest.mark.parametrize("given", ["7", 0, -1, 2**63, 1.5, True, [1]])
def test_what_is_no_id_of_a_record_is_refused_by_its_field(given: object, client: FlaskClient, bearer: Bearer) -> None:
    status, problem = post(client, bearer, edit(MOVED, record_id=given))
    assert (status, problem["where"]) == (400, "record_id")


def test_another_record_is_another_edit(app: Flask, client: FlaskClient, bearer: Bearer) -> None:
    first, second = record(app), record(app)
    body = edit(MOVED, record_id=first)
    assert post(client, bearer, body)[0] == 201
    assert post(client, bearer, body)[0] == 200
    assert post(client, bearer, {**body, "record_id": second})[1]["type"] == "/problems/key_reused"


def test_a_repetition_gets_its_receipt_also_when_the_record_was_returned_since(
    app: Flask, client: FlaskClient, bearer: Bearer
) -> None:
    number = record(app)
    body = edit(MOVED, record_id=number)
    assert post(client, bearer, body)[0] == 201
    set_state(app, number, "returned")
    assert post(client, bearer, body)[0] == 200


@pytest.fixture
def strict(with_settings: Callable[..., Flask]) -> Flask:
    """A deployment in which every edit rests on a record."""
    return with_settings(record_required=True)


def test_where_records_are_compulsory_an_edit_without_one_is_refused(strict: Flask) -> None:
    with strict.app_context():
        people: People = make_people()
    client, headers = strict.test_client(), people.editor.bearer
    answer = client.post("/api/edits", json=edit(MOVED), headers=headers)
    assert (answer.status_code, json_of(answer)["type"]) == (422, "/problems/record_required")
    assert "record_id" in json_of(answer)["detail"]
    named = client.post("/api/edits", json=edit(MOVED, record_id=record(strict)), headers=headers)
    assert named.status_code == 201


def make(body: dict[str, Any]) -> Outcome:
    return edit_boundaries(parse_edit_request(body, Limits()), Author(None, "somebody@example.org"))


def test_an_edit_under_way_neither_waits_for_its_record_nor_aborts_when_it_changes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = record(app)
    take_cells = service.take_cells

    def change_meanwhile(transaction: EditTransaction, *rest: Any) -> None:
        # The record was read; now somebody else changes it and commits, in a thread and connection of their own.
        changing = threading.Thread(target=set_state, args=(app, number, "in_work"))
        changing.start()
        changing.join(PATIENCE_S)
        assert not changing.is_alive(), "the record's writer waits for the edit"
        take_cells(transaction, *rest)

    monkeypatch.setattr(service, "take_cells", change_meanwhile)
    with app.app_context():
        assert make(edit(MOVED, record_id=number)).receipt["attempts"] == 1


def lock_on(engine: Engine, number: int) -> str:
    """The transaction that locked or changed a record's row last."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT xmax::text FROM record WHERE id = :id"), {"id": number}).scalar_one()
    return str(found)


def test_edits_of_one_record_do_not_meet_on_it(app: Flask, engine: Engine) -> None:
    number = record(app)
    before = lock_on(engine, number)
    updates = [{"op": "update", "parcel_id": name, "properties": {"address": "x"}} for name in ("A", "B", "C/2")]
    results = race(app, *(partial(make, edit(operation, record_id=number)) for operation in updates))
    assert all(isinstance(result, Outcome) for result in results), results
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM edit WHERE record_id = :id"), {"id": number}).scalar_one()
    assert rows == 3
    assert lock_on(engine, number) == before, "an edit locked the record's row, as a foreign key would have"
