"""A backup as a job: asked for by an administrator or by the clock, made by a worker, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy import make_url

from spatial_admin.errors import Json
from spatial_admin.file_errors import BackupRefused
from spatial_admin.models import JobRun
from spatial_admin.services.database.backup_database import BYTES, backup_database
from spatial_admin.services.database.keep_backups import name_of_backup, remove_old_backups
from spatial_admin.services.database.keep_manifest import Manifest
from spatial_admin.services.jobs.queue_job import queue_once
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.services.shared.words_of_measure import bytes_of
from spatial_admin.settings import Settings
from spatial_admin.transaction import short

KIND: Final = "backup_database"
UNIT: Final = "rows"


def queue_backup(account_id: int | None = None) -> int:
    """The number of the backup that waits or runs, which is queued here where there is none."""
    return queue_once(KIND, UNIT, account_id)


def run_backup_job(_job_id: int, watch: Watch) -> Json:
    """The work of the job: a backup into the folder of the settings, then the oldest beyond those kept go.

    Raises BackupRefused, BackupFailed, and what `watch` raises; then nothing new is in the folder and nothing gone.
    """
    settings: Settings = current_app.config["SETTINGS"]
    folder = settings.upkeep.backup_folder
    if folder is None:
        raise BackupRefused(
            "The worker that took this job knows no folder. Set SPATIAL_ADMIN_BACKUP_FOLDER for every worker."
        )
    database = make_url(settings.database_owner_url).database or ""
    file = folder / name_of_backup(database, datetime.now(UTC))
    manifest = backup_database(file, settings, _Rows(watch).told)
    return described(file, manifest) | {"removed": remove_old_backups(folder, database, settings.upkeep.keep_backups)}


def note_backup(file: Path, manifest: Manifest, begun_at: datetime) -> None:
    """Keep a backup of the command line beside those of the worker: the page Database tells of the last one."""
    rows = sum(table["rows"] for table in manifest.tables.values())
    with short() as session:
        session.add(
            JobRun(
                kind=KIND, state="done", unit=UNIT, done=rows, total=rows, started_at=begun_at,
                ended_at=datetime.now(UTC), attempts=1, result=described(file, manifest),
            )
        )  # fmt: skip


def described(file: Path, manifest: Manifest) -> Json:
    """What came of a backup, for the row of its job."""
    return {"file": str(file), "bytes": manifest.bytes, "sha256": manifest.sha256, "made_at": manifest.made_at}


@dataclass(slots=True)
class _Rows:
    """Progress in rows: of pg_dump only the size of its file is known, so this is said in the name of the step."""

    watch: Watch
    rows: int = 0

    def told(self, stage: str, done: int, total: int | None) -> None:
        if stage == BYTES:
            self.watch(f"Writing, {bytes_of(done)} so far", self.rows, self.rows)
        else:
            self.rows = done
            self.watch(stage, done, total)
