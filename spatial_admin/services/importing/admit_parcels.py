"""Admission: staged rows become parcels, in spatial order, in short transactions that each leave everything consistent.

A chunk takes all its conflict cells first, sorted, in one statement; only then does it write and look at its
neighbours, in READ COMMITTED, where each statement sees all that was committed before it. So whoever edits at the
same place either committed before the cells were ours, and is seen, or waits for them, and sees us. Parcels, versions
(by trigger), findings and the marks on the staged rows are committed together: a killed import goes on where it
stopped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.cadastre.overlap_search import find_overlaps
from spatial_admin.cadastre.precision import Ground, cells_of
from spatial_admin.database_errors import is_retryable, translated
from spatial_admin.edit_transaction import TAKE_CELLS
from spatial_admin.errors import Contention, NotFound
from spatial_admin.models import PARCEL_KINDS
from spatial_admin.retrying import JITTER
from spatial_admin.services.findings.record_overlaps import record_overlaps
from spatial_admin.services.importing.plan_import import LOCK_BATCH, Progress, Report
from spatial_admin.services.parcels.choose_columns import ATTRIBUTES, NAMES, VALUES
from spatial_admin.services.parcels.choose_identity import ID, NUMBER, Identity
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.tiles.fold_tile_cells import fold_tile_cells
from spatial_admin.transaction import INDEX_PLANS_ONLY, short

FIRST_CHUNK: Final = 250
LARGEST_CHUNK: Final = 1_000
CHUNK_S: Final = 0.5
# Of boundaries, as many as some ninety lots have. What so few take is not their own work but round trips, and waiting
# for a processor: less would not be done sooner, and beside whoever keeps all of them busy a chunk would come down
# to a row.
LEAST_BYTES: Final = 20_000
RETRY_FOR_S: Final = 60.0
FOLD_EVERY: Final = 100_000  # parcels
LONGEST_PAUSE_S: Final = 2.0

# The geometry to be stored: as transformed, or the file's own bits as a MultiPolygon in two dimensions.
GEOM: Final = "coalesce(geom, ST_Multi(ST_Force2D(ST_GeomFromWKB(wkb, %(srid)s))))"
KIND: Final = """
CASE WHEN lower(properties ->> %(kind_field)s::text) = ANY (%(kinds)s) THEN lower(properties ->> %(kind_field)s::text)
     ELSE 'lot' END
"""
# The next rows in spatial order, with what GEOS in PostgreSQL, an older one than shapely's, thinks of them.
NEXT_ROWS: Final = f"""
SELECT id, name, ST_AsBinary(geom, 'NDR') AS wkb, ST_XMin(geom) AS west, ST_YMin(geom) AS south, ST_XMax(geom) AS east,
       ST_YMax(geom) AS north, CASE WHEN ST_IsValid(geom) THEN NULL ELSE ST_IsValidReason(geom) END AS problem
FROM (SELECT id, row, sort_key, {ID} AS name, {GEOM} AS geom FROM staged_parcel
      WHERE batch = %(batch)s AND decision = 'staged' ORDER BY sort_key, row LIMIT %(limit)s) AS due
ORDER BY sort_key, row
"""
NAME_IMPORT: Final = """
SELECT set_config('spatial_admin.edit', %(edit)s, true), set_config('spatial_admin.import', %(batch)s, true)
"""
# Ids that somebody took since they were checked are left out; the caller quarantines them.
INSERT_PARCELS: Final = f"""
INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2, {NAMES}, attributes)
SELECT name, number, %(level)s, kind, geom, ground_area_m2(geom), {NAMES}, attributes
FROM (SELECT {ID} AS name, {NUMBER} AS number, {KIND} AS kind, {GEOM} AS geom, {VALUES}, {ATTRIBUTES}
      FROM staged_parcel WHERE id = ANY (%(ids)s::bigint[]) ORDER BY sort_key, row) AS due
ON CONFLICT (parcel_id) DO NOTHING RETURNING id, parcel_id
"""
MARK_ADMITTED: Final = f"""
UPDATE staged_parcel SET decision = 'admitted', parcel_id = {ID}, number = {NUMBER} WHERE id = ANY (%(ids)s::bigint[])
"""
REFUSE_TAKEN: Final = f"""
UPDATE staged_parcel SET decision = 'quarantined', parcel_id = {ID}, rule = 'duplicate_id',
  reason = format('a parcel %%s was stored while this file was imported; ids are never reused', {ID}),
  place = ST_PointOnSurface(ST_Envelope({GEOM}))
