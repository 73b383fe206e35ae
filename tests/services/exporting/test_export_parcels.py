"""Exports hold what is stored, to the bit, and leave nothing behind however they end."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from spatial_admin.connections.pools import state_of
from spatial_admin.errors import TookTooLong
from spatial_admin.factory import create_app
from spatial_admin.file_errors import ExportFailed, ExportRefused, TooManyExports
from spatial_admin.models import db
from spatial_admin.services.exporting import pack_shapefile, write_layer
from spatial_admin.services.exporting.export_formats import FORMATS
from spatial_admin.services.exporting.export_parcels import FOLDER, ExportFile, open_export
from spatial_admin.services.exporting.plan_export import (
    feature_rows,
    layer_rows,
    plan_export,
    select_parcels,
    table_rows,
)
from spatial_admin.services.exporting.stream_export import ExportStream
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.exports import INSERT, LONG, LOTS, store, store_many
from tests.waiting import until

MINUTE_MS = 60_000
COPYING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state <> 'idle'"
STATE = """
SELECT parcel_id, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address, attributes::text,
       area_m2, encode(ST_AsEWKB(geom), 'hex') FROM parcel WHERE level = 'parcels' ORDER BY parcel_id
"""


@pytest.fixture(scope="module")
def stored(module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application over the lots, and units of 25 MB."""
    engine = create_engine(module_database_url)
    store(engine)
    store_many(engine, 100, 250_000)
    engine.dispose()
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    yield app
    dispose(app)


@pytest.fixture(autouse=True)
def folder_of_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where files are made; nothing may be left there, and no connection be kept."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def export(app: Flask, suffix: str, **given: Any) -> bytes:
    with app.app_context():
        blocks = open_export(plan_export(suffix, **given), MINUTE_MS)
        try:
            return b"".join(blocks)
        finally:
            blocks.close()
            assert state_of(db.engine).in_use == 0


def state(app: Flask) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(text(STATE)).all())


