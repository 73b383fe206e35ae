"""Reports for paper, and findings as files: what a dirty import brought, one of it accepted, one fixed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.models import Account, db
from spatial_admin.services.findings.count_months import count_months
from spatial_admin.services.findings.review_findings import Acceptance, Chosen, accept_findings
from spatial_admin.services.findings.scan_coverage import scan_coverage
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.reports.compose_report import figure
from spatial_admin.services.shared.watch_edit import unwatched
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from tests.accounts import make_people
from tests.admin.conftest import browser
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of
from tests.services.sources import LAT, LON, STEP, feature, lot, write_geojson

FORMULA = "=HYPERLINK(1)"


@dataclass(frozen=True, slots=True)
class Desk:
    app: Flask
    owner: Engine
    viewer: FlaskClient
    batch: int


@pytest.fixture(scope="module")
def desk(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home: Path = tmp_path_factory.mktemp("home")
    app = create_app(settings_over(module_database_url, cluster, home))
    owner = create_engine(cluster.owner_url(name_of(module_database_url)))
    bow = [[LON, LAT - STEP], [LON + STEP, LAT], [LON + STEP, LAT - STEP], [LON, LAT], [LON, LAT - STEP]]
    features = [
        feature(lot(0, 0), id="A"), feature(lot(0.9, 0), id="B"),  # an overlap
        feature(lot(3, 0), id=FORMULA), feature(lot(3.95, 0), id="D"),  # another one
        feature(lot(6, 0), id="E"), feature(bow, id="bow"),
    ]  # fmt: skip
    with app.app_context():
        people = make_people()
        report = import_parcels(
            write_geojson(home / "dirty.geojson", features), ImportOptions(id_field="id"), limits=Limits()
        )
        scan_coverage(unwatched, processes=1)
        with owner.begin() as connection:
            rows = connection.execute(
                text("SELECT id FROM finding WHERE rule = 'overlap' ORDER BY measure DESC")
            ).scalars()
            number = next(iter(rows))
        reviewer = db.session.query(Account).filter_by(email=people.reviewer.email).one()
        accept_findings(Chosen([number]), Acceptance("@agreed on paper"), reviewer)
        db.session.remove()
    yield Desk(app, owner, browser(app, people, "viewer"), report.import_id)
    owner.dispose()
    dispose(app)


def test_findings_go_out_as_csv_that_no_spreadsheet_runs_and_as_geojson(desk: Desk) -> None:
    answer = desk.viewer.get("/export/findings.csv?rule=overlap")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = {row["status"]: row for row in csv.DictReader(answer.text.splitlines())}
    assert set(rows) == {"open", "accepted"}
    assert rows["accepted"]["reason"] == "'@agreed on paper"
    assert rows["accepted"]["measure_text"].endswith("m²")
    assert set(rows["open"]["parcels"].lstrip("'").split("; ")) == {FORMULA, "D"}
    assert LON < float(rows["open"]["longitude"]) < LON + 10 * STEP
    collection = json.loads(desk.viewer.get("/export/findings.geojson?status=accepted").text)
    (exception,) = collection["features"]
    assert set(exception["properties"]["parcels"]) == {"A", "B"}
    assert exception["geometry"]["type"].endswith("Polygon")
    assert desk.viewer.get("/export/findings.geojson?status=fixed").json == {
        "type": "FeatureCollection",
        "features": [],
    }
    assert desk.viewer.get("/export/findings.xlsx").status_code == 404
    assert desk.viewer.get("/export/findings.csv?rule=taste").status_code == 400
    assert desk.app.test_client().get("/export/findings.csv").status_code in {302, 401}


def test_an_import_is_reported_with_counts_that_add_up(desk: Desk) -> None:
    page = desk.viewer.get(f"/admin/reports/import?id={desk.batch}").text
    for words in (
        "dirty.geojson",
        "6 = 5 admitted + 1 refused",
        "Invalid geometry",
        "@agreed on paper",
        "report-sheet",
    ):
        assert words in page
    assert desk.viewer.get("/admin/reports/import?id=99").status_code == 404
    assert desk.viewer.get("/admin/reports/import?id=x").status_code == 400


def test_a_parcel_is_reported_with_points_sides_versions_and_findings(desk: Desk) -> None:
    page = desk.viewer.get("/admin/reports/parcel", query_string={"id": "A"}).text
    for words in ("Points and sides (EPSG:4326)", f"{LON + STEP:.9f}", "90°00′00″", "created", "accepted", "Import"):
        assert words in page
    assert page.count('class="chosen"') == 1
    assert desk.viewer.get("/admin/reports/parcel").status_code == 400


def test_a_report_that_is_asked_for_by_another_name_than_the_id_leads_to_what_is_found_by_it(desk: Desk) -> None:
    with desk.owner.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = '12/7' WHERE parcel_id IN ('D', 'E')"))
    page = desk.viewer.get("/admin/reports/parcel?id=12/7", follow_redirects=True).text
    assert "No parcel has the id 12/7." in page
    for found in "DE":
        assert f">{found}</a>" in page
    page = desk.viewer.get("/admin/reports/parcel?id=nobody", follow_redirects=True).text
    assert "No parcel has the id nobody." in page
    assert "Nothing matches." in page


def test_numbers_of_a_report_are_written_as_on_the_other_pages() -> None:
    assert figure(303145.44, 1) == "303\u202f145.4"
    assert figure(999) == "999"


def test_an_area_is_reported_and_an_empty_one_says_so(desk: Desk) -> None:
    west, south = LON - STEP, LAT - STEP
    page = desk.viewer.get(f"/admin/reports/area?bbox={west},{south},{west + 3 * STEP},{south + 3 * STEP}").text
    assert "<dd>2</dd>" in page
    assert "@agreed on paper" in page
    empty = desk.viewer.get("/admin/reports/area?bbox=10,10,10.001,10.001").text
    assert "No parcel lies here." in empty
    assert desk.viewer.get("/admin/reports/area?bbox=1,2").status_code == 400


def test_months_add_up_from_the_first_to_the_last(desk: Desk) -> None:
    with desk.owner.begin() as connection:
        # As if the finding that was accepted had been opened in January, and the other been open since February.
        connection.execute(text("ALTER TABLE finding_event DISABLE TRIGGER USER"))
        connection.execute(text(
            "UPDATE finding_event SET at = CASE WHEN what = 'accepted' THEN timestamptz '2026-03-05 12:00Z' "
            "WHEN finding = (SELECT finding FROM finding_event WHERE what = 'accepted') THEN '2026-01-10 12:00Z' "
            "ELSE '2026-02-10 12:00Z' END"
        ))  # fmt: skip
        connection.execute(text("ALTER TABLE finding_event ENABLE TRIGGER USER"))
    with desk.app.app_context(), snapshot() as session:
        overlaps = [row for row in count_months(session, date(2026, 4, 20)) if row.rule == "overlap"]
    counted = [(row.month.month, row.opened, row.accepted, row.fixed, row.open) for row in overlaps]
    assert counted == [(4, 0, 0, 0, 1), (3, 0, 1, 0, 1), (2, 1, 0, 0, 2), (1, 1, 0, 0, 1)]
    lines = desk.viewer.get("/export/finding-months.csv").text.splitlines()
    assert "2026-03,overlap,0,0,1,1" in lines
    page = desk.viewer.get("/admin/reports/").text
    assert "2026-03" in page
