"""A file of parcels becomes parcels: read apart, staged row by row, transformed where it must be, admitted in chunks.

Every feature is accounted for: features = admitted + quarantined. Nothing is refused for the sake of another row.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.source_system import SourceSystem, source_system
from spatial_admin.errors import Json, NotFound, OutcomeUnknown, SpatialAdminError
from spatial_admin.file_errors import SourceRefused
from spatial_admin.models import PARCEL_KINDS
from spatial_admin.services.drafts.read_reference import words_of_refusal
from spatial_admin.services.findings.load_rules import judging
from spatial_admin.services.importing.admit_parcels import Admission, close_edit, open_edit
from spatial_admin.services.importing.end_reading import end_reading
from spatial_admin.services.importing.plan_import import (
    BEGIN_BATCH,
    CLOSE_BATCH,
    COUNT_ROWS,
    FAIL_BATCH,
    LOCK_BATCH,
    Batch,
    ImportOptions,
    ImportReport,
    Progress,
    Report,
    first_batch,
    load_batch,
    note,
    open_batch,
)
from spatial_admin.services.importing.reproject_parcels import Reprojection
from spatial_admin.services.importing.stage_features import Staged, Staging, stage_features
from spatial_admin.services.parcels.choose_identity import Identity, choose_identity, refuse_unusable_ids
from spatial_admin.services.records.create_record import create_import_record
from spatial_admin.services.records.require_record import require_record
from spatial_admin.services.shared.read_deployment import deployment_ground, fixed
from spatial_admin.services.shared.read_source import ReaderBounds, Source, open_source
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.transform_points import transform_from
from spatial_admin.settings import Limits
from spatial_admin.transaction import look_up, short

DIGEST_CHUNK: Final = 1 << 20
REFUSED_BY_RULE: Final = """
SELECT rule, count(*) AS rows FROM staged_parcel WHERE batch = %(batch)s AND rule IS NOT NULL
GROUP BY rule ORDER BY rule
"""
# By the event, which has an index of the edit.
COUNT_FINDINGS: Final = "SELECT count(*) FROM finding_event WHERE edit_id = %(edit)s AND what = 'opened'"
# Before, the planner took the tables for empty; lists and the map's first view go by its estimates.
REFRESH_STATISTICS: Final = "SELECT refresh_statistics()"
UNKNOWN_KINDS: Final = """
SELECT count(*) FROM staged_parcel WHERE batch = %(batch)s AND properties ->> %(field)s::text IS NOT NULL
  AND lower(properties ->> %(field)s::text) <> ALL (%(kinds)s)
