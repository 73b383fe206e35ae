"""`flask demo`: an invented town to try things on."""

from __future__ import annotations

import importlib
import importlib.util

import click

from spatial_admin.cli.command_group import CommandGroup

group = CommandGroup("demo", help="The invented demonstration town.")


@group.command("load")
def load() -> None:
    """Load the demonstration town into an empty database."""
    load_the_demo()


def load_the_demo() -> None:
    """Load it and say how much it is."""
    if importlib.util.find_spec("spatial_admin.services.load_demo") is None:
        click.echo("This version comes without the demonstration town.", err=True)
        return
    service = importlib.import_module("spatial_admin.services.load_demo")
    click.echo("Loading the demonstration town …")
    loaded = service.load_demo()
    click.echo(f"Loaded: {loaded}")
