"""`flask zoning`: districts."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.parcels import teller
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.services.importing.import_zoning import ZoningOptions, import_zoning

group = CommandGroup("zoning", help="Zoning districts.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--code-field", help="Field that holds the code. Default: the first of the usual names.")
@click.option("--name-field", help="Field that holds the name. Default: the first of the usual names, else the code.")
@click.option("--layer", help="Layer, where the file has several.")
@click.option("--crs", help="CRS of the coordinates, where the file does not say or says wrong.")
@click.option("--encoding", help="Encoding of the texts of a Shapefile.")
@click.option(
    "--add", "is_added", is_flag=True, help="Keep the districts that are stored; without it they are replaced."
)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on a line of its own.")
def import_file(file: Path, *, as_json: bool, is_added: bool, **options: str | None) -> None:
    """Make the districts of FILE the zoning; every parcel in them gets its shares."""
    chosen = ZoningOptions(**options, is_added=is_added)
    with ProgressLine() as line:
        report = import_zoning(file, chosen, limits=current_app.config["SETTINGS"].limits, report=teller(line))
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    click.echo(f"{report.features:,} features read, {report.admitted:,} districts stored (code: {report.code_field}).")
    click.echo(f"  {report.parcels:,} parcels have their shares")
    for row, refused in sorted(report.refused.items()):
        click.echo(f"  row {row} refused: {refused.rule.replace('_', ' ')}: {refused.reason}")
