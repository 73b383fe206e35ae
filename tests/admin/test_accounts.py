"""Accounts in the admin: made, changed, never deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from tests.accounts import People, csrf_token_of

NEW, EDIT = "/admin/account/new/", "/admin/account/edit/?id="


def send(client: FlaskClient, url: str, **fields: Any) -> TestResponse:
    return client.post(url, data={"csrf_token": csrf_token_of(client.get("/admin/").text), **fields})


def stored(engine: Engine, email: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(
            text(
                "SELECT a.*, array(SELECT name FROM role JOIN account_role ON role.id = role_id "
                "WHERE account_id = a.id ORDER BY name) AS roles FROM account a WHERE email = :email"
            ),
            {"email": email},
        ).one_or_none()


def test_new_account_signs_in_with_the_password_shown_once(app: Flask, colleague: FlaskClient, engine: Engine) -> None:
    answer = send(colleague, NEW, email="New@Example.org", roles=["viewer", "editor"])
    assert answer.status_code == 303, answer.text
    page = colleague.get(answer.location).text
    password = re.search(r"shown only now: (\S+?)<", page)
    assert password
    assert password.group(1) not in colleague.get("/admin/account/").text
    account = stored(engine, "new@example.org")
    assert account.roles == ["editor", "viewer"]
    assert account.password.startswith("$argon2id$")
    answer = app.test_client().get("/admin/", auth=("new@example.org", password.group(1)))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody", "roles": ["viewer"]}, "no email address"),
        ({"email": "editor@example.org", "roles": ["viewer"]}, "an account editor@example.org already"),
        ({"email": "a@example.org", "roles": ["king"]}, "king"),
        ({"email": "a@example.org"}, "This field is required"),
        ({"email": "a@example.org", "roles": ["viewer"], "password": "short"}, "10 to 1024 characters"),
    ],
)
def test_account_that_cannot_be_is_refused_beside_the_field(
    colleague: FlaskClient, engine: Engine, fields: dict[str, Any], said: str
) -> None:
    answer = send(colleague, NEW, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert stored(engine, "a@example.org") is None


def test_roles_and_password_are_changed(app: Flask, colleague: FlaskClient, accounts: People, engine: Engine) -> None:
    url = f"{EDIT}{accounts.viewer.account_id}"
    assert send(colleague, url, roles=["reviewer"], active="y", password="a much longer one").status_code == 303
    account = stored(engine, accounts.viewer.email)
    assert (account.roles, account.active) == (["reviewer"], True)
    client = app.test_client()
    assert client.get("/admin/", auth=(accounts.viewer.email, "a much longer one")).status_code == 200
    assert client.get("/admin/", headers=accounts.viewer.basic).status_code == 401


def test_empty_password_keeps_the_old_one(app: Flask, colleague: FlaskClient, accounts: People) -> None:
    url = f"{EDIT}{accounts.viewer.account_id}"
    assert send(colleague, url, roles=["viewer"], active="y", password="").status_code == 303
    assert app.test_client().get("/admin/", headers=accounts.viewer.basic).status_code == 200


def test_deactivated_account_stays_and_is_refused(
    app: Flask, colleague: FlaskClient, accounts: People, engine: Engine
) -> None:
    assert send(colleague, f"{EDIT}{accounts.editor.account_id}", roles=["editor"]).status_code == 303
    assert stored(engine, accounts.editor.email).active is False
    assert app.test_client().get("/admin/", headers=accounts.editor.bearer).status_code == 401


def test_last_administrator_cannot_be_taken_away(colleague: FlaskClient, accounts: People, engine: Engine) -> None:
    url = f"{EDIT}{accounts.administrator.account_id}"
    for fields in ({"roles": ["viewer"], "active": "y"}, {"roles": ["administrator"]}):
        answer = send(colleague, url, **fields)
        assert answer.status_code == 422
        assert "One active administrator must remain" in answer.text
    account = stored(engine, accounts.administrator.email)
    assert (account.roles, account.active) == (["administrator"], True)


def test_others_cannot_change_accounts(editor: FlaskClient, accounts: People, engine: Engine) -> None:
    assert send(editor, f"{EDIT}{accounts.editor.account_id}", roles=["administrator"]).status_code == 403
    assert send(editor, NEW, email="x@example.org", roles=["administrator"]).status_code == 403
    assert stored(engine, accounts.editor.email).roles == ["editor"]
    assert stored(engine, "x@example.org") is None
