"""The owner's connection, on which every statement is its own transaction: VACUUM and REINDEX CONCURRENTLY want it so.

It begins and commits nothing by itself, so it is no second place of transactions; edits never use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

NAME: Final = "spatial-admin maintenance"
LOOK_S: Final = 1.0
LOCK_S: Final = 60
CHECKS_CLIENT: Final = 140_000
# Waiting here holds nobody up: the locks that are asked for conflict with neither readers nor writers of rows. A pace
# of its own, because VACUUM by hand otherwise reads as fast as the disk can, and editors wait behind it.
HABITS: Final = (
    f"SET lock_timeout = '{LOCK_S}s'", "SET statement_timeout = 0", "SET vacuum_cost_delay = '1ms'",
    "SET vacuum_cost_limit = 2000",
)  # fmt: skip
# The statement of a client that was killed ends too, within seconds; else its lock would outlive it for its length.
CHECK_CLIENT: Final = "SET client_connection_check_interval = '2s'"
BACKEND: Final = "SELECT pg_backend_pid()"
RELEASE: Final = "SELECT pg_advisory_unlock_all()"
WHOSE: Final = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'parcel'::regclass"


@dataclass(frozen=True, slots=True)
class OwnerConnection:
    """A connection by DATABASE_OWNER_URL; `obstacle` says why it may not maintain the tables, "" where it may."""

    connection: Connection
    obstacle: str

    @property
    def raw(self) -> PsycopgConnection:
        """The psycopg2 connection underneath."""
        return _raw(self.connection)

    def read(self, statement: str, values: dict[str, Any] | None = None) -> list[Any]:
        """Rows of a short statement."""
        return list(self.connection.exec_driver_sql(statement, values or {}).all())

    def run(self, statement: str, look: Callable[[], None]) -> None:
        """Run a statement that takes long; `look` is called meanwhile about once a second.

        What `look` raises cancels the statement, and is raised once that has ended.
        """
        failure: list[BaseException] = []

        def work() -> None:
            try:
                self.connection.exec_driver_sql(statement)
            except BaseException as error:  # noqa: BLE001 (raised again by who waits)
                failure.append(error)

        thread = threading.Thread(target=work, name="maintenance")
        thread.start()
        try:
            while thread.is_alive():
                thread.join(LOOK_S)
                look()
        except BaseException:
            self.raw.cancel()
            thread.join()
            raise
        if failure:
            raise failure[0]


@contextmanager
def owner_connection(url: str) -> Iterator[OwnerConnection]:
    """Connect by a URL for the time of the block; raises OperationalError where nobody answers."""
    engine = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"application_name": NAME}
    )
    try:
        with engine.connect() as connection:
            try:
                yield OwnerConnection(connection, _obstacle(connection))
            finally:
                # A backend ends some time after its client: until then, who comes next would find its locks.
                if not (connection.invalidated or _raw(connection).closed):
                    connection.exec_driver_sql(RELEASE)
    finally:
        engine.dispose()


def _obstacle(connection: Connection) -> str:
    raw = _raw(connection)
    if raw.info.backend_pid != connection.exec_driver_sql(BACKEND).scalar_one():
        # What SET says to a pooler's connection is heard by whoever gets that connection next.
        return "DATABASE_OWNER_URL goes through a pooler; give it the server's own address"
    if not connection.exec_driver_sql(WHOSE).scalar_one():
        return "it needs the owner of the tables; give DATABASE_OWNER_URL that role"
    for statement in (*HABITS, *([CHECK_CLIENT] if raw.server_version >= CHECKS_CLIENT else [])):
        connection.exec_driver_sql(statement)
    return ""


def _raw(connection: Connection) -> PsycopgConnection:
    raw = connection.connection.driver_connection
    if not isinstance(raw, PsycopgConnection):
        raise TypeError(f"Maintenance needs psycopg2, not {type(raw).__name__}")
    return raw