"""


def silent(_: Progress) -> None:
    """A report to nobody."""


def import_parcels(
    path: Path,
    options: ImportOptions,
    *,
    limits: Limits,
    report: Report = silent,
    bounds: ReaderBounds | None = None,
    file_name: str | None = None,
) -> ImportReport:
    """Import the file at `path`; needs an application context.

    `report` hears of every step. Raises SourceRefused or LimitExceeded when the file as a whole cannot be imported;
    then nothing of it is kept but a failed batch. `file_name` is what people see where `path` is a private name.
    """
    _check_options(options)
    with open_source(path, layer=options.layer, encoding=options.encoding, limits=limits, bounds=bounds) as source:
        crs = _crs(options, source)
        system = source_system(crs)
        with short() as session:
            batch = open_batch(session, file_name or path.name, _sha256(path), options, crs)
        try:
            _stage(batch, source, options, system, report, path.stat().st_size)
        except BaseException as error:
            _fail(batch, error)
            raise
    return resume_import(batch, limits=limits, report=report)


def run_import(
    batch_id: int, path: Path, *, limits: Limits, report: Report = silent, bounds: ReaderBounds | None = None
) -> ImportReport:
    """Import the file at `path` into a batch that is there already, or go on where a worker of it was stopped.

    What stops it from outside (`report` raises, or the database is gone) leaves the batch as it is, to go on with;
    raises else as `import_parcels`, and then the batch has failed.
    """
    with short() as session:
        batch = load_batch(session, batch_id)
    if batch.state in ("waiting", "staging"):
        try:
            _check_options(batch.options)
            with open_source(
                path, layer=batch.options.layer, encoding=batch.options.encoding, limits=limits, bounds=bounds
            ) as source:
                crs = _crs(batch.options, source)
                system = source_system(crs)
                with short() as session:
                    run_sql(session, BEGIN_BATCH, {"batch": batch_id, "source_crs": crs})
                _stage(batch_id, source, batch.options, system, report, path.stat().st_size)
        except SourceRefused as error:
            said = SourceRefused(words_of_refusal(error))
            _fail(batch_id, said)
            raise said from error
        except SpatialAdminError as error:
            if not isinstance(error, OutcomeUnknown):
                _fail(batch_id, error)
            raise
    return resume_import(batch_id, limits=limits, report=report)


def resume_import(batch_id: int, *, limits: Limits, report: Report = silent) -> ImportReport:
    """Go on with an import that was staged and then stopped, from its first row that is not admitted yet.

    Raises NotFound, and SourceRefused where the file was not read to its end, or is being read.
    """
    with short() as session:
        batch = load_batch(session, batch_id)
        if batch.state in ("waiting", "staging") and batch.job_id is not None:
            raise SourceRefused(f"Import {batch.id} is run by job {batch.job_id}: `flask jobs watch {batch.job_id}`.")
    if batch.state == "staging":
        batch = end_reading(batch_id)
    with short() as session:
        if batch.state in ("staging", "failed"):
            raise SourceRefused(
                f"Import {batch.id} stopped before its file was read to the end; import the file again."
            )
        if batch.state == "done":
            return _report(session, batch)
        identity = Identity(batch.notes["id_field"], batch.options.number_field, batch.notes["prefix"])
    _reproject(batch, limits, report)
    _admit(batch, identity, report)
    return _finish(batch)


def _check_options(options: ImportOptions) -> None:
    if options.level not in fixed().levels:
        raise NotFound("level", options.level)


def _crs(options: ImportOptions, source: Source) -> str:
    crs = options.crs or source.crs or source.crs_wkt
    if crs is None:
        raise SourceRefused(
            "The file does not say in which coordinate reference system (CRS) its coordinates are. "
            "Name it with --crs, for example --crs EPSG:26915."
        )
    return crs


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_storage(system: SourceSystem) -> bool:
    return system.srid == deployment_ground().srid


def _stage(batch: int, source: Source, options: ImportOptions, system: SourceSystem, report: Report, size: int) -> None:
    """Read the file to its end, choose the ids, open the edit: one transaction, so that a killed one leaves nothing."""
    ground = deployment_ground()
    transform = None if _is_storage(system) else transform_from(system, ground.srid)
    staging = Staging(batch, ground, system.ground.is_geographic, transform)
    with short() as session:
        # A worker that only seemed dead may be at it too: one of them reads, the other finds it done.
        if run_sql(session, LOCK_BATCH, {"batch": batch})[0].state not in ("waiting", "staging"):
            return
        staged = stage_features(session, source, staging, Progress("reading"), report)
        stored = load_batch(session, batch)
        prefix = str(first_batch(session, stored))
        identity = choose_identity(session, batch, staged.fields, options.id_field, options.number_field, prefix)
        if options.kind_field is not None and options.kind_field not in staged.fields:
            raise SourceRefused(f"The file has no field {options.kind_field!r} (--kind-field).")
        refuse_unusable_ids(session, batch, identity, ground.srid, is_storage=transform is None)
        comment = options.comment or f"Import of {stored.file_name}"
        open_edit(session, batch, options.author_id, comment, stored.sha256, _record(session, stored, size))
        note(session, batch, "admitting", _notes(session, batch, source, staged, identity, options))


def _record(session: Session, batch: Batch, size: int) -> int:
    """The record that the import rests on: the one it names, else one of its own with the file's name and digest."""
    named = batch.options.record_id
    if named is None:
        author = batch.options.author_id
        return create_import_record(session, batch.id, batch.file_name, size, batch.sha256, author)
    require_record(lambda sql, values: run_sql(session, sql, values), named)
    return named


