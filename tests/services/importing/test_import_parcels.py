from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask import Flask
from sqlalchemy import Connection, Engine, text

from spatial_admin.errors import NotFound, UnknownRecord
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.import_parcels import import_parcels, resume_import
from spatial_admin.services.importing.plan_import import ImportOptions, ImportReport, Progress
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.settings import Limits
from tests.services.sources import feature, grid, lot, write_geojson, write_ogr, zipped_shapefile

LIMITS = Limits()
NOT_WHOLE = """
SELECT count(*) FROM parcel p FULL JOIN parcel_version v ON v.parcel = p.id AND v.version = p.version
WHERE p.id IS NULL OR v.id IS NULL OR ST_AsBinary(p.geom) <> ST_AsBinary(v.geom) OR v.edit_id <> p.edit_id
   OR v.change <> 'created' OR NOT EXISTS (SELECT FROM edit e WHERE e.id = p.edit_id AND e.receipt IS NOT NULL)
"""


def run(app: Flask, path: Path, **options: Any) -> ImportReport:
    with app.app_context():
        report = import_parcels(path, ImportOptions(**options), limits=LIMITS)
    assert report.features == report.admitted + report.quarantined
    return report


def rows(engine: Engine, sql: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(sql), values).all())


def refused(engine: Engine) -> dict[int, str]:
    return dict(tuple(row) for row in rows(engine, "SELECT row, rule FROM staged_parcel WHERE rule IS NOT NULL"))


def assert_history_is_whole(connection: Connection) -> None:
    """Every parcel has exactly its first version, of the import's edit, with the same geometry."""
    odd = connection.execute(text(NOT_WHOLE)).scalar_one()
    assert odd == 0


def test_clean_grid_becomes_parcels_with_their_history(app: Flask, engine: Engine, tmp_path: Path) -> None:
    report = run(app, write_geojson(tmp_path / "a.geojson", grid(8, 5)), comment="first load")
    assert (report.features, report.admitted, report.findings, report.id_field) == (40, 40, 0, "id")
    with engine.connect() as connection:
        assert_history_is_whole(connection)
    stored = rows(
        engine, "SELECT parcel_id, number, level, kind, version, attributes, area_m2, ground_area_m2(geom) FROM parcel"
    )
    assert {row.parcel_id for row in stored} == {f"P{i}-{j}" for i in range(8) for j in range(5)}
    assert all(row.number == row.parcel_id and row.version == 1 and row.level == "parcels" for row in stored)
    assert all(row.attributes["id"] == row.parcel_id and row[6] == row[7] for row in stored)
    (edit,) = rows(engine, "SELECT comment, receipt, ST_AsText(envelope) IS NOT NULL AS boxed FROM edit")
    assert edit.comment == "first load"
    assert edit.boxed
    assert edit.receipt["admitted"] == 40
    (batch,) = rows(engine, "SELECT state, features, admitted, quarantined, source_crs FROM import_batch")
    assert tuple(batch) == ("done", 40, 40, 0, "EPSG:4326")


