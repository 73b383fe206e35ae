"""Sessions for writing, each over one connection of its own; who opens them says commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import Error as PsycopgError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
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
def explicit(engine: Engine) -> Iterator[Session]:
    """A session whose BEGIN and COMMIT are statements like others, each in one message with what goes with it.

    psycopg2 sends a BEGIN of its own, a round trip, unless it believes that every statement commits by itself; so it
    does here, and `session.commit()` does nothing. Whatever is still open at the end is rolled back: the pool would
    hand it to the next one.
    """
    with with_options(engine, ("isolation_level", "AUTOCOMMIT")).connect() as connection:
        try:
            with Session(connection, expire_on_commit=False) as session:
                yield session
        finally:
            _roll_back(connection)


def _roll_back(connection: Connection) -> None:
    """End what is open; a connection that cannot even do that is given up."""
    if connection.invalidated:
        return
    raw = psycopg_connection(connection)
    if not raw.closed and raw.info.transaction_status == TRANSACTION_STATUS_IDLE:
        return
    try:
        with raw.cursor() as cursor:
            cursor.execute("ROLLBACK")
    except PsycopgError as error:
        connection.invalidate(error)
