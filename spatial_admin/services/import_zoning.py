"""A file of zoning districts becomes districts, and every parcel in them gets its shares; refused rows are told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely
from sqlalchemy.orm import Session

from spatial_admin.cadastre.admissibility import refusal_of_box
from spatial_admin.cadastre.coverage import Shape, shape_box
from spatial_admin.cadastre.reprojection import NotStraightened, reproject
from spatial_admin.cadastre.shapes import polygons_of, wkb_of_shape
from spatial_admin.cadastre.source_system import source_system
from spatial_admin.errors import Refusal, SourceRefused
from spatial_admin.services.plan_import import run_sql
from spatial_admin.services.read_deployment import deployment_ground
from spatial_admin.services.read_source import Source, open_source
from spatial_admin.services.reproject_parcels import shape_of_source
from spatial_admin.services.transform_points import TransformRefused, transform_from
from spatial_admin.settings import Limits
from spatial_admin.transaction import short

CODES: Final = ("code", "zone", "zoning", "zone_code", "ZONE", "ZONING", "Zoning", "ZoneDist1", "LABEL", "ZONECODE")
NAMES: Final = ("name", "description", "zone_name", "NAME", "DESCRIPTION", "DESCRIPT")
CHUNK: Final = 1_000
INSERT: Final = """
INSERT INTO zoning_district (code, name, geom) VALUES (%(code)s, %(name)s, ST_GeomFromWKB(%(wkb)s, %(srid)s))
RETURNING id
"""
# Parcels that one of the new districts may touch, in order of id.
CONCERNED: Final = """
SELECT DISTINCT p.id FROM parcel AS p JOIN zoning_district AS z ON z.geom && p.geom
WHERE z.id = ANY (%(districts)s::bigint[]) AND p.end_lifespan_version IS NULL ORDER BY p.id
"""
REFRESH: Final = "SELECT refresh_zoning(%(ids)s::bigint[])"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is no district: number in the file from 1, rule, reason."""

    row: int
    rule: str
    reason: str


@dataclass(slots=True)
class ZoningReport:
    """What came of it; features = admitted + refused."""

    code_field: str
    features: int = 0
    admitted: int = 0
    parcels: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Read:
    row: int
    properties: dict[str, Any]
    shape: Shape


def import_zoning(
    path: Path,
    *,
    limits: Limits,
    code_field: str | None = None,
    name_field: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
) -> ZoningReport:
    """Add the districts of a file to those stored. Raises SourceRefused or LimitExceeded."""
    with open_source(path, layer=layer, limits=limits) as source:
        named = crs or source.crs or source.crs_wkt
        if named is None:
            raise SourceRefused("The file does not name its CRS. Name it with --crs, for example --crs EPSG:26915.")
        report = ZoningReport(code_field="")
        read = _read(source, report)
        fields = source.fields
    code_field = _field(fields, code_field, CODES, "--code-field")
    name_field = _field(fields, name_field, (*NAMES, code_field), "--name-field")
    report.code_field = code_field
    shapes = _in_storage(read, named, report)
    with short() as session:
        districts = _insert(session, shapes, code_field, name_field, report)
    report.parcels = _refresh(districts)
    return report


def _read(source: Source, report: ZoningReport) -> list[_Read]:
    read = []
    for batch in source.batches:
        for row in batch.rows:
            report.features += 1
            if row.refusal is not None or row.wkb is None:
                refusal = row.refusal
                rule, reason = (refusal.rule, refusal.reason) if refusal else ("null_geometry", "it has no geometry")
                report.refused.append(RefusedRow(row.number, rule, reason))
                continue
            properties = json.loads(row.properties) if row.properties else {}
            read.append(_Read(row.number, properties or {}, shape_of_source(row.wkb)))
    return read


def _field(fields: list[str], given: str | None, candidates: tuple[str, ...], option: str) -> str:
    if given is not None and given not in fields:
        raise SourceRefused(
            f"The file has no field {given!r} ({option}). Its fields: {', '.join(fields[:40]) or 'none'}."
        )
    found = given or next((name for name in candidates if name in fields), None)
    if found is None:
        raise SourceRefused(
            f"No field is known to hold the code. Name it with {option}: {', '.join(fields[:40]) or 'none'}."
        )
    return found


def _in_storage(read: list[_Read], crs: str, report: ZoningReport) -> list[_Read]:
    system, ground = source_system(crs), deployment_ground()
    moved = read
    if system.srid != ground.srid and read:
        transform = transform_from(system, ground.srid)
        try:
            shapes = reproject([one.shape for one in read], [], system.ground, ground, transform).shapes
        except (TransformRefused, NotStraightened) as error:
            raise SourceRefused(f"The districts cannot be brought into the storage CRS: {error}.") from error
        moved = [_Read(one.row, one.properties, shape) for one, shape in zip(read, shapes, strict=True)]
    good = []
    for one in moved:
        refusal = refusal_of_box(ground, shape_box(one.shape)) or _invalid(one.shape)
        if refusal is None or refusal.rule == "too_large":  # a district may be as large as it likes: it takes no cells
            good.append(one)
        else:
            report.refused.append(RefusedRow(one.row, refusal.rule, refusal.reason))
    return good


def _invalid(shape: Shape) -> Refusal | None:
    polygons = polygons_of(shape)
    return None if shapely.is_valid(polygons) else Refusal("invalid_geometry", str(shapely.is_valid_reason(polygons)))


def _insert(session: Session, read: list[_Read], code: str, name: str, report: ZoningReport) -> list[int]:
    srid = deployment_ground().srid
    ids = []
    for one in read:
        value = str(one.properties.get(code) or "").strip()
        if not value:
            report.refused.append(RefusedRow(one.row, "missing_code", f"the field «{code}» is empty or missing"))
            continue
        label = str(one.properties.get(name) or value).strip()
        values = {"code": value, "name": label, "wkb": wkb_of_shape(one.shape), "srid": srid}
        ids.append(int(run_sql(session, INSERT, values)[0].id))
    report.admitted = len(ids)
    return ids


def _refresh(districts: list[int]) -> int:
    with short() as session:
        parcels = [row.id for row in run_sql(session, CONCERNED, {"districts": districts})]
    for begin in range(0, len(parcels), CHUNK):
        with short() as session:
            run_sql(session, REFRESH, {"ids": parcels[begin : begin + CHUNK]})
    return len(parcels)
