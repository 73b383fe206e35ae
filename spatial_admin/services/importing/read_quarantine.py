"""Refused rows of an import, to look at: why, where, what they brought, as far as they can be drawn in lon/lat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from spatial_admin.cadastre.raw_geometry import MULTIPOINT, POINT, POLYGON, RawGeometry, raw_geometry
from spatial_admin.cadastre.reprojection import Transform
from spatial_admin.cadastre.source_system import source_system
from spatial_admin.errors import Json, NotFound
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.plan_import import Batch, load_batch
from spatial_admin.services.parcels.draw_places import WGS84, places_in_lonlat
from spatial_admin.services.shared.name_references import emails_of
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.transform_points import TransformRefused, transform_from
from spatial_admin.transaction import snapshot

POINTS_IN_LIST: Final = 2_000
POINTS_OF_ONE: Final = 100_000
RAW_CHARACTERS: Final = 4_000
STREAMED: Final = 200
COLUMNS: Final = """
s.id, s.row, s.parcel_id, s.number, s.decision, s.rule, s.reason, s.edit_id, s.properties, s.wkb,
left(s.raw_geometry, %(characters)s) AS raw, ST_AsGeoJSON(s.place, 17)::json AS place,
(SELECT json_build_object('draft_id', w.id, 'by', o.email, 'since', w.changed_at)
 FROM draft AS w JOIN account AS o ON o.id = w.owner_id
 WHERE w.state = 'submitted' AND w.admits_import = s.batch AND w.admits_row = s.row) AS waiting
"""
# By (batch, row) of those that have a rule: a partial index, whatever the file's size.
ROWS: Final = f"""
SELECT {COLUMNS} FROM staged_parcel AS s
WHERE s.batch = %(batch)s AND s.rule IS NOT NULL AND s.row > %(after)s
  AND (%(rule)s::text IS NULL OR s.rule = %(rule)s) AND (%(decision)s::text IS NULL OR s.decision = %(decision)s)
