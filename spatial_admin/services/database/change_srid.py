"""Another SRID, or another geometry type: a new database beside the old one follows it, converted, while people edit;
then a short switch.

Every point is transformed for itself, so that two parcels that share a corner share it afterwards, and whatever an
editor moves meanwhile arrives at the same place as if it had been there from the beginning. docs/changing_srid.md.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.file_errors import BackupFailed, BackupRefused
from spatial_admin.owner_transaction import owner_snapshot, owner_transaction
from spatial_admin.services.database.digest_tables import Told
from spatial_admin.services.database.transfer_rows import (
    Table,
    lacking_columns,
    pair_columns,
    refused_parcels,
    store_incoming,
    tables_of,
    transfer,
    unfit_rows,
)
from spatial_admin.services.database.verify_history import Verified, verify_history
from spatial_admin.services.parcels.find_departures import Leaving, find_departures
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
IS_CLOSED: Final = "SELECT to_regprocedure('database_is_closed()') IS NOT NULL"
CLOSE: Final = f"""
CREATE FUNCTION database_is_closed() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  RAISE EXCEPTION 'This database was closed: a database of %% took its place', TG_ARGV[0] USING ERRCODE = '25006',
    HINT = 'To open it again: {OPEN}';
END
$body$
"""
CLOSE_TABLE: Final = """
CREATE TRIGGER a_closed BEFORE INSERT OR UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION database_is_closed('{what}')
"""


class Change(StrEnum):
    """What is other in the new database."""

    SRID = "SRID"
    GEOMETRY_TYPE = "geometry type"


@dataclass(frozen=True, slots=True)
class Followed:
    """How many rows came in this pass, and whether the old database is closed now.

    `locked_s`: for how long writers of the old database had to wait; `closed_s`: how much later the new one was ready;
    `leaving`: what leaves its line, looked for in the first pass and before the switch.
    """

    rows: int
    is_switched: bool
    locked_s: float = 0.0
    closed_s: float = 0.0
    leaving: list[Leaving] = field(default_factory=list)


def follow(old_owner_url: str, settings: Settings, told: Told, change: Change = Change.SRID) -> Followed:
    """Bring the new database (that of the settings) to a moment of the old one; edits go on meanwhile.

    The first time everything is copied, afterwards what was written since. Raises BackupRefused.
    """
    with owner_snapshot(old_owner_url) as source:
        with owner_transaction(settings.database_owner_url) as target:
            rows, is_first = _pass(source, target, settings, told, change)
        leaving = _leaving(source, settings.srid, told) if is_first and change is Change.SRID else []
        return Followed(rows, is_switched=False, leaving=leaving)


def switch(old_owner_url: str, settings: Settings, told: Told, change: Change = Change.SRID) -> Followed:
    """Close the old database to writers and bring the last edits over; raises BackupRefused, BackupFailed.

    Whatever takes long and may go wrong is done before: a pass, and a replay of all history. Writers are locked out
    only while the old database is told that it is closed; from then on they are refused at once and nobody waits.
    Where anything fails afterwards the old database is opened again, and nothing is lost.
    """
    rows = follow(old_owner_url, settings, told, change).rows
    _verify(settings, told)
    leaving: list[Leaving] = []
    if change is Change.SRID:
        with owner_snapshot(old_owner_url) as source:
            leaving = _leaving(source, settings.srid, told)
    # Another pass for what was written meanwhile: the shorter the last one, the sooner people write again.
    rows += follow(old_owner_url, settings, told, change).rows
    with owner_transaction(settings.database_owner_url) as target:
        target.connection().exec_driver_sql("ANALYZE")
    locked_s = _close(old_owner_url, f"SRID {settings.srid}" if change is Change.SRID else "another geometry type")
    closed_at = time.monotonic()
    try:
        rows += follow(old_owner_url, settings, told, change).rows
        _verify(settings, told)
        with owner_transaction(settings.database_owner_url) as target:
            target.connection().exec_driver_sql(DRAW)
            target.connection().exec_driver_sql(UNMARK)
    except BaseException:
        with owner_transaction(old_owner_url) as source:
            source.connection().exec_driver_sql(OPEN)
        raise
    return Followed(rows, True, locked_s, time.monotonic() - closed_at, leaving)


def _leaving(source: Session, srid: int, told: Told) -> list[Leaving]:
    old = int(source.connection().exec_driver_sql(ABOUT).one().srid)
    return find_departures(source, ground_of(old), srid, told)


def _verify(settings: Settings, told: Told) -> None:
    with owner_snapshot(settings.database_owner_url) as target:
        wrong = list(verify_history(target, told, Verified()))
    if wrong:
        lines = "\n  ".join(wrong[:10])
        raise BackupFailed(f"The history of the new database does not replay; the old one is open:\n  {lines}")


def _close(old_owner_url: str, what: str) -> float:
    """Refuse writers of the old database from now on, once the last one has ended; answers how long they were locked
    out, in seconds.
    """
    with owner_transaction(old_owner_url) as holder:
        run = holder.connection().exec_driver_sql
        if run(IS_CLOSED).scalar_one():  # a switch before this one was killed
            return 0.0
        names = [table.name for table in tables_of(holder)]
        run(WAIT)
        begun = time.monotonic()
        run(LOCK.format(tables=", ".join(names)))
        unended = int(run(UNENDED).scalar_one())
        if unended:
            raise BackupRefused(f"{unended} jobs or imports of the old database have not ended. Let them, or cancel.")
        run(CLOSE)
        for name in names:
            run(CLOSE_TABLE.format(table=name, what=what))
    return time.monotonic() - begun


def _pass(source: Session, target: Session, settings: Settings, told: Told, change: Change) -> tuple[int, bool]:
    """How many rows came, and whether it was the first pass; committed by whoever opened the target."""
    run = target.connection().exec_driver_sql
    _check(source, target, settings, change)
    run(MARK)
    run(STATE)
    since = run(READ_STATE).scalar()
    now = source.connection().exec_driver_sql(OLDEST_RUNNING).scalar_one()
    tables = pair_columns(source, tables_of(target))
    for table in tables:
        run(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
    _refuse_what_does_not_fit(source, tables)
    if since is None:
        for table in reversed(tables):  # what the migrations seeded comes from the old database
            run(f"DELETE FROM {table.name}")
    rows = 0
    for table in tables:
        rows += _bring(source, target, table, change, settings.srid, since)
        told("Transferring rows", rows, None)
    for table in tables:
        run(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
    run(WRITE_STATE.format(now=now))
    return rows, since is None


def _bring(source: Session, target: Session, table: Table, change: Change, srid: int, since: str | None) -> int:
    rows = transfer(source, target, table, srid if change is Change.SRID else None, since)
    if table.name == "parcel" and (refused := refused_parcels(target)):
        raise BackupRefused(
            f"In SRID {srid} these parcels would be invalid or outside the extent: {', '.join(refused)}. Mend them in "
            "the old database by an edit, or prepare the new one with another SPATIAL_ADMIN_EXTENT, then go on."
        )
    store_incoming(source, target, table, is_measured_anew=change is Change.SRID)
    return rows


def _refuse_what_does_not_fit(source: Session, tables: Sequence[Table]) -> None:
    for table in tables:
        for column in table.geometries:
            if unfit := unfit_rows(source, table, column):
                raise BackupRefused(
                    f"{table.name}.{column.name} of the new database takes {column.kind} only, which these are not: "
                    f"{', '.join(unfit)}. Mend them in the old database by an edit, then go on."
                )


def _check(source: Session, target: Session, settings: Settings, change: Change) -> None:
    old = source.connection().exec_driver_sql(ABOUT).one()
    new = target.connection().exec_driver_sql(ABOUT).one()
    if new.srid != settings.srid:
        raise BackupRefused(f"The new database is of SRID {new.srid}, SPATIAL_ADMIN_SRID is {settings.srid}.")
    if change is Change.SRID:
        _check_srid(old, new)
    else:
        _check_type(source, target, old, new)
    if target.connection().exec_driver_sql(HOLDS).scalar():
        name = make_url(settings.database_owner_url).database
        if source.connection().exec_driver_sql(IS_CLOSED).scalar():
            raise BackupRefused(
                f'The old database is closed already: "{name}" has taken its place. Start the servers on that one.'
            )
        raise BackupRefused(f'The new database "{name}" holds parcels of its own. Prepare an empty one.')


def _check_srid(old: Any, new: Any) -> None:
    if old.srid == new.srid:
        raise BackupRefused(
            f"Both databases are of SRID {new.srid}; to copy one, use flask database backup and restore."
        )
    if old.revision != new.revision:
        raise BackupRefused(
            f"The old database is at migration {old.revision}, the new one at {new.revision}: run flask database "
            "prepare with the same version of the application on both."
        )


def _check_type(source: Session, target: Session, old: Any, new: Any) -> None:
    """The migrations may differ, for one of them changes the type; the columns may not."""
    if old.srid != new.srid:
        raise BackupRefused(
            f"The old database is of SRID {old.srid}, the new one of {new.srid}: use flask database change-srid."
        )
    tables = tables_of(target)
    if lacking := lacking_columns(source, tables):
        raise BackupRefused(
            f"Both databases must have the same columns; only one of them has {', '.join(lacking)}. Migrate the "
            "old one up to the migration before the one that changes the type."
        )
    if not any(column.is_converted for table in pair_columns(source, tables) for column in table.geometries):
        raise BackupRefused(
            "Both databases have the same geometry types; to copy one, use flask database backup and restore."
        )
