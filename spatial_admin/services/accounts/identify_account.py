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
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from spatial_admin.models import Account, Role
from spatial_admin.transaction import look_up

HASHER = PasswordHasher()
COLUMNS: Final = "id", "email", "password", "active", "fs_uniquifier", "created_at"
READ: Final = *COLUMNS, "roles", "expires_at"
# An account with its roles, by one of its credentials. Asked with every request: by hand, because the ORM takes three
# times as long to make the same object of it, and in one round trip instead of four.
ACCOUNT: Final = f"""
SELECT {", ".join(f"a.{name}" for name in COLUMNS)},
       ARRAY(SELECT ARRAY[r.id::text, r.name, r.description] FROM account_role AS m JOIN role AS r ON r.id = m.role_id
             WHERE m.account_id = a.id) AS roles"""
ACCOUNT_OF_SESSION: Final = f"{ACCOUNT} FROM account AS a WHERE a.fs_uniquifier = %(credential)s"
ACCOUNT_OF_EMAIL: Final = f"{ACCOUNT} FROM account AS a WHERE a.email = %(credential)s"
# A function (migration 0026): to plan the joins took four times as long as to follow them.
ACCOUNT_OF_TOKEN: Final = "SELECT * FROM account_of_token(%(credential)s)"  # noqa: S105 (a statement)


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
    """The active account whose sessions carry `uniquifier`; its roles are loaded, and no connection is held."""
    return _active(_row(ACCOUNT_OF_SESSION, uniquifier))


def account_of_password(email: str, password: str) -> Account | None:
    """The active account of this email and password."""
    row = _row(ACCOUNT_OF_EMAIL, email.strip().lower())
    stored = row["password"] if row and row["active"] and row["password"] else nobody()
    is_right = PROVEN.is_right(stored, normalized(password))
    return _active(row) if is_right else None


def account_of_token(token: str) -> Account | None:
    """The active account that a token was made for, unless it has expired."""
    row = _row(ACCOUNT_OF_TOKEN, hashlib.sha256(token.encode()).hexdigest())
    has_expired = row is not None and row["expires_at"] is not None and row["expires_at"] <= datetime.now(UTC)
    return None if has_expired else _active(row)


def _row(statement: str, credential: str) -> dict[str, Any] | None:
    rows = look_up(statement, {"credential": credential})
    return dict(zip(READ, rows[0], strict=False)) if rows else None  # only a token has the last of them


def _active(row: dict[str, Any] | None) -> Account | None:
    """The account of a row, as a session would have loaded it and let go of it."""
    if row is None or not row["active"]:
        return None
    account = Account(**{name: row[name] for name in COLUMNS})
    roles = [Role(id=int(key), name=name, description=description) for key, name, description in row["roles"]]
    set_committed_value(account, "roles", roles)
    for loaded in (account, *roles):
        make_transient_to_detached(loaded)
    return account
