"""The eight real files of ../shared/data/parcels, in one database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask import Flask
from sqlalchemy import create_engine, text

from spatial_admin.cadastre.overlap_search import find_overlaps
from spatial_admin.cadastre.source_system import source_system
from spatial_admin.factory import create_app
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions, ImportReport
from spatial_admin.services.shared.read_source import open_source
from spatial_admin.settings import Limits
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

# features and how many of them are invalid or null, as the README of the data counts them; the field that is a key
FILES = {
    "us_mn_dakota_parcels_26915.zip": (4040, 0, None),
    "fr_epinay_91216_parcelles.geojson": (4241, 0, "id"),
    "cz_ruian_parcely_5514.gpkg": (3172, 0, "Id"),
    "es_catastro_parcel_32628.gpkg": (186, 0, "gml_id"),
    "us_va_williamsburg_parcels.geojson": (4464, 4, None),
    "us_pa_philadelphia_parcels_dirty.geojson": (6528, 5, None),
    "gh_kumasi_parcels.geojson": (3674, 1, None),
    "us_ny_manhattan_mappluto_142.geojson": (142, 0, "BBL"),
}
DAKOTA = "us_mn_dakota_parcels_26915.zip"
ONE_OF_EACH_FORMAT = (DAKOTA, "cz_ruian_parcely_5514.gpkg", "fr_epinay_91216_parcelles.geojson")


@pytest.fixture(scope="module")
def imported(
    module_database_url: str, cluster: TestCluster, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, dict[str, ImportReport]]]:
    """All files, one after the other, into one database that stores 4326."""
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context():
        reports = {
            name: import_parcels(shared_data / "parcels" / name, ImportOptions(), limits=Limits()) for name in FILES
        }
    yield app, reports
    dispose(app)


@pytest.fixture(scope="module")
def query(module_database_url: str) -> Iterator[Any]:
    engine = create_engine(module_database_url)

    def ask(sql: str, **values: Any) -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(text(sql), values).all())

    yield ask
    engine.dispose()


def test_every_feature_is_admitted_or_quarantined(imported: tuple[Flask, dict[str, ImportReport]]) -> None:
    for name, (features, bad, id_field) in FILES.items():
        report = imported[1][name]
        assert (report.features, report.quarantined, report.id_field) == (features, bad, id_field), name
        assert report.admitted == features - bad


def test_second_import_of_a_file_of_each_format_admits_nothing(
    imported: tuple[Flask, dict[str, ImportReport]], shared_data: Path
) -> None:
    with imported[0].app_context():
        for name in ONE_OF_EACH_FORMAT:
            features = FILES[name][0]
            again = import_parcels(shared_data / "parcels" / name, ImportOptions(), limits=Limits())
            assert (again.features, again.admitted, again.quarantined) == (features, 0, features), name


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("json")])
def test_stored_coordinates_equal_the_files_to_the_bit(
    name: str, imported: tuple[Flask, dict[str, ImportReport]], query: Any, shared_data: Path
) -> None:
    features = json.loads((shared_data / "parcels" / name).read_text())["features"]
    stored = query(
        "SELECT s.row, ST_AsBinary(p.geom, 'NDR') AS wkb FROM staged_parcel s JOIN parcel p USING (parcel_id) "
        "WHERE s.batch = :batch AND s.decision = 'admitted'",
        batch=imported[1][name].import_id,
    )
    assert len(stored) == imported[1][name].admitted
    for row in stored:
        geometry = features[row.row - 1]["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        expected = b"".join(np.array(ring, dtype="<f8")[:, :2].tobytes() for part in parts for ring in part)
        polygons = shapely.get_parts(shapely.from_wkb(bytes(row.wkb)))
        got = b"".join(
            shapely.get_coordinates(ring).astype("<f8").tobytes()
            for polygon in polygons
            for ring in (polygon.exterior, *polygon.interiors)
        )
        assert got == expected, f"row {row.row}"


def pairs_in_file(path: Path) -> set[tuple[int, int]]:
    """Overlapping pairs of rows, by the product's definition, in the file's own CRS."""
    with open_source(path) as source:
        good = [row for batch in source.batches for row in batch.rows if row.refusal is None]
        ground = source_system(str(source.crs)).ground
    geometries = np.array(shapely.from_wkb([row.wkb for row in good]), dtype=object)
    overlaps, _ = find_overlaps(ground, [row.number for row in good], geometries, len(good))
    return {overlap.parcels for overlap in overlaps}


def pairs_in_database(query: Any, batch: int) -> set[tuple[int, int]]:
    """Overlapping pairs of rows, by the database's own functions, of one batch."""
    found = query(  # each pair once, before anything is measured: the road of Dakota meets 1,400 lots
        "WITH lot AS MATERIALIZED (SELECT s.row, p.id, p.geom FROM staged_parcel AS s JOIN parcel AS p USING (parcel_id) "
        "WHERE s.batch = :batch AND s.decision = 'admitted'), "
        "near AS MATERIALIZED (SELECT a.row AS one, b.row AS other, a.geom, q.geom AS met FROM lot AS a "
        "JOIN parcel AS q ON q.geom && a.geom JOIN lot AS b ON b.id = q.id WHERE a.row < b.row) "
        "SELECT one, other FROM near WHERE ST_Relate(geom, met, 'T********') AND common_area_m2(geom, met) > 0.01",
        batch=batch,
    )
    return {(int(row[0]), int(row[1])) for row in found}


def test_dakota_has_the_same_overlapping_pairs_in_4326_as_in_26915(
    imported: tuple[Flask, dict[str, ImportReport]], query: Any, shared_data: Path
) -> None:
    report = imported[1][DAKOTA]
    expected = pairs_in_file(shared_data / "parcels" / DAKOTA)
    assert len(expected) == 46
    recorded = {
        (int(row[0]), int(row[1]))
        for row in query(
            "SELECT min(s.row), max(s.row) FROM finding f JOIN parcel p ON p.id = ANY (f.parcels) "
            "JOIN staged_parcel s ON s.parcel_id = p.parcel_id AND s.decision = 'admitted' "
            "WHERE f.rule = 'overlap' AND f.opened_by = :edit GROUP BY f.id",
            edit=report.edit_id,
        )
    }
    assert recorded == expected
    assert pairs_in_database(query, report.import_id) == expected
    assert report.points_added > 1_000


def test_czech_coverage_stays_without_overlap_in_4326(
    imported: tuple[Flask, dict[str, ImportReport]], query: Any
) -> None:
    report = imported[1]["cz_ruian_parcely_5514.gpkg"]
    assert report.findings == 0
    assert pairs_in_database(query, report.import_id) == set()


def test_findings_are_those_of_the_files(imported: tuple[Flask, dict[str, ImportReport]], shared_data: Path) -> None:
    for name in (
        "us_va_williamsburg_parcels.geojson",
        "gh_kumasi_parcels.geojson",
        "fr_epinay_91216_parcelles.geojson",
    ):
        assert imported[1][name].findings == len(pairs_in_file(shared_data / "parcels" / name)), name


def test_history_has_one_version_of_every_parcel(imported: tuple[Flask, dict[str, ImportReport]], query: Any) -> None:
    admitted = sum(report.admitted for report in imported[1].values())
    counts = query("SELECT (SELECT count(*) FROM parcel), (SELECT count(*) FROM parcel_version)")
    assert tuple(counts[0]) == (admitted, admitted)
