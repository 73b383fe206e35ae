"""A scan as a job: asked for by an administrator, or by the clock after an import; run by a worker, once at a time."""

from __future__ import annotations

from typing import Final

from spatial_admin.errors import Json
from spatial_admin.services.findings.scan_coverage import scan_coverage
from spatial_admin.services.jobs.queue_job import queue_once
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.transaction import snapshot

KIND: Final = "scan_coverage"
# An import ended since a scan was last begun or asked for. Whoever asked and failed is not asked again: the import
# is looked at by the next scan anyway, and a defect of the scan would fill the list of jobs.
IS_DUE: Final = """
SELECT coalesce(max(ended_at) > greatest((SELECT max(begun_at) FROM scan WHERE state = 'done'),
                                         (SELECT max(asked_at) FROM job_run WHERE kind = 'scan_coverage'),
                                         '-infinity'), false)
FROM import_batch WHERE state = 'done' AND admitted > 0
"""


def queue_scan(account_id: int | None = None) -> int:
    """The number of the scan that waits or runs, which is queued here where there is none."""
    return queue_once(KIND, "parcels", account_id)


def queue_due_scan() -> int | None:
    """The number of the scan that is queued because parcels were imported since the last one; None where none were.

    An import itself records overlaps and stacks only; by whichever way it came, and whether or not a worker ran then,
    this finds it.
    """
    with snapshot(may_lag=False) as session:
        is_due = run_sql(session, IS_DUE)[0][0]
    return queue_scan() if is_due else None


def run_scan_job(_job_id: int, watch: Watch) -> Json:
    """The work of the job; its result is what the scan found and wrote."""
    return scan_coverage(watch)