WHERE id = ANY (%(ids)s::bigint[])
"""
REFUSE_INVALID: Final = f"""
UPDATE staged_parcel SET decision = 'quarantined', parcel_id = {ID}, rule = 'invalid_geometry',
  reason = ST_IsValidReason({GEOM}), place = (ST_IsValidDetail({GEOM})).location
WHERE id = ANY (%(ids)s::bigint[])
"""
# Current parcels of the level whose envelope meets one of the new ones: one look into the index for each of these.
# (OFFSET 0 keeps it so: with statistics of an empty table the planner would rather read the whole partial index.)
NEIGHBOURS: Final = """
SELECT p.id, ST_AsBinary(p.geom, 'NDR') AS wkb
FROM (SELECT DISTINCT near.id
      FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[])
             AS b (west, south, east, north),
           LATERAL (SELECT p.id FROM parcel AS p
                    WHERE p.geom && ST_MakeEnvelope(b.west, b.south, b.east, b.north, %(srid)s)
                      AND p.end_lifespan_version IS NULL AND p.level = %(level)s OFFSET 0) AS near
      WHERE near.id <> ALL (%(ids)s::bigint[])) AS others JOIN parcel AS p USING (id)
"""
# The tables grow from nothing while statistics still say that they are empty: a plan by them scans them row by row.
PLANS: Final = f"{INDEX_PLANS_ONLY}; SET LOCAL jit = off"
HAS_ZONING: Final = "SELECT EXISTS (SELECT FROM zoning_district)"
REFRESH_ZONING: Final = "SELECT refresh_zoning(%(ids)s::bigint[])"


@dataclass(slots=True)
class Admission:
    """One batch on its way into one level."""

    batch: int
    edit_id: int
    identity: Identity
    level: str
    is_exclusive: bool
    kind_field: str | None
    ground: Ground
    findings: int = 0
    size: int = field(default_factory=lambda: FIRST_CHUNK)
    fewest: int = 1  # rows that LEAST_BYTES are

    def run(self, progress: Progress, report: Report) -> None:
        """Admit until nothing is staged any more."""
        unfolded = 0
        while done := self._next_chunk():
            progress.done += done
            report(progress)
            unfolded += done
            if unfolded >= FOLD_EVERY:  # what is noted and not added up makes tiles of small zooms slow
                fold_tile_cells()
                unfolded = 0
        fold_tile_cells()

    def _next_chunk(self) -> int:
        """One chunk, run again after a deadlock or a lost connection: its staged rows say whether it was committed."""
        deadline = time.monotonic() + RETRY_FOR_S
        attempt = 0
        while True:
            attempt += 1
            begin = time.monotonic()
            try:
                done, found = self._admit_chunk()
            except exc.DBAPIError as error:
                if not is_retryable(error):
                    raise translated(error) from error
                if time.monotonic() > deadline:
                    raise Contention(
                        "The import could not go on for a minute; `flask parcels resume` goes on."
                    ) from error
                time.sleep(JITTER.uniform(0, min(LONGEST_PAUSE_S, 0.01 * 2**attempt)))
                continue
            self.findings += found
            self.adapt(time.monotonic() - begin)
            return done

    def note_bytes(self, rows: int, size: int) -> None:
        """What the boundaries of some rows take: few of large ones are work enough."""
        self.fewest = max(1, LEAST_BYTES * rows // size)

    def adapt(self, seconds: float) -> None:
        """Keep a chunk below half a second: whoever edits there waits that long."""
        if seconds > 0.8 * CHUNK_S:
            self.size = max(min(self.fewest, self.size), int(self.size * 0.5 * CHUNK_S / seconds))
        elif seconds < 0.4 * CHUNK_S:
            self.size = min(LARGEST_CHUNK, 2 * self.size)

    def _admit_chunk(self) -> tuple[int, int]:
        with short() as session:
            if not run_sql(session, LOCK_BATCH, {"batch": self.batch}):
                raise NotFound("import", self.batch)
            run_sql(session, PLANS)
            rows = run_sql(session, NEXT_ROWS, {**self._parameters(), "limit": self.size})
            if not rows:
                return 0, 0
            self.note_bytes(len(rows), sum(len(row.wkb) for row in rows))
            invalid = [row.id for row in rows if row.problem is not None]
            if invalid:
                run_sql(session, REFUSE_INVALID, {**self._parameters(), "ids": invalid})
            valid = [row for row in rows if row.problem is None]
            return len(rows), self._admit(session, valid) if valid else 0

    def _admit(self, session: Session, rows: Sequence[Any]) -> int:
        boxes = [(row.west, row.south, row.east, row.north) for row in rows]
        cells = {cell for box in boxes for cell in cells_of(box, self.ground.cell_size)}
        run_sql(session, TAKE_CELLS, {"cells": sorted(cells)})
        run_sql(session, NAME_IMPORT, {"edit": str(self.edit_id), "batch": str(self.batch)})
        values = {**self._parameters(), "ids": [row.id for row in rows], "level": self.level}
        inserted = {row.parcel_id: row.id for row in run_sql(session, INSERT_PARCELS, values)}
        taken = [row.id for row in rows if row.name not in inserted]
        if taken:
            run_sql(session, REFUSE_TAKEN, {**self._parameters(), "ids": taken})
        admitted = [row for row in rows if row.name in inserted]
        if not admitted:
            return 0
        run_sql(session, MARK_ADMITTED, {**self._parameters(), "ids": [row.id for row in admitted]})
        ids = [inserted[row.name] for row in admitted]
        if run_sql(session, HAS_ZONING)[0][0]:
            run_sql(session, REFRESH_ZONING, {"ids": ids})
        return self._record(session, ids, admitted) if self.is_exclusive else 0

    def _record(self, session: Session, ids: list[int], rows: Sequence[Any]) -> int:
        # A new statement, so a new snapshot: it sees every neighbour committed before our cells were granted.
        sides = {side: [getattr(row, side) for row in rows] for side in ("west", "south", "east", "north")}
        values = {**sides, "ids": ids, "level": self.level, "srid": self.ground.srid}
        neighbours = run_sql(session, NEIGHBOURS, values)
        wkbs = [bytes(row.wkb) for row in (*rows, *neighbours)]
        geometries = np.array(shapely.from_wkb(wkbs), dtype=object)
        everybody = [*ids, *(row.id for row in neighbours)]
        overlaps, stacks = find_overlaps(self.ground, everybody, geometries, len(ids))
        return record_overlaps(session, self.edit_id, overlaps, stacks, self.ground.srid)

    def _parameters(self) -> dict[str, Any]:
        kinds = {"kind_field": self.kind_field, "kinds": list(PARCEL_KINDS)}
        return {**self.identity.parameters(self.batch), **kinds, "srid": self.ground.srid}


OPEN_EDIT: Final = """
INSERT INTO edit (key, author_id, record_id, comment, nature, operations, request_hash)
VALUES (gen_random_uuid(), %(author_id)s, %(record_id)s, %(comment)s, 'improvement', %(operations)s,
        decode(%(sha256)s, 'hex'))
