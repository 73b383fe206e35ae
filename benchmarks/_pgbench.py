"""The limits: what PostgreSQL does with what an edit writes when nothing but pgbench stands before it.

ONE_LOT and SAME_LOTS are an UPDATE of boundaries and its COMMIT, without any trigger: what storing them costs at least, with
the table's constraints and indexes. An edit of a shared corner writes three or four lots, so SAME_LOTS is the fair limit of
it; ONE_LOT is the one that peers were measured by. SAME_STATEMENTS is an edit's own statements, with all that the database
does by itself then: guards, history, the feed of tiles, the check of overlaps.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import Engine, create_engine, make_url, text

from benchmarks._corners import Corner
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.errors import Json
from spatial_admin.settings import storage_srid
from tests.database import TestCluster

# The plans that the service asks for: a limit that aborts itself is none.
PLANS = "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off"
# Boundaries go to and fro. By what is stored, not by its version: that counts every write, not the moves of a corner.
OTHER_SHAPE = "ST_GeomFromWKB(CASE WHEN ST_AsBinary(p.geom) = b.original THEN b.moved ELSE b.original END, @srid@)"
ONE_LOT = f"""
\\set p random(1, :points)
UPDATE parcel AS p SET geom = {OTHER_SHAPE}
FROM (SELECT * FROM bench_move WHERE point = :p LIMIT 1) AS b WHERE p.id = b.parcel;
"""
SAME_LOTS = f"""
\\set p random(1, :points)
UPDATE parcel AS p SET geom = {OTHER_SHAPE} FROM bench_move AS b WHERE b.point = :p AND p.id = b.parcel;
"""
# What the edit of a corner changes, as the service finds it, and the cells that it takes for that.
REGIONS = """
UPDATE bench_box AS b SET region = found.region, cells = found.cells FROM (
  SELECT m.point, ST_SetSRID(ST_Extent(region::geometry)::geometry, :srid) AS region, array_agg(DISTINCT cell ORDER BY cell) AS cells
  FROM (SELECT point, changed_region(ST_GeomFromWKB(original), ST_GeomFromWKB(moved)) AS region FROM bench_move) AS m,
    unnest(cells_of(m.region)) AS cell GROUP BY m.point) AS found
WHERE found.point = b.point
"""
NO_TRIGGERS = "-c session_replication_role=replica"
RESTORE = "UPDATE parcel AS p SET geom = ST_GeomFromWKB(b.original, @srid@) FROM bench_move AS b WHERE p.id = b.parcel"
# What a client does between the messages of an edit: of what it reads it takes the lots of a corner, with their other shapes.
# pgbench has to be told by SQL what the service computes; in a function, whose plan is kept, because to plan that and to
# aggregate it was a sixth of what was measured.
CLIENT = """
CREATE OR REPLACE FUNCTION bench_edit(corner int, OUT rows text, OUT ids text, OUT versions text, OUT shapes text, OUT areas text,
  OUT latest text, OUT cells text, OUT west float8, OUT south float8, OUT east float8, OUT north float8, OUT read bytea)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $body$
DECLARE
  near record;
  taken record;
BEGIN
  read := '';
  taken := (NULL::text[], NULL::bigint[], NULL::int[], NULL::bytea[], NULL::float8[], NULL::timestamptz);
  SELECT quote_literal(o.cells), ST_XMin(region), ST_YMin(region), ST_XMax(region), ST_YMax(region)
  INTO cells, west, south, east, north FROM bench_box AS o WHERE o.point = corner;
  FOR near IN
    SELECT a.row, a.id, a.version, a.wkb, a.area_m2, a.begin_lifespan_version AS begun, b.parcel IS NOT NULL AS is_moved,
           CASE WHEN a.wkb = b.original THEN b.moved ELSE b.original END AS shape
    FROM bench_box AS o, parcels_around(ARRAY[ST_XMin(o.place)], ARRAY[ST_YMin(o.place)], ARRAY[ST_XMax(o.place)],
                                        ARRAY[ST_YMax(o.place)], 0, 0) AS a
    LEFT JOIN bench_move AS b ON b.point = corner AND b.parcel = a.id WHERE o.point = corner
  LOOP
    read := read || near.wkb;
    IF near.is_moved THEN
      taken := (taken.f1 || near.row, taken.f2 || near.id, taken.f3 || near.version, taken.f4 || near.shape,
                taken.f5 || near.area_m2, greatest(taken.f6, near.begun));
    END IF;
  END LOOP;
  rows := quote_literal(taken.f1);
  ids := quote_literal(taken.f2);
  versions := quote_literal(taken.f3);
  shapes := quote_literal(taken.f4);
  areas := quote_literal(taken.f5);
  latest := quote_literal(taken.f6);
END
$body$
"""
# In the three messages of the service, with all that is read sent to the client and the boundaries sent back.
SAME_STATEMENTS = """
\\set p random(1, :points)
BEGIN ISOLATION LEVEL SERIALIZABLE\\;
SELECT edit_row AS row, found.* FROM begin_edit(gen_random_uuid(), NULL, NULL, 'bench', 'correction', '[]', '', NULL),
  bench_edit(:p) AS found \\gset
