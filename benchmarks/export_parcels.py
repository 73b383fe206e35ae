"""Exports of a county, beside psql's COPY and ogr2ogr of the same rows in the same run.

    script/bench export_parcels [PARCELS | NAME]

100,000 parcels by default; NAME is a database of the cluster that is there (`script/bench load_county 1000000 NAME`).
Texts are read as a web server reads them and thrown away, as psql's go to /dev/null. Memory is what this process grew by.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from benchmarks._report import head, line
from benchmarks.lists import county
from spatial_admin.factory import create_app
from spatial_admin.services.exporting.export_formats import COLUMNS, DECIMALS, FORMATS
from spatial_admin.services.exporting.export_parcels import open_export
from spatial_admin.services.exporting.plan_export import plan_export
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

ROUNDS = 3
HOUR_MS = 3_600_000
NAMES = ", ".join(column.name for column in COLUMNS)
ROWS = f"SELECT {NAMES}, geom FROM parcel WHERE end_lifespan_version IS NULL"
OGR_ROWS = ROWS.replace("attributes", "attributes::text")
GEOJSON = f"SELECT ST_AsGeoJSON(p, 'geom', {DECIMALS}) FROM ({ROWS}) AS p"
CSV = f"SELECT {NAMES}, ST_AsText(geom, {DECIMALS}) AS geometry FROM ({ROWS}) AS p"


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    with county(cluster) as name, tempfile.TemporaryDirectory(prefix="bench-export-") as folder:
        app = create_app(settings_over(cluster.app_url(name), cluster, Path(folder)))
        with app.app_context():
            measure(cluster.admin_url(name), Path(folder))
        dispose(app)
    cluster.close()
    return 0


def measure(url: str, folder: Path) -> None:
    """Texts beside psql, files beside ogr2ogr."""
    count = rows_of(url)
    head()
    ours("geojson")  # plans, imports and pages of the table are warm
    before = resident_mb(peak=False)
    for suffix, limit in (("geojson", copy_of(GEOJSON)), ("geojsonl", copy_of(GEOJSON)), ("csv", copy_of(CSV, "CSV"))):
        if not shutil.which("psql"):
            print(f"{suffix}: psql is not installed, so there is nothing to hold it against")
            continue
        mine, theirs = interleaved(partial(ours, suffix), partial(psql, url, limit))
        line(f"{FORMATS[suffix].title} beside psql COPY (s)", count, mine, theirs, "<= 1.5")
    grown = resident_mb(peak=True) - before
    line("memory that this process grew by at its peak (MB)", count, grown, 20.0, "<= 1")
    for suffix in ("fgb", "gpkg", "shp.zip"):
        if not has_driver():
            print(
                f"{FORMATS[suffix].title}: no ogr2ogr with its PostgreSQL driver here (on Debian: gdal-bin); {ours(suffix):.2f} s alone"
            )
            continue
        mine, theirs = interleaved(partial(ours, suffix), partial(ogr2ogr, url, suffix, folder))
        line(f"{FORMATS[suffix].title} beside ogr2ogr (s)", count, mine, theirs, "<= 1" if suffix != "shp.zip" else "")


def interleaved(mine: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, taken in turns."""
    pairs = [(mine(), theirs()) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def ours(suffix: str) -> float:
    """Seconds of an export, read to its end."""
    began = time.perf_counter()
    blocks = open_export(plan_export(suffix), HOUR_MS)
    try:
        for _ in blocks:
            pass
    finally:
        blocks.close()
    return time.perf_counter() - began


def copy_of(select: str, form: str = "text") -> str:
    return f"\\copy ({select}) TO '/dev/null' (FORMAT {form})"


def psql(url: str, command: str) -> float:
    """Seconds of psql."""
    return timed(["psql", "-qX", "-v", "ON_ERROR_STOP=1", connection_words(url, "dbname"), "-c", command])


def ogr2ogr(url: str, suffix: str, folder: Path) -> float:
    """Seconds of ogr2ogr; its zip of a Shapefile is made by it, too."""
    path = folder / f"theirs.{suffix}"
    command = [
        "ogr2ogr",
        "-f",
        str(FORMATS[suffix].driver),
        str(path),
        f"PG:{connection_words(url, 'dbname')}",
        "-sql",
        OGR_ROWS,
    ]
    seconds = timed(
        [*command, "-nln", "parcels", "-lco", "ENCODING=UTF-8"]
        if suffix == "shp.zip"
        else [*command, "-nln", "parcels"]
    )
    path.unlink()
    return seconds


def timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 (ours)
    return time.perf_counter() - began


def connection_words(url: str, database: str) -> str:
    """A URL as libpq's words."""
    parts = make_url(url)
    words = {
        "host": parts.host,
        "port": parts.port,
        "user": parts.username,
        "password": parts.password,
        database: parts.database,
    }
    words |= {name: value for name, value in parts.query.items() if isinstance(value, str)}
    return " ".join(f"{name}='{value}'" for name, value in words.items() if value)


def has_driver() -> bool:
    """Is there an ogr2ogr that reads PostgreSQL?"""
    if not shutil.which("ogr2ogr"):
        return False
    formats = subprocess.run(["ogr2ogr", "--formats"], capture_output=True, text=True, check=False)  # noqa: S607
    return " PostgreSQL " in formats.stdout


def rows_of(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        count = int(
            connection.execute(text("SELECT count(*) FROM parcel WHERE end_lifespan_version IS NULL")).scalar_one()
        )
    engine.dispose()
    return count


def resident_mb(*, peak: bool) -> float:
    """Memory of this process in MB: now (and the peak begins anew), or at its peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status)
    if not peak:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
