"""A backup: everything of one moment in one file, and beside it what to hold a restored database against."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from spatial_admin.file_errors import BackupFailed, BackupRefused
from spatial_admin.owner_transaction import owner_snapshot
from spatial_admin.services.database.digest_tables import NOT_KEPT, Contents, Told, digest_tables
from spatial_admin.services.database.keep_manifest import Manifest, digest_of, manifest_path, write_manifest
from spatial_admin.services.database.run_postgres_program import connection_words, find_program, run_program
from spatial_admin.services.database.verify_history import Verified, verify_history
from spatial_admin.services.shared.held_snapshot import BACKUP
from spatial_admin.settings import Settings

DESCRIBE: Final = """
SELECT clock_timestamp() AS at, current_database() AS database, current_user AS owner, srid, crs_name,
       current_setting('server_version_num')::int / 10000 AS server,
       (SELECT version_num FROM alembic_version) AS revision
FROM deployment
"""
# Others may see what we see: the dump is of this snapshot, and so of the rows that were counted and replayed.
EXPORT: Final = f"SELECT pg_export_snapshot(), set_config('application_name', '{BACKUP}', true)"
LINES: Final = 10
BYTES: Final = "Writing bytes"  # the stage that is not told in rows


def backup_database(file: Path, settings: Settings, told: Told) -> Manifest:
    """Write a backup to `file` and its manifest beside it; raises BackupRefused, BackupFailed.

    Nothing is there under its name before it is whole and on the disk. A database whose history does not replay is not
    backed up: the backup before it is worth more.
    """
    part = _part_of(file)
    url = settings.database_owner_url
    try:
        with owner_snapshot(url) as session:
            found = session.connection().exec_driver_sql(DESCRIBE).one()
            program, major = find_program("pg_dump", found.server)
            _refuse_damage(session, told)
            contents = digest_tables(session, told)
            snapshot = str(session.connection().exec_driver_sql(EXPORT).one()[0])
            excluded = [f"--exclude-table-data=public.{table}" for table in NOT_KEPT]
            arguments = ["--format=custom", f"--snapshot={snapshot}", *excluded, f"--file={part}"]
            told(BYTES, 0, None)  # it may be over before it is looked at
            run_program(
                program,
                [*arguments, f"--dbname={connection_words(url)}"],
                url,
                told=lambda: told(BYTES, _size(part), None),
            )
        manifest = _describe(found, part, settings, major, contents)
        write_manifest(file, manifest)
        part.rename(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise BackupFailed(f"{file} could not be written ({error.strerror}); nothing is left of it.") from error
    except BackupFailed as error:
        raise BackupFailed(f"{file} was not made, and nothing is left of it. {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _part_of(file: Path) -> Path:
    """The name of what is not whole yet; raises BackupRefused where the backup could not get its own."""
    if file.exists() or manifest_path(file).exists():
        there = file if file.exists() else manifest_path(file)
        raise BackupRefused(f"{there} is there already; a backup is never overwritten. Give another name.")
    if not file.parent.is_dir():
        raise BackupRefused(f"There is no folder {file.parent}.")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)  # it holds the digests of passwords
    except OSError as error:
        raise BackupRefused(f"Nothing can be written into {file.parent} ({error.strerror}).") from error
    return part


def _refuse_damage(session: Session, told: Told) -> None:
    verified = Verified()
    wrong = list(verify_history(session, told, verified))
    if wrong:
        lines = "\n  ".join(wrong[:LINES])
        raise BackupRefused(
            f"History does not replay ({verified.wrong:,} facts do not follow), so no backup was made:\n"
            f"  {lines}\nRun flask database verify to see all. To save the database as it is, run pg_dump yourself."
        )


def _describe(found: Any, part: Path, settings: Settings, major: int, contents: dict[str, Contents]) -> Manifest:
    return Manifest(
        made_at=found.at.isoformat(),
        database=found.database,
        owner=found.owner,
        application_role=make_url(settings.database_url).username or "",
        server=found.server,
        program=major,
        srid=found.srid,
        crs_name=found.crs_name,
        revision=found.revision,
        bytes=_size(part),
        sha256=digest_of(part),
        tables={name: asdict(one) for name, one in contents.items()},
        not_kept=list(NOT_KEPT),
    )


def _size(part: Path) -> int:
    return part.stat().st_size


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
