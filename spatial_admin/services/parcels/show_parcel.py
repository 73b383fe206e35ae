"""One parcel as a GeoJSON feature, and its versions."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.services.parcels.trace_lineage import next_of_kin, successors_of
from spatial_admin.services.records.cite_record import CITED, EFFECTIVE_FROM, JOIN_RECORD
from spatial_admin.services.shared.read_deployment import fixed

# lon/lat for drawing: 9 digits are a tenth of a millimetre; the exact coordinates are in /api/coverage.
# Named, because p.* would fetch every boundary a second time, as it is stored.
COLUMNS: Final = """
p.id, p.parcel_id, p.number, p.level, p.kind, p.part_of, p.legal_area_m2, p.legal_area_text, p.land_use, p.address,
p.attributes, p.version, p.area_m2, p.edit_id, p.begin_lifespan_version, p.end_lifespan_version,
ST_AsGeoJSON(ST_Transform(p.geom, 4326), 9)::json AS geometry, ground_perimeter_m(p.geom) AS perimeter_m,
(SELECT coalesce(json_agg(json_build_object('code', z.code, 'name', z.name, 'share', s.share)
                          ORDER BY s.share DESC), '[]')
 FROM parcel_zoning AS s JOIN zoning_district AS z ON z.id = s.district WHERE s.parcel = p.id) AS zoning
"""
FEATURE: Final = f"SELECT {COLUMNS} FROM parcel AS p WHERE p.parcel_id = %(name)s"
VERSIONS: Final = f"""
SELECT v.version, v.change, lower(v.period) AS begun_at, upper(v.period) AS ended_at, v.edit_id, v.number, v.area_m2,
       coalesce(a.email, '') AS author, b.email AS approved_by, e.comment, {CITED}, {EFFECTIVE_FROM}
FROM parcel_version AS v JOIN edit AS e ON e.id = v.edit_id LEFT JOIN account AS a ON a.id = e.author_id
  LEFT JOIN account AS b ON b.id = e.approved_by {JOIN_RECORD}
WHERE v.parcel_id = %(name)s AND v.version < %(before)s ORDER BY v.version DESC LIMIT %(limit)s
"""
VERSION: Final = """
SELECT v.*, lower(v.period) AS begin_lifespan_version, upper(v.period) AS ended_at,
       ST_AsGeoJSON(ST_Transform(v.geom, 4326), 9)::json AS geometry, ground_perimeter_m(v.geom) AS perimeter_m,
       NULL AS end_lifespan_version, '[]'::json AS zoning
FROM parcel_version AS v WHERE v.parcel_id = %(name)s AND v.version = %(version)s
"""
PLAIN: Final = (
    "parcel_id", "number", "level", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address",
    "attributes", "version", "area_m2", "perimeter_m", "edit_id", "zoning",
)  # fmt: skip


def parcel_feature(session: Session, name: str) -> Json:
    """The newest state of a parcel with its lineage, retired ones with `retired_at` and successors; raises NotFound."""
    row = session.connection().exec_driver_sql(FEATURE, {"name": name}).one_or_none()
    if row is None:
        raise NotFound("parcel", name)
    feature = feature_of_row(row)
    feature["properties"]["lineage"] = next_of_kin(session, name)
    if row.end_lifespan_version:
        feature["properties"]["successors"] = successors_of(session, [name])[name]
    return feature


def parcel_versions(session: Session, name: str, limit: int = 100, before: int = 2**31 - 1) -> list[Json]:
    """Versions of a parcel, newest first: what changed, when, by whom and why, and on which record it rests."""
    values = {"name": name, "limit": limit, "before": before}
    rows = session.connection().exec_driver_sql(VERSIONS, values).all()
    if not rows:
        raise NotFound("version of parcel", name)
    times = ("begun_at", "ended_at", "effective_from")
    return [{**row._mapping, **{name: _iso(getattr(row, name)) for name in times}} for row in rows]


def parcel_version(session: Session, name: str, version: int) -> Json:
    """A parcel as it was at one of its versions, as a feature."""
    row = session.connection().exec_driver_sql(VERSION, {"name": name, "version": version}).one_or_none()
    if row is None:
        raise NotFound("version", f"{version} of parcel {name}")
    feature = feature_of_row(row)
    feature["properties"].update(change=row.change, ended_at=_iso(row.ended_at))
    return feature


def feature_of_row(row: Any) -> Json:
    """A GeoJSON feature (lon/lat) from a row with `geometry`."""
    properties = {name: getattr(row, name) for name in PLAIN}
    properties["begin_lifespan_version"] = _iso(row.begin_lifespan_version)
    properties["retired_at"] = _iso(row.end_lifespan_version)
    properties["area_method"] = "ellipsoidal" if fixed().ground.is_geographic else "grid"
    return {"type": "Feature", "id": row.parcel_id, "geometry": row.geometry, "properties": properties}


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
