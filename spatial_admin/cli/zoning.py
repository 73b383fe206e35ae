"""`flask zoning`: districts."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.services.import_zoning import import_zoning

group = CommandGroup("zoning", help="Zoning districts.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code-field", help="Field that holds the code. Default: the first of the usual names.")
@click.option("--name-field", help="Field that holds the name. Default: the first of the usual names, else the code.")
@click.option("--layer", help="Layer, where the file has several.")
@click.option("--crs", help="CRS of the coordinates, where the file does not say or says wrong.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on a line of its own.")
def import_file(file: Path, *, as_json: bool, **options: str | None) -> None:
    """Add the districts of FILE; every parcel in them gets its shares."""
    report = import_zoning(file, limits=current_app.config["SETTINGS"].limits, **options)
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    click.echo(f"{report.features:,} features read, {report.admitted:,} districts added (code: {report.code_field}).")
    click.echo(f"  {report.parcels:,} parcels have their shares")
    for refused in report.refused:
        click.echo(f"  row {refused.row} refused: {refused.rule.replace('_', ' ')}: {refused.reason}")
