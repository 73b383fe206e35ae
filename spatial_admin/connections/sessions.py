"""Sessions for writing, each over one connection of its own; who opens them says commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import Error as PsycopgError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from spatial_admin.connections.pools import psycopg_connection, with_options


@contextmanager
def writing(engine: Engine, isolation: str) -> Iterator[Session]:
    """A session over one connection, which stays its own when it has committed."""
    with (
        with_options(engine, ("isolation_level", isolation)).connect() as connection,
        Session(connection, expire_on_commit=False) as session,
    ):
        yield session


@contextmanager
def explicit(engine: Engine) -> Iterator[Connection]:
    """A connection on which BEGIN and COMMIT are statements like others, each in one message with what goes with it.

    psycopg2 sends a BEGIN of its own, a round trip, unless it believes that every statement commits by itself; so it
    does here, and `connection.commit()` does nothing. It is told to psycopg2 itself: SQLAlchemy's option for it, and a
    session around the connection, cost an edit 0.1 ms. Whatever is still open at the end is rolled back: the pool would
    hand it to the next one.
    """
    with engine.connect() as connection:
        raw = psycopg_connection(connection)
        raw.autocommit = True
        try:
            yield connection
        finally:
            _roll_back(connection, raw)


def _roll_back(connection: Connection, raw: PsycopgConnection) -> None:
    """End what is open, and let psycopg2 begin again; a connection that cannot even do that is given up."""
    if connection.invalidated:
        return
    try:
        if raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
            with raw.cursor() as cursor:
                cursor.execute("ROLLBACK")
        raw.autocommit = False
    except PsycopgError as error:
        connection.invalidate(error)
