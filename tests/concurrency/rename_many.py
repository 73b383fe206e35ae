"""Rename one parcel of a real coverage again and again, and compare every bit of it and of all its neighbours.

Run as a program, because the storage SRID is fixed when the models are imported:
    SPATIAL_ADMIN_SRID=5514 python -m tests.concurrency.rename_many FILE TIMES
FILE is anything GDAL reads in the storage CRS, or `fabric` for lots made up here. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import shapely
from sqlalchemy import Engine, create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.settings import Settings, storage_srid
from tests.concurrency.audit import audit
from tests.concurrency.fabric import save, update
from tests.database import TestCluster

AROUND = 150  # parcels that are stored: the one in the middle and those nearest to it
IMAGES = "SELECT parcel_id, ST_AsEWKB(geom), area_m2 FROM parcel ORDER BY parcel_id"
INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, geom) "
    "VALUES (:name, :name, 'parcels', 'lot', ST_GeomFromWKB(:wkb, :srid))"
)


def main(source: str, times: int) -> int:
    """Rename `times` times; 0 when nothing else changed by a bit."""
    cluster = TestCluster(os.environ["TEST_DATABASE_ADMIN_URL"])
    name = cluster.clone()
    engine = create_engine(cluster.app_url(name))
    try:
        middle, neighbours = fill(engine, source)
        before = images(engine)
        app = create_app(
            Settings(cluster.app_url(name), cluster.owner_url(name), "only-for-tests-0123456789", srid=storage_srid())
        )
        with app.app_context():
            for number in range(1, times + 1):
                save([update(middle, number=f"no. {number}")], {middle: number})
        changed = [parcel for parcel, image in images(engine).items() if image != before[parcel]]
        with engine.connect() as connection:
            version = connection.execute(
                text("SELECT version FROM parcel WHERE parcel_id = :name"), {"name": middle}
            ).scalar_one()
        wrong = audit(engine) if source == "fabric" else [line for line in audit(engine) if "overlap" not in line]
        answer = {"srid": storage_srid(), "parcels": len(before), "neighbours": neighbours, "version": version,
                  "changed": changed, "wrong": wrong}  # fmt: skip
        sys.stdout.write(json.dumps(answer) + "\n")
        return 1 if changed or wrong else 0
    finally:
        engine.dispose()
        cluster.drop(name)
        cluster.close()


def images(engine: Engine) -> dict[str, tuple[bytes, float]]:
    """Every bit of every geometry, and its area."""
    with engine.connect() as connection:
        return {name: (bytes(geom), area) for name, geom, area in connection.execute(text(IMAGES))}


def fill(engine: Engine, source: str) -> tuple[str, int]:
    """Store the parcels nearest to the middle of the source; the id of one with neighbours, and how many it has."""
    shapes = list(fabric() if source == "fabric" else polygons_of_file(Path(source)))
    centre = shapely.box(*shapely.total_bounds(shapes)).centroid
    nearest = sorted(shapes, key=lambda shape: float(shapely.distance(shape.centroid, centre)))[:AROUND]
    rows = [{"name": f"p{n}", "wkb": shapely.to_wkb(shape), "srid": storage_srid()} for n, shape in enumerate(nearest)]
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.import = 'file'"))  # real files overlap here and there
        connection.execute(INSERT, rows)
    touching = [sum(shapely.intersects(one, other) for other in nearest) - 1 for one in nearest]
    busiest = max(range(len(nearest)), key=touching.__getitem__)
    return f"p{busiest}", int(touching[busiest])


def polygons_of_file(path: Path) -> Iterator[shapely.MultiPolygon]:
    """Valid polygons of a file, as multipolygons, coordinates untouched."""
    _, _, wkb, _ = pyogrio.raw.read(f"/vsizip/{path}" if path.suffix == ".zip" else path, columns=[], force_2d=True)
    for shape in shapely.from_wkb(wkb):
        if shape is not None and shape.is_valid and not shape.is_empty:
            yield shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def fabric() -> Iterator[shapely.MultiPolygon]:
    """Slanted lots in a Swiss town whose corners are no round numbers."""

    def corner(i: int, j: int) -> tuple[float, float]:
        return 2_600_000.123456789 + 31.7 * i + 3.3 * j, 1_200_000.987654321 + 24.9 * j - 2.1 * i

    for i in range(13):
        for j in range(13):
            ring = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)]
            yield shapely.MultiPolygon([shapely.Polygon(ring)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
