"""Where a coverage comes from: random lots made up here, or a window of a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from sqlalchemy import Connection, Engine, text

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.settings import storage_srid
from tests.cadastre.random_fabric import random_fabric

INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, part_of, geom) "
    "VALUES (:name, :name, :level, :kind, :part_of, ST_GeomFromWKB(:wkb, :srid))"
)
DISTRICT = text("INSERT INTO zoning_district (code, name, geom) VALUES (:code, :code, ST_GeomFromWKB(:wkb, :srid))")


def fill(engine: Engine, parcels: list[tuple[str, shapely.MultiPolygon]]) -> None:
    """Store a coverage, an easement and a unit on its first lots, and two zoning districts that overlap."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.import = 'machine'"))  # the first state is not an edit's
        for name, shape in parcels:
            _insert(connection, name, shape, "parcels")
        _insert(connection, "easement", parcels[0][1], "easements", "easement")
        _insert(connection, "unit", parcels[1][1], "units", "unit", part_of=parcels[1][0])
        west, south, east, north = shapely.total_bounds([shape for _, shape in parcels]).tolist()
        width = east - west
        for code, left, right in (("A", west - width, west + width * 0.6), ("B", west + width * 0.4, east + width)):
            box = shapely.MultiPolygon([shapely.box(left, south - width, right, north + width)])
            connection.execute(DISTRICT, {"code": code, "wkb": shapely.to_wkb(box), "srid": storage_srid()})
        connection.execute(text("SELECT refresh_zoning((SELECT array_agg(id) FROM parcel))"))
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("SELECT refresh_statistics()"))


def random_lots(ground: Ground, seed: int) -> list[tuple[str, shapely.MultiPolygon]]:
    """Between 4 and 16 lots with T-junctions left unnoded, holes, a lot of two parts; valid, or the next seed is taken."""
    fabric = random_fabric(ground, seed)
    if not all(shapely.is_valid(fabric.polygons())):
        return random_lots(ground, seed + 1)
    dx, dy = _place(ground)
    return [
        (name, polygons_of(tuple(tuple(np.add(ring, (dx, dy)) for ring in part) for part in parcel.shape)))
        for name, parcel in fabric.parcels.items()
    ]


def _place(ground: Ground) -> tuple[float, float]:
    """To the middle of a projected CRS; the random fabric has its place in degrees."""
    if ground.is_geographic:
        return 0.0, 0.0
    west, south, east, north = ground.extent
    return round((west + east) / 2), round((south + north) / 2)


def window(path: Path, count: int) -> list[tuple[str, shapely.MultiPolygon]]:
    """The valid parcels of a file nearest to the one in its middle, coordinates untouched."""
    shapes = list(_polygons_of_file(path))
    centre = shapely.box(*shapely.total_bounds(shapes)).centroid
    middle = min(shapes, key=lambda shape: float(shapely.distance(shape, centre)))
    nearest = sorted(shapes, key=lambda shape: float(shapely.distance(shape.centroid, middle.centroid)))[:count]
    return [(f"p{number}", shape) for number, shape in enumerate(nearest)]


def _polygons_of_file(path: Path) -> Iterator[shapely.MultiPolygon]:
    _, _, wkb, _ = pyogrio.raw.read(path, columns=[], force_2d=True)
    for shape in shapely.from_wkb(wkb):
        if shape is not None and shape.is_valid and not shape.is_empty:
            yield shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _insert(
    connection: Connection,
    name: str,
    shape: shapely.Geometry,
    level: str,
    kind: str = "lot",
    part_of: str | None = None,
) -> None:
    row = {"name": name, "level": level, "kind": kind, "part_of": part_of}
    connection.execute(INSERT, {**row, "wkb": shapely.to_wkb(shape), "srid": storage_srid()})
