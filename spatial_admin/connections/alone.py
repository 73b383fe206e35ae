"""One statement that is a transaction of its own, asked of the driver itself: what is read hundreds of times a second.

SQLAlchemy's way to the same rows takes Python five times as long, and a round trip more: when it takes a connection out
of AUTOCOMMIT, psycopg2 sets the server's defaults back. A connection whose session says nothing of isolation goes to
and fro without a word.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import psycopg2
from sqlalchemy import Engine, exc

from spatial_admin.connections.measurements import count_abort, note_time
from spatial_admin.connections.pools import MeasuredPool
from spatial_admin.connections.slow_statements import name_of

Rows = list[tuple[Any, ...]]


def rows_alone(engine: Engine, sql: str, values: Mapping[str, Any]) -> Rows:
    """The rows of the last statement of `sql`, which PostgreSQL runs as one transaction.

    Raises what SQLAlchemy would (DBAPIError, TimeoutError of the pool); aborts and slow statements are tallied.
    """
    pool = engine.pool
    if not isinstance(pool, MeasuredPool):
        raise TypeError(f"{pool!r} is no pool of ours")
    # Not engine.raw_connection(): only here a server out of reach is an error of SQLAlchemy, which listeners hear.
    opened = engine.connect()
    pooled = opened.connection
    connection: Any = pooled.driver_connection
    began = time.perf_counter()
    try:
        _by_itself(connection)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows: Rows = cursor.fetchall()
    except psycopg2.Error as error:
        is_lost = engine.dialect.is_disconnect(error, connection, None)  # type: ignore[arg-type]  # psycopg2's own is one
        if is_lost:
            pool.lose(pooled, error)
        count_abort(error.pgcode)
        raise exc.DBAPIError.instance(
            sql, dict(values), error, psycopg2.Error, connection_invalidated=is_lost, dialect=engine.dialect
        ) from error
    finally:
        if not connection.closed:
            connection.autocommit = False
        opened.close()
        seconds = time.perf_counter() - began
        if seconds >= pool.slow_s:
            note_time("slow_query", name_of(sql), seconds)
    return rows


def _by_itself(connection: Any) -> None:
    """Let each message be a transaction. What sessions before have set of theirs would be set back at its end."""
    if connection.isolation_level is not None or connection.readonly is not None or connection.deferrable is not None:
        connection.set_session("DEFAULT", "DEFAULT", "DEFAULT")
    connection.autocommit = True
