"""`flask demo`: an invented town to try things on."""

from __future__ import annotations

import click
from flask import current_app

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.services.database.load_demo import load_demo
from spatial_admin.services.importing.plan_import import Progress
from spatial_admin.settings import Settings

SHOWN_FROM = 3_000  # one town is there before a line could be read
group = CommandGroup("demo", help="The invented demonstration town.")


@group.command("load")
@click.option("--parcels", type=click.IntRange(1), default=2_000, show_default=True, help="About how many.")
def load(parcels: int) -> None:
    """Load the demonstration town; with many parcels a county of towns."""
    load_the_demo(parcels)


def load_the_demo(parcels: int = 2_000) -> None:
    """Load it and say how much it is."""
    settings: Settings = current_app.config["SETTINGS"]
    click.echo("Loading the demonstration town …")
    with ProgressLine() as line:

        def report(progress: Progress) -> None:
            if parcels > SHOWN_FROM:
                line.show(progress.stage, progress.done, progress.total, progress.rate, progress.seconds_left)

        loaded = load_demo(parcels, owner_url=settings.database_owner_url, report=report)
    click.echo(
        f"{loaded.name}: {loaded.parcels:,} parcels, {loaded.districts} zoning districts, "
        f"{loaded.findings} findings, {loaded.quarantined} rows in quarantine (docs/demo.md says which)."
    )
