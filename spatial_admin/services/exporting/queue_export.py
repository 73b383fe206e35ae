"""An export as a job: asked for by anybody who may read, made by a worker, kept some days for whoever asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotAllowed, NotFound
from spatial_admin.file_errors import ExportGone, TooManyExports
from spatial_admin.models import Account, JobRun
from spatial_admin.owner_connection import OwnerConnection
from spatial_admin.services.exporting.export_parcels import export_to_file
from spatial_admin.services.exporting.keep_exports import (
    KeptExport,
    exports_folder,
    file_of,
    making,
    old_exports,
    remove_exports,
    remove_parts,
)
from spatial_admin.services.exporting.plan_export import Export, plan_export, select_parcels
from spatial_admin.services.jobs.chore import Chore, Look, Step
from spatial_admin.services.jobs.queue_job import queue_job
from spatial_admin.services.parcels.recall_parcels import AsOf
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.settings import Settings, Upkeep
from spatial_admin.transaction import short, snapshot

KIND: Final = "export_parcels"
UNIT: Final = "parcels"
COUNTING: Final = "Counting parcels"
WRITING: Final = "Writing the file"
MOST_UNENDED: Final = 3  # of one account: each takes a worker's place, and room on its disk
ONE_BY_ONE: Final = "SELECT pg_advisory_xact_lock(7263544, %(account)s)"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is asked for, as `plan_export` takes it."""

    suffix: str
    bbox: str | None = None
    crs: str | None = None
    level: str | None = None
    as_of: AsOf | None = None

    def plan(self) -> Export:
        """Raises ExportRefused."""
        return plan_export(self.suffix, bbox=self.bbox, crs=self.crs, level=self.level, as_of=self.as_of)

    def stored(self) -> str:
        """As the row of the job keeps it; equal requests are equal texts."""
        times = self.as_of.given if self.as_of else {}
        asked = {"format": self.suffix, "bbox": self.bbox, "crs": self.crs, "level": self.level, **times}
        return json.dumps({name: value for name, value in asked.items() if value is not None}, sort_keys=True)

    @classmethod
    def of(cls, stored: str) -> ExportRequest:
        """The other way."""
        asked: dict[str, str] = json.loads(stored)
        at, legal_at = asked.get("at"), asked.get("legal_at")
        as_of = AsOf(
            datetime.fromisoformat(at) if at else None,
            date.fromisoformat(legal_at) if legal_at else None,
        )
        return cls(
            asked["format"],
            asked.get("bbox"),
            asked.get("crs"),
            asked.get("level"),
            as_of if at or legal_at else None,
        )


def queue_export(request: ExportRequest, account_id: int) -> tuple[int, str]:
    """Number and state of the job that makes the file; the same asked for again while it waits or runs is that job.

    Raises ExportRefused, and TooManyExports where the account has MOST_UNENDED others that have not ended.
    """
    request.plan()
    with short() as session:
        session.connection().exec_driver_sql(ONE_BY_ONE, {"account": account_id % 2**31})
        unended = (JobRun.kind == KIND, JobRun.asked_by == account_id, JobRun.ended_at.is_(None))
        known = session.scalars(select(JobRun).where(*unended, JobRun.request == request.stored())).first()
        if known is not None:
            return known.id, known.state
        if (session.scalar(select(func.count(JobRun.id)).where(*unended)) or 0) >= MOST_UNENDED:
            raise TooManyExports(MOST_UNENDED)
        job = queue_job(session, JobRun(kind=KIND, asked_by=account_id, unit=UNIT, request=request.stored()))
        return job.id, "waiting"


def run_export_job(job_id: int, watch: Watch) -> Json:
    """The work of the job: `{file, format, bytes, parcels, href, kept_until}`.

    Raises what export_to_file raises, and NotAllowed where who asked may not read any more. Killed in its midst it is
    begun anew, and what it left is removed.
    """
    settings: Settings = current_app.config["SETTINGS"]
    folder = exports_folder(settings)
    remove_exports(old_exports(folder, settings.upkeep.keep_exports_days))
    remove_parts(folder, job_id)
    watch(COUNTING, 0)
    export = _asked(job_id).plan()
    total = _count(export)
    watch(WRITING, 0, total)
    written = 0

    def told(count: int) -> None:
        nonlocal written
        written = count
        watch(WRITING, min(count, total), total)

    final = file_of(folder, job_id, export.format.suffix)
    with making(final) as part:
        export_to_file(export, part, seconds=settings.limits.job_timeout_ms / 1000, told=told)
        watch(WRITING, min(written, total), total)  # the last moment in which it can be stopped
    until = datetime.now(UTC) + timedelta(days=settings.upkeep.keep_exports_days)
    return {
        "file": export.file_name(),
        "format": export.format.suffix,
        "bytes": final.stat().st_size,
        "parcels": written,
        "href": f"/api/exports/{job_id}/file",
        "kept_until": until.isoformat(timespec="seconds"),
    }


def kept_export(session: Session, job_id: int, account_id: int) -> KeptExport:
    """The file that a job made for this account; raises NotFound, also for one of somebody else, and ExportGone."""
    loaded = select(JobRun.result).where(
        JobRun.id == job_id, JobRun.kind == KIND, JobRun.asked_by == account_id, JobRun.state == "done"
    )
    result = session.scalars(loaded).one_or_none()
    if result is None:
        raise NotFound("export", job_id)
    settings: Settings = current_app.config["SETTINGS"]
    path = file_of(exports_folder(settings), job_id, result["format"])
    if not path.is_file():
        raise ExportGone(result["file"], settings.upkeep.keep_exports_days)
    return KeptExport(path, result["file"], result["format"])


def is_kept(job: JobRun) -> bool:
    """Is the file of a job that is done still there?"""
    settings: Settings = current_app.config["SETTINGS"]
    return job.result is not None and file_of(exports_folder(settings), job.id, job.result["format"]).is_file()


def _asked(job_id: int) -> ExportRequest:
    with snapshot() as session:
        job = session.get(JobRun, job_id)
        if job is None or job.request is None:
            raise NotFound("waiting job", job_id)
        account = session.get(Account, job.asked_by) if job.asked_by is not None else None
        if account is None or not account.active:
            raise NotAllowed("Who asked for this export may not sign in any more.")
        return ExportRequest.of(job.request)


def _count(export: Export) -> int:
    """How many parcels the file is going to have, but for what changes meanwhile: to say how far it is."""
    with snapshot() as session:
        selection = select_parcels(session, export)
        return int(session.connection().exec_driver_sql(selection.select(["count(*)"]), selection.values).scalar_one())


def _old_files(_owner: OwnerConnection, upkeep: Upkeep) -> Iterator[Step]:
    folder = exports_folder(current_app.config["SETTINGS"])
    old = old_exports(folder, upkeep.keep_exports_days)
    if old:
        about = f"{len(old):,} exported files older than {upkeep.keep_exports_days} days"

        def remove(_look: Look) -> str:
            return f"{remove_exports(old):,} removed"

        yield Step(about, remove)


PRUNE_EXPORTS: Final = Chore("old_exports", "Files of exports that were made long ago go.", _old_files)
