"""Undoing an import: its parcels are retired in chunks, as one edit, by a job; what was changed since is kept and told.

Each chunk takes its conflict cells first and looks at its rows after, as the import did; a killed job goes on where it
stopped, for what is retired is not current any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import cells_of
from spatial_admin.edit_transaction import TAKE_CELLS
from spatial_admin.errors import BadRequest, Json, NotFound
from spatial_admin.services.importing.admit_parcels import CLOSE_EDIT, PLANS
from spatial_admin.services.importing.plan_import import LOCK_BATCH
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short, snapshot

CHUNK: Final = 500

EDIT_OF_BATCH: Final = "SELECT edit_id, admitted FROM import_batch WHERE id = %(batch)s"
BATCH_OF_EDIT: Final = "SELECT id, state FROM import_batch WHERE edit_id = %(edit)s"
# One edit under the client's key; there already, it goes on.
OPEN_EDIT: Final = """
INSERT INTO edit (key, author_id, comment, nature, operations, request_hash)
VALUES (%(key)s, %(author_id)s, %(comment)s, 'correction', %(operations)s, '\\x')
ON CONFLICT (key) DO UPDATE SET attempts = edit.attempts + 1 WHERE edit.receipt IS NULL
RETURNING id
"""
# Parcels of the import that are as it made them, in the order in which they came (which is spatial), units first.
NEXT_PARCELS: Final = """
SELECT p.id, ST_XMin(p.geom) AS west, ST_YMin(p.geom) AS south, ST_XMax(p.geom) AS east, ST_YMax(p.geom) AS north
FROM parcel_version AS v JOIN parcel AS p ON p.id = v.parcel
WHERE v.edit_id = %(import_edit)s AND v.change = 'created' AND p.version = v.version
  AND p.begin_lifespan_version = v.begun AND p.end_lifespan_version IS NULL
  AND NOT EXISTS (SELECT FROM parcel AS unit WHERE unit.part_of = p.parcel_id AND unit.end_lifespan_version IS NULL)
ORDER BY p.id LIMIT %(limit)s
"""
NAME_EDIT: Final = "SELECT set_config('spatial_admin.edit', %(edit)s, true)"
# Read again, the cells being held: who edited there meanwhile has made another version.
RETIRE: Final = """
UPDATE parcel AS p SET begin_lifespan_version = now_.at, end_lifespan_version = now_.at
FROM (SELECT clock_timestamp() AS at) AS now_
WHERE p.id = ANY (%(ids)s::bigint[]) AND p.end_lifespan_version IS NULL
  AND EXISTS (SELECT FROM parcel_version AS v WHERE v.parcel = p.id AND v.version = p.version
              AND v.begun = p.begin_lifespan_version AND v.edit_id = %(import_edit)s)
RETURNING p.id
"""
# Findings of which a parcel is gone; of a stack the rest stays, where it is still one.
SHRINK_STACKS: Final = """
UPDATE finding SET parcels = rest.ids, changed_at = clock_timestamp(),
  fingerprint = 'stack:' || array_to_string(rest.ids, ':')
FROM (SELECT f.id AS finding,
             array(SELECT id FROM unnest(f.parcels) AS id WHERE id <> ALL (%(ids)s::bigint[]) ORDER BY id) AS ids
      FROM finding AS f WHERE f.rule = 'stack' AND f.status <> 'fixed' AND f.parcels && %(ids)s::bigint[]) AS rest
WHERE finding.id = rest.finding AND cardinality(rest.ids) > 1
"""
CLOSE_FINDINGS: Final = """
WITH closed AS (UPDATE finding SET status = 'fixed', closed_by = %(edit)s, changed_at = clock_timestamp()
                WHERE status <> 'fixed' AND parcels && %(ids)s::bigint[] RETURNING id)
INSERT INTO finding_event (finding, what, edit_id) SELECT id, 'fixed', %(edit)s FROM closed RETURNING finding
"""
REFRESH_ZONING: Final = "SELECT refresh_zoning(%(ids)s::bigint[])"
# How many parcels the undoing retired, and how many of the import it left: changed since, or lots with units.
COUNT: Final = """
SELECT (SELECT count(*) FROM parcel_version WHERE edit_id = %(edit)s AND change = 'retired') AS retired,
       (SELECT count(*) FROM parcel_version AS v JOIN parcel AS p ON p.id = v.parcel
        WHERE v.edit_id = %(import_edit)s AND v.change = 'created' AND p.end_lifespan_version IS NULL) AS kept
