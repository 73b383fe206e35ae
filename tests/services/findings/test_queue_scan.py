"""What is imported is scanned without anybody's asking, once."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.services.findings.queue_scan import KIND, queue_due_scan, queue_scan
from spatial_admin.services.findings.scan_coverage import scan_coverage
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.shared.watch_edit import unwatched
from spatial_admin.settings import Limits
from tests.services.sources import grid, write_geojson


def end_jobs(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE job_run SET state = 'cancelled', ended_at = clock_timestamp()"))


def test_a_scan_is_due_after_an_import_until_one_is_asked_for_or_begun(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    def bring(name: str) -> None:
        path = write_geojson(tmp_path / f"{name}.geojson", grid(2, 2))
        import_parcels(path, ImportOptions(id_field="id", comment=name), limits=Limits())

    with app.app_context():
        assert queue_due_scan() is None
        bring("first")
        queued = queue_due_scan()
        assert queued == queue_scan()  # it waits
        assert queue_due_scan() is None
        end_jobs(engine)  # whatever became of it, it was asked for
        assert queue_due_scan() is None
        bring("again")  # the same ids: nothing was admitted
        assert queue_due_scan() is None
    with engine.connect() as connection:
        assert connection.execute(text("SELECT kind, asked_by FROM job_run")).all() == [(KIND, None)]


def test_a_scan_from_the_command_line_is_as_good(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        import_parcels(write_geojson(tmp_path / "a.geojson", grid(2, 2)), ImportOptions(), limits=Limits())
        scan_coverage(unwatched, processes=1)
        assert queue_due_scan() is None
