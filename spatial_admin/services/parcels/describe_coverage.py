"""The coverage as an editor needs it: distinct points in storage coordinates, and rings as lists of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.shapes import shape_of_wkb
from spatial_admin.errors import Json, NotFound, TooManyParcels
from spatial_admin.services.parcels.recall_parcels import NOW, AsOf, Source, source_of
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

WGS84: Final = 4326
LONLAT: Final = "ST_AsBinary(ST_Transform({geom}, 4326), 'NDR') AS lonlat"
COLUMNS: Final = """
parcel_id, version, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address, attributes,
area_m2, ST_AsBinary(geom, 'NDR') AS wkb
"""
# A lon/lat box in storage coordinates; its sides are bent by the projection, so they are densified first.
BOX_IN_STORAGE: Final = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
FROM (SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326),
        greatest(%(east)s - %(west)s, %(north)s - %(south)s) / 16), %(srid)s) AS b) AS box
"""
IN_BOX: Final = f"""
SELECT {COLUMNS} {{lonlat}} FROM {{table}}
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s) AND {{condition}}
LIMIT %(limit)s
"""
BY_ID: Final = f"""
SELECT {COLUMNS} {{lonlat}} FROM {{table}}
WHERE parcel_id = ANY (%(names)s::text[]) AND {{condition}} ORDER BY parcel_id
"""
AT_VERSION: Final = f"""
SELECT {COLUMNS} {{lonlat}} FROM parcel_version WHERE parcel_id = %(name)s AND version = %(version)s
"""
PROPERTIES: Final = (
    "number", "level", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address", "attributes",
    "area_m2",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """One parcel of the answer: its row, shape in storage coordinates, shape in lon/lat (same points, same order)."""

    row: Any
    shape: Shape
    lonlat: Shape


def coverage_in_box(lonlat: Box, limits: Limits, as_of: AsOf | None = None) -> Json:
    """Every parcel that meets a lon/lat box, whole, now or as of a time; raises TooManyParcels beyond the limits."""
    srid = fixed().ground.srid
    with snapshot() as session:
        source = source_of(session, as_of)
        box = storage_box(session, lonlat)
        values = dict(zip(("west", "south", "east", "north"), box, strict=True))
        rows = _rows(session, IN_BOX, {**values, "srid": srid, "limit": limits.coverage_parcels + 1}, source)
    if len(rows) > limits.coverage_parcels:
        raise TooManyParcels("parcels in one answer", limits.coverage_parcels, advice="Ask for a smaller box: zoom in.")
    return _coverage(rows, limits, as_of)


def coverage_of(names: Sequence[str], limits: Limits, as_of: AsOf | None = None) -> Json:
    """The named parcels, now or as of a time; NotFound names the first that there is not."""
    if len(names) > limits.coverage_parcels:
        raise TooManyParcels("parcels in one answer", limits.coverage_parcels, len(names))
    with snapshot() as session:
        rows = _rows(session, BY_ID, {"names": list(names)}, source_of(session, as_of))
    missing = sorted(set(names) - {row.parcel_id for row in rows})
    if missing:
        raise NotFound("parcel", f"{missing[0]} {as_of}") if as_of else NotFound("current parcel", missing[0])
    return _coverage(rows, limits, as_of)


def coverage_at_version(session: Session, name: str, version: int) -> Json:
    """A parcel as it was at a version, in the same form."""
    rows = _rows(session, AT_VERSION, {"name": name, "version": version})
    if not rows:
        raise NotFound("version", f"{name}:{version}")
    return _coverage(rows, None)


def coverage_in_transaction(session: Session, names: Sequence[str]) -> Json:
    """Parcels as an uncommitted edit leaves them, in the same form; whatever their size."""
    return _coverage(_rows(session, BY_ID, {"names": list(names)}), None)


def storage_box(session: Session, lonlat: Box) -> Box:
    """The storage box around a lon/lat box."""
    srid = fixed().ground.srid
    if srid == WGS84:
        return lonlat
    values = dict(zip(("west", "south", "east", "north"), lonlat, strict=True))
    row = session.connection().exec_driver_sql(BOX_IN_STORAGE, {**values, "srid": srid}).one()
    return float(row[0]), float(row[1]), float(row[2]), float(row[3])


def _rows(session: Session, statement: str, values: Json, source: Source = NOW) -> list[Any]:
    srid = fixed().ground.srid
    lonlat = "" if srid == WGS84 else "," + LONLAT.format(geom="geom")
    statement = statement.format(lonlat=lonlat, table=source.table, condition=source.condition)
    return list(session.connection().exec_driver_sql(statement, {**values, **source.values}).all())


def _coverage(rows: Sequence[Any], limits: Limits | None, as_of: AsOf | None = None) -> Json:
    ground = fixed().ground
    drawn = []
    for row in rows:
        shape = shape_of_wkb(bytes(row.wkb))
        drawn.append(Drawn(row, shape, shape if ground.srid == WGS84 else shape_of_wkb(bytes(row.lonlat))))
    points, numbers = _distinct_points(drawn)
    if limits is not None and len(points) > limits.coverage_points:
        raise TooManyParcels("points in one answer", limits.coverage_points, len(points), "Zoom in.")
    start = 0
    parcels = []
    for one in drawn:
        parts = []
        for part in one.shape:
            rings = []
            for ring in part:
                rings.append(numbers[start : start + len(ring)])
                start += len(ring)
            parts.append(rings)
        parcels.append(_parcel(one.row, parts))
    answer = {"srid": ground.srid, "grid": 1 / ground.steps_per_unit, "points": points, "parcels": parcels}
    return {**answer, "as_of": as_of.given} if as_of else answer


def _distinct_points(drawn: Sequence[Drawn]) -> tuple[list[list[float]], list[int]]:
    # Equal to the bit is the same point: compared as bytes, which is also the fastest way.
    stored = [ring for one in drawn for part in one.shape for ring in part]
    if not stored:
        return [], []
    shown = [ring for one in drawn for part in one.lonlat for ring in part]
    coordinates = np.ascontiguousarray(np.concatenate(stored), dtype=np.float64)
    both = np.hstack([coordinates, np.concatenate(shown)])
    _, first, inverse = np.unique(coordinates.view("V16").ravel(), return_index=True, return_inverse=True)
    return both[first].tolist(), inverse.tolist()


def _parcel(row: Any, parts: list[list[list[int]]]) -> Json:
    return {
        "parcel_id": row.parcel_id,
        "number": row.number,
        "version": row.version,
        "level": row.level,
        "kind": row.kind,
        "parts": parts,
        "properties": {name: getattr(row, name) for name in PROPERTIES},
    }
