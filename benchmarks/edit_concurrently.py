"""Edits by many editors at once, beside what PostgreSQL itself can do with the same statements on the same data.

    script/bench edit_concurrently [DATABASE | PARCELS]

Each editor moves corners that three or four lots share. Scattered: no two editors touch one lot, so every abort is a false
one. One block: all of them work on 36 lots, always of a fabric. The limits are measured by pgbench in the same run, two for one
client: UPDATE + COMMIT of one lot's boundary, and of those three or four lots that a corner changes, which is as many rows as
the edit writes into the same table. No trigger fires there. Both are printed, and so are both ratios. An edit that changes one
lot only, by its own statements, stands beside the UPDATE of it.
DATABASE is one of the cluster, such as `load_county` keeps; it is written to: give a copy. Without one a fabric of PARCELS lots
(100,000 by default) is made, and dropped.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from sqlalchemy import Engine

from benchmarks._corners import Corner, corners_of
from benchmarks._editors import Work, together
from benchmarks._fabric import parcels_of, town
from benchmarks._pgbench import ONE_LOT, SAME_LOTS, SAME_STATEMENTS, prepare, transactions_per_s, updates_per_s
from benchmarks._report import deadlocks, head, line, median_ms, p99_ms
from benchmarks._web_server import serving
from tests.database import TestCluster

MOST_CORNERS = 3_000
SECONDS = 8.0


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    head()
    with parcels_of(cluster, (sys.argv[1:] or ["100000"])[0]) as (name, engine):
        alone, raw, one, *many, one_client, clients = groups_of_corners(engine, 7)
        prepare(engine, cluster, alone, alone=True)
        one_lot(cluster, name)
        prepare(engine, cluster, raw)
        limits = one_editor(cluster, name, one)
        for editors, corners in zip((8, 32), many, strict=True):
            scattered(cluster, name, engine, corners, editors)
        through_http(cluster, name, one_client, clients, limits)
    with town(cluster, 50, 40) as (name, engine):
        one_block(cluster, name, engine)
    cluster.close()
    return 0


def groups_of_corners(engine: Engine, count: int) -> list[list[Corner]]:
    """Corners all over the parcels, for several runs that leave each other alone."""
    corners = corners_of(engine, MOST_CORNERS * count)
    size = len(corners) // count
    return [corners[size * k : size * (k + 1)] for k in range(count)]


def editors_of(cluster: TestCluster, name: str, processes: int, threads: int, corners: list[Corner] | None) -> Work:
    """Editors of a database by the service."""
    return Work(cluster.app_url(name), cluster.owner_url(name), SECONDS, processes, threads, corners)


def one_lot(cluster: TestCluster, name: str) -> None:
    """An edit of one lot by its own statements, beside the UPDATE of it: the unit in which peers were measured."""
    limit_ms = 1e3 / updates_per_s(cluster, name, ONE_LOT, SECONDS)
    own_ms = 1e3 / transactions_per_s(cluster, name, SAME_STATEMENTS, 1, SECONDS)
    line("an edit's statements, one lot changed, 1 client (ms) / one lot", 0, own_ms, limit_ms, "<= 3")


def one_editor(cluster: TestCluster, name: str, corners: list[Corner]) -> dict[str, float]:
    """The limits of one client, and one editor by the service; answers the limits in milliseconds, by what they write."""
    limits = {
        "one lot": 1e3 / updates_per_s(cluster, name, ONE_LOT, SECONDS),
        "same lots": 1e3 / updates_per_s(cluster, name, SAME_LOTS, SECONDS),
    }
    for lots, limit_ms in limits.items():
        line(f"UPDATE + COMMIT, {lots}, 1 client (ms)", 0, limit_ms, limits["one lot"], "limit")
    raw_ms = 1e3 / transactions_per_s(cluster, name, SAME_STATEMENTS, 1, SECONDS)
    against(limits, "same statements, 1 client (ms)", 0, raw_ms, "<= 3")
    one = together(editors_of(cluster, name, 1, 1, corners))
    what = "service, one shared point, 1 editor"
    against(limits, f"{what}: p50 (ms)", one.saved, median_ms(one.times_s))
    against(limits, f"{what}: p99 (ms)", one.saved, p99_ms(one.times_s))
    return limits


def against(limits: dict[str, float], what: str, n: int, value_ms: float, goal: str = "") -> None:
    """A line for each limit: beside the UPDATE of one lot, and of as many as the edit writes."""
    for lots, limit_ms in limits.items():
        line(f"{what} / {lots}", n, value_ms, limit_ms, goal)


def scattered(cluster: TestCluster, name: str, engine: Engine, corners: list[Corner], editors: int) -> None:
    """Editors who never meet, by the service, beside as many clients of pgbench."""
    raw = transactions_per_s(cluster, name, SAME_STATEMENTS, editors, SECONDS)
    before = deadlocks(engine)
    many = together(editors_of(cluster, name, 2, editors // 2, corners))
    what = f"service, {editors} scattered editors"
    line(f"{what}: commits/s", many.saved, many.rate, raw, ">= 0.30")
    line(f"{what}: aborts/commit", many.saved, many.aborts, 1.0, "<= 0.03")
    line(f"{what}: deadlocks", many.saved, deadlocks(engine) - before, 1.0, "0")


def through_http(
    cluster: TestCluster, name: str, one_client: list[Corner], clients: list[Corner], limits: dict[str, float]
) -> None:
    """POST /api/edits through the web server: one client, then eight."""
    raw = transactions_per_s(cluster, name, SAME_STATEMENTS, 8, SECONDS)
    with serving(cluster, name, workers=2, threads=8) as server:
        one = together(replace(editors_of(cluster, name, 1, 1, one_client), server=server))
        what = "POST /api/edits, one shared point, 1 client"
        against(limits, f"{what}: p50 (ms)", one.saved, median_ms(one.times_s), "<= 15")
        against(limits, f"{what}: p99 (ms)", one.saved, p99_ms(one.times_s), "<= 50")
        many = together(replace(editors_of(cluster, name, 2, 4, clients), server=server))
        line("POST /api/edits, 8 scattered clients: commits/s", many.saved, many.rate, raw, ">= 0.12")
        line("POST /api/edits, 8 scattered clients: aborts/commit", many.saved, many.aborts, 1.0, "<= 0.03")


def one_block(cluster: TestCluster, name: str, engine: Engine) -> None:
    """32 editors in one block: what is refused (a conflict, a lost point) is part of the work. Longer than the others, for
    few edits are committed and the slowest of a hundred are looked at.
    """
    seconds = 4 * SECONDS
    block = together(replace(editors_of(cluster, name, 2, 16, None), seconds=seconds))
    asked = block.saved + block.refused + block.given_up
    what = "service, 32 editors in one block"
    line(f"{what}: answers/s", asked, asked / seconds, 1.0)
    line(f"{what}: aborts/commit", block.saved, block.aborts, 1.0, "<= 3")
    line(f"{what}: p99 (ms)", block.saved, p99_ms(block.times_s), median_ms(block.times_s), "<= 20")
    line(f"{what}: 503s/edit", asked, block.given_up / max(asked, 1), 1.0, "<= 0.01")
    line(f"{what}: deadlocks", asked, deadlocks(engine), 1.0, "0")


if __name__ == "__main__":
    sys.exit(main())
