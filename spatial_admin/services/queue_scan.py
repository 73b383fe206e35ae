"""A scan as a job: asked for by an administrator, run by a worker, once at a time."""

from __future__ import annotations

from typing import Final

from spatial_admin.errors import Json
from spatial_admin.services.queue_job import queue_once
from spatial_admin.services.scan_coverage import scan_coverage
from spatial_admin.services.watch_edit import Watch

KIND: Final = "scan_coverage"


def queue_scan(account_id: int | None = None) -> int:
    """The number of the scan that waits or runs, which is queued here where there is none."""
    return queue_once(KIND, "parcels", account_id)


def run_scan_job(_job_id: int, watch: Watch) -> Json:
    """The work of the job; its result is what the scan found and wrote."""
    return scan_coverage(watch)
