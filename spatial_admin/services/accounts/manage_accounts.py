"""Accounts, roles, passwords and tokens; an account is never deleted, because edits name their author."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, NotFound
from spatial_admin.models import ROLES, Account, ApiToken, Role
from spatial_admin.services.accounts.identify_account import HASHER, normalized
from spatial_admin.services.shared.authorize import ADMINISTRATOR
from spatial_admin.transaction import short

# A name to sign in with: nothing is ever sent to it, so one of an internal network is as good as any.
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}\Z")
MIN_PASSWORD = 10
MAX_PASSWORD = 1024
GENERATED_BYTES = 12  # 16 characters, 96 bits


def create_account(email: str, roles: Iterable[str], password: str | None = None) -> tuple[int, str]:
    """Make an account; returns its id and its password (a generated one where none is given, to be shown once).

    Raises BadRequest for an email that is none or is taken, an unknown role, a password that is too short.
    """
    password = password or secrets.token_urlsafe(GENERATED_BYTES)
    with short() as session:
        account = Account(
            email=_free_email(session, email), password=hashed(password), active=True, fs_uniquifier=_uniquifier()
        )
        account.roles = _roles(session, roles)
        session.add(account)
        session.flush()
        account_id = account.id
    return account_id, password


def change_account(
    account_id: int,
    *,
    roles: Iterable[str] | None = None,
    is_active: bool | None = None,
    password: str | None = None,
) -> None:
    """Change what is given. A new password and deactivation end every session of the account.

    Raises BadRequest where nobody active would be left who manages accounts.
    """
    with short() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise NotFound("account", account_id)
        if roles is not None:
            account.roles = _roles(session, roles)
        if is_active is not None:
            account.active = is_active
        if password:
            account.password = hashed(password)
        if password or is_active is False:
            account.fs_uniquifier = _uniquifier()
        session.flush()
        _require_an_administrator(session)


def issue_token(email: str, name: str, days: int | None = None) -> str:
    """Make a token for a client of this account; only its digest is kept, so it is shown now or never.

    `days` until it expires; None never does. Raises NotFound, BadRequest.
    """
    if days is not None and days < 1:
        raise BadRequest("days", "a token must be valid for at least one day")
    token = secrets.token_urlsafe(32)
    with short() as session:
        account = session.scalar(select(Account).where(Account.email == email.strip().lower()))
        if account is None:
            raise NotFound("account", email)
        expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
        digest = hashlib.sha256(token.encode()).hexdigest()
        session.add(ApiToken(account_id=account.id, sha256=digest, name=name, expires_at=expires_at))
    return token


def ensure_administrator(email: str, password: str | None = None) -> str | None:
    """Make the first administrator where no account exists; returns the password if one was generated, else None."""
    with short() as session:
        if session.scalar(select(Account.id).limit(1)) is not None:
            return None
    _, stored = create_account(email, [ADMINISTRATOR], password)
    return None if password else stored


def hashed(password: str) -> str:
    """The argon2id hash that is stored; raises BadRequest for a password too short to resist guessing."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadRequest("password", f"it needs {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return HASHER.hash(normalized(password))


def _free_email(session: Session, email: str) -> str:
    email = email.strip().lower()
    if not EMAIL.match(email):
        raise BadRequest("email", f"{email!r} is no email address")
    if session.scalar(select(Account.id).where(Account.email == email)) is not None:
        raise BadRequest("email", f"there is an account {email} already")
    return email


def _roles(session: Session, names: Iterable[str]) -> list[Role]:
    wanted = set(names)
    unknown = wanted - ROLES.keys()
    if unknown or not wanted:
        given = ", ".join(sorted(unknown)) or "none"
        raise BadRequest("role", f"choose from {', '.join(ROLES)} (given: {given})")
    return list(session.scalars(select(Role).where(Role.name.in_(wanted)).order_by(Role.id)))


def _require_an_administrator(session: Session) -> None:
    remaining = select(Account.id).where(Account.active, Account.roles.any(Role.name == ADMINISTRATOR)).limit(1)
    if session.scalar(remaining) is None:
        raise BadRequest("roles", "one active administrator must remain")


def _uniquifier() -> str:
    return secrets.token_hex(16)
