"""A file of zoning districts becomes zoning_district, and every parcel gets its shares anew."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy.orm import Session

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.reprojection import NotStraightened, reproject
from spatial_admin.cadastre.shapes import wkb_of_shape
from spatial_admin.cadastre.source_system import SourceSystem, source_system
from spatial_admin.file_errors import Refusal, SourceRefused
from spatial_admin.reader.frames import Row
from spatial_admin.services.importing.plan_import import Progress, Report
from spatial_admin.services.importing.reproject_parcels import shape_of_source
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.read_source import open_source
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.transform_points import TransformRefused, transform_from
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

CODE_CANDIDATES: Final = ("code", "zone", "zoning", "zone_code", "zonecode", "district")
NAME_CANDIDATES: Final = ("name", "label", "description", "descriptio")
CHUNK: Final = 1_000

DELETE_ZONING: Final = "DELETE FROM parcel_zoning; DELETE FROM zoning_district"
INSERT_DISTRICTS: Final = """
INSERT INTO zoning_district (code, name, geom)
SELECT v.code, v.name, ST_GeomFromWKB(v.wkb, %(srid)s)
FROM unnest(%(codes)s::text[], %(names)s::text[], %(wkbs)s::bytea[]) AS v (code, name, wkb)
"""
# In the order of ids, a page at a time; keyset, so that parcels that come meanwhile are not skipped.
NEXT_PARCELS: Final = """
SELECT id FROM parcel WHERE id > %(after)s AND end_lifespan_version IS NULL ORDER BY id LIMIT %(limit)s
"""
LOCK_PARCELS: Final = "SELECT id FROM parcel WHERE id = ANY (%(ids)s::bigint[]) ORDER BY id FOR SHARE"
REFRESH: Final = "SELECT refresh_zoning(%(ids)s::bigint[])"


@dataclass(frozen=True, slots=True)
class ZoningOptions:
    """Choices of whoever imports zoning; `is_added` keeps the districts that are stored."""

    code_field: str | None = None
    name_field: str | None = None
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    is_added: bool = False


@dataclass(slots=True)
class ZoningReport:
    """What came of it; features = admitted + refused rows. `refused` maps row numbers to why."""

    features: int = 0
    admitted: int = 0
    code_field: str = ""
    name_field: str | None = None
    parcels: int = 0
    refused: dict[int, Refusal] = field(default_factory=dict)


def import_zoning(path: Path, options: ZoningOptions, *, limits: Limits, report: Report) -> ZoningReport:
    """Replace the zoning (or add to it) by the districts of the file; then refresh every parcel's shares.

    Districts may overlap, as overlay zones do. Raises SourceRefused or LimitExceeded where the file cannot be used.
    """
    result = ZoningReport()
    progress = Progress("reading")
    with open_source(path, layer=options.layer, encoding=options.encoding, limits=limits) as source:
        rows = []
        for batch in source.batches:
            rows += batch.rows
            progress.done = len(rows)
            report(progress)
        crs = options.crs or source.crs or source.crs_wkt
        fields = source.fields
    if crs is None:
        raise SourceRefused("The file does not say its CRS. Name it with --crs, for example --crs EPSG:26918.")
    result.code_field, result.name_field = _fields(options, fields)
    result.features = len(rows)
    result.refused = {
        row.number: Refusal(row.refusal.rule, row.refusal.reason, row.refusal.place) for row in rows if row.refusal
    }
    shapes = _shapes([row for row in rows if row.refusal is None], source_system(crs), result)
    result.admitted = len(shapes)
    with short() as session:
        _write(session, rows, shapes, result, options)
    result.parcels = _refresh(report)
    return result


def _fields(options: ZoningOptions, fields: list[str]) -> tuple[str, str | None]:
    for option, name in (("--code-field", options.code_field), ("--name-field", options.name_field)):
        if name is not None and name not in fields:
            raise SourceRefused(f"The file has no field {name!r} ({option}). Its fields: {', '.join(fields[:40])}.")
    by_lower = {name.lower(): name for name in reversed(fields)}
    code = options.code_field or next((by_lower[name] for name in CODE_CANDIDATES if name in by_lower), None)
    if code is None:
        raise SourceRefused(
            f"Name the field of the zoning code with --code-field. The fields: {', '.join(fields[:40])}."
        )
    return code, options.name_field or next((by_lower[name] for name in NAME_CANDIDATES if name in by_lower), None)


def _shapes(rows: list[Row], system: SourceSystem, result: ZoningReport) -> dict[int, bytes]:
    """WKB in storage coordinates by row number; rows that cannot be stored go to `refused`."""
    ground = deployment_ground()
    shapes = {row.number: shape_of_source(row.wkb) for row in rows if row.wkb is not None}
    wkbs = {number: wkb_of_shape(shape) for number, shape in shapes.items()}
    if system.srid != ground.srid:
        wkbs = _reprojected(shapes, system, result)
    good = {}
    for number, wkb in wkbs.items():
        geometry = shapely.from_wkb(wkb)
        west, south, east, north = shapely.bounds(geometry).tolist()
        if not shapely.is_valid(geometry):
            result.refused[number] = Refusal("invalid_geometry", str(shapely.is_valid_reason(geometry)), (west, south))
        elif not (ground.contains((west, south)) and ground.contains((east, north))):
            result.refused[number] = Refusal("outside_extent", "it reaches beyond the extent", (west, south))
        else:
            good[number] = wkb
    return good


def _reprojected(shapes: dict[int, Shape], system: SourceSystem, result: ZoningReport) -> dict[int, bytes]:
    ground = deployment_ground()
    transform = transform_from(system, ground.srid)
    wkbs = {}
    for number, shape in shapes.items():
        others = [other for key, other in shapes.items() if key != number]
        try:
            done = reproject([shape], _near(shape, others), system.ground, ground, transform)
        except (TransformRefused, NotStraightened) as error:
            result.refused[number] = Refusal("not_transformable", str(error))
            continue
        wkbs[number] = wkb_of_shape(done.shapes[0])
    return wkbs


def _near(shape: Shape, others: list[Shape]) -> list[Shape]:
    low, high = _box(shape)
    margin = 0.001 * (high - low).max()
    return [
        other for other in others if (_box(other)[0] <= high + margin).all() and (_box(other)[1] >= low - margin).all()
    ]


def _box(shape: Shape) -> tuple[Any, Any]:
    points = np.concatenate([part[0] for part in shape])
    return points.min(axis=0), points.max(axis=0)


def _write(
    session: Session, rows: list[Row], shapes: dict[int, bytes], result: ZoningReport, options: ZoningOptions
) -> None:
    if not options.is_added:
        run_sql(session, DELETE_ZONING)
    properties = {row.number: json.loads(row.properties or b"{}") for row in rows if row.number in shapes}
    codes = [_text(properties[number], result.code_field) or "?" for number in shapes]
    names = [_text(properties[number], result.name_field) for number in shapes]
    values: dict[str, Any] = {"codes": codes, "names": [name or code for name, code in zip(names, codes, strict=True)]}
    run_sql(session, INSERT_DISTRICTS, {**values, "wkbs": list(shapes.values()), "srid": deployment_ground().srid})


def _text(properties: dict[str, Any], name: str | None) -> str | None:
    value = properties.get(name) if name is not None else None
    return None if value is None else str(value).strip() or None


def _refresh(report: Report) -> int:
    """Shares of all current parcels, in short transactions that hold the parcels still meanwhile."""
    progress = Progress("admitting")
    after = 0
    while True:
        with short() as session:
            ids = [row.id for row in run_sql(session, NEXT_PARCELS, {"after": after, "limit": CHUNK})]
            if not ids:
                return progress.done
            run_sql(session, LOCK_PARCELS, {"ids": ids})
            run_sql(session, REFRESH, {"ids": ids})
        after = ids[-1]
        progress.done += len(ids)
        report(progress)
