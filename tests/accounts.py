"""People of each role, and their browsers and clients."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from spatial_admin.models import ROLES, Account, ApiToken, Role, db

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one role, and what their clients send."""

    role: str
    email: str
    password: str
    token: str
    account_id: int

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def basic(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.email}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


@dataclass(frozen=True, slots=True)
class People:
    """One person of each role."""

    viewer: Person
    editor: Person
    reviewer: Person
    administrator: Person

    def __iter__(self) -> Iterator[Person]:
        return iter((self.viewer, self.editor, self.reviewer, self.administrator))


@functools.lru_cache(maxsize=1)
def password_hash() -> str:
    """The hash that the product would store; made once a session because argon2 is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


def make_people() -> People:
    """Insert one account with a token for each role (needs an application context)."""
    roles = {role.name: role for role in db.session.scalars(select(Role))}
    people = {name: _make_person(roles[name]) for name in ROLES}
    db.session.commit()
    return People(**people)


def _make_person(role: Role) -> Person:
    email = f"{role.name}@example.org"
    account = Account(email=email, password=password_hash(), active=True, fs_uniquifier=secrets.token_hex(16))
    account.roles.append(role)
    db.session.add(account)
    db.session.flush()
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    db.session.add(ApiToken(account_id=account.id, sha256=digest, name="tests"))
    return Person(role.name, email, PASSWORD, token, account.id)


def csrf_token_of(html: str) -> str:
    """The CSRF token that a page carries in a form field or its meta element."""
    field = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html) or re.search(
        r'name="csrf-token"[^>]*content="([^"]+)"', html
    )
    assert field, "the page carries no CSRF token"
    return field.group(1)


def sign_in(client: FlaskClient, person: Person) -> str:
    """Give the client the session that signing in makes; returns its CSRF token for unsafe requests.

    Without the page, whose password check is slow on purpose; tests of signing in use `sign_in_by_page`.
    """
    raw = secrets.token_hex(20)
    with client.application.app_context():
        account = db.session.get_one(Account, person.account_id)
        uniquifier = account.fs_uniquifier
        db.session.remove()
    with client.session_transaction() as session:
        session.update({"_user_id": uniquifier, "_fresh": True, "csrf_token": raw})
    return str(URLSafeTimedSerializer(client.application.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(raw))


def sign_in_by_page(client: FlaskClient, person: Person) -> str:
    """Sign in as a browser does, through the page; returns a CSRF token for later unsafe requests."""
    token = csrf_token_of(client.get("/login").text)
    answer = client.post("/login", data={"email": person.email, "password": person.password, "csrf_token": token})
    assert answer.status_code == 302, answer.text
    return csrf_token_of(client.get("/admin/").text)
