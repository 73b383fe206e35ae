"""Pools of connections: how they are made, measured, and kept from being shared by two processes."""

from __future__ import annotations

import os
import time
import weakref
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.connections.measurements import count, count_abort, note_time
from spatial_admin.connections.slow_statements import watch_statements
from spatial_admin.models.request_session import RequestSession

PRIMARY: Final = "primary"
HELD: Final = "spatial_admin.held"
RETURNED: Final = "spatial_admin.returned"
PING_AFTER_S: Final = 1.0
FRESH: Final = "fresh"  # of an entry: it needs no ping; SQLAlchemy sets it where it has just connected
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class PoolState:
    """Connections of one pool now: `idle` wait in it, `overflow` are beyond `size` and closed when they come back."""

    size: int
    in_use: int
    idle: int
    overflow: int


class MeasuredPool(QueuePool):
    """Tallies how long it took to get a connection: waiting for one, opening it, and asking whether it lives."""

    slow_s = float("inf")  # from when on a statement is slow; see `watch`

    def recreate(self) -> MeasuredPool:
        """An empty pool in the place of this one."""
        pool = cast(MeasuredPool, super().recreate())
        pool.slow_s = self.slow_s
        return pool

    def lose(self, connection: PoolProxiedConnection, error: Exception) -> None:
        """A connection broke under a statement: it goes, and those opened before it are asked whether they live."""
        self._invalidate(connection, error)

    def connect(self) -> PoolProxiedConnection:
        """A connection of the pool."""
        began = time.perf_counter()
        try:
            return super().connect()
        except PoolTimeout:
            count(f"pool_timeouts_{self.logging_name}")
            raise
        finally:
            note_time("checkout", str(self.logging_name), time.perf_counter() - began)

    def _do_get(self) -> ConnectionPoolEntry:
        """A connection that somebody gave back a moment ago lives, as far as a question could tell: it is not asked.

        The question is a round trip, a tenth of a small read; a server that ends in that moment ends reads under way
        just the same, and those are begun again.
        """
        entry = super()._do_get()
        if time.perf_counter() - entry.info.get(RETURNED, -PING_AFTER_S) < PING_AFTER_S:
            setattr(entry, FRESH, True)
        return entry


def engine_options(settings: ConnectionSettings, name: str = PRIMARY) -> dict[str, Any]:
    """What SQLAlchemy's create_engine takes."""
    return {
        "poolclass": MeasuredPool,
        "pool_logging_name": name,
        "pool_pre_ping": settings.pool_pre_ping,
        "pool_recycle": settings.pool_recycle_s,
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_overflow,
        "pool_timeout": settings.pool_timeout_s,
        # A server that does not answer must not outlast the time that an edit is retried. Nothing goes by `options`:
        # PgBouncer refuses it, and what it sets would stay with a server connection that others use next.
        "connect_args": {"connect_timeout": 3, "tcp_user_timeout": 10_000},
    }


def watch(engine: Engine, settings: ConnectionSettings) -> None:
    """Measure an engine, name its connections after this process, and close none of them in a forked child."""
    name = str(engine.pool.logging_name)

    def introduce(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters.setdefault("application_name", f"spatial_admin {os.getpid()}")

    def opened(*_: Any) -> None:
        count(f"pool_opened_{name}")

    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        record.info[HELD] = time.perf_counter()

    def given_back(_connection: Any, record: Any) -> None:
        record.info[RETURNED] = time.perf_counter()
        since = record.info.pop(HELD, None)
        if since is not None:
            note_time("held", name, time.perf_counter() - since)

    def failed(context: Any) -> None:
        if not context.is_pre_ping:
            count_abort(getattr(context.original_exception, "pgcode", None))

    event.listen(engine, "do_connect", introduce)
    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)
    event.listen(engine, "handle_error", failed)
    watch_statements(engine, settings.slow_query_ms)
    if isinstance(engine.pool, MeasuredPool):
        engine.pool.slow_s = settings.slow_query_ms / 1000
    _engines.add(engine)


@lru_cache(maxsize=16)
def with_options(engine: Engine, *options: tuple[str, Any]) -> Engine:
    """The engine under execution options, made once: to make one takes longer than a small read."""
    return engine.execution_options(**dict(options))


def state_of(engine: Engine) -> PoolState:
    """The pool of an engine as it is now."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        raise TypeError(f"{pool!r} has no size")
    return PoolState(pool.size(), pool.checkedout(), pool.checkedin(), max(pool.overflow(), 0))


def raw_connection(session: Session) -> PsycopgConnection:
    """The psycopg2 connection under a session, for COPY."""
    return psycopg_connection(session.connection())


def psycopg_connection(connection: Connection) -> PsycopgConnection:
    """The psycopg2 connection under SQLAlchemy's."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, PsycopgConnection):
        raise TypeError(f"COPY needs psycopg2, not {type(raw).__name__}")
    return raw


def dispose_all() -> None:
    """Close what this process keeps, before it ends."""
    for engine in list(_engines):
        engine.dispose()


def _forget_all() -> None:
    """In a forked child: let go of the parent's connections without a word to the server, for they are the parent's."""
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_all)


@event.listens_for(Session, "before_flush")
def _begin_flush(session: Session, *_: Any) -> None:
    session.info["flush_began"] = time.perf_counter()


@event.listens_for(Session, "after_flush")
def _end_flush(session: Session, *_: Any) -> None:
    note_time("flush", "session", time.perf_counter() - session.info.pop("flush_began", time.perf_counter()))


@event.listens_for(RequestSession, "after_begin")
def _begin_page(session: Session, *_: Any) -> None:
    session.info["page_began"] = time.perf_counter()


@event.listens_for(RequestSession, "after_transaction_end")
def _end_page(session: Session, transaction: SessionTransaction) -> None:
    began = session.info.pop("page_began", None) if transaction.parent is None else None
    if began is not None:
        note_time("transaction", "page", time.perf_counter() - began)
