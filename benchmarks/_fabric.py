"""A town of lots for benchmarks, stored with history as an import would have left it; a database of its own."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import shapely
from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import Engine, create_engine, text

from spatial_admin.settings import storage_srid
from tests.concurrency.fabric import Grid, Point
from tests.database import TestCluster

COLUMNS = 250
GRID = Grid(step=0.0008)  # lots of 59 m by 89 m: about one to a conflict cell
# What the guard and history triggers would have written, in one statement instead of one for each row.
FILL = """
SET session_replication_role = replica;
INSERT INTO edit (id, key, comment, nature, operations, request_hash, receipt)
  VALUES (0, gen_random_uuid(), 'fabric', 'correction', '[]', '', '{}');
INSERT INTO parcel (id, parcel_id, number, level, kind, geom, area_m2, version, begin_lifespan_version, edit_id, attributes)
  SELECT id, name, name, 'parcels', 'lot', ST_GeomFromWKB(wkb, :srid), ground_area_m2(ST_GeomFromWKB(wkb, :srid)), 1,
         '2026-01-01', 0, '{}' FROM fabric ORDER BY id;
INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, number, level, kind, geom, area_m2, attributes,
                            begun)
  SELECT id, parcel_id, 1, tstzrange('2026-01-01', NULL), 'created', 0, number, level, kind, geom, area_m2, '{}', '2026-01-01' FROM parcel;
SELECT setval(pg_get_serial_sequence('parcel', 'id'), (SELECT max(id) FROM parcel));
DROP TABLE fabric;
"""


@contextmanager
def town(cluster: TestCluster, columns: int, rows: int, per_side: int = 1) -> Iterator[tuple[str, Engine]]:
    """A database with columns x rows lots named `i-j`, each sharing its sides with its neighbours; dropped at the end.

    A side has `per_side` segments; with more than one it waves.
    """
    name = cluster.clone()
    engine = create_engine(cluster.app_url(name))
    try:
        fill(cluster, name, columns, rows, per_side)
        yield name, engine
    finally:
        engine.dispose()
        cluster.drop(name)


@contextmanager
def parcels_of(cluster: TestCluster, argument: str) -> Iterator[tuple[str, Engine]]:
    """The database that an argument names (it is written to: give a copy), or a town of so many lots."""
    if argument.isdecimal():
        with town(cluster, COLUMNS, int(argument) // COLUMNS) as made:
            yield made
    else:
        engine = create_engine(cluster.app_url(argument))
        yield argument, engine
        engine.dispose()


def fill(cluster: TestCluster, name: str, columns: int, rows: int, per_side: int = 1) -> None:
    """Store the lots, then let PostgreSQL look at what it has."""
    admin = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE TABLE fabric (id bigint, name text, wkb bytea)"))
        raw = connection.connection.driver_connection
        if not isinstance(raw, PsycopgConnection):
            raise TypeError(f"COPY needs psycopg2, not {type(raw).__name__}")
        raw.cursor().copy_expert("COPY fabric FROM STDIN", io.StringIO(_lots(columns, rows, per_side)))
        for statement in filter(str.strip, FILL.replace(":srid", str(storage_srid())).split(";")):
            connection.execute(text(statement))
        connection.execute(text("VACUUM ANALYZE"))
    admin.dispose()


def ring_of(i: int, j: int, per_side: int) -> list[Point]:
    """The points of lot i-j in grid order, anticlockwise, not closed."""
    corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
    sides = zip(corners, [*corners[1:], corners[0]], strict=True)
    return [GRID.at(*_waved(a, b, k / per_side)) for a, b in sides for k in range(per_side)]


def _waved(a: Sequence[int], b: Sequence[int], along: float) -> tuple[float, float]:
    """A place along a side, the same from either end: a sixteenth of a step beside the straight line at most."""
    x, y = a[0] + (b[0] - a[0]) * along, a[1] + (b[1] - a[1]) * along
    off = math.sin(2 * math.pi * (x + y)) / 16
    return (x, y + off) if a[1] == b[1] else (x + off, y)


def _lots(columns: int, rows: int, per_side: int) -> str:
    names = [(i, j) for i in range(columns) for j in range(rows)]
    shapes = [shapely.MultiPolygon([shapely.Polygon(ring_of(i, j, per_side))]) for i, j in names]
    data = [shapely.to_wkb(shape, hex=True) for shape in shapes]
    return "".join(f"{k}\t{i}-{j}\t\\\\x{wkb}\n" for k, ((i, j), wkb) in enumerate(zip(names, data, strict=True), 1))
