"""One import for people and clients: how far it is, and what became of its rows."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.models import Account, JobRun
from spatial_admin.services.importing.import_parcels import REFUSED_BY_RULE
from spatial_admin.services.importing.plan_import import COUNT_ROWS
from spatial_admin.services.jobs.show_job import summary_of, visible_to
from spatial_admin.services.shared.name_references import emails_of
from spatial_admin.services.shared.run_sql import run_sql

COUNTS: Final = ("features", "admitted", "quarantined", "rejected")
# An import whose job ended without it has failed, also before somebody notes it (queue_import.sweep_uploads).
SHOW: Final = """
SELECT b.id, b.file_name, b.sha256, b.options, b.source_crs, b.edit_id, b.author_id, b.features, b.admitted,
       b.quarantined, b.rejected, b.findings, b.notes, b.begun_at, b.ended_at, b.job_id,
       (SELECT count(*) FROM draft AS d WHERE d.state = 'submitted' AND d.admits_import = b.id) AS proposed,
       CASE WHEN b.state IN ('waiting', 'staging') AND j.ended_at IS NOT NULL THEN 'failed' ELSE b.state END AS state,
       b.state = 'admitting' AND b.job_id IS NOT NULL AND (j.id IS NULL OR j.ended_at IS NOT NULL) AS is_stopped,
       b.state IN ('staging', 'admitting') AND b.job_id IS NULL AS is_in_terminal
FROM import_batch AS b LEFT JOIN job_run AS j ON j.id = b.job_id WHERE b.id = %(batch)s
"""
TOLD: Final = (
    "driver", "layer", "fields", "id_field", "points_noded", "points_densified", "z_dropped", "m_dropped",
    "kinds_unknown", "failure", "undone_by",
)  # fmt: skip


def show_import(session: Session, batch_id: int, account: Account) -> Json:
    """Everything about an import but its rows; `features = admitted + quarantined + rejected` once it is done. Of those
    in quarantine `proposed` wait for a second person. `is_in_terminal`: it was begun there and has not ended; whether
    the terminal still runs, nobody here sees.

    Raises NotFound. The job is shown to whoever may see it, so to administrators and to who asked for it.
    """
    rows = run_sql(session, SHOW, {"batch": batch_id})
    if not rows:
        raise NotFound("import", batch_id)
    row = rows[0]
    counts = {name: getattr(row, name) for name in COUNTS}
    if row.state == "admitting":
        now = run_sql(session, COUNT_ROWS, {"batch": batch_id})[0]
        counts = {name: getattr(now, name) for name in COUNTS}
    refused = {one.rule: one.rows for one in run_sql(session, REFUSED_BY_RULE, {"batch": batch_id})}
    seen = select(JobRun).where(JobRun.id == row.job_id, visible_to(account))
    job = session.scalars(seen).one_or_none() if row.job_id is not None else None
    emails = emails_of(session, [row.author_id, job.asked_by if job else None])
    return {
        "import_id": row.id,
        "href": f"/api/imports/{row.id}",
        "file_name": row.file_name,
        "sha256": row.sha256,
        "state": row.state,
        "is_stopped": bool(row.is_stopped),
        "is_in_terminal": bool(row.is_in_terminal),
        "source_crs": row.source_crs or None,
        "options": {name: value for name, value in row.options.items() if value and name != "author_id"},
        "author": emails.get(row.author_id) if row.author_id is not None else None,
        "begun_at": row.begun_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        **counts,
        "proposed": row.proposed,
        "findings": row.findings,
        "refused": refused,
        "edit_id": row.edit_id,
        "notes": {name: row.notes[name] for name in TOLD if name in row.notes},
        "job": None if job is None else summary_of(job, emails),
    }
