"""What editors notice of an import: their times and false aborts alone, and while a file is imported beside them.

    script/bench edit_during_import [DATABASE | PARCELS [IMPORTED [MINUTES]]]

Four scattered editors by the service; DATABASE as for edit_concurrently, else a fabric of PARCELS lots (100,000). Meanwhile a
GeoPackage of IMPORTED lots (100,000 by default) is imported elsewhere in the same tables, as `flask parcels import` does it. After
MINUTES (8) beside it both end, however far the import has come by then: the last line says how many rows became parcels. The editors
alone are measured before and after, for a machine is not always as fast; what was seen beside the import is told every minute,
so that a run which is ended from outside has said something.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from benchmarks._corners import Corner, corners_of
from benchmarks._editors import Tally, Work, together
from benchmarks._fabric import parcels_of
from benchmarks._report import head, line, median_ms, p99_ms
from benchmarks.import_parcels import UNLIMITED, fabric, write
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Settings, storage_srid
from tests.database import TestCluster

SECONDS = 10.0
ROUNDS = 60  # at most so many of them beside the import, each with corners of its own
ALONE = 2  # rounds before the import, and as many after it
A_MINUTE = 6  # rounds
CORNERS = 6_600
ADMITTED = text("SELECT count(*) FROM staged_parcel WHERE decision = 'admitted'")


def main() -> int:
    """Print one line for each measurement; the limit is the same editors alone."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    where, imported, minutes = [*sys.argv[1:], *["100000", "100000", "8"][len(sys.argv) - 1 :]][:3]
    head()
    with parcels_of(cluster, where) as (name, engine), tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        path = Path(folder) / "lots.gpkg"
        write(path, fabric(int(imported), storage_srid()), storage_srid())
        corners = corners_of(engine, CORNERS)
        size = len(corners) // (ROUNDS + 2 * ALONE)
        groups = [corners[size * k : size * (k + 1)] for k in range(ROUNDS + 2 * ALONE)]
        work = Work(cluster.app_url(name), cluster.owner_url(name), SECONDS, 2, 2, groups[0])
        before = sum_of([together(replace(work, corners=group)) for group in groups[:ALONE]])
        tell("editors alone, before", before, before)
        beside = beside_import(work, path, groups[ALONE:-ALONE], float(minutes) * 60, before)
        after = sum_of([together(replace(work, corners=group)) for group in groups[-ALONE:]])
        alone = sum_of([before, after])
        tell("editors alone, before and after", alone, alone)
        tell(f"editors beside the import of {int(imported):,}", beside, alone, goal="<= 3")
        line("seconds of editing beside it", beside.saved, beside.seconds, 1.0)
        with engine.connect() as connection:
            admitted = int(connection.execute(ADMITTED).scalar_one())
        line("rows that became parcels meanwhile | all", admitted, float(admitted), float(imported))
    cluster.close()
    return 0


def beside_import(work: Work, path: Path, groups: list[list[Corner]], limit_s: float, alone: Tally) -> Tally:
    """Editors in rounds for as long as the file is being imported, at most so many seconds; what they did meanwhile."""
    importing = multiprocessing.get_context("spawn").Process(target=run_import, args=(work, path))
    importing.start()
    rounds: list[Tally] = []
    until = time.monotonic() + limit_s
    for group in groups:
        tally = together(replace(work, corners=group))
        if not importing.is_alive() and rounds:
            break  # a part of this round was alone
        rounds.append(tally)
        if len(rounds) % A_MINUTE == 0:
            tell(f"… after {len(rounds) // A_MINUTE} min beside it", sum_of(rounds), alone)
        if time.monotonic() > until:
            importing.terminate()
            break
    importing.join()
    if importing.exitcode not in (0, -signal.SIGTERM):
        raise SystemExit(f"The import failed with {importing.exitcode}.")
    return sum_of(rounds)


def sum_of(rounds: Sequence[Tally]) -> Tally:
    """What editors did in several rounds."""
    times_s = [time_s for tally in rounds for time_s in tally.times_s]
    retries, refused, given_up = (sum(getattr(t, name) for t in rounds) for name in ("retries", "refused", "given_up"))
    return Tally(sum(tally.seconds for tally in rounds), times_s, retries, refused, given_up)


def run_import(work: Work, path: Path) -> None:
    """Import the file in a process of its own."""
    app = create_app(
        Settings(work.app_url, work.owner_url, "only-for-benchmarks-012345", srid=storage_srid(), production=False)
    )
    with app.app_context():
        import_parcels(path, ImportOptions(), limits=UNLIMITED)
        db.engine.dispose()


def tell(what: str, tally: Tally, alone: Tally, goal: str = "") -> None:
    """Median, p99 and aborts, beside those alone."""
    line(f"{what}: p50 (ms)", tally.saved, median_ms(tally.times_s), median_ms(alone.times_s))
    line(f"{what}: p99 (ms)", tally.saved, p99_ms(tally.times_s), p99_ms(alone.times_s), goal)
    line(f"{what}: aborts/commit", tally.saved, tally.aborts, 1.0)
    line(f"{what}: refused or given up", tally.saved, tally.refused + tally.given_up, 1.0)


if __name__ == "__main__":
    sys.exit(main())
