"""Imports of a generated fabric, beside a raw COPY of the same rows with the same index.

`python -m benchmarks.import_parcels [COUNT]` (default 100,000). Prints what, n, seconds, limit, ratio and goal,
and asserts nothing.
Storage SRID is that of SPATIAL_ADMIN_SRID; the files are in it, so nothing is transformed.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import create_engine

from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions, ImportReport, Progress
from spatial_admin.settings import Limits, Settings, storage_srid
from tests.database import TestCluster

GOALS = {"GeoPackage": 2.0, "GeoJSON": 4.0}  # staging, times the limit
LOT_M = (30.0, 40.0)
JITTER_M = 4.0
UNLIMITED = Limits(upload_bytes=1 << 40)


def fabric(count: int, srid: int) -> npt.NDArray[np.object_]:
    """About `count` lots of 11 vertices in a noded coverage around the middle of the CRS's extent."""
    ground = ground_of(srid)
    columns = round(count**0.5)
    rows = -(-count // columns)
    random = np.random.default_rng(1)
    west, south, east, north = ground.extent
    x0, y0 = (west + east) / 2, (south + north) / 2
    east_m, north_m = ground.scale_at(y0)
    x, y = np.meshgrid(np.arange(columns + 1) * LOT_M[0], np.arange(rows + 1) * LOT_M[1])
    x, y = (axis + random.uniform(-JITTER_M, JITTER_M, axis.shape) for axis in (x, y))
    first, second = (_between(x[:, :-1], y[:, :-1], x[:, 1:], y[:, 1:], t, random) for t in (1 / 3, 2 / 3))
    side = _between(x[:-1], y[:-1], x[1:], y[1:], 0.5, random)
    corners = [
        (x[:-1, :-1], y[:-1, :-1]),
        *((p[0][:-1], p[1][:-1]) for p in (first, second)),
        (x[:-1, 1:], y[:-1, 1:]),
        (side[0][:, 1:], side[1][:, 1:]),
        (x[1:, 1:], y[1:, 1:]),
        *((p[0][1:], p[1][1:]) for p in (second, first)),
        (x[1:, :-1], y[1:, :-1]),
        (side[0][:, :-1], side[1][:, :-1]),
    ]
    rings = np.stack(
        [np.stack([a.ravel() / east_m + x0, b.ravel() / north_m + y0], axis=-1) for a, b in corners], axis=1
    )
    return np.asarray(shapely.polygons(rings), dtype=object)


def _between(
    ax: npt.NDArray[np.float64],
    ay: npt.NDArray[np.float64],
    bx: npt.NDArray[np.float64],
    by: npt.NDArray[np.float64],
    position: float,
    random: np.random.Generator,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return ax + (bx - ax) * position, ay + (by - ay) * position + random.uniform(-1, 1, ax.shape)


def write(path: Path, lots: npt.NDArray[np.object_], srid: int) -> None:
    """The lots with an id, a number and an area, as a file of the kind its name says."""
    ids = np.array([f"P{n:07d}" for n in range(len(lots))], dtype=object)
    numbers = np.array([f"{n % 977}/{n % 13}" for n in range(len(lots))], dtype=object)
    areas = np.arange(len(lots), dtype=np.float64)
    options = {"COORDINATE_PRECISION": "15"} if path.suffix == ".geojson" else {}
    pyogrio.raw.write(
        path,
        shapely.to_wkb(lots),
        [ids, numbers, areas],
        ["parcel_id", "number", "legal"],
        geometry_type="Polygon",
        crs=f"EPSG:{srid}",
        **options,
    )


def raw_copy(url: str, lots: npt.NDArray[np.object_], srid: int) -> float:
    """Seconds of COPY in text form, as psql does it, and a GiST index: what PostgreSQL needs at the least."""
    shapes = shapely.set_srid(shapely.multipolygons([[lot] for lot in lots]), srid)
    hexes = shapely.to_wkb(shapes, hex=True, include_srid=True)
    lines = "".join(f"P{n:07d}\t{n % 977}/{n % 13}\t{n}\t{shape}\n" for n, shape in enumerate(hexes))
    engine = create_engine(url)
    with engine.connect() as session:
        raw: PsycopgConnection = session.connection.driver_connection  # type: ignore[assignment]  # untyped in SQLAlchemy
        with raw.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE raw_copy (id text, number text, legal float8, geom geometry(MultiPolygon, {srid}))"
            )
            begin = time.perf_counter()
            cursor.copy_expert("COPY raw_copy FROM STDIN", io.StringIO(lines))
            cursor.execute("CREATE INDEX ON raw_copy USING gist (geom); CREATE UNIQUE INDEX ON raw_copy (id)")
        raw.commit()
        seconds = time.perf_counter() - begin
    engine.dispose()
    return seconds


def timed_import(settings: Settings, path: Path) -> tuple[ImportReport, dict[str, float]]:
    """One import into an empty database, and the seconds of its stages (the rest is starting and identity)."""
    ends: dict[str, float] = {}
    app = create_app(settings)

    def hear(progress: Progress) -> None:
        ends[progress.stage] = time.perf_counter()

    with app.app_context():
        begin = time.perf_counter()
        report = import_parcels(path, ImportOptions(), limits=UNLIMITED, report=hear)
        total = time.perf_counter() - begin
        db.engine.dispose()
    return report, {"staged": ends["reading"] - begin, "admitted": total}


def main(count: int) -> None:
    """Generate, copy, import from each format, print."""
    cluster = TestCluster(os.environ["TEST_DATABASE_ADMIN_URL"])
    srid = storage_srid()
    lots = fabric(count, srid)
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        name = cluster.create_empty()
        limit = raw_copy(cluster.owner_url(name), lots, srid)
        cluster.drop(name)
        print(f"{'what':<32}{'n':>10}{'seconds':>10}{'limit':>10}{'ratio':>8}{'goal':>8}")
        print(f"{'raw COPY and indexes':<32}{len(lots):>10,}{limit:>10.2f}")
        for kind, suffix in (("GeoPackage", ".gpkg"), ("GeoJSON", ".geojson")):
            path = Path(folder) / f"lots{suffix}"
            write(path, lots, srid)
            name = cluster.clone()
            settings = Settings(
                cluster.app_url(name), cluster.owner_url(name), "only-for-benchmarks-0123456789", srid=srid, demo=False
            )
            report, seconds = timed_import(settings, path)
            cluster.drop(name)
            for step, spent in seconds.items():
                goal = f"{GOALS[kind]:.1f}" if step == "staged" else ""
                print(
                    f"{kind + ', ' + step:<32}{report.features:>10,}{spent:>10.2f}{limit:>10.2f}{spent / limit:>8.1f}{goal:>8}"
                )
            print(
                f"{'':<32}admitted {report.admitted:,}, quarantined {report.quarantined:,}, findings {report.findings:,}"
            )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"reader's peak {peak:,.0f} MiB (goal 350)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
