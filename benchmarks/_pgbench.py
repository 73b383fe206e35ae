"""The limit: what PostgreSQL does with the statements of an edit when nothing but pgbench stands before it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import Engine, create_engine, make_url, text

from benchmarks._corners import Corner
from spatial_admin.cadastre.precision import cells_of
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.settings import storage_srid
from tests.database import TestCluster

# The plans that the service asks for: a limit that aborts itself is none.
PLANS = "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off"
UPDATE_ONLY = """
\\set p random(1, :points)
UPDATE parcel SET land_use = 'x' WHERE id = (SELECT parcel FROM bench_move WHERE point = :p LIMIT 1);
"""
SAME_STATEMENTS = """
\\set p random(1, :points)
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO edit (key, comment, nature, operations, request_hash) VALUES (gen_random_uuid(), 'bench', 'correction', '[]', '')
  ON CONFLICT (key) DO NOTHING RETURNING id, ctid AS row \\gset
SELECT set_config('spatial_admin.edit', '' || :id, true);
SELECT id, ST_AsBinary(geom) FROM parcel WHERE geom && (SELECT box FROM bench_box WHERE point = :p) AND end_lifespan_version IS NULL;
SELECT take_cells(cells) FROM bench_box WHERE point = :p;
UPDATE parcel AS p SET geom = ST_GeomFromWKB(CASE WHEN p.version % 2 = 1 THEN b.moved ELSE b.original END, @srid@),
  begin_lifespan_version = clock_timestamp()
FROM bench_move AS b, (SELECT q.ctid AS row FROM parcel AS q
                       WHERE q.geom && (SELECT box FROM bench_box WHERE point = :p) AND end_lifespan_version IS NULL) AS q
WHERE b.point = :p AND p.id + 0 = b.parcel AND p.ctid = q.row;
UPDATE edit SET receipt = '{}' WHERE ctid = ':row';
COMMIT;
"""


SHAPES = text("SELECT parcel_id, id, ST_AsBinary(geom) FROM parcel WHERE parcel_id = ANY (:names)")


def prepare(engine: Engine, cluster: TestCluster, corners: Sequence[Corner]) -> None:
    """For pgbench: both shapes of every parcel that has a corner, the box that is read and the cells that are taken."""
    cell_size = ground_of(storage_srid()).cell_size
    moves, boxes = [], []
    with engine.begin() as connection:
        names = [name for corner in corners for name, _ in corner.seen]
        stored = {
            name: (key, shapely.from_wkb(bytes(wkb))) for name, key, wkb in connection.execute(SHAPES, {"names": names})
        }
    for number, corner in enumerate(corners, 1):
        touched = [stored[name] for name, _ in corner.seen]
        for key, shape in touched:
            moves.append(
                {
                    "point": number,
                    "parcel": key,
                    "original": shapely.to_wkb(shape),
                    "moved": shapely.to_wkb(_moved(shape, corner)),
                }
            )
        west, south, east, north = shapely.total_bounds([shape for _, shape in touched]).tolist()
        boxes.append({"point": number, "w": west, "s": south, "e": east, "n": north, "srid": storage_srid(),
                      "cells": cells_of((west, south, east, north), cell_size)})  # fmt: skip
    owner = create_engine(cluster.owner_url(str(engine.url.database)))
    with owner.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bench_move, bench_box"))
        connection.execute(text("CREATE TABLE bench_move (point int, parcel bigint, original bytea, moved bytea)"))
        connection.execute(text("CREATE TABLE bench_box (point int PRIMARY KEY, box geometry, cells bigint[])"))
        connection.execute(text("INSERT INTO bench_move VALUES (:point, :parcel, :original, :moved)"), moves)
        connection.execute(
            text("INSERT INTO bench_box VALUES (:point, ST_MakeEnvelope(:w, :s, :e, :n, :srid), :cells)"), boxes
        )
        connection.execute(text("CREATE INDEX ON bench_move (point)"))
        connection.execute(text("GRANT SELECT ON bench_move, bench_box TO PUBLIC"))
        connection.execute(text("ANALYZE bench_move, bench_box"))
    owner.dispose()


def _moved(shape: shapely.Geometry, corner: Corner) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: np.where((xy == corner.here).all(axis=1)[:, None], corner.there, xy))


def transactions_per_s(cluster: TestCluster, name: str, script: str, clients: int, seconds: float) -> float:
    """Transactions a second of a script by pgbench, serialization failures run again."""
    program = shutil.which("pgbench") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))), None)
    if program is None:
        raise SystemExit("pgbench is not there; it comes with the PostgreSQL server packages.")
    plain = make_url(cluster.app_url(name)).set(drivername="postgresql").render_as_string(hide_password=False)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.replace("@srid@", str(storage_srid())))
        file.flush()
        done = subprocess.run(  # noqa: S603 (PostgreSQL's own program, arguments as a list)
            [str(program), "-n", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(int(seconds)),
             "--max-tries", "1000", "-D", f"points={points_of(cluster, name)}", "-f", file.name, plain],
            check=False, capture_output=True, text=True, env={**os.environ, "PGOPTIONS": PLANS},
        )  # fmt: skip
    found = [row for row in done.stdout.splitlines() if row.startswith("tps =")]
    if not found:
        raise SystemExit(f"pgbench failed: {done.stderr.strip()[-500:]}")
    return float(found[0].split("=")[1].split()[0])


def points_of(cluster: TestCluster, name: str) -> int:
    """How many corners `prepare` has stored."""
    engine = create_engine(cluster.app_url(name))
    with engine.connect() as connection:
        count = int(connection.execute(text("SELECT count(*) FROM bench_box")).scalar_one())
    engine.dispose()
    return count
