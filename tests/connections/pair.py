"""A primary and its replica, and what a test does to them."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from flask import Flask
from flask.testing import FlaskClient

from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.connections.replicas import EXTENSION, Replicas
from spatial_admin.factory import create_app
from spatial_admin.local import postgres_process
from spatial_admin.local.cluster_files import ClusterFiles
from spatial_admin.local.roles import APP_ROLE, DATABASE, SUPERUSER
from spatial_admin.local.standby import Standby
from spatial_admin.local_postgis import Cluster
from spatial_admin.settings import Settings, storage_srid
from tests.waiting import PATIENT, until

MOST_LAG_S = 600.0  # a replica that a test pauses stays in use, however slow the machine is
FREEZE_AT = 100_000  # autovacuum_freeze_max_age of these servers, the least there is


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers; each is asked as its superuser."""

    cluster: Cluster
    standby: Standby
    folder: Path

    def settings(self, **connections: Any) -> Settings:
        """Of an application that reads by the replica."""
        urls = {name: path.read_text(encoding="utf-8").strip() for name, path in self.cluster.url_files().items()}
        given = {
            "replica_urls": (self.standby.url_file().read_text(encoding="utf-8").strip(),),
            "replica_max_lag_s": MOST_LAG_S, "replica_connect_timeout_s": 60, "pool_timeout_s": 60.0, **connections,
        }  # fmt: skip
        return Settings(
            database_url=urls["DATABASE_URL"],
            database_owner_url=urls["DATABASE_OWNER_URL"],
            secret_key="only-for-tests-0123456789",
            srid=storage_srid(),
            home=self.folder,
            demo=False,
            production=False,
            limits=PATIENT,
            connections=ConnectionSettings(**given),
        )

    def either(self) -> str:
        """A URL of libpq with both servers: whichever may be written to."""
        password = self.cluster.files.read_password(APP_ROLE)
        hosts = f"{self.cluster.files.socket_folder},{self.standby.files.socket_folder}"
        query = f"host={hosts}&port=5432,5432&target_session_attrs=read-write"
        return f"postgresql+psycopg2://{APP_ROLE}:{password}@/{DATABASE}?{query}"

    def on_primary(self, *statements: str) -> list[Any]:
        """Run statements, each by itself; the rows of the last."""
        return run_as_superuser(self.cluster.files, statements)

    def on_replica(self, *statements: str) -> list[Any]:
        """As on_primary."""
        return run_as_superuser(self.standby.files, statements)

    def kill_primary(self) -> None:
        """As if its machine lost power."""
        kill(self.cluster.files)

    def kill_replica(self) -> None:
        """As if its machine lost power."""
        kill(self.standby.files)

    def start_replica(self) -> None:
        """Start it again, as it was."""
        postgres_process.clear_after_crash(self.standby.files)
        postgres_process.start(self.standby.programs, self.standby.account, self.standby.files)

    def start_primary(self) -> None:
        """Start it again, waiting for no replica."""
        self.cluster._start()

    def promote(self) -> None:
        """The replica is a primary from now on."""
        self.on_replica("SELECT pg_promote()")


def kill(files: ClusterFiles) -> None:
    """SIGKILL to every process of a server."""
    for pid in postgres_process._servers(files):
        with contextlib.suppress(ProcessLookupError):  # the death of one is noticed by others, which end
            os.kill(pid, signal.SIGKILL)
    until(lambda: not postgres_process._servers(files))


def replicas_of(app: Flask) -> Replicas:
    found: Replicas = app.extensions[EXTENSION]
    return found


def app_over(settings: Settings) -> Flask:
    """An application whose replica is in use."""
    app = create_app(settings)
    app.config["TESTING"] = False
    if settings.connections.replica_urls:
        until(lambda: in_use(app))
    return app


def in_use(app: Flask) -> bool:
    """Is the replica in use, by a look that is made now?"""
    replicas_of(app).look()
    return all(one.state == "in use" for one in replicas_of(app).states())


def statuses(client: FlaskClient, headers: dict[str, str], *paths: str) -> list[int]:
    return [client.get(path, headers=headers).status_code for path in paths]


def run_as_superuser(files: ClusterFiles, statements: tuple[str, ...]) -> list[Any]:
    """Run statements, each by itself; the rows of the last."""
    connection = psycopg2.connect(
        host=str(files.socket_folder), port=5432, user=SUPERUSER, password=files.read_password(SUPERUSER),
        dbname=DATABASE,
    )  # fmt: skip
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
