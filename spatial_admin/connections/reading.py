"""Reading, in a session or one statement alone, on the server that shall answer; on the next where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Connection, Engine, exc
from sqlalchemy.orm import Session

from spatial_admin.connections import demands
from spatial_admin.connections.pools import with_options
from spatial_admin.connections.replicas import EXTENSION, Replicas
from spatial_admin.connections.standby import Replica
from spatial_admin.database_errors import is_connection_loss


def choose(may_lag: bool | None, tried: Sequence[Replica] = ()) -> Replica | None:
    """The replica that answers the next read; None for the primary, which who has written reads always.

    `may_lag` None is what the unit of work says of itself: a request that changes nothing lets a replica answer.
    """
    replicas: Replicas | None = current_app.extensions.get(EXTENSION)
    if replicas is None or (may_lag is None and not demands.only_reads()) or demands.has_written():
        return None
    lags = demands.may_lag() if may_lag is None else may_lag
    return replicas.choose(demands.wrote(), newest=not lags, tried=tried)


def open_session(primary: Engine, options: Mapping[str, Any], first: str, *, may_lag: bool | None) -> Session:
    """A session that has run its first statement, so that its snapshot is taken, on a server that answers."""
    tried: list[Replica] = []
    while True:
        replica = choose(may_lag, tried)
        engine = replica.engine if replica else primary
        session = Session(with_options(engine, *options.items()), expire_on_commit=False)
        try:
            session.connection().exec_driver_sql(first)
        except (exc.DBAPIError, exc.TimeoutError):
            session.close()
            if replica is not None:
                tried.append(replica)
            elif choose(may_lag, tried) is None:
                raise
        else:
            return session


def read_row(
    primary: Engine, statement: str, values: Mapping[str, Any], *, may_lag: bool | None
) -> tuple[Any, ...] | None:
    """The first row (None without one) of a statement that is a transaction of its own, from a server that answers.

    `statement` may set what holds for itself before (`SET LOCAL …; SELECT …`): sent together, they are one round trip.
    A DBAPIError as SQLAlchemy would raise it.
    """
    tried: list[Replica] = []
    while True:
        replica = choose(may_lag, tried)
        try:
            with (replica.engine if replica else primary).connect() as connection:
                return _row(connection, statement, values)
        except (exc.DBAPIError, exc.TimeoutError) as error:
            is_unanswered = isinstance(error, exc.TimeoutError) or is_connection_loss(error)
            if replica is None or not is_unanswered:
                raise
            tried.append(replica)


def _row(connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """By the driver's own cursor: SQLAlchemy's result, and BEGIN and ROLLBACK, take longer than many a statement."""
    raw: Any = connection.connection.driver_connection
    cursor = raw.cursor()
    raw.autocommit = True  # said to psycopg2, not to the server
    try:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, statement, values, None, False)
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        connection.dispatch.after_cursor_execute(connection, cursor, statement, values, None, False)
        cursor.close()
    except BaseException as error:  # noqa: BLE001 (raised again, each)
        # As after any other statement: who listens is told, and a connection that broke leaves the pool.
        connection._handle_dbapi_exception(error, statement, values, cursor, None)  # noqa: SLF001 (nothing public does)
    finally:
        if not raw.closed:
            raw.autocommit = False
    return row
