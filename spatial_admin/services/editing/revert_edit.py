"""Undoing an edit by a new edit: the same transaction, rules and receipt as any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.coverage import Descent, Parcel
from spatial_admin.cadastre.operations.revert import Revert, Undo
from spatial_admin.errors import BadRequest, LimitExceeded, NotFound
from spatial_admin.services.editing.parse_edit import EditRequest, RevertRequest, StagedRow
from spatial_admin.services.parcels.read_parcels import parcel_of_row
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

# The edit, and the import that it may be.
EDIT: Final = """
SELECT e.id, e.nature, e.receipt IS NOT NULL AS is_done, b.id AS batch
FROM edit AS e LEFT JOIN import_batch AS b ON b.edit_id = e.id WHERE e.id = %(edit)s
"""
# Each parcel of an edit as the edit left it, and as it was before. (Direct SQL may make several versions in one edit.)
IMAGES: Final = """
WITH made AS (SELECT parcel, min(version) AS first, max(version) AS last FROM parcel_version
              WHERE edit_id = %(edit)s GROUP BY parcel)
SELECT v.version = made.last AS is_after, v.change, v.parcel AS id, v.parcel_id, v.version, v.number, v.level, v.kind,
       v.part_of, v.legal_area_m2, v.legal_area_text, v.land_use, v.address, v.attributes, v.area_m2,
       lower(v.period) AS begin_lifespan_version, ST_AsBinary(v.geom, 'NDR') AS wkb, '' AS row
FROM made JOIN parcel_version AS v ON v.parcel = made.parcel AND v.version IN (made.first - 1, made.last)
ORDER BY v.parcel_id, v.version LIMIT %(limit)s
"""
NODED_BESIDES: Final = 10  # an edit of so many parcels may have noded ten times as many
LINEAGE: Final = "SELECT parent, child, kind FROM lineage WHERE edit_id = %(edit)s ORDER BY id"
# The refused row of an import that the edit admitted ('admitted') or put back ('returned').
ROW: Final = """
SELECT d.what, s.batch, s.row, s.parcel_id FROM row_decision AS d JOIN staged_parcel AS s ON s.id = d.staged_parcel
WHERE d.edit_id = %(edit)s
"""
# The findings that an edit closed: exactly these may come back, no larger than they were.
CLOSED: Final = """
SELECT f.rule, f.measure, array_agg(p.parcel_id ORDER BY p.parcel_id) AS parcels
FROM finding_event AS e JOIN finding AS f ON f.id = e.finding CROSS JOIN unnest(f.parcels) AS named
JOIN parcel AS p ON p.id = named
WHERE e.edit_id = %(edit)s AND e.what = 'fixed' GROUP BY f.id, f.rule, f.measure
"""


def request_to_revert(edit_id: int, given: RevertRequest, limits: Limits) -> EditRequest:
    """The edit that undoes another one, to be made or rehearsed like any; raises NotFound, BadRequest, LimitExceeded.

    What an edit did never changes, so it is read before and outside the transaction that undoes it.
    """
    with snapshot() as session:
        nature = _check(session, edit_id)
        undos = _undos(session, edit_id, limits)
        lineage = tuple(Descent(*row) for row in session.connection().exec_driver_sql(LINEAGE, {"edit": edit_id}))
        may_return = _closed_by(session, edit_id)
        rows = _rows_of(session, edit_id)
    operation = Revert(edit_id, undos, lineage, is_rebase=given.if_stale == "rebase")
    return EditRequest(
        key=given.key,
        comment=given.comment or f"Edit {edit_id} undone",
        seen={undo.parcel_id: undo.after.version for undo in undos},
        operations=(operation,),
        raw_operations=[{"op": "revert", "edit_id": edit_id}],
        if_stale=given.if_stale,
        dry_run=given.dry_run,
        record_id=given.record_id,
        may_return=may_return,
        undone_nature=nature,
        returns=rows.get("admitted"),
        readmits=rows.get("returned"),
    )


def _check(session: Session, edit_id: int) -> str:
    """The nature of the edit, which can be undone by another."""
    row = session.connection().exec_driver_sql(EDIT, {"edit": edit_id}).one_or_none()
    if row is None:
        raise NotFound("edit", edit_id)
    if not row.is_done:
        raise BadRequest("edit_id", f"edit {edit_id} is still being made")
    if row.batch is not None:
        raise BadRequest(
            "edit_id", f"edit {edit_id} is import {row.batch}, which a job undoes: `flask parcels undo {row.batch}`"
        )
    return str(row.nature)


def _undos(session: Session, edit_id: int, limits: Limits) -> tuple[Undo, ...]:
    most = 2 * NODED_BESIDES * limits.parcels_per_edit
    rows = session.connection().exec_driver_sql(IMAGES, {"edit": edit_id, "limit": most + 1}).all()
    if len(rows) > most:
        raise LimitExceeded(
            "parcels in one edit", limits.parcels_per_edit, advice="The edit has too many to be undone."
        )
    found: dict[str, dict[bool, Any]] = {}
    for row in rows:
        found.setdefault(row.parcel_id, {})[row.is_after] = row
    return tuple(_undo(images) for images in found.values())


def _undo(images: Mapping[bool, Any]) -> Undo:
    after, before = images[True], images.get(False)
    was: Parcel | None = None
    if before is not None and before.change != "retired":
        was = parcel_of_row(before)
    return Undo(parcel_of_row(after), was, after.change)


def _closed_by(session: Session, edit_id: int) -> dict[tuple[str, tuple[str, ...]], float]:
    rows = session.connection().exec_driver_sql(CLOSED, {"edit": edit_id}).all()
    return {(row.rule, tuple(row.parcels)): float(row.measure or 0.0) for row in rows}


def _rows_of(session: Session, edit_id: int) -> dict[str, StagedRow]:
    rows = session.connection().exec_driver_sql(ROW, {"edit": edit_id}).all()
    return {row.what: StagedRow(row.batch, row.row, row.parcel_id) for row in rows}
