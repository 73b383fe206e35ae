"""Direct SQL by colleagues with psql or QGIS: connections of their own, at the level that they happen to use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Self

import psycopg2
from sqlalchemy import Engine, make_url, text

from spatial_admin.settings import storage_srid
from tests.concurrency.fabric import Point, wkt_of
from tests.waiting import until

INSERT = "INSERT INTO parcel (parcel_id, level, kind, geom) VALUES (%s, 'parcels', 'lot', ST_GeomFromText(%s, %s))"
RESHAPE = "UPDATE parcel SET geom = ST_GeomFromText(%s, %s) WHERE parcel_id = %s"
LOOK = "SELECT count(*) FROM parcel WHERE geom && ST_GeomFromText(%s, %s) AND end_lifespan_version IS NULL"


class Colleague:
    """One connection with one open transaction at a time; errors are psycopg2's."""

    def __init__(self, url: str, isolation: str = "READ COMMITTED") -> None:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.connection = psycopg2.connect(plain)
        self.connection.set_session(isolation_level=isolation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    @property
    def pid(self) -> int:
        """The server process that serves this connection."""
        return int(self.connection.info.backend_pid)

    def look(self, ring: Sequence[Point]) -> int:
        """How many current parcels meet the envelope of a ring: what a careful writer asks first."""
        (row,) = self.run(LOOK, wkt_of(ring), storage_srid())
        count: int = row[0]
        return count

    def insert(self, name: str, ring: Sequence[Point]) -> None:
        self.run(INSERT, name, wkt_of(ring), storage_srid())

    def reshape(self, name: str, ring: Sequence[Point]) -> None:
        self.run(RESHAPE, wkt_of(ring), storage_srid(), name)

    def run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()


def later(work: Callable[[], object]) -> Future[object]:
    """Run blocking work in a thread."""
    future: Future[object] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 (a future hands on whatever was raised)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def wait_until_blocked(engine: Engine, pid: int) -> None:
    """Until the server process of that id waits for a lock."""

    def is_blocked() -> bool:
        with engine.connect() as connection:
            asked = text("SELECT cardinality(pg_blocking_pids(:pid)) > 0")
            return bool(connection.execute(asked, {"pid": pid}).scalar())

    until(is_blocked)
