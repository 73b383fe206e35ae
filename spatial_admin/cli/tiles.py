"""`flask tiles`: draw tiles beforehand."""

from __future__ import annotations

import time

import click
from flask import current_app

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.tile_grid import DEEPEST, common
from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.services.tiles.bound_tiles import tile_bounds
from spatial_admin.services.tiles.choose_tiles import choose_tiles
from spatial_admin.services.tiles.fold_tile_cells import fold_tile_cells
from spatial_admin.services.tiles.prune_tiles import prune_tiles
from spatial_admin.services.tiles.warm_tiles import warm_by_async, warm_by_threads
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot

group = CommandGroup("tiles", help="Draw vector tiles beforehand.")


@group.command("warm")
@click.option("--bbox", help="west,south,east,north in degrees. Default: everything.")
@click.option("--zooms", default="0-15", show_default=True, help="One zoom or a range, such as 14-16.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Tiles drawn at a time.")
@click.option("--threads", is_flag=True, help="By threads (16 at most) instead of asyncpg, to compare.")
def warm(bbox: str | None, zooms: str, concurrency: int, *, threads: bool) -> None:
    """Draw the tiles in which parcels lie and store them, so that no reader waits for them.

    A stored tile is given away only while nothing in it has changed; run it again after an import.
    """
    settings: Settings = current_app.config["SETTINGS"]
    bounds = tile_bounds()
    area = common(_box(bbox), bounds.extent) if bbox else bounds.extent
    if area is None:
        raise click.BadParameter("it lies outside of the extent of this deployment", param_hint="--bbox")
    fold_tile_cells()
    prune_tiles()
    with snapshot() as session:
        tiles = choose_tiles(session, _zooms(zooms), area)
    begin = time.monotonic()
    with ProgressLine() as line:

        def report(done: int) -> None:
            seconds = time.monotonic() - begin
            line.show("Drawing", done, len(tiles), done / seconds, seconds / done * (len(tiles) - done))

        if threads:
            warmed = warm_by_threads(tiles, bounds, concurrency=min(concurrency, 16), report=report)
        else:
            warmed = warm_by_async(tiles, bounds, settings.database_url, concurrency=concurrency, report=report)
    seconds = time.monotonic() - begin
    click.echo(
        f"{warmed.tiles:,} tiles stored, {warmed.size_bytes / 1024**2:,.1f} MiB, in {seconds:,.1f} s "
        f"({warmed.tiles / max(seconds, 1e-9):,.0f} a second)."
    )
    if warmed.tiles < len(tiles):
        click.secho(f"{len(tiles) - warmed.tiles:,} were not: maintenance swept meanwhile. Run it again.", fg="yellow")


def _box(text: str) -> Box:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter("it takes west,south,east,north in degrees", param_hint="--bbox") from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise click.BadParameter("west must be below east and south below north, in degrees", param_hint="--bbox")
    return west, south, east, north


def _zooms(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        zooms = range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise click.BadParameter("it takes a zoom or a range such as 14-16", param_hint="--zooms") from error
    if not zooms or zooms[0] < 0 or zooms[-1] > DEEPEST:
        raise click.BadParameter(f"zooms go from 0 to {DEEPEST}", param_hint="--zooms")
    return zooms
