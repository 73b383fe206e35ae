"""The servers of an application: its primary, and the replicas that its settings name."""

from __future__ import annotations

from typing import Final

from flask import Flask
from sqlalchemy import Engine, create_engine

from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.connections.demands import BOUNDS, COMMIT_S, Bounds
from spatial_admin.connections.pools import engine_options, watch
from spatial_admin.connections.replicas import EXTENSION, Replicas

ENGINES: Final = "spatial_admin.engines"  # of the application: those beside Flask-SQLAlchemy's own
UNACKNOWLEDGED_MS: Final = 3_000  # a replica that takes no bytes for so long is gone; another one answers


def connect_app(app: Flask, primary: Engine, settings: ConnectionSettings) -> None:
    """Measure the primary's pool, and make one for each replica; nothing is connected yet."""
    app.extensions[BOUNDS] = Bounds(work_mem=settings.work_mem)
    app.extensions[COMMIT_S] = settings.commit_timeout_s
    watch(primary, settings)
    engines = [_replica_engine(url, f"replica {n}", settings) for n, url in enumerate(settings.replica_urls, 1)]
    app.extensions[ENGINES] = engines
    if engines:
        app.extensions[EXTENSION] = Replicas(primary, engines, settings)


def _replica_engine(url: str, name: str, settings: ConnectionSettings) -> Engine:
    options = engine_options(settings, name)
    options["connect_args"] = {
        "connect_timeout": settings.replica_connect_timeout_s,
        "tcp_user_timeout": UNACKNOWLEDGED_MS,
    }
    engine = create_engine(url, **options)
    watch(engine, settings)
    return engine
