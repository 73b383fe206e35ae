"""Browsers by session, clients by their own header, and never one for the other."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import BadSignature
from sqlalchemy import Engine, text

from spatial_admin.services.accounts.identify_account import ProvenPasswords
from spatial_admin.services.accounts.manage_accounts import change_account, create_account, issue_token
from spatial_admin.web.authentication import OwnHeaderSessions
from tests.accounts import PASSWORD, People, csrf_token_of, password_hash, sign_in, sign_in_by_page
from tests.answers import json_of

WHOLE_PAGE = "/admin/"


def basic(email: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer", "administrator"])
def test_each_role_signs_in_by_page_by_basic_and_by_token(client: FlaskClient, accounts: People, role: str) -> None:
    person = getattr(accounts, role)
    assert client.get(WHOLE_PAGE, headers=person.basic).status_code == 200
    assert client.get(WHOLE_PAGE, headers=person.bearer).status_code == 200
    sign_in_by_page(client, person)
    assert person.email in client.get(WHOLE_PAGE).text


@pytest.mark.parametrize(
    "header",
    [
        "Basic " + base64.b64encode(b"editor@example.org:wrong").decode(),
        "Basic " + base64.b64encode(b"nobody@example.org:correct horse battery").decode(),
        "Basic !!!",
        "Basic",
        "Bearer",
        "Bearer nonsense",
        "Digest username=editor",
        "\x7f",
    ],
)
def test_wrong_header_is_refused_although_the_session_is_signed_in(
    client: FlaskClient, accounts: People, header: str
) -> None:
    sign_in(client, accounts.administrator)
    answer = client.get("/api/parcels/x", headers={"Authorization": header})
    assert answer.status_code == 401
    assert json_of(answer)["type"] == "/problems/unauthorized"
    assert "Basic" not in answer.headers["WWW-Authenticate"]


def test_header_decides_and_not_the_session(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.administrator)
    assert client.get("/admin/account/").status_code == 200
    assert client.get("/admin/account/", headers=accounts.viewer.bearer).status_code == 403
    assert client.get("/admin/account/").status_code == 200, "the session is untouched"


def test_client_gets_no_cookie(client: FlaskClient, accounts: People) -> None:
    assert "Set-Cookie" not in client.get(WHOLE_PAGE, headers=accounts.viewer.bearer).headers


def test_expired_token_is_refused(app: Flask, client: FlaskClient, accounts: People, engine: Engine) -> None:
    with app.app_context():
        token = issue_token(accounts.viewer.email, "script", days=1)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(WHOLE_PAGE, headers=headers).status_code == 200
    with engine.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(text("UPDATE api_token SET expires_at = :past WHERE name = 'script'"), {"past": past})
    assert client.get(WHOLE_PAGE, headers=headers).status_code == 401


def test_only_the_digest_of_a_token_is_stored(app: Flask, accounts: People, engine: Engine) -> None:
    with app.app_context():
        token = issue_token(accounts.viewer.email, "script")
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT row_to_json(t)::text FROM api_token t")).scalars().all()
    assert stored
    assert not any(token in row for row in stored)


def test_deactivating_ends_sessions_passwords_and_tokens(app: Flask, accounts: People) -> None:
    client = app.test_client()
    sign_in(client, accounts.editor)
    with app.app_context():
        change_account(accounts.editor.account_id, is_active=False)
    assert client.get(WHOLE_PAGE).status_code == 302
    assert app.test_client().get(WHOLE_PAGE, headers=accounts.editor.basic).status_code == 401
    assert app.test_client().get(WHOLE_PAGE, headers=accounts.editor.bearer).status_code == 401


def test_new_password_ends_old_sessions_and_the_old_password(app: Flask, accounts: People) -> None:
    client = app.test_client()
    sign_in(client, accounts.editor)
    assert client.get(WHOLE_PAGE, headers=accounts.editor.basic).status_code == 200
    with app.app_context():
        change_account(accounts.editor.account_id, password="another long password")
    assert client.get(WHOLE_PAGE).status_code == 302
    assert client.get(WHOLE_PAGE, headers=accounts.editor.basic).status_code == 401
    assert client.get(WHOLE_PAGE, headers=basic(accounts.editor.email, "another long password")).status_code == 200


def test_sign_in_page_does_not_tell_whether_the_account_exists(client: FlaskClient, accounts: People) -> None:
    answers = []
    for email in (accounts.viewer.email, "nobody@example.org"):
        token = csrf_token_of(client.get("/login").text)
        page = client.post("/login", data={"email": email, "password": "wrong password", "csrf_token": token})
        answers.append(page.text.replace(email, "").replace(token, ""))
    assert "do not belong together" in answers[0]
    assert "do not belong together" in answers[1]


def test_email_is_found_in_any_case_also_of_an_internal_network(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        create_account("Surveyor@Office.local", ["viewer"], PASSWORD)
    assert client.get(WHOLE_PAGE, headers=basic("surveyor@office.LOCAL", PASSWORD)).status_code == 200
    token = csrf_token_of(client.get("/login").text)
    data = {"email": "SURVEYOR@office.local", "password": PASSWORD, "csrf_token": token}
    assert client.post("/login", data=data).status_code == 302


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "the test deployment has no HTTPS"


def test_session_cookie_is_secure_with_https(with_settings: Callable[..., Flask]) -> None:
    answer = with_settings(secure_cookies=True).test_client().get("/login")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_two_copies_on_one_machine_have_cookies_of_their_own(with_settings: Callable[..., Flask]) -> None:
    names = {with_settings(port=port).config["SESSION_COOKIE_NAME"] for port in (8000, 8001)}
    assert len(names) == 2


@pytest.mark.parametrize(("remember", "has_date"), [("y", True), (None, False)])
def test_keep_me_signed_in_makes_the_one_cookie_outlive_the_browser(
    client: FlaskClient, accounts: People, remember: str | None, has_date: bool
) -> None:
    token = csrf_token_of(client.get("/login").text)
    data = {"email": accounts.viewer.email, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/login", data={**data, **({"remember": remember} if remember else {})})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    assert ("Expires=" in cookies[0]) is has_date


def test_signing_out_ends_the_session(client: FlaskClient, accounts: People) -> None:
    token = sign_in_by_page(client, accounts.viewer)
    assert client.post("/logout", data={"csrf_token": token}).location == "/login"
    assert client.get(WHOLE_PAGE).status_code == 302


def test_signing_out_by_a_link_is_not_possible(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.viewer)
    assert client.get("/logout").status_code == 405
    assert client.get(WHOLE_PAGE).status_code == 200


def test_proven_password_is_forgotten_with_its_hash() -> None:
    proven = ProvenPasswords()
    assert proven.is_right(password_hash(), PASSWORD)
    assert proven.is_right(password_hash(), PASSWORD), "from memory"
    assert not proven.is_right(password_hash(), PASSWORD + "x")
    assert not proven.is_right("$argon2id$v=19$m=65536,t=3,p=4$AAAA$BBBB", PASSWORD)


def test_memory_of_proven_passwords_is_bounded() -> None:
    proven = ProvenPasswords(size=2)
    proven._known.update({secrets.token_bytes(4): None for _ in range(5)})
    assert proven.is_right(password_hash(), PASSWORD)
    assert len(proven._known) == 2


def test_cookies_are_signed_by_the_secret_of_now(app: Flask) -> None:
    sessions = OwnHeaderSessions()
    before = sessions.get_signing_serializer(app)
    assert sessions.get_signing_serializer(app) is before
    signed = before.dumps({"a": 1})
    app.config["SECRET_KEY"] = "another-secret-0123456789"
    with pytest.raises(BadSignature):
        sessions.get_signing_serializer(app).loads(signed)
    app.config["SECRET_KEY_FALLBACKS"] = ["only-for-tests-0123456789"]
    assert sessions.get_signing_serializer(app).loads(signed) == {"a": 1}
