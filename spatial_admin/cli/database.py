"""`flask database`: prepare it for this version, check it."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask import current_app

from spatial_admin.cli import database_copies
from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.demo import load_the_demo
from spatial_admin.cli.plans import plans
from spatial_admin.errors import BadRequest
from spatial_admin.services.accounts.manage_accounts import ensure_administrator
from spatial_admin.services.database.check_database import check_database
from spatial_admin.services.database.maintain_database import Maintenance, maintain_database, note_run
from spatial_admin.services.database.prepare_database import prepare_database
from spatial_admin.settings import Settings

group = CommandGroup("database", help="Prepare the database, check it, back it up.")
for command in database_copies.COMMANDS:
    group.add_command(command)


@group.command("prepare")
def prepare() -> None:
    """Migrate, compare with the settings, load the demo into an empty database, make the first administrator."""
    settings: Settings = current_app.config["SETTINGS"]
    prepared = prepare_database()
    click.echo(f"The database is at migration {prepared.revision}.")
    for warning in prepared.warnings:
        click.secho(f"Warning: {warning}", fg="yellow", err=True)
    if settings.demo and not prepared.has_parcels:
        try:
            load_the_demo()
        except BadRequest as error:  # an extent that the town does not fit into is no reason not to start
            click.secho(f"Warning: no demonstration town: {error}", fg="yellow", err=True)
    password = ensure_administrator(settings.admin_email, settings.admin_password)
    if password:
        show_password(settings.admin_email, password)


@group.command("check")
def check() -> None:
    """Verify what the application relies on; ends with status 1 if anything is wrong."""
    checks = check_database()
    for one in checks:
        mark = click.style("ok   ", fg="green") if one.is_good else click.style("WRONG", fg="red")
        click.echo(f"{mark}  {one.name}: {one.message}")
    wrong = sum(not one.is_good for one in checks)
    if wrong:
        raise click.ClickException(f"{wrong} of {len(checks)} are wrong.")


group.add_command(plans)


@group.command("maintain")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def maintain(*, dry_run: bool) -> None:
    """Vacuum, analyze, rebuild bloated indexes, let old rows go; people may go on editing. For cron, where no worker
    does it by itself; ends with status 1 where something could not be done.
    """
    settings: Settings = current_app.config["SETTINGS"]
    begun_at, said = datetime.now(UTC), [""]

    def say(step: str, _done: int, _total: int | None = None) -> None:
        if step != said[0]:
            click.echo(f"  {step} ...", err=True)
            said[0] = step

    done = maintain_database(settings, say, rehearse=dry_run)
    if not dry_run:
        note_run(done, begun_at)
    _tell(done)


def _tell(done: Maintenance) -> None:
    wrong = 0
    for chore in done.chores:
        click.secho(f"{chore.name}: {chore.sentence}", bold=bool(chore.steps))
        for step in chore.steps:
            outcome = f"not done: {chore.left_out}" if chore.left_out else step.outcome or "would be done"
            wrong += not step.is_good or (bool(chore.left_out) and not done.is_rehearsal)
            click.echo(f"    {step.about}: {outcome}" + (f" ({step.seconds:.1f} s)" if step.seconds >= 0.05 else ""))
        if not chore.steps:
            click.echo("    nothing to do")
    if wrong:
        raise click.ClickException(f"{wrong} of these could not be done.")


def show_password(email: str, password: str) -> None:
    """Say the first administrator's password so that it is seen among the lines of a start."""
    rule = "-" * 64
    click.echo(rule)
    click.echo("  First administrator, made just now. The password is shown only here:")
    click.secho(f"    {email}", bold=True)
    click.secho(f"    {password}", bold=True)
    click.echo("  (Set ADMIN_EMAIL and ADMIN_PASSWORD before the first start to choose them.)")
    click.echo(rule)
