"""Every request in the document is sent as it stands, gets the status it claims, and an answer as described."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests.accounts import People, sign_in
from tests.web.api import store
from tests.web.openapi.validation import DOCUMENT, check_answer, faults, requests_of

REQUESTS = requests_of()
# Differ from run to run; their form is checked by the schema.
OF_THE_MOMENT = {"edit_id", "attempts"}


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def send(client: FlaskClient, name: str, headers: dict[str, str]) -> TestResponse:
    """Send a request of the document, after those it follows."""
    path, request = REQUESTS[name]
    if "after" in request:
        send(client, request["after"], headers)
    body: dict[str, Any] = {"json": request["body"]} if "body" in request else {}
    if "file" in request:
        file = request["file"]
        body = {"data": {"file": (BytesIO(file["content"].encode()), file["name"], file["media_type"])}}
    sent = {**headers, **request.get("headers", {})}
    # curl says of a body without bytes that it has none; the test client would say nothing.
    body = body or {"environ_overrides": {"CONTENT_LENGTH": "0"}}
    answer = client.open(request["path"], method=request["method"], headers=sent, **body)
    assert answer.status_code == request["status"], f"{name}: {answer.text[:1000]}"
    check_answer(path, request["method"].lower(), answer)
    return answer


def differences(shown: Any, real: Any, path: str = "$") -> list[str]:
    """Where an answer that the document shows is not the real one; numbers are shown rounded."""
    if isinstance(shown, dict) and isinstance(real, dict):
        found = [f"{path}.{name}" for name in set(shown) ^ set(real)]
        both = [name for name in shown if name in real and name not in OF_THE_MOMENT]
        return found + [line for name in both for line in differences(shown[name], real[name], f"{path}.{name}")]
    if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
        return [
            line for i, pair in enumerate(zip(shown, real, strict=True)) for line in differences(*pair, f"{path}[{i}]")
        ]
    is_same = real == pytest.approx(shown, rel=1e-6) if isinstance(shown, float) else real == shown
    return [] if is_same else [f"{path}: shown {shown!r}, real {real!r}"]


@pytest.mark.parametrize("name", REQUESTS)
def test_request_gets_what_the_document_says(name: str, client: FlaskClient, accounts: People) -> None:
    path, request = REQUESTS[name]
    person = accounts.administrator if path.startswith("/api/imports") else accounts.editor
    answer = send(client, name, person.bearer)
    if "answer" in request:
        assert differences(request["answer"], answer.get_json()) == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "word"),
    [
        pytest.param("get", "/api/parcels", {}, 401, "unauthorized", id="nobody"),
        pytest.param("get", "/api/parcels", {"Authorization": "Bearer x"}, 401, "unauthorized", id="an unknown token"),
        pytest.param("post", "/api/edits", {"as": "viewer"}, 403, "not_allowed", id="without the role"),
        pytest.param("post", "/api/edits", {"as": "editor", "Origin": "https://evil.example"}, 403, "forbidden", id="another site"),
        pytest.param("post", "/api/edits", {"as": "editor", "Transfer-Encoding": "chunked"}, 411, "length_required", id="chunked"),
        pytest.param("post", "/api/edits", {"as": "editor", "Content-Type": "text/plain"}, 400, "bad_request", id="text"),
    ],
)  # fmt: skip
def test_refusals_of_every_route_are_described(
    method: str, path: str, headers: dict[str, str], status: int, word: str, client: FlaskClient, accounts: People
) -> None:
    sent = {"Accept": "application/json", **headers}
    person = sent.pop("as", None)
    if person:
        sent |= getattr(accounts, person).bearer
    answer = client.open(path, method=method.upper(), data=b"{}" if method == "post" else None, headers=sent)
    assert (answer.status_code, answer.get_json()["type"]) == (status, f"/problems/{word}")
    check_answer(path, method, answer)


def test_a_session_without_token_and_a_body_too_large_are_described(client: FlaskClient, accounts: People) -> None:
    large = client.post("/api/edits", data=b" " * (2 * 1024 * 1024 + 1), headers=accounts.editor.bearer)
    assert large.status_code == 413
    check_answer("/api/edits", "post", large)
    sign_in(client, accounts.editor)
    answer = client.post("/api/edits", json={}, headers={"Accept": "application/json"})
    assert answer.get_json()["type"] == "/problems/csrf"
    check_answer("/api/edits", "post", answer)


def test_a_defect_is_described(app: Flask, accounts: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("spatial_admin.web.api_parcels.find_parcels", broken)
    answer = app.test_client().get("/api/parcels", headers=accounts.viewer.bearer)
    assert answer.status_code == 500
    check_answer("/api/parcels", "get", answer)


def test_conditional_answers_are_described(client: FlaskClient, accounts: People) -> None:
    for path, described in (("/api/parcels/A", "/api/parcels/{parcel_id}"), ("/api/openapi.json", "/api/openapi.json")):
        etag = client.get(path, headers=accounts.viewer.bearer).headers["ETag"]
        again = client.get(path, headers={**accounts.viewer.bearer, "If-None-Match": etag})
        assert again.status_code == 304
        check_answer(described, "get", again)


def test_bodies_of_requests_are_as_described() -> None:
    for name, (path, request) in REQUESTS.items():
        if "body" in request:
            schema = DOCUMENT["paths"][path][request["method"].lower()]["requestBody"]["content"]["application/json"]
            assert bool(faults(schema["schema"], request["body"])) == (request["status"] == 400), name
