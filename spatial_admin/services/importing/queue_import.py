"""An import as a job: the file is kept in the private folder of the deployment until a worker has read it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.cadastre.source_system import source_system
from spatial_admin.errors import BadRequest, ImportUnfinished, Json, LimitExceeded, NotAllowed, NotFound
from spatial_admin.file_errors import SourceRefused
from spatial_admin.models import Account, JobRun
from spatial_admin.services.importing.import_parcels import resume_import, run_import
from spatial_admin.services.importing.plan_import import (
    LOCK_BATCH,
    ImportOptions,
    Progress,
    Stage,
    load_batch,
    open_batch,
)
from spatial_admin.services.jobs.keep_uploads import sweep_uploads, uploads
from spatial_admin.services.jobs.queue_job import queue_job
from spatial_admin.services.jobs.report_progress import JobInterrupted
from spatial_admin.services.records.attach_file import file_name_of
from spatial_admin.services.shared.authorize import ADMINISTRATOR, has_role
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.settings import Limits, Settings
from spatial_admin.transaction import short, snapshot

KIND: Final = "import_parcels"
CHUNK: Final = 1 << 20
WORDS: Final[dict[Stage, str]] = {
    "reading": "Reading rows", "reprojecting": "Transforming coordinates", "admitting": "Admitting parcels",
}  # fmt: skip
NAME_JOB: Final = """
UPDATE import_batch SET job_id = %(job)s, notes = notes || %(notes)s::jsonb,
  state = CASE WHEN state = 'staging' THEN 'waiting' ELSE state END
WHERE id = %(batch)s
"""


def queue_import(file: IO[bytes], name: str, options: ImportOptions, account_id: int, settings: Settings) -> int:
    """Keep an uploaded file and have a worker import it; answers the id of the import.

    Raises BadRequest, NotFound (level) or LimitExceeded; then nothing is kept.
    """
    name = file_name_of(name)
    check_options(options)
    path, digest = _kept(file, settings)
    try:
        with short() as session:
            batch = open_batch(session, name, digest, options, "")
            _queue(session, batch, account_id, {"upload": path.name})
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    sweep_uploads(settings.home)
    return batch


def queue_rest(batch_id: int, account_id: int) -> int:
    """Have a worker go on with an import that was stopped while it admitted rows; answers the id of the job."""
    with short() as session:
        run_sql(session, LOCK_BATCH, {"batch": batch_id})  # asked for twice, it is one job
        batch = load_batch(session, batch_id)
        running = session.get(JobRun, batch.job_id) if batch.job_id is not None else None
        if batch.state != "admitting" or (running is not None and running.ended_at is None):
            raise ImportUnfinished(batch_id, "running" if running and running.ended_at is None else batch.state)
        return _queue(session, batch_id, account_id, {})


def _queue(session: Session, batch: int, account_id: int, notes: Json) -> int:
    job = JobRun(kind=KIND, asked_by=account_id, unit="rows", request=json.dumps({"import_id": batch}))
    queue_job(session, job)
    run_sql(session, NAME_JOB, {"batch": batch, "job": job.id, "notes": json.dumps(notes)})
    return job.id


def run_import_job(job_id: int, watch: Watch) -> Json:
    """The work of the job: `{import_id, features, admitted, quarantined, findings, …}`."""
    settings: Settings = current_app.config["SETTINGS"]
    batch_id = _asked(job_id)

    def report(progress: Progress) -> None:
        watch(WORDS[progress.stage], progress.done, progress.total)

    with short() as session:
        batch = load_batch(session, batch_id)
    path = uploads(settings.home) / str(batch.notes.get("upload"))
    if batch.state not in ("waiting", "staging"):
        path.unlink(missing_ok=True)  # it was read to its end
        return resume_import(batch_id, limits=settings.limits, report=report).as_json()
    if not path.is_file():
        raise SourceRefused(
            f"The uploaded file of import {batch_id} is not in {path.parent}. A worker on another machine needs the "
            "same SPATIAL_ADMIN_HOME; else import the file again."
        )
    try:
        result = run_import(batch_id, path, limits=settings.limits, report=report).as_json()
    except JobInterrupted:
        raise
    except Exception as error:
        if isinstance(error, SourceRefused | LimitExceeded):
            path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    return result


def _asked(job_id: int) -> int:
    with snapshot() as session:
        job = session.get(JobRun, job_id)
        if job is None or job.request is None:
            raise NotFound("waiting job", job_id)
        account = session.get(Account, job.asked_by) if job.asked_by is not None else None
        if account is None or not account.active or not has_role(account, ADMINISTRATOR):
            raise NotAllowed("Who asked for this import may not import any more.")
        return int(json.loads(job.request)["import_id"])


def check_options(options: ImportOptions) -> None:
    """What can be known before the file is read; raises BadRequest, which names the field."""
    if options.level not in fixed().levels:
        raise BadRequest("level", f"there is no level {options.level}; there are {', '.join(sorted(fixed().levels))}")
    if options.crs is not None:
        try:
            source_system(options.crs)
        except SourceRefused as error:
            raise BadRequest("crs", str(error).replace("Give --crs as", "It takes")) from error


def _kept(file: IO[bytes], settings: Settings) -> tuple[Path, str]:
    """The upload under a name of ours, and its digest."""
    path = uploads(settings.home) / uuid4().hex
    try:
        path.touch(mode=0o600)
        return path, write_upload(file, path, settings.limits)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def write_upload(file: IO[bytes], path: Path, limits: Limits) -> str:
    """Write an upload to a file and answer its SHA-256; raises LimitExceeded, or BadRequest for an empty one."""
    digest = hashlib.sha256()
    size = 0
    with path.open("wb") as target:
        while data := file.read(CHUNK):
            size += len(data)
            if size > limits.upload_bytes:
                raise LimitExceeded("bytes in a file", limits.upload_bytes, advice="Split it into several files.")
            digest.update(data)
            target.write(data)
    if not size:
        raise BadRequest("file", "it is empty")
    return digest.hexdigest()
