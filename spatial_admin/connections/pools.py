"""Pools of connections: how they are made, measured, and kept from being shared by two processes."""

from __future__ import annotations

from typing import Any

from spatial_admin.connection_settings import ConnectionSettings


def engine_options(settings: ConnectionSettings) -> dict[str, Any]:
    """What SQLAlchemy's create_engine takes."""
    return {
        "pool_pre_ping": settings.pool_pre_ping,
        "pool_recycle": settings.pool_recycle_s,
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_overflow,
        "pool_timeout": settings.pool_timeout_s,
        # A server that does not answer must not outlast the time that an edit is retried. Nothing goes by `options`:
        # PgBouncer refuses it, and what it sets would stay with a server connection that others use next.
        "connect_args": {"connect_timeout": 3, "tcp_user_timeout": 10_000},
    }