"""
COUNT_CLOSED: Final = "SELECT count(*) FROM finding_event WHERE edit_id = %(edit)s AND what = 'fixed'"
# What review has admitted are edits of their own, which stay; rows in quarantine can still be decided about.
NOTE_UNDONE: Final = """
UPDATE import_batch SET notes = notes || jsonb_build_object('undone_by', %(edit)s::bigint) WHERE id = %(batch)s
"""
RECEIPT: Final = "SELECT receipt FROM edit WHERE id = %(edit)s"
RECEIPT_OF_KEY: Final = "SELECT receipt FROM edit WHERE key = %(key)s"

Told = Callable[[str, int], None]
"""Told the step and how many parcels are done; what it raises ends the work after a whole chunk."""


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """Undo the import that is an edit; `key` makes a repetition harmless."""

    edit_id: int
    key: UUID
    comment: str


def import_of_edit(edit_id: int) -> int | None:
    """The import that an edit is, or None; raises BadRequest while the import runs."""
    with snapshot() as session:
        row = session.connection().exec_driver_sql(BATCH_OF_EDIT, {"edit": edit_id}).one_or_none()
    if row is not None and row.state != "done":
        raise BadRequest("edit_id", f"import {row.id} is not done: `flask parcels resume {row.id}` ends it first")
    return None if row is None else int(row.id)


def edit_of_import(batch: int) -> tuple[int, int]:
    """The edit that an import is, and how many parcels it admitted; raises NotFound."""
    with snapshot() as session:
        row = session.connection().exec_driver_sql(EDIT_OF_BATCH, {"batch": batch}).one_or_none()
    if row is None or row.edit_id is None:
        raise NotFound("import", batch)
    return int(row.edit_id), int(row.admitted)


def undo_import(request: UndoRequest, author_id: int | None, told: Told) -> Json:
    """Retire what the import brought; answers the receipt: `retired`, `kept` (changed since), findings closed."""
    batch = import_of_edit(request.edit_id)
    if batch is None:
        raise NotFound("import of edit", request.edit_id)
    edit = _open(request, batch, author_id)
    if edit is None:
        return _stored(request.key)
    done = 0
    try:
        while retired := _chunk(batch, edit, request.edit_id):
            done += retired
            told("Retiring parcels", done)
    finally:
        # Also of work that is stopped half-way: what is retired is retired, and its edit says how much.
        receipt = _close(edit, batch, request.edit_id)
    return receipt


def _open(request: UndoRequest, batch: int, author_id: int | None) -> int | None:
    operations = json.dumps([{"op": "undo_import", "batch": batch, "edit_id": request.edit_id}])
    comment = request.comment or f"Import {batch} undone"
    values = {"key": str(request.key), "author_id": author_id, "comment": comment, "operations": operations}
    with short() as session:
        rows = run_sql(session, OPEN_EDIT, values)
    return int(rows[0].id) if rows else None


def _chunk(batch: int, edit: int, import_edit: int) -> int:
    ground = fixed().ground
    with short() as session:
        run_sql(session, LOCK_BATCH, {"batch": batch})
        run_sql(session, PLANS)
        rows = run_sql(session, NEXT_PARCELS, {"import_edit": import_edit, "limit": CHUNK})
        if not rows:
            return 0
        boxes = [(row.west, row.south, row.east, row.north) for row in rows]
        cells = {cell for box in boxes for cell in cells_of(box, ground.cell_size)}
        run_sql(session, TAKE_CELLS, {"cells": sorted(cells)})
        return _retire(session, edit, {"ids": [row.id for row in rows], "import_edit": import_edit})


def _retire(session: Session, edit: int, values: dict[str, Any]) -> int:
    run_sql(session, NAME_EDIT, {"edit": str(edit)})
    ids = [row.id for row in run_sql(session, RETIRE, values)]
    if ids:
        _forget_findings(session, edit, ids)
        run_sql(session, REFRESH_ZONING, {"ids": ids})
    # Where all of a chunk was changed between its two looks there is no end to be seen, only another look.
    return len(ids) or len(values["ids"])


def _forget_findings(session: Session, edit: int, ids: Sequence[int]) -> None:
    run_sql(session, SHRINK_STACKS, {"ids": ids})
    run_sql(session, CLOSE_FINDINGS, {"ids": ids, "edit": edit})


def _close(edit: int, batch: int, import_edit: int) -> Json:
    with short() as session:
        counts = run_sql(session, COUNT, {"edit": edit, "import_edit": import_edit})[0]
        closed = run_sql(session, COUNT_CLOSED, {"edit": edit})[0][0]
        receipt = {"undone_import": batch, "retired": counts.retired, "kept": counts.kept, "findings_closed": closed}
        run_sql(session, CLOSE_EDIT, {"edit": edit, "receipt": json.dumps(receipt), "srid": fixed().ground.srid})
        run_sql(session, NOTE_UNDONE, {"batch": batch, "edit": edit})
        stored: Json = dict(run_sql(session, RECEIPT, {"edit": edit})[0].receipt)
    return stored


def _stored(key: UUID) -> Json:
    with snapshot() as session:
        row = session.connection().exec_driver_sql(RECEIPT_OF_KEY, {"key": str(key)}).one()
    return dict(row.receipt)
