"""Reading on the server that shall answer, and on the next where that one does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Engine, exc
from sqlalchemy.orm import Session

from spatial_admin.connections import demands
from spatial_admin.connections.measurements import timed
from spatial_admin.connections.pools import with_options
from spatial_admin.connections.replicas import EXTENSION, Replicas
from spatial_admin.connections.standby import Replica
from spatial_admin.errors import Json
from spatial_admin.models import db


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


def look_up(sql: str, parameters: Json) -> Sequence[Any]:
    """The rows of one statement, where a page would read: a transaction of its own, in one round trip.

    For what every request asks before its own work. PostgreSQL runs what comes in one message as one transaction, in
    which SET LOCAL holds: nothing has to begin or end it, behind a pooler neither.
    """
    replica = choose(None)
    engine = with_options(replica.engine if replica else db.engine, ("isolation_level", "AUTOCOMMIT"))
    bounds = demands.bounds().statement()
    with timed("transaction", "look"), engine.connect() as connection:
        return connection.exec_driver_sql(f"{bounds}; {sql}" if bounds else sql, parameters).all()