def _notes(
    session: Session, batch: int, source: Source, staged: Staged, identity: Identity, options: ImportOptions
) -> Json:
    unknown = 0
    if options.kind_field is not None:
        values = {"batch": batch, "field": options.kind_field, "kinds": list(PARCEL_KINDS)}
        unknown = run_sql(session, UNKNOWN_KINDS, values)[0][0]
    return {
        "driver": source.driver,
        "layer": source.layer,
        "declared": source.declared,
        "fields": staged.fields[:100],
        "id_field": identity.id_field,
        "prefix": identity.prefix,
        "z_dropped": staged.z_dropped,
        "m_dropped": staged.m_dropped,
        "kinds_unknown": unknown,
        "has_no_network": source.has_no_network,
    }


def _fail(batch: int, error: BaseException) -> None:
    reason = str(error) if isinstance(error, SpatialAdminError) else type(error).__name__
    with short() as session:
        run_sql(session, FAIL_BATCH, {"batch": batch, "notes": json.dumps({"failure": reason})})


def _reproject(batch: Batch, limits: Limits, report: Report) -> None:
    system = source_system(batch.source_crs)
    if _is_storage(system):
        return
    ground = deployment_ground()
    transform = transform_from(system, ground.srid)
    work = Reprojection(batch.id, system.ground, ground, transform, limits.import_vertices)
    work.run(Progress("reprojecting"), report)


def _admit(batch: Batch, identity: Identity, report: Report) -> None:
    if batch.edit_id is None:
        raise SourceRefused(f"Import {batch.id} has no edit; import the file again.")
    with short() as session:
        counts = run_sql(session, COUNT_ROWS, {"batch": batch.id})[0]
    admission = Admission(
        batch=batch.id,
        edit_id=batch.edit_id,
        identity=identity,
        level=batch.options.level,
        is_exclusive=batch.options.level in fixed().exclusive_levels,
        kind_field=batch.options.kind_field,
        ground=judging(look_up).ground,
    )
    due = counts.features - counts.quarantined - counts.rejected
    admission.run(Progress("admitting", counts.admitted, due, counts.admitted), report)


def _finish(batch: Batch) -> ImportReport:
    with short() as session:
        batch = load_batch(session, batch.id)
        result = _report(session, batch)
        counts: dict[str, Any] = {
            name: getattr(result, name) for name in ("features", "admitted", "quarantined", "findings")
        }
        if batch.edit_id is not None:
            close_edit(session, batch.edit_id, {"import_id": batch.id, **counts}, deployment_ground().srid)
        run_sql(session, CLOSE_BATCH, {"batch": batch.id, "notes": "{}", "rejected": result.rejected, **counts})
        run_sql(session, REFRESH_STATISTICS)
    return result


def _report(session: Session, batch: Batch) -> ImportReport:
    counts = run_sql(session, COUNT_ROWS, {"batch": batch.id})[0]
    refused = {row.rule: row.rows for row in run_sql(session, REFUSED_BY_RULE, {"batch": batch.id})}
    notes = batch.notes
    report = ImportReport(
        import_id=batch.id,
        edit_id=batch.edit_id,
        features=counts.features,
        admitted=counts.admitted,
        quarantined=counts.quarantined,
        rejected=counts.rejected,
        findings=run_sql(session, COUNT_FINDINGS, {"edit": batch.edit_id})[0][0],
        id_field=notes.get("id_field"),
        refused=refused,
        source_crs=batch.source_crs,
    )
    names = ("points_noded", "points_densified", "z_dropped", "m_dropped", "kinds_unknown", "layer", "driver")
    return replace(report, **{name: notes[name] for name in names if name in notes})
