"""Ends a COMMIT that waits too long for a synchronous standby, which no timeout of PostgreSQL's does.

statement_timeout is over when the wait begins; without this a standby that is gone holds every thread for ever. What
is cancelled so is committed here, with a warning (committing.py reads it). One thread looks after all commits of the
process, now and then, and ends when there have been none for a while: a commit costs two entries in a dictionary.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg2 import Error as PsycopgError
from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)

LOOK_S: Final = 0.25
IDLE_LOOKS: Final = 40
logger = logging.getLogger(__name__)


class CommitWatch:
    """The commits of this process that are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[int, tuple[float, PsycopgConnection]] = {}
        self._is_awake = False
        self._idle_looks = 0

    @contextmanager
    def watched(self, connection: PsycopgConnection, seconds: float) -> Iterator[None]:
        """Cancel what the connection does when the block lasts longer."""
        key = id(connection)
        with self._lock:
            self._until[key] = (time.monotonic() + seconds, connection)
            self._idle_looks = 0
            must_wake, self._is_awake = not self._is_awake, True
        if must_wake:
            threading.Thread(target=self._look, name="commit-watch", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:  # a cancellation is sent under the lock: none comes later, and hits what follows
                del self._until[key]

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_S)
            now = time.monotonic()
            with self._lock:
                for key, (until, connection) in list(self._until.items()):
                    if now > until:
                        self._until[key] = (now + 1, connection)
                        _cancel(connection)
                self._idle_looks = 0 if self._until else self._idle_looks + 1
                if self._idle_looks > IDLE_LOOKS:
                    self._is_awake = False
                    return


def _cancel(connection: PsycopgConnection) -> None:
    try:
        connection.cancel()
    except PsycopgError as error:  # the server is gone, and with it the wait
        logger.warning("A commit that waits could not be cancelled: %s", error)


WATCH = CommitWatch()
os.register_at_fork(after_in_child=WATCH.__init__)  # type: ignore[misc]  # anew: threads do not survive a fork
