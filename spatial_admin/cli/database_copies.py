"""`flask database backup`, `restore` and `verify`: copies, and whether history replays."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from spatial_admin.cli.command_group import words_of
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.errors import SettingRefused
from spatial_admin.file_errors import BackupFailed
from spatial_admin.services.database.backup_database import backup_database
from spatial_admin.services.database.change_srid import Change, follow, switch
from spatial_admin.services.database.digest_tables import Told, differences, digest_tables
from spatial_admin.services.database.keep_manifest import manifest_path, read_manifest
from spatial_admin.services.database.node_lines import author_of, node_lines
from spatial_admin.services.database.queue_backup import note_backup
from spatial_admin.services.database.restore_database import restore_database
from spatial_admin.services.database.verify_history import Verified, verify_history
from spatial_admin.services.parcels.find_departures import Leaving, find_departures
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.settings import Settings, value_of, with_driver
from spatial_admin.transaction import snapshot

MOST_TOLD = 10


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write everything of one moment to FILE, and beside it a manifest to hold a restored copy against.

    Edits go on meanwhile. Roles, SECRET_KEY and private files are not in it (docs/backup.md).
    """
    begun_at = datetime.now(UTC)
    with ProgressLine() as line:
        manifest = backup_database(file.absolute(), current_app.config["SETTINGS"], teller(line))
    try:
        note_backup(file.absolute(), manifest, begun_at)
    except DBAPIError as error:  # as a replica does
        unknown = f"Admin › Database will not know of it: {words_of(error.orig) or error.orig}"
        click.secho(f"Warning: the backup is good, but the database did not note it. {unknown}", fg="yellow", err=True)
    rows = sum(table["rows"] for table in manifest.tables.values())
    click.echo(f"{file}: {manifest.bytes:,} bytes, {rows:,} rows of {len(manifest.tables)} tables, history replayed.")
    click.echo(f"{manifest_path(file)}: keep it beside.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore(file: Path) -> None:
    """Restore FILE into the empty database of DATABASE_OWNER_URL, and hold it against its manifest."""
    with ProgressLine() as line:
        restored = restore_database(file.absolute(), current_app.config["SETTINGS"], teller(line))
    for warning in restored.warnings:
        click.secho(f"Warning: {warning}", fg="yellow", err=True)
    for sentence in restored.wrong:
        click.echo(sentence)
    if restored.wrong:
        raise click.ClickException("The copy is exact, and its history does not replay: nor does the original's.")
    click.echo(f"Restored as it was at {restored.manifest.made_at}: all rows are the same, history replayed.")
    click.echo("Now run flask database prepare (script/server does), which migrates it where the backup is older.")


@click.command("verify")
@click.option("--backup", "file", type=click.Path(path_type=Path), help="Compare with what this backup holds as well.")
@with_appcontext
def verify(file: Path | None) -> None:
    """Replay the history of every parcel; ends with status 1 if anything does not follow."""
    verified = Verified()
    kept = read_manifest(file).tables if file else None  # refused before hours of replaying, not after
    with snapshot() as session, ProgressLine() as line:
        told = teller(line)
        for sentence in verify_history(session, told, verified):
            click.echo(sentence)
        lines = differences(kept, digest_tables(session, told)) if kept is not None else []
    for difference in lines:
        click.echo(difference)
    if verified.wrong or lines:
        raise BackupFailed(
            f"{verified.wrong:,} statements are wrong" + (f", {len(lines)} tables differ." if file else ".")
        )
    click.echo("History replays: every parcel follows from its versions, every version from its edit.")


SWITCH = click.option(
    "--switch", "is_last", is_flag=True, help="Close the old database to writers and bring the last edits over."
)


@click.command("change-srid")
@SWITCH
@with_appcontext
def change_srid(*, is_last: bool) -> None:
    """Have the new, empty database follow the one of OLD_DATABASE_OWNER_URL, which is of another SRID.

    Repeat it until few rows come, then once with --switch (docs/changing_srid.md).
    """
    _follow(Change.SRID, is_last=is_last)


@click.command("change-geometry-type")
@SWITCH
@with_appcontext
def change_geometry_type(*, is_last: bool) -> None:
    """Have the new, empty database follow the one of OLD_DATABASE_OWNER_URL, whose geometries are of another type.

    Repeat it until few rows come, then once with --switch (docs/changing_srid.md).
    """
    _follow(Change.GEOMETRY_TYPE, is_last=is_last)


def _follow(change: Change, *, is_last: bool) -> None:
    old = value_of(os.environ, "OLD_DATABASE_OWNER_URL")
    if not old:
        raise SettingRefused("OLD_DATABASE_OWNER_URL", "", "give the old database's URL, or the name of its file")
    begun = time.monotonic()
    with ProgressLine() as line:
        step = switch if is_last else follow
        followed = step(with_driver(old), current_app.config["SETTINGS"], teller(line), change)
    click.echo(f"{followed.rows:,} rows came in {time.monotonic() - begun:.1f} s.")
    if followed.is_switched:
        click.echo(
            f"Writers waited for {followed.locked_s:.2f} s, then were told that the old database is closed; this one "
            f"was ready {followed.closed_s:.0f} s later."
        )
    _tell_leaving(followed.leaving, followed.is_switched)
    if followed.is_switched:
        click.echo("The old database takes no more edits. Start the servers on this one now.")
    else:
        click.echo("Edits went on meanwhile: repeat it until few rows come, then add --switch.")


def _tell_leaving(leaving: Sequence[Leaving], is_switched: bool) -> None:
    if not leaving:
        return
    did = "have left" if is_switched else "would leave"
    click.secho(
        f"{len(leaving):,} points {did} a line that they lie on, and make a gap or an overlap there:", fg="yellow"
    )
    for one in sorted(leaving, key=lambda one: -one.departure.distance_m)[:MOST_TOLD]:
        click.echo(f"  {one.sentence()}")
    if not is_switched:
        click.echo("Node them in the old database, with its settings: flask database node-lines SRID --as EMAIL")


@click.command("node-lines")
@click.argument("srid", type=int)
@click.option("--as", "email", help="Whose edits they are; without it they are only shown.")
@click.option("--record", type=int, help="The record that the edits rest on.")
@with_appcontext
def node_lines_for(srid: int, email: str | None, record: int | None) -> None:
    """Show the points that SRID would take off a line they lie on; with --as, make them corners of it by edits.

    For the database that change-srid will follow, with its own settings. No line is moved.
    """
    settings: Settings = current_app.config["SETTINGS"]
    author = author_of(email) if email else None
    with ProgressLine() as line:
        told = teller(line)
        with snapshot() as session:
            session.connection().exec_driver_sql("SET LOCAL statement_timeout = 0")
            found = find_departures(session, deployment_ground(), srid, told)
        comment = f"Noded before the change to SRID {srid}"
        noded = node_lines(found, author, comment, record, settings.limits, told) if author and found else None
    if noded is None:
        if found:
            _tell_leaving(found, is_switched=False)
        else:
            click.echo(f"No point would leave its line in SRID {srid}.")
        return
    click.echo(f"{noded.lines:,} lines have their points now.")
    for sentence in noded.refused:
        click.echo(f"  not done: {sentence}")
    if noded.refused:
        raise click.ClickException(f"{len(noded.refused):,} lines could not be noded.")


def teller(line: ProgressLine) -> Told:
    """Shows what a service tells, with its rate."""
    begun: dict[str, float] = {}

    def told(stage: str, done: int, total: int | None) -> None:
        seconds = time.monotonic() - begun.setdefault(stage, time.monotonic())
        rate = done / seconds if seconds > 0 else 0.0
        left = (total - done) / rate if total and rate else None
        line.show(stage, done, total, rate, left)

    return told


COMMANDS = (backup, restore, verify, change_srid, change_geometry_type, node_lines_for)
