"""What an import is asked to do, how far it is, and what came of it; its row in import_batch."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.services.shared.run_sql import run_sql

Stage = Literal["reading", "reprojecting", "admitting", "retiring", "loading", "indexing", "drawing"]

OPEN_BATCH: Final = """
INSERT INTO import_batch (file_name, sha256, options, source_crs, author_id)
VALUES (%(file_name)s, %(sha256)s, %(options)s, %(source_crs)s, %(author_id)s) RETURNING id
"""
# The first batch of the same content: rows without an id are named after it, so that a second import finds them stored.
FIRST_BATCH: Final = """
SELECT min(id) FROM import_batch WHERE sha256 = %(sha256)s AND options ->> 'layer' IS NOT DISTINCT FROM %(layer)s
"""
LOAD_BATCH: Final = """
SELECT id, file_name, sha256, options, source_crs, state, edit_id, author_id, features, job_id, notes
FROM import_batch WHERE id = %(batch)s
"""
LOCK_BATCH: Final = "SELECT state FROM import_batch WHERE id = %(batch)s FOR UPDATE"
UPDATE_BATCH: Final = """
UPDATE import_batch SET state = %(state)s, notes = notes || %(notes)s::jsonb WHERE id = %(batch)s
"""
COUNT_ROWS: Final = """
SELECT count(*) AS features, count(*) FILTER (WHERE decision = 'admitted') AS admitted,
       count(*) FILTER (WHERE decision = 'quarantined') AS quarantined,
       count(*) FILTER (WHERE decision = 'rejected') AS rejected
FROM staged_parcel WHERE batch = %(batch)s
"""
CLOSE_BATCH: Final = """
UPDATE import_batch SET state = 'done', features = %(features)s, admitted = %(admitted)s, quarantined = %(quarantined)s,
  rejected = %(rejected)s, findings = %(findings)s, notes = notes || %(notes)s::jsonb, ended_at = clock_timestamp()
WHERE id = %(batch)s
"""
FAIL_BATCH: Final = """
UPDATE import_batch SET state = 'failed', notes = notes || %(notes)s::jsonb, ended_at = clock_timestamp()
WHERE id = %(batch)s AND state <> 'done'
"""
# What the file says of its coordinates is known when somebody opens it.
BEGIN_BATCH: Final = """
UPDATE import_batch SET state = 'staging', source_crs = %(source_crs)s
WHERE id = %(batch)s AND state IN ('waiting', 'staging')
"""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Choices of whoever imports; None means: find it out, and say what was found."""

    level: str = "parcels"
    id_field: str | None = None
    number_field: str | None = None
    kind_field: str | None = None
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    comment: str = ""
    author_id: int | None = None
    record_id: int | None = None


@dataclass(slots=True)
class Progress:
    """How far an import is. `total` is None where nobody knows (the declared count of a file is not believed).

    Of `done`, `before` was done by a run that was stopped or killed: it counts, but tells nothing of the pace.
    """

    stage: Stage
    done: int = 0
    total: int | None = None
    before: int = 0
    begun: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Rows a second since the stage began."""
        return (self.done - self.before) / max(time.monotonic() - self.begun, 1e-3)

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None where the total is not known or nothing is done yet."""
        if self.total is None or self.done <= self.before:
            return None
        return max(self.total - self.done, 0) / self.rate


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import; features = admitted + quarantined, and of those decided since, + rejected."""

    import_id: int
    edit_id: int | None
    features: int
    admitted: int
    quarantined: int
    findings: int
    id_field: str | None
    refused: dict[str, int]
    source_crs: str
    rejected: int = 0
    points_noded: int = 0
    points_densified: int = 0
    z_dropped: int = 0
    m_dropped: int = 0
    kinds_unknown: int = 0
    layer: str | None = None
    driver: str = ""

    @property
    def points_added(self) -> int:
        """Points that reprojection added, so that straight lines stay straight and shared ones shared."""
        return self.points_noded + self.points_densified

    def as_json(self) -> Json:
        """The object that `--json` ends with."""
        return {**asdict(self), "points_added": self.points_added}


@dataclass(frozen=True, slots=True)
class Batch:
    """A row of import_batch as an import works with it."""

    id: int
    file_name: str
    sha256: str
    options: ImportOptions
    source_crs: str
    state: str
    edit_id: int | None
    notes: Json
    job_id: int | None = None


def open_batch(session: Session, file_name: str, sha256: str, options: ImportOptions, source_crs: str) -> int:
    """A new batch in state `staging`."""
    values = {
        "file_name": file_name,
        "sha256": sha256,
        "options": json.dumps(asdict(options)),
        "source_crs": source_crs,
        "author_id": options.author_id,
    }
    return int(run_sql(session, OPEN_BATCH, values)[0].id)


def load_batch(session: Session, batch: int) -> Batch:
    """Read a batch; raises NotFound."""
    rows = run_sql(session, LOAD_BATCH, {"batch": batch})
    if not rows:
        raise NotFound("import", batch)
    row = rows[0]
    options = ImportOptions(**row.options)
    return Batch(
        row.id, row.file_name, row.sha256, options, row.source_crs, row.state, row.edit_id, row.notes, row.job_id
    )


def first_batch(session: Session, batch: Batch) -> int:
    """The id of the earliest batch of the same file and layer, at the latest this one."""
    values = {"sha256": batch.sha256, "layer": batch.options.layer}
    return int(run_sql(session, FIRST_BATCH, values)[0][0] or batch.id)


def note(session: Session, batch: int, state: str, notes: Json) -> None:
    """Change a batch's state and add to its notes."""
    run_sql(session, UPDATE_BATCH, {"batch": batch, "state": state, "notes": json.dumps(notes)})