SELECT take_cells(:cells)\\;
SELECT * FROM reshape_parcels(:rows, :ids, :versions, :shapes, :areas, '{}', :latest, :west, :south, :east, :north);
SELECT finish_edit(':row', '{}', 1, clock_timestamp(), NULL, NULL, NULL, NULL)\\;
COMMIT;
"""


SHAPES = text("SELECT parcel_id, id, ST_AsBinary(geom) FROM parcel WHERE parcel_id = ANY (:names)")


def prepare(engine: Engine, cluster: TestCluster, corners: Sequence[Corner], *, alone: bool = False) -> None:
    """For pgbench: both shapes of every parcel that has a corner, the place that is read and the cells that are taken.

    `alone`: of each corner one lot only, whose own point is drawn inwards, so that no other has to change.
    """
    ground = ground_of(storage_srid())
    near = ground.widened((0.0, 0.0, 0.0, 0.0), ground.gap_width_m)[3]
    moves: list[Json] = []
    boxes: list[Json] = []
    with engine.begin() as connection:
        names = [name for corner in corners for name, _ in corner.seen]
        stored = {
            name: (key, shapely.from_wkb(bytes(wkb))) for name, key, wkb in connection.execute(SHAPES, {"names": names})
        }
    for given in corners:
        touched = [stored[name] for name, _ in given.seen][: 1 if alone else None]
        corner = _inwards(touched[0][1], given) if alone else given
        changed = [_moved(shape, corner) for _, shape in touched]
        if alone and not shapely.covers(touched[0][1], changed[0]):
            continue  # a corner that points into its lot
        number = len(boxes) + 1
        for (key, shape), other in zip(touched, changed, strict=True):
            moves.append(
                {"point": number, "parcel": key, "original": shapely.to_wkb(shape), "moved": shapely.to_wkb(other)}
            )
        x, y = corner.here
        boxes.append({"point": number, "x": x, "y": y, "near": near, "srid": storage_srid()})
    owner = create_engine(cluster.owner_url(str(engine.url.database)))
    with owner.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bench_move, bench_box"))
        connection.execute(text("CREATE TABLE bench_move (point int, parcel bigint, original bytea, moved bytea)"))
        connection.execute(
            text("CREATE TABLE bench_box (point int PRIMARY KEY, place geometry, cells bigint[], region geometry)")
        )
        connection.execute(text("INSERT INTO bench_move VALUES (:point, :parcel, :original, :moved)"), moves)
        connection.execute(
            text(
                "INSERT INTO bench_box VALUES (:point, ST_MakeEnvelope(:x - :near, :y - :near, :x + :near, :y + :near, :srid))"
            ),
            boxes,
        )
        connection.execute(text(REGIONS), {"srid": storage_srid()})
        connection.execute(text("CREATE INDEX ON bench_move (point)"))
        connection.exec_driver_sql(CLIENT)
        connection.execute(text("GRANT SELECT ON bench_move, bench_box TO PUBLIC"))
        connection.execute(text("ANALYZE bench_move, bench_box"))
    owner.dispose()


def _inwards(shape: shapely.Geometry, corner: Corner) -> Corner:
    """The same corner, moved as far towards the middle of a lot."""
    (x, y), middle = corner.here, shapely.get_coordinates(shapely.centroid(shape))[0]
    far = math.dist(corner.here, corner.there) / math.dist(corner.here, middle)
    return replace(corner, there=(x + (middle[0] - x) * far, y + (middle[1] - y) * far))


def _moved(shape: shapely.Geometry, corner: Corner) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: np.where((xy == corner.here).all(axis=1)[:, None], corner.there, xy))


def updates_per_s(cluster: TestCluster, name: str, script: str, seconds: float) -> float:
    """Transactions a second of one client that only updates boundaries: no trigger fires. They are as before then."""
    rate = _rate(cluster, name, cluster.admin_url(name), script, 1, seconds, NO_TRIGGERS)
    admin = create_engine(cluster.admin_url(name), connect_args={"options": NO_TRIGGERS})
    with admin.begin() as connection:
        connection.execute(text(RESTORE.replace("@srid@", str(storage_srid()))))
    admin.dispose()
    return rate


def transactions_per_s(cluster: TestCluster, name: str, script: str, clients: int, seconds: float) -> float:
    """Transactions a second of a script by pgbench as the application, serialization failures run again."""
    return _rate(cluster, name, cluster.app_url(name), script, clients, seconds)


def _rate(
    cluster: TestCluster, name: str, url: str, script: str, clients: int, seconds: float, options: str = ""
) -> float:
    program = shutil.which("pgbench") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))), None)
    if program is None:
        raise SystemExit("pgbench is not there; it comes with the PostgreSQL server packages.")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.replace("@srid@", str(storage_srid())))
        file.flush()
        done = subprocess.run(  # noqa: S603 (PostgreSQL's own program, arguments as a list)
            [str(program), "-n", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(int(seconds)),
             "--max-tries", "1000", "-D", f"points={points_of(cluster, name)}", "-f", file.name, plain],
            check=False, capture_output=True, text=True, env={**os.environ, "PGOPTIONS": f"{PLANS} {options}"},
        )  # fmt: skip
    found = [row for row in done.stdout.splitlines() if row.startswith("tps =")]
    # A client that met an error stops, and its rate would be that of the few transactions before.
    if not found or done.returncode:
        raise SystemExit(f"pgbench failed: {done.stderr.strip()[-500:]}")
    return float(found[0].split("=")[1].split()[0])


def points_of(cluster: TestCluster, name: str) -> int:
    """How many corners `prepare` has stored."""
    engine = create_engine(cluster.app_url(name))
    with engine.connect() as connection:
        count = int(connection.execute(text("SELECT count(*) FROM bench_box")).scalar_one())
    engine.dispose()
    return count
