"""A transaction as the owner of the tables: for what the application may not do, such as switching triggers off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

# Who looks at sessions sees whose these long transactions are; a name in the URL goes before.
NAMED: Final = {"fallback_application_name": "spatial_admin owner"}


@contextmanager
def owner_transaction(owner_url: str) -> Iterator[Session]:
    """A READ COMMITTED session of the owner's role that commits at its end, on a connection of its own.

    No statement timeout: what the owner does is long, and somebody watches it. All of it is one transaction, so that
    whatever was switched off inside is on again for everybody else, however it ends.
    """
    engine = create_engine(owner_url, isolation_level="READ COMMITTED", poolclass=NullPool, connect_args=NAMED)
    try:
        with Session(engine, expire_on_commit=False) as session:
            session.connection().exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL jit = off")
            yield session
            session.commit()
    finally:
        engine.dispose()


@contextmanager
def owner_snapshot(owner_url: str) -> Iterator[Session]:
    """A REPEATABLE READ, READ ONLY session of the owner's, without a timeout: a backup, and what is said of it, are of
    one moment.
    """
    engine = create_engine(owner_url, poolclass=NullPool, connect_args=NAMED).execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    try:
        with Session(engine, expire_on_commit=False) as session:
            session.connection().exec_driver_sql(
                "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
                "SET LOCAL jit = off"
            )
            yield session
    finally:
        engine.dispose()
