"""Reading, in a session or one statement alone, on the server that shall answer; on the next where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Engine, exc
from sqlalchemy.orm import Session

from spatial_admin.connections import demands
from spatial_admin.connections.alone import Rows, rows_alone
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
    has_broken = False
    while True:
        replica = choose(may_lag, tried)
        engine = replica.engine if replica else primary
        session = Session(with_options(engine, *options.items()), expire_on_commit=False)
        try:
            session.connection().exec_driver_sql(first)
        except (exc.DBAPIError, exc.TimeoutError) as error:
            session.close()
            if replica is not None:
                tried.append(replica)
            elif _broke(error) and not has_broken:
                has_broken = True
            elif choose(may_lag, tried) is None:
                raise
        else:
            return session


def read_rows(primary: Engine, sql: str, values: Mapping[str, Any], *, may_lag: bool | None) -> Rows:
    """The rows of one statement that is a transaction of its own, in one round trip, from a server that answers.

    `sql` may set what holds for itself before (`SET LOCAL …; SELECT …`): PostgreSQL runs what comes in one message as
    one transaction, so nothing has to begin or end it, behind a pooler neither.
    """
    tried: list[Replica] = []
    has_broken = False
    while True:
        replica = choose(may_lag, tried)
        try:
            return rows_alone(replica.engine if replica else primary, sql, values)
        except (exc.DBAPIError, exc.TimeoutError) as error:
            is_unanswered = isinstance(error, exc.TimeoutError) or is_connection_loss(error)
            if not is_unanswered:
                raise
            if replica is not None:
                tried.append(replica)
            elif _broke(error) and not has_broken:
                has_broken = True
            elif choose(may_lag, tried) is None:
                raise


def _broke(error: exc.DBAPIError | exc.TimeoutError) -> bool:
    """Was it a connection from the pool, perhaps of a server that is gone? (One just used is not asked if it lives.)

    To open another tells, and costs little: the pool then gives none that is as old. A refused connection is no such.
    """
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated and error.statement is not None
