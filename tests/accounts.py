"""People of each role, and their browsers and clients."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from argon2 import PasswordHasher
from flask import current_app
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text

from spatial_admin.models import ROLES, db

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one role, and what their clients send."""

    role: str
    email: str
    password: str
    token: str
    account_id: int
    cookie: Callable[[], tuple[str, str]]  # name and value of a new session, as signing in at a browser makes

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


# One statement, in plain SQL: a thousand tests begin with it, and the ORM would compile its own for each engine.
INSERT_PEOPLE = text("""
    WITH person AS (SELECT * FROM unnest(:roles, :emails, :uniquifiers, :digests)
             WITH ORDINALITY AS person (role, email, uniquifier, digest, place)),
         account AS (INSERT INTO account (email, password, fs_uniquifier)
             SELECT email, :password, uniquifier FROM person ORDER BY place RETURNING id, email),
         granted AS (INSERT INTO account_role (account_id, role_id)
             SELECT account.id, role.id FROM person JOIN account USING (email) JOIN role ON role.name = person.role),
         known AS (INSERT INTO api_token (account_id, sha256, name)
             SELECT account.id, digest, 'tests' FROM person JOIN account USING (email) ORDER BY place)
    SELECT account.id FROM person JOIN account USING (email) ORDER BY place""")
UNIQUIFIER = text("SELECT fs_uniquifier FROM account WHERE id = :id")


def make_people() -> People:
    """Insert one account with a token for each role (needs an application context)."""
    roles = list(ROLES)
    emails = [f"{role}@example.org" for role in roles]
    tokens = [secrets.token_urlsafe(32) for _ in roles]
    uniquifiers = [secrets.token_hex(16) for _ in roles]
    values = {"roles": roles, "emails": emails, "uniquifiers": uniquifiers, "password": password_hash(),
              "digests": [hashlib.sha256(token.encode()).hexdigest() for token in tokens]}  # fmt: skip
    ids = db.session.execute(INSERT_PEOPLE, values).scalars().all()
    db.session.commit()
    made = zip(roles, emails, tokens, ids, uniquifiers, strict=True)
    return People(**{
        role: Person(role, email, PASSWORD, token, account_id, _sessions_of(uniquifier))
        for role, email, token, account_id, uniquifier in made
    })  # fmt: skip


def _sessions_of(uniquifier: str) -> Callable[[], tuple[str, str]]:
    serializer = SecureCookieSessionInterface().get_signing_serializer(current_app)
    assert serializer is not None, "the application has no secret key"
    name = current_app.config["SESSION_COOKIE_NAME"]

    def cookie() -> tuple[str, str]:
        # The token is there from the sign-in form on. Without one the next page would store one, and its answer could
        # bring this session back over a newer one.
        session = {"_user_id": uniquifier, "_fresh": True, "csrf_token": secrets.token_hex(20)}
        return name, str(serializer.dumps(session))

    return cookie


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
        uniquifier = db.session.execute(UNIQUIFIER, {"id": person.account_id}).scalar_one()
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
