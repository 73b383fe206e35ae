"""Admission when it is killed, and while others write at the same place."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import Engine, exc, text

from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.admit_parcels import LARGEST_CHUNK, Admission
from spatial_admin.services.importing.import_parcels import import_parcels, resume_import
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits, Settings
from tests.gate import WHILE_ADMITTING, end_who_is_there, gate, is_there
from tests.services.sources import feature, grid, lot, write_geojson
from tests.waiting import until

IMPORTER = """
import os, sys
from pathlib import Path
from spatial_admin.factory import create_app
from spatial_admin.services.importing import admit_parcels
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits, Settings
admit_parcels.FIRST_CHUNK = admit_parcels.LARGEST_CHUNK = 40
app = create_app(Settings(sys.argv[1], sys.argv[1], "only-for-tests-0123456789", demo=False, production=False))
with app.app_context():
    import_parcels(Path(sys.argv[2]), ImportOptions(), limits=Limits())
"""
UNRECORDED = """
SELECT count(*) FROM parcel a JOIN parcel b ON a.geom && b.geom AND a.id < b.id
WHERE ST_Relate(a.geom, b.geom, 'T********') AND common_area_m2(a.geom, b.geom) > 0.01
  AND NOT EXISTS (SELECT FROM finding WHERE parcels @> ARRAY[a.id, b.id])
"""


DRAW = """
INSERT INTO parcel (parcel_id, level, kind, geom)
VALUES (:name, 'parcels', 'lot', ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON(:ring), 4326)))
"""
LAWFUL = ("SA010", "40P01", "40001")  # an overlap refused; a deadlock or serialization failure, to be tried again


def scalar(engine: Engine, sql: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql)).scalar_one()


def overlapping(columns: int, rows: int) -> list[dict[str, Any]]:
    """A grid, and beside every tenth lot one that overlaps it by half."""
    lots = grid(columns, rows)
    return lots + [feature(lot(i + 0.5, j), id=f"O{i}-{j}") for j in range(rows) for i in range(0, columns, 10)]


def test_killed_import_goes_on_where_it_stopped(
    app: Flask, engine: Engine, owner_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    path = write_geojson(tmp_path / "a.geojson", overlapping(40, 30))
    with gate(owner_engine, engine, WHILE_ADMITTING) as closed:
        process = subprocess.Popen([sys.executable, "-c", IMPORTER, settings.database_url, str(path)])
        until(lambda: is_there(closed) or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.wait()
        end_who_is_there(closed)
    committed = scalar(engine, "SELECT count(*) FROM parcel")
    assert 0 < committed < 1320
    assert scalar(engine, "SELECT count(*) FROM staged_parcel WHERE decision = 'admitted'") == committed
    assert scalar(engine, UNRECORDED) == 0
    batch = scalar(engine, "SELECT id FROM import_batch WHERE state = 'admitting'")
    with app.app_context():
        report = resume_import(batch, limits=Limits())
    assert (report.features, report.admitted, report.quarantined) == (1320, 1320, 0)
    assert scalar(engine, "SELECT count(DISTINCT edit_id) FROM parcel_version") == 1
    assert scalar(engine, "SELECT count(*) FROM parcel_version") == 1320
    assert scalar(engine, UNRECORDED) == 0
    # Each extra lot overlaps two of the grid, and no pair is told twice.
    assert report.findings == scalar(engine, "SELECT count(DISTINCT parcels) FROM finding") == 240


def test_import_and_a_foreign_writer_never_leave_an_overlap_unrecorded(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    """A psql user draws half-overlapping lots while the same ground is imported: refused, or recorded, never missed."""
    path = write_geojson(tmp_path / "a.geojson", grid(50, 30))
    outcome = {"stored": 0, "refused": 0}
    unexpected: list[exc.DBAPIError] = []
    is_over = threading.Event()

    def draw(column: int) -> None:
        for row in range(30):
            if is_over.is_set():
                return
            values = {
                "name": f"S{column}-{row}",
                "ring": json.dumps({"type": "Polygon", "coordinates": [lot(column + 0.5, row)]}),
            }
            try:
                with engine.begin() as connection:
                    connection.execute(text(DRAW), values)
                outcome["stored"] += 1
            except exc.DBAPIError as error:
                unexpected.extend([error] if getattr(error.orig, "pgcode", None) not in LAWFUL else [])
                outcome["refused"] += 1

    threads = [threading.Thread(target=draw, args=(column,)) for column in (5, 15, 25, 35, 45)]
    for thread in threads:
        thread.start()
    try:
        with app.app_context():
            report = import_parcels(path, ImportOptions(), limits=Limits())
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)
    assert not unexpected
    assert report.admitted == 1500
    assert outcome["stored"] + outcome["refused"] > 0
    assert scalar(engine, "SELECT count(*) FROM parcel") == 1500 + outcome["stored"]
    assert scalar(engine, UNRECORDED) == 0
    assert report.findings == scalar(engine, "SELECT count(*) FROM finding")


def test_two_imports_of_the_same_ids_at_once_admit_each_id_once(app: Flask, engine: Engine, tmp_path: Path) -> None:
    paths = [write_geojson(tmp_path / f"{n}.geojson", grid(20, 10), name=str(n)) for n in range(2)]
    reports = []

    def run(path: Path) -> None:
        with app.app_context():
            reports.append(import_parcels(path, ImportOptions(), limits=Limits()))

    threads = [threading.Thread(target=run, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(reports) == 2
    assert sum(report.admitted for report in reports) == scalar(engine, "SELECT count(*) FROM parcel") == 200
    assert all(report.features == report.admitted + report.quarantined == 200 for report in reports)
    assert scalar(engine, UNRECORDED) == 0


def test_stopped_while_reading_leaves_no_rows_and_says_so(app: Flask, engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        batch = connection.execute(
            text(
                "INSERT INTO import_batch (file_name, sha256, options, source_crs) "
                "VALUES ('a', '00', '{}', 'EPSG:4326') RETURNING id"
            )
        ).scalar_one()
    with app.app_context(), pytest.raises(SourceRefused, match="import the file again"):
        resume_import(batch, limits=Limits())
    assert scalar(engine, "SELECT state FROM import_batch") == "failed"


@pytest.mark.parametrize(
    ("points", "least"),
    [(12, 92), (20_000, 1)],
    ids=["lots", "a road, of which one is long enough to wait for"],
)
def test_a_busy_machine_makes_chunks_smaller_but_not_endlessly_many(points: int, least: int) -> None:
    ground = cast("Any", None)
    admission = Admission(1, 1, cast("Any", None), "parcels", is_exclusive=True, kind_field=None, ground=ground)
    admission.note_bytes(rows=250, size=250 * points * 18)
    for _ in range(20):
        admission.adapt(3.0)
    assert admission.size == least
    for _ in range(20):
        admission.adapt(0.1)
    assert admission.size == LARGEST_CHUNK