def test_coordinates_of_a_file_in_the_storage_crs_are_the_files_to_the_bit(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    ring = [[0.1 + 0.2, 1 / 3], [1e-7, 2 / 3], [-1.2345678901234567, 0.7], [0.1 + 0.2, 1 / 3]]
    hole = [[-0.1, 0.5], [-0.2, 0.6000000000000001], [-0.2, 0.5], [-0.1, 0.5]]
    rings = [[[x / 100, y / 100] for x, y in part] for part in (ring, hole)]
    features = [
        {"type": "Feature", "properties": {"id": "a"}, "geometry": {"type": "Polygon", "coordinates": rings}},
    ]
    run(app, write_geojson(tmp_path / "a.geojson", features))
    ((stored,),) = rows(engine, "SELECT ST_AsBinary(geom, 'NDR') FROM parcel")
    polygon = shapely.get_parts(shapely.from_wkb(bytes(stored)))[0]
    got = [list(map(list, part.coords)) for part in (polygon.exterior, *polygon.interiors)]
    assert got == rings


def test_second_import_of_a_file_admits_nothing(app: Flask, engine: Engine, tmp_path: Path) -> None:
    with_ids = write_geojson(tmp_path / "a.geojson", grid(4, 3))
    without_ids = write_geojson(tmp_path / "b.geojson", [feature(lot(20 + i, 0), street="x") for i in range(5)])
    for path, count in ((with_ids, 12), (without_ids, 5)):
        assert run(app, path).admitted == count
        again = run(app, path)
        assert (again.admitted, again.quarantined, again.refused) == (0, count, {"duplicate_id": count})
    assert rows(engine, "SELECT count(*) FROM parcel")[0][0] == 17


def test_id_of_a_retired_parcel_is_not_reused(app: Flask, engine: Engine, tmp_path: Path) -> None:
    run(app, write_geojson(tmp_path / "a.geojson", grid(1, 1)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET end_lifespan_version = clock_timestamp()"))
    report = run(app, write_geojson(tmp_path / "b.geojson", [feature(lot(5, 5), id="P0-0")]))
    assert report.refused == {"duplicate_id": 1}
    ((reason, place),) = rows(engine, "SELECT reason, ST_AsText(place) FROM staged_parcel WHERE rule IS NOT NULL")
    assert "retired" in reason
    assert place.startswith("POINT(2.30")


def test_every_bad_row_is_quarantined_with_rule_reason_and_place(app: Flask, engine: Engine, tmp_path: Path) -> None:
    bow_tie = [lot(3, 0)[i] for i in (0, 2, 1, 3, 0)]
    features: list[Any] = [
        feature(lot(0, 0), id="a"),
        feature(None, id="b"),
        feature(bow_tie, id="c"),
        feature(lot(1, 0), id="a"),
        feature(lot(2, 0), id=None),
        feature(lot(4, 0), id="x" * 101),
        {
            "type": "Feature",
            "properties": {"id": "d"},
            "geometry": {"type": "Point", "coordinates": [LON_OF_POINT, 48]},
        },
        feature([[500, 0], [501, 0], [501, 1], [500, 0]], id="e"),
        feature([[-20, -20], [20, -20], [20, 20], [-20, -20]], id="f"),
        {"type": "Feature", "properties": {"id": "g"}, "geometry": {"type": "Polygon", "coordinates": []}},
        "not a feature",
        feature(lot(6, 0), id="h\u0000"),
        feature(lot(7, 0), id={"nested": 1}),
        feature(lot(8, 0), id=12.50),
    ]
    report = run(app, write_geojson(tmp_path / "a.geojson", features), id_field="id")
    assert refused(engine) == {
        2: "null_geometry",
        3: "invalid_geometry",
        4: "duplicate_id",
        5: "missing_id",
        6: "invalid_id",
        7: "not_polygonal",
        8: "outside_extent",
        9: "too_large",
        10: "empty",
        11: "invalid_geojson",
        12: "invalid_properties",
        13: "missing_id",
    }
    assert report.admitted == 2
    assert {row.parcel_id for row in rows(engine, "SELECT parcel_id FROM parcel")} == {"a", "12.5"}
    places = dict(
        tuple(r) for r in rows(engine, "SELECT row, ST_AsText(place) FROM staged_parcel WHERE rule IS NOT NULL")
    )
    assert places[7] == f"POINT({LON_OF_POINT} 48)"
    assert places[3] is not None
    assert places[4] is not None
    (kept,) = rows(engine, "SELECT raw_geometry, properties FROM staged_parcel WHERE row = 7")
    assert json.loads(kept.raw_geometry)["type"] == "Point"


LON_OF_POINT = 2.5


def test_id_field_is_the_first_candidate_that_is_a_key(app: Flask, engine: Engine, tmp_path: Path) -> None:
    features = [feature(lot(i, 0), id=1, PID=f"p{i}", BBL=None if i else 5) for i in range(3)]
    assert run(app, write_geojson(tmp_path / "a.geojson", features)).id_field == "PID"
    features = [feature(lot(i, 5), id=f"a{i}", PID=f"p{i}", no=i) for i in range(3)]
    report = run(app, write_geojson(tmp_path / "b.geojson", features), number_field="no")
    assert report.id_field == "id"
    numbers = rows(engine, "SELECT number FROM parcel WHERE parcel_id LIKE 'a%' ORDER BY parcel_id")
    assert [row.number for row in numbers] == ["0", "1", "2"]


def test_rows_without_a_key_are_named_by_batch_and_row(app: Flask, engine: Engine, tmp_path: Path) -> None:
    report = run(app, write_geojson(tmp_path / "a.geojson", [feature(lot(i, 0), id="same") for i in range(3)]))
    assert report.id_field is None
    names = {row.parcel_id for row in rows(engine, "SELECT parcel_id FROM parcel")}
    assert names == {f"{report.import_id}-{row}" for row in (1, 2, 3)}


@pytest.mark.parametrize("option", ["id_field", "number_field", "kind_field"])
def test_field_that_the_file_lacks_is_named_with_those_it_has(
    option: str, app: Flask, engine: Engine, tmp_path: Path
) -> None:
    path = write_geojson(tmp_path / "a.geojson", grid(2, 2))
    with pytest.raises(SourceRefused, match="has no field 'apn'"):
        run(app, path, **{option: "apn"})
    assert rows(engine, "SELECT count(*) FROM staged_parcel")[0][0] == 0
    assert rows(engine, "SELECT state FROM import_batch")[0][0] == "failed"
    assert run(app, path).admitted == 4


def test_kind_is_taken_from_its_field_where_it_is_known(app: Flask, engine: Engine, tmp_path: Path) -> None:
    features = [feature(lot(i, 0), id=i, use=use) for i, use in enumerate(("Road", "water", "palace", None))]
    report = run(app, write_geojson(tmp_path / "a.geojson", features), kind_field="use")
    kinds = [row.kind for row in rows(engine, "SELECT kind FROM parcel ORDER BY parcel_id")]
    assert kinds == ["road", "water", "lot", "lot"]
    assert report.kinds_unknown == 1


def test_unknown_level_is_refused_before_anything_is_read(app: Flask, engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="level attic"):
        run(app, tmp_path / "nothing.geojson", level="attic")
    assert rows(engine, "SELECT count(*) FROM import_batch")[0][0] == 0


def test_overlaps_of_the_file_and_with_stored_parcels_become_findings(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    run(app, write_geojson(tmp_path / "a.geojson", [feature(lot(0, 0), id="stored"), feature(lot(9, 0), id="far")]))
    features = [feature(lot(0.5, 0), id="x"), feature(lot(1, 0), id="y"), feature(lot(30, 0), id="z")]
    report = run(app, write_geojson(tmp_path / "b.geojson", features))
    assert (report.admitted, report.findings) == (3, 2)
    found = rows(
        engine,
        "SELECT rule, severity, status, measure, ST_Area(place) > 0 AS placed, fingerprint, opened_by, "
        "array(SELECT parcel_id FROM parcel WHERE id = ANY (parcels) ORDER BY 1) AS names, "
        "(SELECT array_agg(what) FROM finding_event WHERE finding = finding.id) AS events FROM finding ORDER BY names",
    )
    assert [row.names for row in found] == [["stored", "x"], ["x", "y"]]
    for row in found:
        assert (row.rule, row.severity, row.status, row.events) == ("overlap", "error", "open", ["opened"])
        assert row.placed
        assert row.measure == pytest.approx(7.36 * 22.24, rel=0.01)
        assert row.opened_by == report.edit_id
        assert row.fingerprint.startswith("overlap:")


def test_stack_of_identical_parcels_is_one_finding_that_grows(app: Flask, engine: Engine, tmp_path: Path) -> None:
    first = run(app, write_geojson(tmp_path / "a.geojson", [feature(lot(0, 0), id=f"a{i}") for i in range(4)]))
    second = run(app, write_geojson(tmp_path / "b.geojson", [feature(lot(0, 0), id="b")]))
    assert (first.findings, second.findings) == (1, 0)
    ((rule, parcels, fingerprint),) = rows(engine, "SELECT rule, parcels, fingerprint FROM finding")
    assert rule == "stack"
    assert len(parcels) == 5
    assert fingerprint == "stack:" + ":".join(map(str, sorted(parcels)))


def test_level_that_is_not_exclusive_has_no_overlap_findings(app: Flask, engine: Engine, tmp_path: Path) -> None:
    report = run(
        app, write_geojson(tmp_path / "a.geojson", [feature(lot(0, 0), id=i) for i in range(3)]), level="units"
    )
    assert (report.admitted, report.findings) == (3, 0)


def test_heights_and_measures_are_dropped_and_counted(app: Flask, engine: Engine, tmp_path: Path) -> None:
    shapes = [shapely.from_wkt("POLYGON Z((2 48 9, 2.001 48 9, 2.001 48.001 9, 2 48 9))")]
    report = run(app, write_ogr(tmp_path / "a.gpkg", shapes, "EPSG:4326", "GPKG"))
    assert (report.admitted, report.z_dropped) == (1, 1)
    ((wkt,),) = rows(engine, "SELECT ST_AsText(geom) FROM parcel")
    assert wkt == "MULTIPOLYGON(((2 48,2.001 48,2.001 48.001,2 48)))"


def test_file_without_crs_is_refused_naming_the_option_and_read_with_it(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    shapes = [shapely.box(480_000, 4_950_000, 480_100, 4_950_100)]
    path = zipped_shapefile(tmp_path, shapes, "EPSG:26915", without=".prj")
    with pytest.raises(SourceRefused, match="--crs EPSG:26915"):
        run(app, path)
    assert run(app, path, crs="EPSG:26915").admitted == 1
    ((close,),) = rows(
        engine,
        "SELECT ST_HausdorffDistance(ST_Transform(geom, 26915), "
        "ST_MakeEnvelope(480000, 4950000, 480100, 4950100, 26915)) < 0.001 FROM parcel",
    )
    assert close


def test_shapefile_without_its_table_is_a_file_without_attributes(app: Flask, engine: Engine, tmp_path: Path) -> None:
    shapes = [shapely.box(2, 48, 2.001, 48.001), shapely.box(2.001, 48, 2.002, 48.001)]
    report = run(app, zipped_shapefile(tmp_path, shapes, "EPSG:4326", without=".dbf"))
    assert (report.admitted, report.id_field) == (2, None)


def test_definition_without_authority_code_is_transformed_by_its_text(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    definition = "+proj=tmerc +lat_0=0 +lon_0=2.3 +k=1 +x_0=1000 +y_0=0 +ellps=GRS80 +units=m"
    path = write_geojson(
        tmp_path / "a.geojson", [feature([[900, 5390000], [1100, 5390000], [1100, 5390100], [900, 5390000]])]
    )
    assert run(app, path, crs=definition).admitted == 1
    ((lon,),) = rows(engine, "SELECT ST_X(ST_Centroid(ST_Envelope(geom))) FROM parcel")
    assert lon == pytest.approx(2.3, abs=1e-6)


def test_row_that_cannot_be_transformed_spoils_no_other(app: Flask, engine: Engine, tmp_path: Path) -> None:
    north, south = 4950020, 4950000
    wests = [480000 + 20 * i for i in range(3)]
    good = [feature([[x, south], [x + 20, south], [x + 20, north], [x, south]], id=x) for x in wests]
    bad = feature([[1e300, 1e300], [2e300, 1e300], [2e300, 2e300], [1e300, 1e300]], id="bad")
    report = run(app, write_geojson(tmp_path / "a.geojson", [good[0], bad, *good[1:]]), crs="EPSG:26915")
    assert report.admitted == 3
    assert list(refused(engine)) == [2]


def test_several_layers_are_listed_and_one_is_chosen(app: Flask, engine: Engine, tmp_path: Path) -> None:
    path = write_ogr(tmp_path / "a.gpkg", [shapely.box(2, 48, 2.001, 48.001)], "EPSG:4326", "GPKG", layer="lots")
    write_ogr(path, [shapely.box(3, 48, 3.001, 48.001)], "EPSG:4326", "GPKG", layer="roads", append=True)
    with pytest.raises(SourceRefused, match=r"several layers: lots, roads. Choose one with --layer"):
        run(app, path)
    with pytest.raises(SourceRefused, match=r"no layer 'x'"):
        run(app, path, layer="x")
    report = run(app, path, layer="roads")
    assert (report.admitted, report.layer) == (1, "roads")


def test_zoning_shares_are_kept_with_the_parcels(app: Flask, engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        west, east = (json.dumps({"type": "Polygon", "coordinates": [lot(c, -1, 5.5, 9)]}) for c in (-5, 0.5))
        for code, shape in (("W", west), ("E", east)):
            connection.execute(
                text(
                    "INSERT INTO zoning_district (code, name, geom) "
                    "VALUES (:c, :c, ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON(:g), 4326)))"
                ),
                {"c": code, "g": shape},
            )
    run(app, write_geojson(tmp_path / "a.geojson", grid(2, 1)))
    shares = rows(
        engine,
        "SELECT parcel_id, code, share FROM parcel_zoning z JOIN parcel p ON p.id = z.parcel "
        "JOIN zoning_district d ON d.id = z.district ORDER BY 1, 2",
    )
    assert [(r.parcel_id, r.code) for r in shares] == [("P0-0", "E"), ("P0-0", "W"), ("P1-0", "E")]
    assert [r.share for r in shares] == pytest.approx([0.5, 0.5, 1.0])


def test_progress_names_each_stage_and_ends_at_its_total(app: Flask, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int | None]] = []

    def hear(progress: Progress) -> None:
        heard.append((progress.stage, progress.done, progress.total))
        assert progress.rate >= 0
        assert progress.total is None or progress.seconds_left is None or progress.seconds_left >= 0

    path = write_geojson(tmp_path / "a.geojson", grid(30, 20))
    with app.app_context():
        import_parcels(path, ImportOptions(), limits=LIMITS, report=hear)
    assert heard[0] == ("reading", 600, None)
    assert heard[-1] == ("admitting", 600, 600)
    assert [done for stage, done, _ in heard if stage == "admitting"] == sorted(
        done for s, done, _ in heard if s == "admitting"
    )


def test_finished_import_is_only_reported_when_it_is_resumed(app: Flask, tmp_path: Path) -> None:
    report = run(app, write_geojson(tmp_path / "a.geojson", grid(3, 3)))
    with app.app_context():
        assert resume_import(report.import_id, limits=LIMITS) == report
        with pytest.raises(NotFound):
            resume_import(10_000, limits=LIMITS)


def test_an_import_makes_the_record_that_its_edit_rests_on(app: Flask, engine: Engine, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "town.geojson", grid(2, 2))
    report = run(app, path)
    (found,) = rows(
        engine,
        "SELECT r.type, r.number, r.title, r.state, f.name, f.size, f.sha256, f.content FROM edit e "
        "JOIN record r ON r.id = e.record_id JOIN record_file f ON f.record_id = r.id WHERE e.id = :edit",
        edit=report.edit_id,
    )
    assert found[:4] == ("import", str(report.import_id), "Import of town.geojson", "submitted")
    assert found[4:] == ("town.geojson", path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest(), None)


def test_an_import_may_rest_on_a_record_that_is_there(app: Flask, engine: Engine, tmp_path: Path) -> None:
    with app.app_context():
        record = create_record(NewRecord(type="plat", received=date(2024, 3, 1)), None)
    report = run(app, write_geojson(tmp_path / "a.geojson", grid(2, 2)), record_id=record)
    assert rows(engine, "SELECT record_id FROM edit WHERE id = :edit", edit=report.edit_id) == [(record,)]
    assert rows(engine, "SELECT count(*) FROM record") == [(1,)]
    with pytest.raises(UnknownRecord, match="There is no record 99"):
        run(app, write_geojson(tmp_path / "b.geojson", grid(2, 2, "Q")), record_id=99)
    assert rows(engine, "SELECT state FROM import_batch ORDER BY id") == [("done",), ("failed",)]


def test_an_import_works_where_every_edit_needs_a_record(
    with_settings: Callable[..., Flask], engine: Engine, tmp_path: Path
) -> None:
    report = run(with_settings(record_required=True), write_geojson(tmp_path / "a.geojson", grid(2, 2)))
    assert report.admitted == 4
