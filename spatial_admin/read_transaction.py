"""Reading where nothing is written: snapshots, single statements, and where a page's own session reads.

A standby takes nothing higher than REPEATABLE READ. Nothing here commits: a snapshot ends when it is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from spatial_admin.connections import demands
from spatial_admin.connections.measurements import timed
from spatial_admin.connections.pools import with_options
from spatial_admin.connections.reading import choose, open_session, read_rows
from spatial_admin.models import db

SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def snapshot(*, may_lag: bool | None = None) -> Iterator[Session]:
    """A REPEATABLE READ, READ ONLY session: all it reads is of one moment. (A standby refuses SERIALIZABLE.)

    `may_lag` says whether a replica may answer, with a state of a moment ago, though never of before the own writes of
    whoever asks (`g.wrote`). By default a request that changes nothing may, and nothing else.
    """
    # Compiling costs more than any of our reads.
    first = "; ".join(filter(None, ("SET LOCAL jit = off", demands.bounds().statement())))
    with timed("transaction", "snapshot"), open_session(db.engine, SNAPSHOT, first, may_lag=may_lag) as session:
        yield session  # closing ends it; a rollback would expire what was read


def read_alone(
    statement: str,
    values: Mapping[str, Any],
    *,
    timeout_ms: int | None = None,
    first: str = "SET LOCAL jit = off; ",
    may_lag: bool | None = None,
) -> tuple[Any, ...] | None:
    """The first row (None without one) of a statement that needs no other in its snapshot.

    Read where `snapshot` would, and one round trip where that takes four: for what is read hundreds of times a second.
    `timeout_ms` bounds it instead of the unit of work; `first` sets what else it wants. Each setting is a statement.
    """
    bounds = demands.bounds().alone(timeout_ms)
    with timed("transaction", "snapshot"):
        rows = read_rows(db.engine, f"SET TRANSACTION READ ONLY; {bounds}{first}{statement}", values, may_lag=may_lag)
    return rows[0] if rows else None


def look_up(statement: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """The rows of one statement, read where a page would: what every request asks before its own work."""
    with timed("transaction", "look"):
        return read_rows(db.engine, f"{demands.bounds().alone()}{statement}", values, may_lag=None)


def page_engine() -> Engine:
    """Where the request's own session reads: a replica by the same rule as a snapshot, else the primary."""
    replica = choose(None)
    return with_options(replica.engine, *SNAPSHOT.items()) if replica else db.engine
