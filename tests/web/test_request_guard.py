"""Nothing is reached without being signed in, and nothing is changed by another site."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from spatial_admin.web.request_guard import PUBLIC
from tests.accounts import People, csrf_token_of, sign_in
from tests.answers import json_of

PUBLIC_PATHS = ("/login", "/healthz", "/readyz", "/static/")


def path_of(rule: Rule) -> str:
    """A path that the rule matches, every variable filled with something of its kind."""
    values = {name: 1 if "Integer" in type(c).__name__ else "x" for name, c in rule._converters.items()}
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path_of(rule)


def test_every_route_but_the_four_named_needs_a_signed_in_user(app: Flask, client: FlaskClient) -> None:
    seen = list(routes(app))
    assert len(seen) > 40
    for endpoint, method, path in seen:
        if endpoint in PUBLIC:
            assert path.startswith(PUBLIC_PATHS), path
            continue
        answer = client.open(path, method=method, data={"some": "body"} if method in ("POST", "PUT", "PATCH") else None)
        if answer.status_code == 302:
            assert method == "GET"
            assert answer.location.startswith("/login?next=")
        else:
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer"), "Basic would open the browser's own window"


def test_every_unsafe_route_refuses_a_session_without_csrf_token(
    app: Flask, client: FlaskClient, accounts: People
) -> None:
    sign_in(client, accounts.administrator)
    for _, method, path in routes(app):
        if method != "GET":
            headers = {"Accept": "application/json"}
            answer = client.open(path, method=method, data={"some": "body"}, headers=headers)
            assert (answer.status_code, json_of(answer)["type"]) == (400, "/problems/csrf"), path


def test_login_needs_a_csrf_token_too(client: FlaskClient, accounts: People) -> None:
    client.get("/login")
    answer = client.post("/login", data={"email": accounts.viewer.email, "password": accounts.viewer.password})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 302),  # our own
        (None, 302),  # a client that is no browser sends none
        ("https://evil.example", 403),
        ("http://localhost:8001", 403),  # another port is another site
        ("http://localhost.evil.example", 403),
        ("null", 403),  # a sandboxed frame
    ],
)
def test_foreign_origin_is_refused_even_with_a_token(
    client: FlaskClient, accounts: People, origin: str | None, status: int
) -> None:
    token = csrf_token_of(client.get("/login").text)
    data = {"email": accounts.viewer.email, "password": accounts.viewer.password, "csrf_token": token}
    answer = client.post("/login", data=data, headers={} if origin is None else {"Origin": origin})
    assert answer.status_code == status


def test_foreign_origin_is_refused_for_clients_with_own_header(client: FlaskClient, accounts: People) -> None:
    headers = {**accounts.editor.bearer, "Origin": "https://evil.example"}
    assert client.post("/api/edits", json={}, headers=headers).status_code == 403


def test_header_client_needs_no_csrf_token(client: FlaskClient, accounts: People) -> None:
    answer = client.post("/api/edits", json={}, headers=accounts.editor.bearer)
    assert json_of(answer)["type"] == "/problems/bad_request", "it got as far as reading the body"


def test_chunked_body_is_refused_with_411(client: FlaskClient, accounts: People) -> None:
    headers = {**accounts.editor.bearer, "Transfer-Encoding": "chunked"}
    answer = client.post("/api/edits", headers=headers, environ_overrides={"CONTENT_LENGTH": ""})
    assert (answer.status_code, json_of(answer)["type"]) == (411, "/problems/length_required")


def test_body_over_the_limit_is_refused_before_it_is_read(client: FlaskClient, accounts: People) -> None:
    answer = client.post("/api/edits", data=b" " * (2 * 1024 * 1024 + 1), headers=accounts.editor.bearer)
    assert (answer.status_code, json_of(answer)["type"]) == (413, "/problems/request_entity_too_large")
    assert "2,097,152" in json_of(answer)["detail"]


def test_signing_in_leads_back_to_the_page_asked_for(client: FlaskClient, accounts: People) -> None:
    asked = client.get("/admin/parcel/?search=12")
    page = client.get(asked.location)
    data = {
        "email": accounts.viewer.email,
        "password": accounts.viewer.password,
        "csrf_token": csrf_token_of(page.text),
    }
    assert client.post(asked.location, data=data).location == "/admin/parcel/?search=12"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(client: FlaskClient, accounts: People, target: str) -> None:
    page = client.get("/login", query_string={"next": target})
    data = {
        "email": accounts.viewer.email,
        "password": accounts.viewer.password,
        "csrf_token": csrf_token_of(page.text),
        "next": target,
    }
    answer = client.post("/login", data=data)
    assert urlsplit(answer.headers.get("Location", "/")).netloc == ""
