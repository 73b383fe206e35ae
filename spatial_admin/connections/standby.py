"""One replica as this process knows it: what it has replayed, how old that is, and whether it may be asked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from spatial_admin.connections.position import order

# Which server answers, and how far it is: what a standby has replayed, what a primary has flushed (none can have more).
WHERE_IT_IS: Final = """
SELECT pg_is_in_recovery() AS is_standby, pg_postmaster_start_time()::text AS began,
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END)::text
         AS position
"""
SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
POLL_S: Final = 0.005
LONG_AGO: Final = float("-inf")

# What a replica is to readers.
IN_USE: Final = "in use"
IS_PRIMARY: Final = "in use, and is the primary"
TOO_OLD: Final = "too old"
OUT_OF_REACH: Final = "out of reach"
DIVERGED: Final = "promoted, and not the primary"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A server's answer: is it a standby, when did it start (which tells servers apart), and at which byte it is."""

    is_standby: bool
    began: str
    position: int


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What people are told of a replica. `lag_s` is None where nobody knows; `behind_bytes` as of the last look."""

    name: str
    state: str
    lag_s: float | None
    behind_bytes: int | None
    error: str | None


class Replica:
    """One server to read from; every field is written by whoever learns something, and each is one assignment."""

    def __init__(self, name: str, engine: Engine) -> None:
        self.name, self.engine = name, engine
        self.autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.is_up = False
        self.is_diverged = False  # promoted, while another server is the primary
        self.is_primary = False  # promoted, and the primary that DATABASE_URL finds
        self.replayed = 0  # at least this byte is visible to the next snapshot
        self.as_of = LONG_AGO  # when the primary was where this one is now
        self.behind_bytes: int | None = None
        self.error: str | None = None
        self._failures = 0
        self._ask_at = LONG_AGO
        self._in_vain: tuple[int, float] = (
            0,
            LONG_AGO,
        )  # the byte that was waited for, and until when nobody else does
        event.listen(engine, "connect", self._may_be_another)

    def _may_be_another(self, *_: Any) -> None:
        """A new connection may reach a server that was started anew, and is not yet where the old one was."""
        self.replayed = 0

    def is_due(self, now: float) -> bool:
        """May it be asked how it is? One that failed is left alone for a while, longer each time."""
        return now >= self._ask_at

    def lost(self, error: Exception) -> None:
        """It could not be reached, or stopped answering: nobody else shall wait for it."""
        said = str(getattr(error, "orig", None) or error).strip()  # what the driver said, without SQLAlchemy's frame
        self.is_up, self.replayed, self.error = False, 0, said.splitlines()[0] if said else type(error).__name__
        self._ask_at = time.monotonic() + min(SHORTEST_PAUSE_S * 2**self._failures, LONGEST_PAUSE_S)
        self._failures += 1

    def found(self, where: Whereabouts, *, is_diverged: bool, is_primary: bool) -> None:
        """It answered."""
        self.replayed, self.is_diverged, self.is_primary = where.position, is_diverged, is_primary
        self.is_up, self.error, self._failures = True, None, 0

    def lag_s(self, now: float) -> float | None:
        """For how long at most the primary has been further than this; None where nobody knows."""
        return None if self.as_of == LONG_AGO else max(now - self.as_of, 0.0)

    def shows(self, wrote: str | None, wait_s: float) -> bool:
        """Will the next snapshot show a write? Waits a little for it to be replayed.

        Asked before the snapshot is taken: asked within, the answer would be of a later moment than what is seen.
        """
        if wrote is None or order(wrote) <= self.replayed:
            return True
        wanted, now = order(wrote), time.monotonic()
        byte, until = self._in_vain
        if wanted >= byte and now < until:
            wait_s = 0.0  # somebody has just waited for as much
        with self.autocommit.connect() as connection:
            while True:
                where = whereabouts(connection)
                if where.position >= wanted:
                    self.replayed = max(self.replayed, where.position)
                    return True
                if time.monotonic() - now >= wait_s:
                    if wait_s:
                        self._in_vain = (wanted, time.monotonic() + SHORTEST_PAUSE_S)
                    return False
                time.sleep(POLL_S)


def whereabouts(connection: Connection) -> Whereabouts:
    """Ask a server where it is."""
    row = connection.exec_driver_sql(WHERE_IT_IS).one()
    return Whereabouts(bool(row.is_standby), str(row.began), order(row.position))
