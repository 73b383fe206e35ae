"""How much room pages should keep for rows that change: HOT updates (no index is touched) and sizes, by fillfactor.

Edits by the service, half of which move a corner that four lots share and half change a land use.
`python -m benchmarks.store_rows [EDITS]` (default 3,000), on 15,000 lots, for each fillfactor.
"""

from __future__ import annotations

import os
import random
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Connection, create_engine, text

from benchmarks._editors import SOMEBODY
from benchmarks._fabric import GRID, town
from benchmarks._report import head, line, median_ms
from spatial_admin.errors import Json
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.editing.edit_boundaries import edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import Limits, Settings, storage_srid
from tests.concurrency.fabric import move, update
from tests.database import TestCluster

COLUMNS, ROWS = 150, 100
TABLES = ("parcel", "conflict_cell", "edit", "parcel_version")
FILLFACTORS = (100, 90, 80, 70, 50)
COUNTED = text(
    "SELECT relname, n_tup_upd AS updated, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = ANY (:names)"
)
SIZE = "SELECT pg_relation_size('{0}') + coalesce((SELECT sum(pg_relation_size(indexrelid)) FROM pg_index WHERE indrelid = '{0}'::regclass), 0)"
Counts = dict[str, tuple[int, int]]


def main() -> int:
    """Print HOT share and growth of each table for each fillfactor."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    head()
    for fillfactor in FILLFACTORS:
        with town(cluster, COLUMNS, ROWS) as (name, _):
            measure(cluster, name, fillfactor, edits)
    cluster.close()
    return 0


def measure(cluster: TestCluster, name: str, fillfactor: int, edits: int) -> None:
    """Two rounds: the first makes the cells, the second is counted."""
    with owner(cluster, name) as connection, application(cluster, name) as app:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} SET (fillfactor = {fillfactor}, autovacuum_enabled = off)"))
            connection.execute(text(f"VACUUM FULL {table}"))
        connection.execute(text("VACUUM ANALYZE"))
        rng = random.Random(7)
        corners = rng.sample([(i, j) for i in range(1, COLUMNS - 1) for j in range(1, ROWS - 1)], edits // 2)
        full = {table: size(connection, table) for table in TABLES}
        with app.app_context():
            run(rng, corners, there=True)
            before = counts(connection)
            times_s = run(rng, corners, there=False)
        after = counts(connection)
    line(f"fillfactor {fillfactor}: one edit (ms)", len(times_s), median_ms(times_s), median_ms(times_s))
    for table in TABLES:
        updated, hot = (after[table][n] - before[table][n] for n in (0, 1))
        with owner(cluster, name) as connection:
            grown = size(connection, table)
        line(f"fillfactor {fillfactor}: {table}: HOT updates", updated, hot, max(updated, 1))
        line(
            f"fillfactor {fillfactor}: {table}: MiB with indexes, beside as filled",
            0,
            grown / 2**20,
            full[table] / 2**20,
        )


def run(rng: random.Random, corners: list[tuple[int, int]], *, there: bool) -> list[float]:
    """Move each corner a little, there or back, and change the use of a lot beside it; seconds of each edit."""
    times_s = []
    for i, j in corners:
        home, away = GRID.at(i, j), GRID.at(i + 0.05, j)
        operations = [
            [move(home, away) if there else move(away, home)],
            [update(f"{i}-{j}", land_use=str(rng.random()))],
        ]
        for operation in operations:
            begun = time.perf_counter()
            save(operation)
            times_s.append(time.perf_counter() - begun)
    return times_s


def save(operations: list[Json]) -> None:
    """One edit."""
    names = seen_of(operations)
    with db.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT parcel_id, version FROM parcel WHERE parcel_id = ANY (:names)"), {"names": names}
        )
        seen = {row.parcel_id: row.version for row in rows}
    body = {"key": str(uuid.uuid4()), "comment": "bench", "seen": seen, "operations": operations}
    edit_boundaries(parse_edit_request(body, Limits()), SOMEBODY)


def seen_of(operations: list[Json]) -> list[str]:
    """The lots that an operation touches."""
    if operations[0]["op"] == "update":
        return [str(operations[0]["parcel_id"])]
    x, y = operations[0]["at"]
    i, j = int((x - GRID.west) / GRID.step + 0.5), int((y - GRID.south) / GRID.step + 0.5)
    return [f"{i + a}-{j + b}" for a in (-1, 0) for b in (-1, 0)]


def counts(connection: Connection) -> Counts:
    """Updates and HOT updates of each table so far."""
    time.sleep(1.5)  # sessions tell once a second
    return {row.relname: (row.updated, row.hot) for row in connection.execute(COUNTED, {"names": list(TABLES)})}


def size(connection: Connection, table: str) -> int:
    """Bytes of a table with its indexes."""
    return int(connection.execute(text(SIZE.format(table))).scalar_one())


@contextmanager
def owner(cluster: TestCluster, name: str) -> Iterator[Connection]:
    """A connection of the owner's, each statement for itself."""
    engine = create_engine(cluster.owner_url(name), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def application(cluster: TestCluster, name: str) -> Iterator[Flask]:
    """The application over a database."""
    urls = cluster.app_url(name), cluster.owner_url(name)
    app = create_app(Settings(*urls, "only-for-tests-0123456789", srid=storage_srid(), production=False, demo=False))
    yield app
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
