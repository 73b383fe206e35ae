"""What a connection costs: pool events and pre-ping beside a bare pool, a snapshot, and the wait for an own write.

The replica is a real one in memory beside a primary of its own; reads are one row by its key.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import g
from sqlalchemy import Engine, create_engine, text

from benchmarks._report import head, line, median_ms, p99_ms
from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.connections.pools import engine_options, watch
from spatial_admin.local_postgis import private_cluster
from spatial_admin.transaction import short, snapshot
from tests.conftest import dispose
from tests.connections.conftest import new_folder
from tests.connections.pair import Pair, app_over
from tests.database import TestCluster, migrate

ROUNDS, TIMES, WRITES = 9, 400, 200
ROW = text("SELECT code FROM level WHERE code = 'parcels'")
WRITE = text("UPDATE level SET name = name WHERE code = 'parcels'")


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    head()
    cluster = TestCluster(url)
    name = cluster.clone()
    try:
        checkouts(cluster.app_url(name))
    finally:
        cluster.drop(name)
    with replicated() as pair:
        reads(pair)
    return 0


def checkouts(url: str) -> None:
    """A connection taken and given back, and one with a statement, by engines that differ in one thing."""
    bare = create_engine(url, pool_size=8, pool_reset_on_return=None)
    engines: dict[str, Engine] = {"a bare pool": bare}
    for what, is_asked in (("measured", False), ("measured, pre-ping", True)):
        settings = ConnectionSettings(pool_pre_ping=is_asked)
        engines[what] = create_engine(url, **engine_options(settings))
        watch(engines[what], settings)
    for work, unit in ((take, "taken and given back"), (ask, "with one statement")):
        times = interleaved({what: partial(work, engine) for what, engine in engines.items()})
        limit = times["a bare pool"]
        for what, took in times.items():
            goal = "limit" if what == "a bare pool" else "<= 2.0" if work is ask else ""
            line(f"a connection {unit}, {what}: p50 (ms)", TIMES * ROUNDS, took, limit, goal)
    for engine in engines.values():
        engine.dispose()


def take(engine: Engine) -> None:
    with engine.connect():
        pass


def ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(ROW)


def interleaved(works: dict[str, Callable[[], None]]) -> dict[str, float]:
    """The median of each in milliseconds; in turns, so that the machine's moods meet all of them."""
    times: dict[str, list[float]] = {what: [] for what in works}
    for _ in range(ROUNDS):
        for what, work in works.items():
            for _ in range(TIMES):
                began = time.perf_counter()
                work()
                times[what].append(time.perf_counter() - began)
    return {what: median_ms(took) for what, took in times.items()}


def reads(pair: Pair) -> None:
    """A snapshot on the primary and on the replica, and right after a write."""
    alone = app_over(replace(pair.settings(), connections=ConnectionSettings()))
    both = app_over(pair.settings())
    took: dict[str, float] = {}
    for what, app in (("the primary, no replica known", alone), ("the replica", both)):
        with app.test_request_context("/api/parcels"):
            g.only_reads = g.may_lag = True
            took[what] = interleaved({"it": look})["it"]
    limit = took["the primary, no replica known"]
    for what, value in took.items():
        line(
            f"a snapshot of one row on {what}: p50 (ms)",
            TIMES * ROUNDS,
            value,
            limit,
            "limit" if value == limit else "<= 1.3",
        )
    waited = []
    for _ in range(WRITES):
        with both.app_context():
            with short() as session:
                session.execute(WRITE)
            position = g.wrote
        with both.test_request_context("/api/parcels"):
            g.only_reads = g.may_lag = True
            g.wrote = position
            began = time.perf_counter()
            look()
            waited.append(time.perf_counter() - began)
    line("… right after an own write, on the replica: p50 (ms)", WRITES, median_ms(waited), limit)
    line("… p99 (ms)", WRITES, p99_ms(waited), limit)
    for app in (alone, both):
        dispose(app)


def look() -> None:
    with snapshot() as session:
        session.execute(ROW)


@contextmanager
def replicated() -> Iterator[Pair]:
    """A primary that waits for its disk as a real one does, and its replica."""
    folder: Path = new_folder()
    with ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, folder)
        cluster = cleanup.enter_context(private_cluster(folder / "home", durable=True).running())
        urls = {name: path.read_text(encoding="utf-8").strip() for name, path in cluster.url_files().items()}
        migrate(urls["DATABASE_URL"], urls["DATABASE_OWNER_URL"])
        pair = Pair(cluster, cleanup.enter_context(cluster.replica().running()), folder)
        pair.on_primary("GRANT UPDATE ON level TO spatial_admin_app")
        yield pair


if __name__ == "__main__":
    sys.exit(main())
