"""From a credential to its account: session, password or token; inactive accounts and expired tokens prove nothing."""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
import threading
import unicodedata
from collections import OrderedDict
from datetime import UTC, datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from spatial_admin.models import Account, ApiToken, db

HASHER = PasswordHasher()


@functools.cache
def nobody() -> str:
    """What nobody's password hashes to: an unknown email costs the same time as a known one."""
    return HASHER.hash(secrets.token_hex(16))


def normalized(password: str) -> str:
    """The password in the form that is hashed (NFKD, as the sign-in page does it)."""
    return unicodedata.normalize("NFKD", password)


class ProvenPasswords:
    """Remembers in memory which passwords were proven lately, for clients that send theirs with every request.

    argon2 takes some 50 ms on purpose; a client would pay it for each of a thousand edits. The key is a digest under a
    random key of this process and contains the stored hash, so a changed password is never found here.
    """

    def __init__(self, size: int = 1024) -> None:
        self._key = secrets.token_bytes(32)
        self._size = size
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def is_right(self, stored: str, password: str) -> bool:
        """Does the password hash to `stored`?"""
        text = f"{stored}\0{password}".encode()
        digest = hmac.digest(self._key, text, hashlib.sha256)
        with self._lock:
            if digest in self._known:
                self._known.move_to_end(digest)
                return True
        if not _verify(stored, password):
            return False
        with self._lock:
            self._known[digest] = None
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return True


PROVEN = ProvenPasswords()


def _verify(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def account_of_session(uniquifier: str) -> Account | None:
    """The active account whose sessions carry `uniquifier`; its roles are loaded, and no transaction stays open."""
    account = _found(_with_roles().where(Account.fs_uniquifier == uniquifier))
    return _released(account)


def account_of_password(email: str, password: str) -> Account | None:
    """The active account of this email and password."""
    account = _released(_found(_with_roles().where(Account.email == email.strip().lower())))
    stored = account.password if account is not None and account.password else nobody()
    is_right = PROVEN.is_right(stored, normalized(password))
    return account if is_right else None


def account_of_token(token: str) -> Account | None:
    """The active account that a token was made for, unless it has expired."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    statement = select(ApiToken).where(ApiToken.sha256 == digest)
    statement = statement.options(joinedload(ApiToken.account).joinedload(Account.roles))
    found = db.session.scalars(statement).unique().one_or_none()
    if found is not None and found.expires_at is not None and found.expires_at <= datetime.now(UTC):
        found = None
    return _released(found.account if found is not None else None)


def _with_roles() -> Select[Account]:
    return select(Account).options(joinedload(Account.roles))


def _found(statement: Select[Account]) -> Account | None:
    found: Account | None = db.session.scalars(statement).unique().one_or_none()
    return found


def _released(account: Account | None) -> Account | None:
    """The account, detached: the connection goes back before the view runs, so an edit holds one and not two."""
    db.session.close()
    return account if account is not None and account.active else None
