"""Accounts that were proven a moment ago, for tiles only.

A map asks for dozens of tiles at once, each with the same credentials; without this a tile that is in memory would
still cost a look into the database. The price: an account that is deactivated, or a token that is taken back, gets
tiles for up to LIFETIME_S seconds more. Nothing else is answered from here, and a refusal never is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from spatial_admin.models import Account

LIFETIME_S: Final = 5.0
SIZE: Final = 1_024


class LatelyProven:
    """Accounts by a digest of what proved them, under a random key of this process; the oldest leave first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[float, Account]] = OrderedDict()

    def digest(self, text: str) -> bytes:
        """What a credential is known by."""
        return hmac.digest(self._key, text.encode(), hashlib.sha256)

    def known(self, credential: str) -> Account | None:
        """The account, if it was proven lately."""
        with self._lock:
            until, account = self._known.get(self.digest(credential), (0.0, None))
        return account if self._clock() < until else None

    def account(self, credential: str, prove: Callable[[], Account | None]) -> Account | None:
        """The account, proven by `prove` unless it was lately."""
        known = self.known(credential)
        if known is not None:
            return known
        digest, now = self.digest(credential), self._clock()
        account = prove()
        with self._lock:
            self._known.pop(digest, None)
            if account is not None:
                self._known[digest] = (now + LIFETIME_S, account)
            while len(self._known) > SIZE:
                self._known.popitem(last=False)
        return account
