"""Another SRID: a new database beside the old one follows it, transformed, while people edit; then a short switch.

Every point is transformed for itself, so that two parcels that share a corner share it afterwards, and whatever an
editor moves meanwhile arrives at the same place as if it had been there from the beginning. docs/changing_srid.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from spatial_admin.errors import BackupFailed, BackupRefused
from spatial_admin.owner_transaction import owner_snapshot, owner_transaction
from spatial_admin.services.digest_tables import Told
from spatial_admin.services.transfer_rows import Table, refused_parcels, store_incoming, tables_of, transfer
from spatial_admin.services.verify_history import Verified, verify_history
from spatial_admin.settings import Settings

# Also what keeps servers from starting on it (restore_database).
MARK: Final = "CREATE TABLE IF NOT EXISTS restore_not_ended (begun timestamptz DEFAULT clock_timestamp())"
UNMARK: Final = "DROP TABLE restore_not_ended; DROP TABLE srid_change"
STATE: Final = "CREATE TABLE IF NOT EXISTS srid_change (since xid8)"
READ_STATE: Final = "SELECT max(since::text) FROM srid_change"
WRITE_STATE: Final = "DELETE FROM srid_change; INSERT INTO srid_change VALUES ('{now}')"
# What tiles of low zooms are drawn from: made of the rows that came, which triggers did not see.
DRAW: Final = """
DELETE FROM zoning_outline; SELECT count(outline_district(id, geom)) FROM zoning_district; SELECT rebuild_parcel_cells()
"""
OLDEST_RUNNING: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
ABOUT: Final = "SELECT d.srid, (SELECT version_num FROM alembic_version) AS revision FROM deployment AS d"
HOLDS: Final = "SELECT EXISTS (SELECT FROM parcel) AND to_regclass('srid_change') IS NULL"
# Work that would go on in the old database after the switch, or half of which would be copied.
UNENDED: Final = """
SELECT (SELECT count(*) FROM job_run WHERE ended_at IS NULL) + (SELECT count(*) FROM import_batch WHERE state <> 'done')
"""
WAIT: Final = "SET LOCAL lock_timeout = '10s'"
LOCK: Final = "LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"
# A database that is closed says so to whoever writes; it is opened again by dropping the function.
OPEN: Final = "DROP FUNCTION database_is_closed() CASCADE"
CLOSE: Final = f"""
CREATE FUNCTION database_is_closed() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  RAISE EXCEPTION 'This database was closed: a database of SRID %% took its place', TG_ARGV[0] USING ERRCODE = '25006',
    HINT = 'To open it again: {OPEN}';
END
$body$
"""
CLOSE_TABLE: Final = """
CREATE TRIGGER a_closed BEFORE INSERT OR UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION database_is_closed({srid})
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """How many rows came in this pass, and whether the old database is closed now."""

    rows: int
    is_switched: bool


def follow(old_owner_url: str, settings: Settings, told: Told) -> Followed:
    """Bring the new database (that of the settings) to a moment of the old one; edits go on meanwhile.

    The first time everything is copied, afterwards what was written since. Raises BackupRefused.
    """
    with owner_snapshot(old_owner_url) as source:
        return Followed(_pass(source, settings, told), is_switched=False)


def switch(old_owner_url: str, settings: Settings, told: Told) -> Followed:
    """The last pass, while nobody writes to the old database, which stays closed; raises BackupRefused, BackupFailed.

    Everything long is done before: a pass, and a replay of all history. Where anything fails until the old database is
    closed, it is open again and nothing is lost.
    """
    rows = follow(old_owner_url, settings, told).rows
    _verify(settings, told, "the old one is still open")
    with _closed(old_owner_url, settings.srid) as source:
        rows += _pass(source, settings, told)
    _verify(settings, told, f"to open the old one again: {OPEN}")
    with owner_transaction(settings.database_owner_url) as target:
        target.connection().exec_driver_sql(DRAW)
        target.connection().exec_driver_sql(UNMARK)
        target.connection().exec_driver_sql("ANALYZE")
    return Followed(rows, is_switched=True)


def _verify(settings: Settings, told: Told, otherwise: str) -> None:
    with owner_snapshot(settings.database_owner_url) as target:
        wrong = list(verify_history(target, told, Verified()))
    if wrong:
        lines = "\n  ".join(wrong[:10])
        raise BackupFailed(f"The history of the new database does not replay; {otherwise}:\n  {lines}")


@contextmanager
def _closed(old_owner_url: str, srid: int) -> Iterator[Session]:
    """The old database as it is when its last writer has ended; closed to writers where the block ends well."""
    with owner_transaction(old_owner_url) as holder:
        run = holder.connection().exec_driver_sql
        run(WAIT)
        names = [table.name for table in tables_of(holder)]
        run(LOCK.format(tables=", ".join(names)))
        unended = int(run(UNENDED).scalar_one())
        if unended:
            raise BackupRefused(f"{unended} jobs or imports of the old database have not ended. Let them, or cancel.")
        with owner_snapshot(old_owner_url) as source:
            yield source
        run(CLOSE)
        for name in names:
            run(CLOSE_TABLE.format(table=name, srid=srid))


def _pass(source: Session, settings: Settings, told: Told) -> int:
    with owner_transaction(settings.database_owner_url) as target:
        run = target.connection().exec_driver_sql
        _check(source, target, settings)
        run(MARK)
        run(STATE)
        since = run(READ_STATE).scalar()
        now = source.connection().exec_driver_sql(OLDEST_RUNNING).scalar_one()
        tables = tables_of(target)
        for table in tables:
            run(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        if since is None:
            for table in reversed(tables):  # what the migrations seeded comes from the old database
                run(f"DELETE FROM {table.name}")
        rows = 0
        for table in tables:
            rows += _bring(source, target, table, settings.srid, since)
            told("Transferring rows", rows, None)
        for table in tables:
            run(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        run(WRITE_STATE.format(now=now))
    return rows


def _bring(source: Session, target: Session, table: Table, srid: int, since: str | None) -> int:
    rows = transfer(source, target, table, srid, since)
    if table.name == "parcel" and (refused := refused_parcels(target)):
        raise BackupRefused(
            f"In SRID {srid} these parcels would be invalid or outside the extent: {', '.join(refused)}. Mend them in "
            "the old database by an edit, or prepare the new one with another SPATIAL_ADMIN_EXTENT, then go on."
        )
    store_incoming(source, target, table)
    return rows


def _check(source: Session, target: Session, settings: Settings) -> None:
    old = source.connection().exec_driver_sql(ABOUT).one()
    new = target.connection().exec_driver_sql(ABOUT).one()
    if new.srid != settings.srid:
        raise BackupRefused(f"The new database is of SRID {new.srid}, SPATIAL_ADMIN_SRID is {settings.srid}.")
    if old.srid == new.srid:
        raise BackupRefused(
            f"Both databases are of SRID {new.srid}; to copy one, use flask database backup and restore."
        )
    if old.revision != new.revision:
        raise BackupRefused(
            f"The old database is at migration {old.revision}, the new one at {new.revision}: run flask database "
            "prepare with the same version of the application on both."
        )
    if target.connection().exec_driver_sql(HOLDS).scalar():
        name = make_url(settings.database_owner_url).database
        raise BackupRefused(f'The new database "{name}" holds parcels of its own. Prepare an empty one.')
