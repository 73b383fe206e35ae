"""`flask demo`: an invented town to try things on."""

from __future__ import annotations

import click

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.services.load_demo import load_demo

group = CommandGroup("demo", help="The invented demonstration town.")


@group.command("load")
@click.option("--parcels", type=click.IntRange(1), default=2_000, show_default=True, help="About how many.")
def load(parcels: int) -> None:
    """Load the demonstration town; with many parcels a county of towns."""
    load_the_demo(parcels)


def load_the_demo(parcels: int = 2_000) -> None:
    """Load it and say how much it is."""
    click.echo("Loading the demonstration town …")
    loaded = load_demo(parcels)
    click.echo(
        f"{loaded.name}: {loaded.parcels:,} parcels, {loaded.districts} zoning districts, "
        f"{loaded.findings} findings, {loaded.quarantined} rows in quarantine (docs/demo.md says which)."
    )