@pytest.mark.parametrize("suffix", ["geojson", "geojsonl", "fgb", "gpkg"])
def test_what_is_exported_and_imported_is_the_same_to_the_bit(
    stored: Flask, database_url: str, cluster: TestCluster, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"parcels.{suffix}"
    path.write_bytes(export(stored, suffix, level="parcels"))
    other = create_app(settings_over(database_url, cluster, tmp_path))
    with other.app_context():
        options = ImportOptions(id_field="parcel_id", number_field="number", kind_field="kind")
        report = import_parcels(path, options, limits=Limits())
    assert (report.features, report.admitted) == (2, 2)
    assert state(other) == state(stored)
    dispose(other)


def test_geojson_is_lonlat_and_says_nothing_of_a_crs(stored: Flask) -> None:
    collection = json.loads(export(stored, "geojson", bbox="2,48,2.5,48.2"))
    assert "crs" not in collection
    (feature,) = collection["features"]
    assert (feature["id"], feature["properties"]["attributes"]) == (LOTS[0]["parcel_id"], LOTS[0]["attributes"])
    assert feature["properties"]["address"] == LOTS[0]["address"]
    assert shapely.from_geojson(json.dumps(feature["geometry"])).wkb == shapely.from_wkt(LOTS[0]["wkt"]).wkb
    assert feature["properties"]["begin_lifespan_version"].endswith("+00:00")


@pytest.mark.parametrize("rows", [partial(feature_rows, is_collection=True), table_rows, layer_rows])
def test_a_whole_county_may_be_read_by_several_processes(stored: Flask, rows: Any) -> None:
    with stored.app_context(), snapshot() as session:
        select, values = rows(select_parcels(session, plan_export("gpkg")))
        session.execute(text("SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; "
                             "SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL enable_indexscan = off; "
                             "SET LOCAL enable_bitmapscan = off"))  # fmt: skip
        plan = session.connection().exec_driver_sql(f"EXPLAIN (VERBOSE) {select}", values).scalars().all()
    _, scan, below = "\n".join(plan).partition("Parallel Seq Scan")
    assert scan, plan
    assert "st_as" in below.lower(), "texts are made where rows are read"


def test_an_export_without_parcels_is_whole(stored: Flask) -> None:
    assert json.loads(export(stored, "geojson", bbox="100,1,101,2"))["features"] == []
    assert export(stored, "geojsonl", bbox="100,1,101,2") == b""
    assert export(stored, "csv", bbox="100,1,101,2").startswith(b"parcel_id,number,")
    assert export(stored, "gpkg", bbox="100,1,101,2").startswith(b"SQLite format 3")


def test_coordinates_of_another_crs_come_with_its_name(stored: Flask, tmp_path: Path) -> None:
    collection = json.loads(export(stored, "geojson", bbox="2,48,2.5,48.2", crs="EPSG:2154"))
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::2154"
    bounds = shapely.from_geojson(json.dumps(collection["features"][0]["geometry"])).bounds
    assert (round(bounds[0], -3), round(bounds[1], -3)) == (648_000, 6_778_000)
    for suffix in ("gpkg", "fgb"):
        path = tmp_path / f"p.{suffix}"
        path.write_bytes(export(stored, suffix, bbox="2,48,2.5,48.2", crs="2154"))
        info = pyogrio.read_info(path)
        assert info["crs"] == "EPSG:2154"
        assert tuple(info["total_bounds"]) == bounds


def test_csv_holds_wkt_and_nothing_that_a_spreadsheet_would_run(stored: Flask) -> None:
    rows = list(csv.DictReader(io.StringIO(export(stored, "csv", level="parcels").decode(), newline="")))
    found = {row["version"] + row["kind"]: row for row in rows}
    lot, road = found["1lot"], found["1road"]
    assert (lot["parcel_id"], lot["number"]) == ("'=1+1/ä", "'@SUM(A1)")
    assert (lot["legal_area_text"], lot["address"]) == ('\'-5 "acres"', "'" + LOTS[0]["address"])
    assert float(lot["legal_area_m2"]) == LOTS[0]["legal_area_m2"]
    assert json.loads(lot["attributes"]) == LOTS[0]["attributes"]
    assert road["parcel_id"] == "B"
    assert [shapely.from_wkt(row["geometry"]).wkb for row in (lot, road)] == [
        shapely.from_wkt(one["wkt"]).wkb for one in LOTS[:2]
    ]


def test_shapefile_says_what_it_cannot_hold(stored: Flask, tmp_path: Path) -> None:
    path = tmp_path / "parcels.shp.zip"
    path.write_bytes(export(stored, "shp.zip", level="parcels"))
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
        readme = archive.read("README.txt").decode()
        assert archive.read("parcels.cpg") == b"UTF-8"
        assert b"WGS_1984" in archive.read("parcels.prj")
    assert names == ["README.txt"] + [f"parcels.{end}" for end in ("cpg", "dbf", "prj", "shp", "shx")]
    assert "  legal_m2    legal_area_m2\n" in readme
    assert "Longer values were cut: 1 of attributes." in readme
    meta, _, shapes, columns = pyogrio.raw.read(f"/vsizip/{path}/parcels.shp")
    values = dict(zip(meta["fields"], columns, strict=True))
    index = list(values["kind"]).index("lot")
    assert (values["number"][index], values["legal_m2"][index]) == ("@SUM(A1)", 0.3)
    assert values["land_use"][index] == LONG[:190]
    assert shapely.equals_identical(
        shapely.from_wkb(shapes[index]).normalize(), shapely.from_wkt(LOTS[0]["wkt"]).normalize()
    )


def test_shapefile_that_would_be_cut_off_is_refused_before(stored: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_shapefile, "MOST_BYTES", 1_000)
    with pytest.raises(ExportRefused, match="2 GiB"):
        export(stored, "shp.zip", level="parcels")


def test_shapefile_of_another_size_than_was_measured_is_not_sent(
    stored: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_shapefile, "POINT_BYTES", 17)
    with pytest.raises(ExportFailed, match=r"parcels\.shp"):
        export(stored, "shp.zip", level="parcels")


def test_size_of_a_shapefile_is_known_before_it_is_written(
    stored: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[pack_shapefile.Sizes] = []

    def measure(*given: Any) -> pack_shapefile.Sizes:
        measured.append(pack_shapefile.measure(*given))
        return measured[-1]

    monkeypatch.setattr("spatial_admin.services.exporting.export_parcels.measure", measure)
    with zipfile.ZipFile(io.BytesIO(export(stored, "shp.zip"))) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    assert sizes["parcels.shp"] == measured[0].shp_bytes
    assert sizes["parcels.dbf"] <= measured[0].dbf_bytes


@pytest.mark.parametrize(
    ("suffix", "given", "where"),
    [
        pytest.param("geojson", {"crs": "EPSG:1"}, "crs", id="no code"),
        pytest.param("gpkg", {"crs": "EPSG:999999"}, "crs", id="unknown"),
        pytest.param("gpkg", {"crs": "EPSG:4978"}, "crs", id="three dimensions"),
        pytest.param("geojsonl", {"crs": "EPSG:2154"}, "crs", id="lines name no CRS"),
        pytest.param("csv", {"bbox": "1,2,3"}, "bbox", id="three numbers"),
        pytest.param("csv", {"level": "x' OR 1=1"}, "level", id="no level"),
        pytest.param("kml", {}, "format", id="no format"),
    ],
)
def test_what_cannot_be_exported_is_named(stored: Flask, suffix: str, given: dict[str, str], where: str) -> None:
    with pytest.raises(ExportRefused) as refused:
        export(stored, suffix, **given)
    assert refused.value.where == where
    assert refused.value.known or where == "bbox"


@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_parcels_that_have_no_coordinates_in_a_crs_are_told(stored: Flask, owner_of: Engine, suffix: str) -> None:
    with owner_of.begin() as connection:
        connection.execute(INSERT, {**LOTS[1], "parcel_id": f"pole of {suffix}", "level": "easements", "attributes": "{}",
                                    "wkt": "MULTIPOLYGON(((1 -89.99,2 -89.99,2 -90,1 -89.99)))"})  # fmt: skip
    with pytest.raises(ExportRefused, match="no coordinates in EPSG:2154"):
        export(stored, suffix, level="easements", crs="EPSG:2154")


def test_only_so_many_are_made_at_a_time(stored: Flask) -> None:
    with stored.app_context():
        plan = plan_export("geojson", level="units")
        running = [open_export(plan, MINUTE_MS) for _ in range(Limits().exports)]
        with pytest.raises(TooManyExports):
            open_export(plan, MINUTE_MS)
        running[0].close()
        running[0].close()  # a server may close twice; the place is given back once
        running[0] = open_export(plan, MINUTE_MS)
        with pytest.raises(TooManyExports):
            open_export(plan, MINUTE_MS)
        for stream in running:
            stream.close()
        assert state_of(db.engine).in_use == 0


def test_refused_exports_take_no_place(stored: Flask) -> None:
    for _ in range(Limits().exports + 1):
        with pytest.raises(ExportRefused):
            export(stored, "gpkg", crs="EPSG:999999")
    assert export(stored, "gpkg", level="parcels")


def test_an_abandoned_export_ends_in_the_database_at_once(stored: Flask) -> None:
    with stored.app_context():
        stream = open_export(plan_export("geojson", level="units"), MINUTE_MS)
        assert next(stream)
        assert db.session.scalar(text(COPYING)) == 1
        stream.close()
        until_true(lambda: db.session.scalar(text(COPYING)) == 0)


def test_an_export_that_breaks_off_never_gets_its_end(stored: Flask, owner_of: Engine) -> None:
    with stored.app_context():
        stream = open_export(plan_export("geojson", level="units"), MINUTE_MS)
        assert isinstance(stream, ExportStream)
        received = [next(stream)]
        with owner_of.connect() as connection:
            connection.execute(text(COPYING.replace("count(*)", "pg_terminate_backend(pid)")))
        with pytest.raises(DBAPIError):
            received += list(stream)
        stream.close()
    assert not b"".join(received).endswith(b"]}\n")


def test_a_reader_who_does_not_read_does_not_keep_the_snapshot(stored: Flask) -> None:
    with stored.app_context():
        stream = open_export(plan_export("geojson", level="units"), 500)
        until_true(lambda: db.session.scalar(text(COPYING)) == 0)
        with pytest.raises((TookTooLong, DBAPIError)):
            list(stream)
        stream.close()
        assert state_of(db.engine).in_use == 0


def test_a_full_disk_is_told_and_leaves_nothing(stored: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_layer, "MOST_FILE_BYTES", 1 << 20)
    for suffix in ("gpkg", "fgb"):
        with pytest.raises(ExportFailed):
            export(stored, suffix, level="units")


def test_a_writer_that_hangs_is_stopped(stored: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_layer, "BOOT", "import time; time.sleep(600)")
    for level in ("parcels", "units"):  # while it is waited for, and while it takes no rows
        with stored.app_context(), pytest.raises(TookTooLong):
            open_export(plan_export("gpkg", level=level), 1_000)


def test_a_database_that_takes_too_long_is_stopped(stored: Flask) -> None:
    with stored.app_context(), pytest.raises(DBAPIError, match="statement timeout"):
        open_export(plan_export("gpkg"), 1)


def test_what_a_killed_process_left_is_removed_by_the_next(stored: Flask, folder_of_exports: Path) -> None:
    left, running = folder_of_exports / f"{FOLDER}left", folder_of_exports / f"{FOLDER}running"
    for folder in (left, running):
        folder.mkdir()
        (folder / "parcels.gpkg").touch()
    long_ago = time.time() - 3 * MINUTE_MS / 1000
    os.utime(left, (long_ago, long_ago))
    export(stored, "fgb", level="parcels")
    assert list(folder_of_exports.iterdir()) == [running]
    (running / "parcels.gpkg").unlink()
    running.rmdir()


@pytest.mark.parametrize("suffix", [suffix for suffix, one in FORMATS.items() if one.driver is None])
def test_a_text_can_be_made_whole_before_it_is_sent(stored: Flask, suffix: str) -> None:
    with stored.app_context():
        blocks = open_export(plan_export(suffix, level="parcels"), MINUTE_MS, whole=True)
        assert isinstance(blocks, ExportFile)
        found = b"".join(blocks)
        blocks.close()
    assert found == export(stored, suffix, level="parcels")
    assert blocks.size == len(found)


@pytest.fixture
def owner_of(stored: Flask) -> Iterator[Engine]:
    """Connections beside the application, by the same role: it may end its own sessions."""
    engine = create_engine(stored.config["SETTINGS"].database_url)
    yield engine
    engine.dispose()


def until_true(holds: Any) -> None:
    def pause() -> None:
        db.session.rollback()
        time.sleep(0.02)

    until(holds, pause)
    db.session.close()
