"""What the unit of work that runs asks of its connections; kept in `flask.g`: a request, a job, a command has one.

`g.wrote` is the position in the write-ahead log behind the newest write of whoever asks, or None.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from flask import current_app, g

from spatial_admin.connections.position import later

BOUNDS: Final = "spatial_admin.bounds"  # of the application: those of work outside of requests
COMMIT_S: Final = "spatial_admin.commit_s"  # of the application


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a statement may take, wait for a lock, and a transaction be idle; 0 is without end. Memory of a sort.

    They are set for each transaction (SET LOCAL): a pooler between us and the server gives it to others afterwards.
    """

    statement_ms: int = 0
    lock_ms: int = 0
    idle_ms: int = 0
    work_mem: str | None = None

    def settings(self) -> dict[str, str]:
        """PostgreSQL's names and values of what is bounded."""
        given = {
            "statement_timeout": self.statement_ms,
            "lock_timeout": self.lock_ms,
            "idle_in_transaction_session_timeout": self.idle_ms,
        }
        found = {name: str(value) for name, value in given.items() if value}
        return {**found, "work_mem": self.work_mem} if self.work_mem else found

    def statement(self) -> str:
        """SET LOCAL of all of them, or an empty text."""
        return _statement(self)

    def alone(self, timeout_ms: int | None = None) -> str:
        """What is set before a statement that is a transaction of its own, which is never idle."""
        return _alone(self, timeout_ms)


@lru_cache(maxsize=64)
def _statement(bounds: Bounds) -> str:
    return "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in bounds.settings().items())


@lru_cache(maxsize=64)
def _alone(bounds: Bounds, timeout_ms: int | None) -> str:
    statement_ms = bounds.statement_ms if timeout_ms is None else timeout_ms
    found = replace(bounds, idle_ms=0, statement_ms=statement_ms).statement()
    return f"{found}; " if found else ""


def bounds() -> Bounds:
    """The bounds of the unit of work that runs."""
    found: Bounds = g.get("bounds") or current_app.extensions.get(BOUNDS) or Bounds()
    return found


def commit_s() -> float:
    """How long a COMMIT may wait for a synchronous standby, in seconds."""
    return float(current_app.extensions.get(COMMIT_S, 10.0))


def wrote() -> str | None:
    """The position that a read has to have come to, to show whoever asks their own writes."""
    found: str | None = g.get("wrote")
    return found


def note_write(position: str | None) -> None:
    """A transaction of this unit of work was committed; None where nobody could say at which position."""
    g.wrote = later(g.get("wrote"), position)
    g.has_written = True


def has_written() -> bool:
    """Has this unit of work written? Then it reads what is newest: where it wrote."""
    return bool(g.get("has_written", False))


def only_reads() -> bool:
    """Does this unit of work change nothing, so that any server may answer it when the primary does not?"""
    return bool(g.get("only_reads", False)) and not has_written()


def may_lag() -> bool:
    """May reads show a state of a moment ago (but never one before the own writes)?"""
    return bool(g.get("may_lag", False)) and not has_written()
