"""From a backup to a database: into an empty one, all of it in one transaction, then held against what was backed up.

Until the last step a table of its own says that the restore has not ended; no server starts on such a database.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy import exc, make_url, text
from sqlalchemy.orm import Session

from spatial_admin.database_errors import sqlstate
from spatial_admin.file_errors import BackupFailed, BackupRefused
from spatial_admin.owner_transaction import owner_snapshot, owner_transaction
from spatial_admin.services.database.digest_tables import Told, differences, digest_tables
from spatial_admin.services.database.keep_manifest import Manifest, check_file, read_manifest
from spatial_admin.services.database.run_postgres_program import connection_words, find_program, run_program
from spatial_admin.services.database.verify_history import Verified, verify_history
from spatial_admin.settings import Settings

MARK: Final = "restore_not_ended"
IS_MARKED: Final = f"SELECT to_regclass('public.{MARK}') IS NOT NULL"
FOLLOWS: Final = "SELECT to_regclass('public.srid_change') IS NOT NULL"  # what change_srid remembers between passes
SET_MARK: Final = f"CREATE TABLE IF NOT EXISTS {MARK} (begun timestamptz DEFAULT clock_timestamp())"
REMOVE_MARK: Final = f"DROP TABLE {MARK}"
# Everything that no extension brought, but our own mark.
HOLDS: Final = f"""
SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%' AND c.relname <> '{MARK}'
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
ORDER BY 1 LIMIT 3
"""
SERVER: Final = "SELECT current_setting('server_version_num')::int / 10000, current_database()"
HAS_ROLE: Final = "SELECT count(*) FROM pg_roles WHERE rolname = :role"
HAS_SRID: Final = "SELECT count(*) FROM spatial_ref_sys WHERE srid = :srid"
EXTENSIONS: Final = ("postgis", "pg_trgm")
# Lines of the archive's list that are not ours to restore: extensions belong to a superuser and are there already, with
# the reference systems that one of them brings. Rights come after, in a step of their own.
LEFT_OUT: Final = re.compile(
    r"^\d+; \d+ \d+ (EXTENSION |COMMENT - EXTENSION |COMMENT - SCHEMA public|SCHEMA - public|"
    r"TABLE DATA public spatial_ref_sys|ACL |DEFAULT ACL )"
)
RIGHTS: Final = re.compile(r"^\d+; \d+ \d+ ACL ")
GRANTEE: Final = re.compile(r'^(GRANT .* TO|REVOKE .* FROM) ("?)([^";]+)\2( WITH GRANT OPTION)?;$')


@dataclass(slots=True)
class Restored:
    """The manifest that it agrees with, rights that could not be given, and what is wrong with the history."""

    manifest: Manifest
    warnings: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def restore_database(file: Path, settings: Settings, told: Told) -> Restored:
    """Restore a backup into the empty database of the owner's URL; raises BackupRefused before anything is changed,
    BackupFailed after; then the database stays marked as not restored.
    """
    manifest = read_manifest(file)
    told("Reading bytes", 0, manifest.bytes)
    check_file(file, manifest)
    url = settings.database_owner_url
    with owner_transaction(url) as session:
        _check_target(session, manifest, settings)
        program, _ = find_program("pg_restore", max(manifest.program, _server(session)[0]))
        _make_extensions(session)
        _check_ground(session, manifest)
        session.connection().exec_driver_sql(SET_MARK)
    restored = Restored(manifest)
    _restore(program, file, url, manifest, told)
    _give_rights(program, file, settings, restored)
    _compare(settings, restored, told)
    with owner_transaction(url) as session:
        session.connection().exec_driver_sql(REMOVE_MARK)
    return restored


def refuse_unended_restore(session: Session) -> None:
    """Raise BackupRefused where a restore into this database, or what it follows another one for, has not ended."""
    if not session.execute(text(IS_MARKED)).scalar():
        return
    if session.execute(text(FOLLOWS)).scalar():
        raise BackupRefused(
            "This database follows another one and has not taken its place yet. End it with flask database change-srid "
            "--switch (or change-geometry-type --switch, if it was that)."
        )
    raise BackupRefused(
        "A restore into this database has not ended. Run flask database restore again; it says what to do where some "
        "of it is there already."
    )


def _server(session: Session) -> tuple[int, str]:
    major, name = session.execute(text(SERVER)).one()
    return int(major), str(name)


def _check_target(session: Session, manifest: Manifest, settings: Settings) -> None:
    major, name = _server(session)
    held = session.execute(text(HOLDS)).scalars().all()
    if held:
        is_marked = session.execute(text(IS_MARKED)).scalar()
        why = "an earlier restore into it did not end" if is_marked else f"it holds {', '.join(held)} …"
        raise BackupRefused(
            f'The database "{name}" is not empty: {why}. A backup is restored into an empty database:\n'
            f'  DROP DATABASE "{name}";   -- if nothing in it is needed; else CREATE DATABASE under another name\n'
            f'  CREATE DATABASE "{name}" OWNER "{make_url(settings.database_owner_url).username}";\n'
            "  CREATE EXTENSION postgis; CREATE EXTENSION pg_trgm;   -- inside it, as a superuser"
        )
    if major < manifest.server:
        raise BackupRefused(f"The backup is of PostgreSQL {manifest.server}; this server is older: {major}.")
    if manifest.srid != settings.srid:
        raise BackupRefused(
            f"The backup is of a database in SRID {manifest.srid} ({manifest.crs_name}), and SPATIAL_ADMIN_SRID is "
            f"{settings.srid}. Set it to {manifest.srid}: stored coordinates are never converted by a restore."
        )
    if manifest.revision not in _known_revisions():
        raise BackupRefused(
            f"The backup is at migration {manifest.revision}, which this version of the application does not know. "
            "Restore it with the version that made it, or a newer one."
        )
    role = make_url(settings.database_url).username
    if not session.execute(text(HAS_ROLE), {"role": role}).scalar():
        raise BackupRefused(
            f'The server has no role "{role}", which DATABASE_URL names; roles are in no backup. Create it.'
        )


def _known_revisions() -> set[str]:
    folder = Path(current_app.extensions["migrate"].directory) / "versions"
    found = (
        re.search(r'^revision = "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in folder.glob("*.py")
    )
    return {match[1] for match in found if match}


def _make_extensions(session: Session) -> None:
    for extension in EXTENSIONS:
        try:
            session.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        except exc.DBAPIError as error:
            if sqlstate(error) != "42501":
                raise
            raise BackupRefused(
                f"The database has no extension {extension}, and its owner may not create it. As a superuser, inside "
                f"the database: CREATE EXTENSION {extension};"
            ) from error


def _check_ground(session: Session, manifest: Manifest) -> None:
    if not session.execute(text(HAS_SRID), {"srid": manifest.srid}).scalar():
        raise BackupRefused(
            f"spatial_ref_sys of this database has no SRID {manifest.srid} ({manifest.crs_name}): it was added to the "
            "other one by hand. Add it here as well; its row is in the backup's table spatial_ref_sys."
        )


def _restore(program: Path, file: Path, url: str, manifest: Manifest, told: Told) -> None:
    """One transaction: who looks in from outside sees nothing or all of it."""
    listed = run_program(program, ["--list", str(file)], url).splitlines()
    kept = "\n".join(line for line in listed if not LEFT_OUT.match(line))
    rows = sum(table["rows"] for table in manifest.tables.values())
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
        chosen.write(kept + "\n")
        chosen.flush()
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", f"--use-list={chosen.name}"]
        run_program(
            program,
            [*arguments, f"--dbname={connection_words(url)}", str(file)],
            url,
            told=lambda: told("Restoring rows", 0, rows),
        )


def _give_rights(program: Path, file: Path, settings: Settings, restored: Restored) -> None:
    """The rights of the backup, to the application's role under the name that it has here, and to others that exist."""
    url = settings.database_owner_url
    listed = run_program(program, ["--list", str(file)], url).splitlines()
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
        chosen.write("\n".join(line for line in listed if RIGHTS.match(line)) + "\n")
        chosen.flush()
        script = run_program(program, [f"--use-list={chosen.name}", "--no-owner", "--file=-", str(file)], url)
    names = {
        restored.manifest.application_role: make_url(settings.database_url).username,
        restored.manifest.owner: make_url(url).username,
    }
    with owner_transaction(url) as session:
        roles = {str(role) for role in session.execute(text("SELECT rolname FROM pg_roles")).scalars()}
        for line in script.splitlines():
            statement = GRANTEE.match(line)
            if statement is None:
                continue
            words, _, given, with_grant = statement.groups()
            role = names.get(given) or given
            if role != "PUBLIC" and role not in roles:
                restored.warnings.append(f"There is no role {role} here: {line}")
                continue
            quoted = role if role == "PUBLIC" else '"' + role.replace('"', '""') + '"'
            session.connection().exec_driver_sql(f"{words} {quoted}{with_grant or ''}".replace("%", "%%"))
        session.connection().exec_driver_sql("ANALYZE")


def _compare(settings: Settings, restored: Restored, told: Told) -> None:
    with owner_snapshot(settings.database_owner_url) as session:
        lines = [
            line
            for line in differences(restored.manifest.tables, digest_tables(session, told))
            if not line.startswith(f"public.{MARK}:")
        ]
        if lines:
            raise BackupFailed(
                "What was restored is not what was backed up:\n  " + "\n  ".join(lines) + "\n"
                "The database stays marked as not restored. Drop it and restore again; if it differs again, report it."
            )
        restored.wrong.extend(verify_history(session, told, Verified()))
