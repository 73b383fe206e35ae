"""How a refused row could become a parcel: the `draw` that would make it, free ids, and on request a repair.

Proposals only: what is stored is decided by somebody, and judged like every edit.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.raw_geometry import RawGeometry, raw_geometry
from spatial_admin.cadastre.source_system import source_system
from spatial_admin.errors import Json, NotFound
from spatial_admin.file_errors import SourceRefused
from spatial_admin.models import PARCEL_KINDS, Account
from spatial_admin.services.importing.admit_parcels import KIND
from spatial_admin.services.importing.plan_import import Batch, load_batch
from spatial_admin.services.importing.read_quarantine import show_row
from spatial_admin.services.importing.repair_shape import repair_shape
from spatial_admin.services.parcels.choose_columns import ATTRIBUTES, CONDITIONS, VALUES
from spatial_admin.services.parcels.choose_identity import ID, NUMBER, PRINTABLE, Identity
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.transform_points import TransformRefused, transform_from
from spatial_admin.transaction import snapshot

FREE_IDS: Final = 3
NAMED: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")
DIFFERING_SHOWN: Final = 200
# What an import would have stored of it.
ROW: Final = f"""
SELECT row, rule, wkb, {ID} AS name, {NUMBER} AS number, {KIND} AS kind, {VALUES}, {ATTRIBUTES}
FROM staged_parcel WHERE batch = %(batch)s AND row = %(row)s AND rule IS NOT NULL
"""
TAKEN: Final = "SELECT parcel_id FROM parcel WHERE parcel_id = ANY (%(names)s::text[])"
IS_ID: Final = f"SELECT %(name)s::text ~ '{PRINTABLE}'"
# What helps against each rule: what to press is on the page.
ADVICE: Final = {
    "invalid_geometry": "Have a repair proposed, or correct the outline on the map.",
    "duplicate_id": "Give it another id: an id is never used twice, and never again.",
    "missing_id": "Give it an id.",
    "invalid_id": "Give it another id, of 1 to 100 printable characters.",
    "outside_extent": "It lies outside of what this database stores; most often the file's CRS is not the one stated. "
    "Import the file again with the right CRS, or reject the row.",
    "too_large": "It covers more than a parcel may. Check the CRS and the source; draw it anew, or reject it.",
    "not_polygonal": "Parcels are areas. Draw its outline on the map along what is shown, or reject it.",
    "not_transformable": "The storage CRS has no coordinates for it. Check the file's CRS, or reject the row.",
}
NOTHING_TO_REPAIR: Final = "Nothing of its geometry can be read. Draw the parcel on the map, or reject the row."


def propose_row(batch_id: int, row: int) -> Json:
    """`{draw, why_no_draw, parcel_ids, advice}`: `draw` as POST /api/edits takes it, or null."""
    batch, found = _row(batch_id, row)
    draw, why = None, None
    try:
        draw = draw_of(found, _shape(batch, found), batch)
    except SourceRefused as error:
        why = str(error)
    ids = free_ids(found.name, f"{batch.id}-{found.row}")
    if draw is not None:
        draw["parcel_id"] = ids[0]
    advice = ADVICE.get(found.rule) or (ADVICE["invalid_geometry"] if draw else NOTHING_TO_REPAIR)
    return {"draw": draw, "why_no_draw": why, "parcel_ids": ids, "advice": advice}


def row_named(text: str, account: Account) -> Json | None:
    """The row that an address names as IMPORT-ROW, for the map; None for none, or one they may not admit."""
    named = NAMED.fullmatch(text)
    if named is None or not (has_role(account, EDITOR) and has_role(account, REVIEWER)):
        return None
    batch, number = int(named[1]), int(named[2])
    try:
        row = show_row(batch, number)
        proposal = propose_row(batch, number)
    except NotFound:
        return None
    told = ("import_id", "row", "rule", "reason", "decision", "waiting", "geometry", "place")
    page = f"/admin/staged_parcel/of/{batch}"
    following = None if row["next"] is None else f"{page}/{row['next']}"
    shown = {name: row[name] for name in told}
    return {**shown, "proposal": proposal, "href": f"{page}/{number}", "next": following}


def propose_repair(batch_id: int, row: int) -> Json:
    """`{draw, before, after, points_added, points_removed, differs}`; areas in m². Raises NotFound or SourceRefused.

    `draw` holds the repaired outline. Nothing is stored.
    """
    batch, found = _row(batch_id, row)
    before = _shape(batch, found)
    after = repair_shape(before)
    ground = fixed().ground
    added, removed = _difference(before, after)
    draw = draw_of(found, after, batch)
    draw["parcel_id"] = free_ids(found.name, f"{batch.id}-{found.row}")[0]
    return {
        "draw": draw,
        "before": {"area_m2": shape_area_m2(ground, before), "parts": len(before), "points": _points(before)},
        "after": {"area_m2": shape_area_m2(ground, after), "parts": len(after), "points": _points(after)},
        "points_added": len(added),
        "points_removed": len(removed),
        "differs": _lonlat([*added, *removed][:DIFFERING_SHOWN]),
        "geometry": _geojson(after),
    }


def free_ids(name: str | None, fallback: str) -> list[str]:
    """Ids that no parcel has or had, the row's own first where it is one of them."""
    with snapshot() as session:
        is_id = name is not None and bool(run_sql(session, IS_ID, {"name": name})[0][0])
        own = [str(name), *(f"{str(name)[:96]}-{n}" for n in range(2, 40))] if is_id else []
        candidates = [*own, fallback, *(f"{fallback}-{n}" for n in range(2, 40))]
        taken = {row[0] for row in run_sql(session, TAKEN, {"names": candidates})}
    free = [candidate for candidate in candidates if candidate not in taken]
    return free[:FREE_IDS] or [f"{fallback}-new"]


