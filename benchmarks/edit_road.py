"""POST /api/edits that moves one point of a road parcel of 19,208 vertices, beside the same on small lots.

The Dakota file of ../shared/data where it is there; else a ring of that size around a generated block.
"""

from __future__ import annotations

import math
import os
import random
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import Engine, create_engine, text

from benchmarks._editors import Server, Tally, edit_body, over_http
from benchmarks._fabric import GRID, town
from benchmarks._report import deadlocks, head, line, median_ms, p99_ms
from benchmarks._web_server import serving
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits, Settings, storage_srid
from tests.concurrency.fabric import Point, store_lots
from tests.database import TestCluster

DAKOTA = Path(__file__).resolve().parents[2] / "shared" / "data" / "parcels" / "us_mn_dakota_parcels_26915.zip"
VERTICES = 19_208
SMALL, MOVES, STEP = 20, 60, 3e-8  # vertices of a small lot, moves measured, and how far: some millimetres
SHAPES = "SELECT parcel_id, ST_AsBinary(geom) FROM parcel WHERE end_lifespan_version IS NULL"


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    head()
    with town(cluster, 20, 20) as (name, engine):
        lay_road(cluster, name, engine)
        owners, sizes = parcels_at_points(engine)
        road = max(sizes, key=sizes.__getitem__)
        of_road = [point for point, names in owners.items() if road in names]
        of_lots = [point for point, names in owners.items() if max(sizes[n] for n in names) <= SMALL]
        with serving(cluster, name, workers=1, threads=2) as server:
            lot_s = moved(server, owners, of_lots)
            road_s = moved(server, owners, of_road)
        limit = median_ms(lot_s)
        line("POST, a point of a small lot: p50 (ms)", len(lot_s), limit, limit, "limit")
        line(
            f"POST, a point of a road of {sizes[road]:,} vertices: p50 (ms)",
            len(road_s),
            median_ms(road_s),
            limit,
            "<= 10",
        )
        line(f"POST, a point of a road of {sizes[road]:,} vertices: p99 (ms)", len(road_s), p99_ms(road_s), limit)
        line("deadlocks", 0, deadlocks(engine), 1.0, "0")
    cluster.close()
    return 0


def lay_road(cluster: TestCluster, name: str, engine: Engine) -> None:
    """Import the file, or store a ring of as many vertices around the block."""
    if not DAKOTA.exists():
        store_lots(engine, {"road": ring()})
        return
    home = Path(os.environ.get("SPATIAL_ADMIN_HOME", "/tmp"))  # noqa: S108 (only for the import's reader)
    app = create_app(
        Settings(cluster.app_url(name), cluster.owner_url(name), "only-for-benchmarks-012345",
                 srid=storage_srid(), home=home, production=False)
    )  # fmt: skip
    with app.app_context():
        import_parcels(DAKOTA, ImportOptions(), limits=Limits())
        db.engine.dispose()
    admin = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    admin.dispose()


def ring() -> list[Point]:
    """A wavy ring beside the block."""
    x, y = GRID.at(60, 60)
    angles = np.linspace(0, 2 * math.pi, VERTICES, endpoint=False)
    radius = 0.02 + 0.001 * np.sin(angles * 400)
    return [
        (round(x + r * math.cos(a), 9), round(y + r * math.sin(a), 9))
        for a, r in zip(angles.tolist(), radius.tolist(), strict=True)
    ]


def parcels_at_points(engine: Engine) -> tuple[dict[Point, set[str]], dict[str, int]]:
    """The parcels that have each point, and the vertices of each parcel."""
    owners: dict[Point, set[str]] = defaultdict(set)
    sizes: dict[str, int] = {}
    with engine.connect() as connection:
        for name, wkb in connection.execute(text(SHAPES)):
            points = shapely.get_coordinates(shapely.from_wkb(bytes(wkb))).tolist()
            sizes[name] = len(points)
            for x, y in points:
                owners[x, y].add(name)
    return owners, sizes


def moved(server: Server, owners: dict[Point, set[str]], points: list[Point]) -> list[float]:
    """Seconds of each of the moves that were saved, of points here and there."""
    save = over_http(server, Tally(0.0))
    times_s = []
    for x, y in random.Random(1).sample(points, MOVES * 2):
        body = edit_body((x, y), (round(x + STEP, 9), round(y + STEP, 9)), dict.fromkeys(owners[x, y], 1), "rebase")
        begin = time.perf_counter()
        if save(body) == "saved":
            times_s.append(time.perf_counter() - begin)
    return times_s[len(times_s) // 4 :]  # the first warm up the server


if __name__ == "__main__":
    sys.exit(main())