ORDER BY s.row LIMIT %(limit)s
"""
ONE: Final = f"""
SELECT {COLUMNS} FROM staged_parcel AS s WHERE s.batch = %(batch)s AND s.row = %(row)s AND s.rule IS NOT NULL
"""
# The next and the last one before that wait for a decision.
NEXT: Final = """
SELECT min(row) FROM staged_parcel
WHERE batch = %(batch)s AND rule IS NOT NULL AND row > %(row)s AND decision = 'quarantined'
"""
PREVIOUS: Final = """
SELECT max(row) FROM staged_parcel
WHERE batch = %(batch)s AND rule IS NOT NULL AND row < %(row)s AND decision = 'quarantined'
"""
HISTORY: Final = """
SELECT what, account_id, at, reason, edit_id FROM row_decision WHERE staged_parcel = %(staged)s ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refused rows: of a rule, with a decision; None for any. `after` is the last row seen."""

    rule: str | None = None
    decision: str | None = "quarantined"
    after: int = 0
    limit: int = 50


def list_quarantine(batch_id: int, wanted: Wanted) -> Json:
    """`{rows, next_cursor}` in the order of the file; raises NotFound."""
    with snapshot() as session:
        batch = load_batch(session, batch_id)
        rows = _rows(session, batch_id, wanted, wanted.limit + 1)
    shown = rows[: wanted.limit]
    return {
        "rows": [_shown(batch, row, geometry, place) for row, geometry, place in _drawn(batch, shown, POINTS_IN_LIST)],
        "next_cursor": shown[-1].row if len(rows) > wanted.limit else None,
    }


def show_row(batch_id: int, row: int) -> Json:
    """One refused row with its history and its neighbours in the quarantine; raises NotFound."""
    values = {"batch": batch_id, "row": row, "characters": RAW_CHARACTERS}
    with snapshot() as session:
        batch = load_batch(session, batch_id)
        found = run_sql(session, ONE, values)
        if not found:
            raise NotFound(f"refused row of import {batch_id}:", row)
        history = run_sql(session, HISTORY, {"staged": found[0].id})
        emails = emails_of(session, [event.account_id for event in history])
        following = run_sql(session, NEXT, values)[0][0]
        preceding = run_sql(session, PREVIOUS, values)[0][0]
    ((_, geometry, place),) = _drawn(batch, found, POINTS_OF_ONE)
    return {
        **_shown(batch, found[0], geometry, place),
        "file_name": batch.file_name,
        "raw_geometry": found[0].raw,
        "next": following,
        "previous": preceding,
        "history": [
            {
                "what": event.what,
                "by": emails.get(event.account_id) if event.account_id is not None else None,
                "at": event.at.isoformat(),
                "reason": event.reason,
                "edit_id": event.edit_id,
            }
            for event in history
        ],
    }


def stream_quarantine(batch_id: int, wanted: Wanted) -> Iterator[bytes]:
    """The refused rows as GeoJSON in lon/lat, some at a time; raises NotFound before the first byte."""
    with snapshot() as session:
        batch = load_batch(session, batch_id)
    return _features(batch, wanted)


def _features(batch: Batch, wanted: Wanted) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    after, separator = wanted.after, "\n"
    while True:
        with snapshot() as session:
            rows = _rows(session, batch.id, Wanted(wanted.rule, wanted.decision, after), STREAMED)
        for row, geometry, place in _drawn(batch, rows, POINTS_OF_ONE):
            yield (separator + json.dumps(_feature(row, geometry, place), separators=(",", ":"))).encode()
            separator = ",\n"
        if len(rows) < STREAMED:
            break
        after = rows[-1].row
    yield b"\n]}\n"


def _feature(row: Any, geometry: Json | None, place: Json | None) -> Json:
    told = {
        "quarantine_row": row.row,
        "quarantine_rule": row.rule,
        "quarantine_reason": row.reason,
        "quarantine_decision": row.decision,
        "quarantine_place": place["coordinates"] if place else None,
    }
    return {"type": "Feature", "id": row.row, "geometry": geometry, "properties": {**(row.properties or {}), **told}}


def _rows(session: Session, batch_id: int, wanted: Wanted, limit: int) -> list[Any]:
    values = {"batch": batch_id, "rule": wanted.rule, "decision": wanted.decision, "after": wanted.after}
    return run_sql(session, ROWS, {**values, "limit": limit, "characters": RAW_CHARACTERS})


def _shown(batch: Batch, row: Any, geometry: Json | None, place: Json | None) -> Json:
    return {
        "import_id": batch.id,
        "row": row.row,
        "parcel_id": row.parcel_id,
        "number": row.number,
        "decision": row.decision,
        "edit_id": row.edit_id,
        "waiting": row.waiting,
        "rule": row.rule,
        "reason": row.reason,
        "place": place["coordinates"] if place else None,
        "properties": row.properties,
        "geometry": geometry,
    }


def _drawn(batch: Batch, rows: Sequence[Any], most: int) -> list[tuple[Any, Json | None, Json | None]]:
    """Rows with geometry and place as GeoJSON in lon/lat; None for what cannot be drawn, or is too large to."""
    geometries = [_bounded(raw_geometry(None if row.wkb is None else bytes(row.wkb)), most) for row in rows]
    places = places_in_lonlat([row.place for row in rows])
    return [
        (row, None if geometry is None else geojson_of(geometry), place)
        for row, geometry, place in zip(rows, in_lonlat(batch, geometries), places, strict=True)
    ]


def _bounded(geometry: RawGeometry | None, most: int) -> RawGeometry | None:
    return None if geometry is None or len(geometry.points()) > most else geometry


def in_lonlat(batch: Batch, geometries: Sequence[RawGeometry | None]) -> list[RawGeometry | None]:
    """Raw geometries of a batch in degrees; all at once, and one by one where PROJ refuses some of them."""
    if not any(geometries):
        return list(geometries)
    try:
        transform = lonlat_of(batch)
    except SourceRefused:
        return [None] * len(geometries)
    known = [geometry for geometry in geometries if geometry is not None]
    try:
        points = transform(np.concatenate([geometry.points() for geometry in known]))
    except TransformRefused:
        return [_alone(transform, geometry) for geometry in geometries]
    ends = np.cumsum([len(geometry.points()) for geometry in known])
    moved = iter(geometry.with_points(part) for geometry, part in zip(known, np.split(points, ends[:-1]), strict=True))
    return [None if geometry is None else next(moved) for geometry in geometries]


def _alone(transform: Transform, geometry: RawGeometry | None) -> RawGeometry | None:
    if geometry is None:
        return None
    try:
        return geometry.with_points(transform(geometry.points()))
    except TransformRefused:
        return None


def lonlat_of(batch: Batch) -> Transform:
    """From the coordinates of a batch's file to degrees; raises SourceRefused where its CRS is not known."""
    system = source_system(batch.source_crs)
    return (lambda points: points) if system.srid == WGS84 else transform_from(system, WGS84)


def geojson_of(geometry: RawGeometry) -> Json:
    """GeoJSON, for drawing: a place is no more exact than nine digits."""
    paths = [[path.round(9).tolist() for path in part] for part in geometry.parts]
    if geometry.kind == POINT:
        return {"type": geometry.name, "coordinates": paths[0][0][0]}
    if geometry.kind == MULTIPOINT:
        return {"type": geometry.name, "coordinates": [path[0] for part in paths for path in part]}
    if geometry.is_polygonal:
        return {"type": geometry.name, "coordinates": paths[0] if geometry.kind == POLYGON else paths}
    lines = [path for part in paths for path in part]
    return {"type": geometry.name, "coordinates": lines[0] if geometry.name == "LineString" else lines}
