"""Edits through the service by many editors at once, beside what PostgreSQL itself can do with the same statements.

Each editor moves corners that four lots share. Scattered: no two editors touch one lot, so every abort is a false one.
One block: all of them work on 36 lots. The limits are measured by pgbench in the same run.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import random
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, create_engine, text

from benchmarks._pgbench import GRID, SAME_STATEMENTS, STEP, UPDATE_ONLY, prepare, shared_points, transactions_per_s
from spatial_admin import transaction
from spatial_admin.errors import Contention, EditRejected, UnknownPoint, VersionConflict
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.parse_edit import parse_edit_request
from spatial_admin.settings import Limits, Settings, storage_srid
from tests.concurrency.fabric import Point, move, store_block
from tests.database import TestCluster

COLUMNS, ROWS = 50, 40
SECONDS = 5.0
SOMEBODY = Author(None, "bench@example.org")


@dataclass(slots=True)
class Tally:
    """What editors of one process did."""

    times_s: list[float] = field(default_factory=list)
    attempts: int = 0
    refused: int = 0
    given_up: int = 0


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    print(f"{'what':<58} {'n':>6} {'median':>10} {'limit':>10} {'ratio':>7}  goal")
    with database(cluster) as (name, engine):
        prepare(engine, cluster, shared_points(COLUMNS, ROWS))
        floor_ms = 1e3 / transactions_per_s(cluster, name, UPDATE_ONLY, 1, SECONDS)
        raw_one_ms = 1e3 / transactions_per_s(cluster, name, SAME_STATEMENTS, 1, SECONDS)
        line("UPDATE + COMMIT, 1 client (ms)", 0, floor_ms, floor_ms, "limit")
        line("same statements, 1 client (ms)", 0, raw_one_ms, floor_ms, "")
    with database(cluster) as (name, _):
        one = together(cluster, name, processes=1, threads=1, work="scattered")
        line("service, one shared point, 1 editor: p50 (ms)", len(one.times_s), median_ms(one), floor_ms, "<= 15")
        line("service, one shared point, 1 editor: p99 (ms)", len(one.times_s), p99_ms(one), floor_ms, "<= 50")
    for editors in (8, 16):
        with database(cluster) as (name, engine):
            prepare(engine, cluster, shared_points(COLUMNS, ROWS))
            raw = transactions_per_s(cluster, name, SAME_STATEMENTS, editors, SECONDS)
        with database(cluster) as (name, _):
            many = together(cluster, name, processes=2, threads=editors // 2, work="scattered")
            goal = ">= 0.30" if editors == 8 else ""
            line(f"service, {editors} scattered editors: commits/s", len(many.times_s), rate(many), raw, goal)
            line(
                f"service, {editors} scattered editors: aborts/commit", len(many.times_s), aborts(many), 1.0, "<= 0.03"
            )
    with database(cluster) as (name, _):
        block = together(cluster, name, processes=2, threads=16, work="block")
        count = len(block.times_s)
        line("service, 32 editors in one block: aborts/commit", count, aborts(block), 1.0, "<= 3")
        line("service, 32 editors in one block: p99 (ms)", count, p99_ms(block), median_ms(block), "<= 20")
        line("service, 32 editors in one block: 503s/edit", count, block.given_up / max(count, 1), 1.0, "<= 0.01")
    cluster.close()
    return 0


def line(what: str, n: int, value: float, limit: float, goal: str) -> None:
    print(f"{what:<58} {n or '':>6} {value:>10.3f} {limit:>10.3f} {value / limit:>7.2f}  {goal}", flush=True)


def median_ms(tally: Tally) -> float:
    return statistics.median(tally.times_s) * 1e3


def p99_ms(tally: Tally) -> float:
    return sorted(tally.times_s)[int(0.99 * (len(tally.times_s) - 1))] * 1e3


def rate(tally: Tally) -> float:
    return len(tally.times_s) / SECONDS


def aborts(tally: Tally) -> float:
    return (tally.attempts - len(tally.times_s)) / max(len(tally.times_s), 1)


@contextmanager
def database(cluster: TestCluster) -> Iterator[tuple[str, Engine]]:
    """A fresh fabric of 2,000 lots."""
    name = cluster.clone()
    engine = create_engine(cluster.app_url(name))
    store_block(engine, GRID, COLUMNS, ROWS)
    admin = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    admin.dispose()
    try:
        yield name, engine
    finally:
        engine.dispose()
        cluster.drop(name)


def together(cluster: TestCluster, name: str, *, processes: int, threads: int, work: str) -> Tally:
    """Editors in several processes, as gunicorn would run them; what all of them did."""
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[Tally] = context.Queue()
    start = context.Barrier(processes)
    arguments = (cluster.app_url(name), cluster.owner_url(name), processes, threads, work, start, answers)
    running = [context.Process(target=editors_of_a_process, args=(index, *arguments)) for index in range(processes)]
    for process in running:
        process.start()
    tallies = [answers.get(timeout=SECONDS + 60) for _ in running]
    for process in running:
        process.join()
    return Tally(
        [seconds for tally in tallies for seconds in tally.times_s],
        sum(tally.attempts for tally in tallies),
        sum(tally.refused for tally in tallies),
        sum(tally.given_up for tally in tallies),
    )


def editors_of_a_process(  # noqa: PLR0913, PLR0917 (what a child process is given)
    index: int, app_url: str, owner_url: str, processes: int, threads: int, work: str,
    start: threading.Barrier, answers: queue.Queue[Tally],
) -> None:  # fmt: skip
    """Run `threads` editors and hand back what they did."""
    app = create_app(Settings(app_url, owner_url, "only-for-benchmarks-012345", srid=storage_srid(), production=False))
    tally = Tally()
    editor: Callable[[Tally, list[tuple[int, int]], float], None] = scattered if work == "scattered" else in_one_block
    points = shared_points(COLUMNS, ROWS)
    random.Random(1).shuffle(points)

    def run(number: int) -> None:
        with app.app_context():
            save(GRID.at(0, 0), GRID.at(-0.01, 0), {"0-0": 1}, dry=True)
            barrier.wait()
            editor(tally, points[number :: processes * threads], time.monotonic() + SECONDS)

    def start_together() -> None:
        start.wait()

    barrier = threading.Barrier(threads, action=start_together)
    team = [threading.Thread(target=run, args=(index * threads + n,)) for n in range(threads)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    tally.attempts = len(tally.times_s) + transaction.counts["retries"]
    answers.put(tally)
    with app.app_context():
        db.engine.dispose()


def save(at: Point, to: Point, seen: dict[str, int], *, dry: bool = False, if_stale: str = "reject") -> None:
    """One edit by the service; `dry` only warms up what is read once."""
    body = {
        "key": str(uuid.uuid4()),
        "seen": seen,
        "operations": [move(at, to)],
        "comment": "bench",
        "if_stale": if_stale,
    }
    request = parse_edit_request(body, Limits())
    if dry:
        db.session.execute(text("SELECT 1"))
        db.session.remove()
        return
    edit_boundaries(request, SOMEBODY)


def scattered(tally: Tally, points: list[tuple[int, int]], until: float) -> None:
    """Move one's own corners to and fro."""
    version, is_moved = dict.fromkeys(points, 1), dict.fromkeys(points, False)
    while time.monotonic() < until:
        i, j = point = random.choice(points)
        here, there = GRID.at(i, j), GRID.at(i + STEP, j + STEP)
        seen = {f"{a}-{b}": version[point] for a in (i - 1, i) for b in (j - 1, j)}
        begin = time.perf_counter()
        try:
            save(*((there, here) if is_moved[point] else (here, there)), seen)
        except Contention:
            tally.given_up += 1
            continue
        tally.times_s.append(time.perf_counter() - begin)
        version[point], is_moved[point] = version[point] + 1, not is_moved[point]


def in_one_block(tally: Tally, _: list[tuple[int, int]], until: float) -> None:
    """Move corners of 36 lots about, all editors the same ones; a conflict or a lost point is part of the work."""
    names = [f"{a}-{b}" for a in range(6) for b in range(6)]
    while time.monotonic() < until:
        i, j = random.randrange(1, 6), random.randrange(1, 6)
        is_moved = random.random() < 0.5
        here, there = GRID.at(i, j), GRID.at(i + STEP, j + STEP)
        begin = time.perf_counter()
        try:
            save(*((there, here) if is_moved else (here, there)), dict.fromkeys(names, 1), if_stale="rebase")
        except Contention:
            tally.given_up += 1
        except (VersionConflict, UnknownPoint, EditRejected):
            tally.refused += 1
        else:
            tally.times_s.append(time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(main())
