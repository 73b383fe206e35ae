"""Who wrote: the position of the write travels with the answer, the session and the next request."""

from __future__ import annotations

import time
import uuid

from flask import Flask, g
from flask.testing import FlaskClient

from spatial_admin.connections.position import is_position, order
from tests.accounts import People, sign_in
from tests.answers import json_of

BOX = [[0.0, 0.0], [0.0, 0.001], [0.001, 0.001], [0.001, 0.0]]


def drawing(name: str) -> dict[str, object]:
    operation = {"op": "draw", "parcel_id": name, "kind": "lot", "rings": [BOX]}
    return {"key": str(uuid.uuid4()), "comment": "test", "seen": {}, "operations": [operation]}


def seen_by(client: FlaskClient, **headers: str) -> str | None:
    """What `g.wrote` is during a request."""
    with client:
        assert client.get("/api/parcels", headers=headers).status_code == 200
        found: str | None = g.wrote
        return found


def test_a_client_gets_the_position_in_a_header_and_sends_it_back(client: FlaskClient, accounts: People) -> None:
    answer = client.post("/api/edits", json=drawing("a"), headers=accounts.editor.bearer)
    assert answer.status_code == 201, json_of(answer)
    position = answer.headers["Spatial-Admin-Position"]
    assert is_position(position)
    assert "Set-Cookie" not in answer.headers
    assert seen_by(client, **accounts.editor.bearer) is None
    assert seen_by(client, **accounts.editor.bearer, **{"Spatial-Admin-Position": position}) == position


def test_a_browser_keeps_it_in_its_session(client: FlaskClient, accounts: People) -> None:
    token = sign_in(client, accounts.editor)
    assert seen_by(client) is None
    answer = client.post("/api/edits", json=drawing("a"), headers={"X-CSRFToken": token})
    assert answer.status_code == 201, json_of(answer)
    assert seen_by(client) == answer.headers["Spatial-Admin-Position"]


def test_a_later_position_of_the_header_counts(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    with client.session_transaction() as session:
        session["wrote"] = "0/FFFFFFFF"
    assert seen_by(client, **{"Spatial-Admin-Position": "1/0"}) == "1/0"
    assert seen_by(client, **{"Spatial-Admin-Position": "0/FF"}) == "0/FFFFFFFF"


def test_a_position_that_is_none_is_refused_by_name(client: FlaskClient, accounts: People) -> None:
    answer = client.get("/api/parcels", headers={**accounts.viewer.bearer, "Spatial-Admin-Position": "yesterday"})
    assert answer.status_code == 400
    assert json_of(answer)["where"] == "Spatial-Admin-Position"


def test_reading_answers_no_position(client: FlaskClient, accounts: People) -> None:
    assert "Spatial-Admin-Position" not in client.get("/api/parcels", headers=accounts.viewer.bearer).headers


def test_a_retry_of_a_key_answers_a_position_behind_the_edit(client: FlaskClient, accounts: People, app: Flask) -> None:
    body = drawing("a")
    first, again = (client.post("/api/edits", json=body, headers=accounts.editor.bearer) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert order(again.headers["Spatial-Admin-Position"]) >= order(first.headers["Spatial-Admin-Position"])


def test_an_old_mark_fades(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    with client.session_transaction() as session:
        session.update(wrote="0/FF", wrote_at=int(time.time()) - 100)
    assert seen_by(client) is None
    assert client.get("/").status_code == 200
    with client.session_transaction() as session:
        assert "wrote" not in session


def test_what_a_page_asks_for_does_not_put_an_older_session_back(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    with client.session_transaction() as session:
        session.permanent = True
    client.get("/")
    assert "Set-Cookie" not in client.get("/api/parcels").headers
    assert "Set-Cookie" in client.get("/").headers, "a page keeps them signed in"