def draw_of(row: Any, shape: Shape, batch: Batch) -> Json:
    """The operation that makes a parcel of a row, with all that an import keeps of it."""
    properties: Json = {name: getattr(row, name) for name in CONDITIONS if getattr(row, name) is not None}
    if row.attributes:
        properties["attributes"] = row.attributes
    return {
        "op": "draw",
        "parcel_id": row.name,
        "number": row.number or row.name,
        "level": batch.options.level,
        "kind": row.kind,
        "rings": [[ring.tolist() for ring in part] for part in shape],
        "properties": properties,
    }


def _row(batch_id: int, row: int) -> tuple[Batch, Any]:
    with snapshot() as session:
        batch = load_batch(session, batch_id)
        notes = batch.notes
        identity = Identity(notes.get("id_field"), batch.options.number_field, str(notes.get("prefix", batch_id)))
        kinds = {"kind_field": batch.options.kind_field, "kinds": list(PARCEL_KINDS)}
        found = run_sql(session, ROW, {**identity.parameters(batch_id), **kinds, "row": row})
    if not found:
        raise NotFound(f"refused row of import {batch_id}:", row)
    return batch, found[0]


def _shape(batch: Batch, row: Any) -> Shape:
    """The row's outline in storage coordinates; raises SourceRefused where it has none."""
    geometry = raw_geometry(None if row.wkb is None else bytes(row.wkb))
    if geometry is None:
        raise SourceRefused(NOTHING_TO_REPAIR)
    if not geometry.is_polygonal:
        raise SourceRefused(f"It is a {geometry.name}, and no area: draw the parcel on the map, or reject the row.")
    shape = _in_storage(batch, geometry).shape()
    if shape is None:
        raise SourceRefused("A ring of it has fewer than three points: draw the parcel on the map, or reject the row.")
    return shape


def _in_storage(batch: Batch, geometry: RawGeometry) -> RawGeometry:
    system, ground = source_system(batch.source_crs), fixed().ground
    if system.srid == ground.srid:
        return geometry
    try:
        return geometry.with_points(transform_from(system, ground.srid)(geometry.points()))
    except TransformRefused as error:
        raise SourceRefused(f"The storage CRS has no coordinates for it ({error}).") from error


def _difference(before: Shape, after: Shape) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    old, new = _places(before), _places(after)
    return sorted(new - old), sorted(old - new)


def _places(shape: Shape) -> set[tuple[float, float]]:
    return {(x, y) for part in shape for ring in part for x, y in ring.tolist()}


def _points(shape: Shape) -> int:
    return sum(len(ring) for part in shape for ring in part)


def _lonlat(points: list[tuple[float, float]]) -> list[list[float]]:
    srid = fixed().ground.srid
    if not points or srid == 4326:
        return [list(point) for point in points]
    try:
        moved = transform_from(source_system(f"EPSG:{srid}"), 4326)(np.array(points))
    except TransformRefused:
        return []
    return [[x, y] for x, y in moved.round(9).tolist()]


def _geojson(shape: Shape) -> Json | None:
    rings = [ring for part in shape for ring in part]
    moved = _lonlat([(x, y) for ring in rings for x, y in [*ring.tolist(), ring[0].tolist()]])
    if not moved:
        return None
    given = iter(moved)
    parts = [[[next(given) for _ in range(len(ring) + 1)] for ring in part] for part in shape]
    return {"type": "MultiPolygon", "coordinates": parts}
