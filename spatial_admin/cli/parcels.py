"""`flask parcels`: bring files in, and out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from uuid import UUID, uuid4

import click
from flask import current_app

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.services.exporting.export_formats import FORMATS
from spatial_admin.services.exporting.plan_export import plan_export
from spatial_admin.services.exporting.save_export import save_export, suffix_of
from spatial_admin.services.importing.import_parcels import import_parcels, resume_import
from spatial_admin.services.importing.plan_import import ImportOptions, ImportReport, Progress, Report
from spatial_admin.services.importing.undo_import import UndoRequest, edit_of_import, undo_import

group = CommandGroup("parcels", help="Import parcels from files, export them to files.")
STAGES = {"reading": "Reading", "reprojecting": "Reprojecting", "admitting": "Admitting", "retiring": "Retiring"}


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id-field", help="Field that holds the permanent id. Default: the first of the usual ones that fits.")
@click.option("--number-field", help="Field that holds the number people print. Default: the id's.")
@click.option("--kind-field", help="Field that holds lot, road, water, common, unit or easement.")
@click.option("--level", default="parcels", show_default=True, help="Level the parcels belong to.")
@click.option("--layer", help="Layer, where the file has several.")
@click.option("--crs", help="CRS of the coordinates, such as EPSG:26915, where the file does not say or says wrong.")
@click.option("--encoding", help="Encoding of the texts of a Shapefile.")
@click.option("--comment", default="", help="Reason, kept with the edit.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on a line of its own.")
def import_file(file: Path, *, as_json: bool, **options: str | None) -> None:
    """Import FILE: GeoJSON, GeoJSON lines, GeoPackage, FlatGeobuf or a zipped Shapefile.

    Every feature is accounted for: admitted, or put into quarantine with its reason.
    """
    chosen = ImportOptions(**options)  # type: ignore[arg-type]  # click gives the texts that have a default
    with ProgressLine() as line:
        report = import_parcels(file, chosen, limits=current_app.config["SETTINGS"].limits, report=teller(line))
    tell(report, as_json=as_json)


@group.command("resume")
@click.argument("import_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on a line of its own.")
def resume(import_id: int, *, as_json: bool) -> None:
    """Go on with import IMPORT_ID where it was stopped."""
    with ProgressLine() as line:
        report = resume_import(import_id, limits=current_app.config["SETTINGS"].limits, report=teller(line))
    tell(report, as_json=as_json)


@group.command("undo")
@click.argument("import_id", type=int)
@click.option("--comment", default="", help="Reason, kept with the edit.")
@click.option("--key", type=click.UUID, help="Key of the undoing; the same again goes on where one was stopped.")
def undo(import_id: int, comment: str, key: UUID | None) -> None:
    """Retire what import IMPORT_ID brought. Parcels that were changed since are kept, and lots that have units."""
    with ProgressLine() as line:
        edit_id, admitted = edit_of_import(import_id)
        progress = Progress("retiring", total=admitted)

        def told(_step: str, done: int) -> None:
            progress.done = done
            teller(line)(progress)

        request = UndoRequest(edit_id, key or uuid4(), comment)
        receipt = undo_import(request, None, told)
    click.echo(f"Edit {receipt['edit_id']}: {receipt['retired']:,} parcels retired, {receipt['kept']:,} kept.")


@group.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--bbox", help="Only parcels that meet this box: west,south,east,north in degrees.")
@click.option("--crs", help="CRS of the coordinates, such as EPSG:2154. Default: the stored one; GeoJSON: lon/lat.")
@click.option("--level", help="Only parcels of this level.")
@click.option("--format", "suffix", type=click.Choice(list(FORMATS)), help="Default: by the end of FILE's name.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def export_file(
    file: Path, *, suffix: str | None, force: bool, bbox: str | None, crs: str | None, level: str | None
) -> None:
    """Export current parcels to FILE: GeoJSON, GeoJSON lines, CSV, FlatGeobuf, GeoPackage or a zipped Shapefile.

    All of one moment, with exact coordinates. FILE is there when it is whole.
    """
    export = plan_export(suffix_of(file, suffix), bbox=bbox, crs=crs, level=level)
    began = time.monotonic()
    count = 0
    with ProgressLine() as line:

        def told(done: int) -> None:
            nonlocal count
            count = done
            line.show("Exporting", done, None, done / max(time.monotonic() - began, 1e-3), None)

        save_export(export, file, told, may_replace=force)
    click.echo(f"{file}: {count:,} parcels, {export.crs}, {file.stat().st_size:,} bytes.")


def tell(report: ImportReport, *, as_json: bool) -> None:
    """Say what came of an import."""
    if as_json:
        click.echo(json.dumps(report.as_json()))
        return
    click.echo(f"Import {report.import_id} from {report.source_crs}: {report.features:,} features read.")
    named = f"ids from the field {report.id_field}" if report.id_field else "ids made from the row numbers"
    click.echo(f"  {report.admitted:,} admitted ({named}), {report.findings:,} findings opened")
    click.echo(f"  {report.quarantined:,} in quarantine" + (":" if report.refused else ""))
    for rule, count in sorted(report.refused.items()):
        click.echo(f"    {count:,} {rule.replace('_', ' ')}")
    if report.points_added:
        click.echo(f"  {report.points_added:,} points added so that straight lines stay straight and shared")
    if report.z_dropped or report.m_dropped:
        click.echo(f"  heights dropped from {report.z_dropped:,} features, measures from {report.m_dropped:,}")
    if report.kinds_unknown:
        click.echo(f"  {report.kinds_unknown:,} features named a kind that is none; they became lots")


def teller(line: ProgressLine) -> Report:
    """Shows the steps of an import on a line."""

    def tell_progress(progress: Progress) -> None:
        line.show(STAGES[progress.stage], progress.done, progress.total, progress.rate, progress.seconds_left)

    return tell_progress