RETURNING id
"""
NAME_EDIT_OF_BATCH: Final = "UPDATE import_batch SET edit_id = %(edit)s WHERE id = %(batch)s"
CLOSE_EDIT: Final = """
UPDATE edit SET receipt = jsonb_build_object('edit_id', id, 'key', key) || %(receipt)s::jsonb,
  envelope = (SELECT ST_SetSRID(ST_Extent(geom)::geometry, %(srid)s) FROM parcel_version WHERE edit_id = %(edit)s
              HAVING GeometryType(ST_Extent(geom)::geometry) = 'POLYGON')
WHERE id = %(edit)s AND receipt IS NULL
"""


def open_edit(
    session: Session, batch: int, author_id: int | None, comment: str, sha256: str, record_id: int | None = None
) -> int:
    """The one edit of an import; its receipt stays empty while it runs."""
    operations = json.dumps([{"op": "import", "batch": batch}])
    values = {
        "author_id": author_id,
        "record_id": record_id,
        "comment": comment,
        "operations": operations,
        "sha256": sha256,
    }
    edit = int(run_sql(session, OPEN_EDIT, values)[0].id)
    run_sql(session, NAME_EDIT_OF_BATCH, {"edit": edit, "batch": batch})
    return edit


def close_edit(session: Session, edit: int, receipt: dict[str, Any], srid: int) -> None:
    """Write the receipt (counts) and the envelope of all that was admitted."""
    run_sql(session, CLOSE_EDIT, {"edit": edit, "receipt": json.dumps(receipt), "srid": srid})
