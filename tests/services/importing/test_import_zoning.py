from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.import_parcels import import_parcels, silent
from spatial_admin.services.importing.import_zoning import ZoningOptions, ZoningReport, import_zoning
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits
from tests.services.sources import feature, grid, lot, write_geojson


def run(app: Flask, path: Path, **options: Any) -> ZoningReport:
    with app.app_context():
        report = import_zoning(path, ZoningOptions(**options), limits=Limits(), report=silent)
    assert report.features == report.admitted + len(report.refused)
    return report


def shares(engine: Engine) -> list[tuple[str, str, float]]:
    sql = (
        "SELECT parcel_id, code, share FROM parcel_zoning z JOIN parcel p ON p.id = z.parcel "
        "JOIN zoning_district d ON d.id = z.district ORDER BY 1, 2"
    )
    with engine.connect() as connection:
        return [(row[0], row[1], round(row[2], 6)) for row in connection.execute(text(sql))]


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> Flask:
    with app.app_context():
        import_parcels(write_geojson(tmp_path / "parcels.geojson", grid(3, 1)), ImportOptions(), limits=Limits())
    return app


def test_parcels_that_were_there_get_their_shares(town: Flask, engine: Engine, tmp_path: Path) -> None:
    districts = [
        feature(lot(-1, -1, 2.25, 3), code="R1", name="Homes"),
        feature(lot(1.25, -1, 5, 3), code="C", name=""),
    ]
    report = run(town, write_geojson(tmp_path / "z.geojson", districts))
    assert (report.admitted, report.parcels, report.code_field, report.name_field) == (2, 3, "code", "name")
    assert shares(engine) == [("P0-0", "R1", 1), ("P1-0", "C", 0.75), ("P1-0", "R1", 0.25), ("P2-0", "C", 1)]
    with engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM zoning_district ORDER BY code")).scalars().all()
    assert names == ["C", "Homes"]


def test_new_plan_replaces_the_old_one_or_is_added_to_it(town: Flask, engine: Engine, tmp_path: Path) -> None:
    old = write_geojson(tmp_path / "old.geojson", [feature(lot(0, 0), zone="OLD")])
    new = write_geojson(tmp_path / "new.geojson", [feature(lot(0, 0), ZONE="NEW")])
    run(town, old)
    run(town, new)
    assert shares(engine) == [("P0-0", "NEW", 1)]
    run(town, old, is_added=True)
    assert shares(engine) == [("P0-0", "NEW", 1), ("P0-0", "OLD", 1)]


def test_bad_district_is_told_with_its_row_and_the_others_are_stored(
    town: Flask, engine: Engine, tmp_path: Path
) -> None:
    bow_tie = [lot(3, 0)[i] for i in (0, 2, 1, 3, 0)]
    districts = [feature(lot(0, 0), code="A"), feature(bow_tie, code="B"), feature(None, code="C")]
    report = run(town, write_geojson(tmp_path / "z.geojson", districts))
    assert {row: refusal.rule for row, refusal in report.refused.items()} == {2: "invalid_geometry", 3: "null_geometry"}
    assert shares(engine) == [("P0-0", "A", 1)]


def test_file_without_a_code_is_refused_with_its_fields_and_changes_nothing(
    town: Flask, engine: Engine, tmp_path: Path
) -> None:
    run(town, write_geojson(tmp_path / "a.geojson", [feature(lot(0, 0), code="A")]))
    with pytest.raises(SourceRefused, match=r"--code-field. The fields: colour"):
        run(town, write_geojson(tmp_path / "b.geojson", [feature(lot(0, 0), colour="red")]))
    assert shares(engine) == [("P0-0", "A", 1)]


def test_plan_in_another_crs_is_transformed(town: Flask, engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection:
        box = connection.execute(
            text(
                "SELECT ST_AsText(ST_Transform(ST_Expand(ST_SetSRID(ST_Extent(geom), 4326), 0.001), 2154)) FROM parcel"
            )
        ).scalar_one()
    ring = [[float(number) for number in pair.split()] for pair in box[9:-2].split(",")]
    report = run(town, write_geojson(tmp_path / "z.geojson", [feature(ring, code="L93")]), crs="EPSG:2154")
    assert report.admitted == 1
    assert shares(engine) == [(f"P{i}-0", "L93", 1) for i in range(3)]


def test_real_zoning_of_williamsburg_covers_its_parcels(app: Flask, engine: Engine, shared_data: Path) -> None:
    with app.app_context():
        import_parcels(shared_data / "parcels/us_va_williamsburg_parcels.geojson", ImportOptions(), limits=Limits())
    report = run(app, shared_data / "zoning/us_va_williamsburg_zoning.geojson", code_field="A_Zone")
    assert (report.features, report.admitted, report.parcels) == (199, 194, 4460)
    with engine.connect() as connection:
        zoned = connection.execute(text("SELECT count(DISTINCT parcel) FROM parcel_zoning")).scalar_one()
        too_much = connection.execute(text("SELECT count(*) FROM parcel_zoning WHERE share > 1")).scalar_one()
    # All but two lie in a district; five of the 199 districts are invalid and were refused.
    assert zoned > 3_900
    assert too_much == 0
