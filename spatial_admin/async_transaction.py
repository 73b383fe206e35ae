"""Transactions of the one command that is async: many tiles at once from one thread (flask tiles warm)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine


@asynccontextmanager
async def engine_of(url: str, connections: int, statement_timeout_ms: int) -> AsyncIterator[AsyncEngine]:
    """An engine over asyncpg, closed at the end.

    Settings of the session travel as server_settings, in the packet that opens the connection: asyncpg knows no
    `options=-c`. It keeps prepared statements, so connect it to PostgreSQL itself and not to PgBouncer.
    """
    server_settings = {
        "application_name": "flask tiles warm",
        "jit": "off",
        # A plan for any box at all would not know how little of the table this one meets.
        "plan_cache_mode": "force_custom_plan",
        "max_parallel_workers_per_gather": "0",
        "statement_timeout": str(statement_timeout_ms),
    }
    address = make_url(url).set(drivername="postgresql+asyncpg")
    arguments = {"server_settings": server_settings, "timeout": 10}
    engine = create_async_engine(address, pool_size=connections, max_overflow=0, connect_args=arguments)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def async_snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """As transaction.snapshot: all that is read is of one moment."""
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with AsyncSession(reading, expire_on_commit=False) as session:
        yield session


@asynccontextmanager
async def async_short(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """As transaction.short: READ COMMITTED, committed at its end."""
    writing = engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
    async with AsyncSession(writing, expire_on_commit=False) as session:
        yield session
        await session.commit()
