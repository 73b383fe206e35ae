"""`flask demo load` of a county, beside COPY of the same rows into plain tables with the same indexes.

    script/bench load_county [PARCELS [NAME]]

A million parcels by default. With NAME the county stays in the cluster under it, for `script/bench tiles NAME` and `script/bench lists NAME`.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import tempfile
import time
from typing import IO

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import Engine, create_engine, text

from benchmarks._report import head, line
from spatial_admin.factory import create_app
from spatial_admin.services.database.load_demo import load_demo
from spatial_admin.settings import Settings, storage_srid
from tests.conftest import dispose
from tests.database import TestCluster

TABLES = ("parcel", "parcel_version")
INDEXES = """
SELECT replace(replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), 'public.' || :table, 'plain_' || :table) AS made,
       indexrelid::regclass::text AS name
FROM pg_index WHERE indrelid = to_regclass(:table) ORDER BY indexrelid
"""
MEBI = 1024 * 1024


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    parcels, keep_as = int((sys.argv[1:] or ["1000000"])[0]), (sys.argv[2:] or [""])[0]
    cluster = TestCluster(url)
    name = cluster.clone()
    head()
    try:
        loaded, seconds = load(cluster, name, parcels)
        line(f"{loaded:,} parcels, history, zoning, counts by cell (s)", loaded, seconds, plain_copy(cluster, name))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line("memory of the loader at its peak (MB)", loaded, peak, 350.0, "<= 1")
    finally:
        if keep_as:
            rename(cluster, name, keep_as)
        else:
            cluster.drop(name)
        cluster.close()
    return 0


def load(cluster: TestCluster, name: str, parcels: int) -> tuple[int, float]:
    """Load a county; how many parcels it has, and seconds."""
    settings = Settings(cluster.app_url(name), cluster.owner_url(name), "only-for-benchmarks-0123456789",
                        srid=storage_srid(), production=False, demo=False)  # fmt: skip
    app = create_app(settings)
    began = time.perf_counter()
    with app.app_context():
        loaded = load_demo(parcels, owner_url=settings.database_owner_url).parcels
    seconds = time.perf_counter() - began
    dispose(app)
    return loaded, seconds


def plain_copy(cluster: TestCluster, name: str) -> float:
    """Seconds that COPY of parcels and versions into tables without triggers takes, then all of their indexes."""
    engine = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT")
    seconds = 0.0
    for table in TABLES:
        with tempfile.TemporaryFile() as file:
            seconds += copied(engine, table, file)
    engine.dispose()
    return seconds


def copied(engine: Engine, table: str, file: IO[bytes]) -> float:
    """Seconds for one table; what is read beforehand is not counted, and nothing stays."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, PsycopgConnection):
            raise TypeError(f"COPY needs psycopg2, not {type(raw).__name__}")
        raw.cursor().copy_expert(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)", file, size=MEBI)
        connection.execute(text(f"CREATE TABLE plain_{table} (LIKE {table})"))
        indexes = connection.execute(text(INDEXES), {"table": table}).all()
        file.seek(0, io.SEEK_SET)
        began = time.perf_counter()
        raw.cursor().copy_expert(f"COPY plain_{table} FROM STDIN (FORMAT binary)", file, size=MEBI)
        for index in indexes:
            connection.exec_driver_sql(index.made.replace(index.name, f"plain_{index.name}", 1).replace("%", "%%"))
        seconds = time.perf_counter() - began
        connection.execute(text(f"DROP TABLE plain_{table}"))
    return seconds


def rename(cluster: TestCluster, name: str, keep_as: str) -> None:
    """Keep a database under another name, in place of one that was kept before."""
    cluster.drop(keep_as)
    engine = create_engine(cluster.admin_url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" RENAME TO "{keep_as}"'))
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
