"""Imports whose worker is ended by `kill -9` in the midst of its work: another makes of the file what one alone had made."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from spatial_admin.admin.presentation import grouped
from spatial_admin.factory import create_app
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.importing.queue_import import queue_import
from spatial_admin.services.jobs.keep_uploads import uploads
from spatial_admin.settings import Limits, Settings
from tests.accounts import People, sign_in
from tests.concurrency.audit import audit
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of
from tests.gate import WHILE_ADMITTING, end_who_is_there, gate, is_there
from tests.jobs.workers import KILLED, has_ended, job_of, left_in_queue, rescue, wait_for, work_off, working
from tests.waiting import until

# Transformed and noded on the way; and one that is stored to the bit, with four rows for the quarantine. Of each as much as
# shows all moments: more than one chunk of rows (1,000) and of parcels (250).
RUIAN, WILLIAMSBURG = "cz_ruian_parcely_5514.gpkg", "us_va_williamsburg_parcels.geojson"
ROWS = {RUIAN: 1_200, WILLIAMSBURG: 804}
QUICK = ("--dead-after", "1.5")
# Where the worker is killed: a trigger, and what must be so for it to wait there for the test.
WHILE_READING = "AFTER INSERT ON staged_parcel", "true"
ALL_STAGED = "AFTER INSERT ON edit", "true"
WHILE_TRANSFORMING = "AFTER UPDATE ON staged_parcel", "count(geom) > 1000 FROM staged_parcel"
ALL_ADMITTED = "AFTER UPDATE ON import_batch", "state = 'done' FROM import_batch"
IMPORT_DONE = "AFTER UPDATE ON job_run", "state = 'done' FROM job_run"
BOOKS = {
    "rows": "SELECT row, decision, rule, reason, parcel_id, number, md5(ST_AsBinary(geom)) FROM staged_parcel ORDER BY row",
    "parcels": "SELECT parcel_id, number, version, area_m2, md5(ST_AsBinary(geom)), attributes FROM parcel ORDER BY parcel_id",
    "history": "SELECT parcel_id, version, change, md5(ST_AsBinary(geom)) FROM parcel_version ORDER BY parcel_id, version",
    "findings": "SELECT rule, status, round(measure::numeric, 6), array(SELECT parcel_id FROM parcel "
    "WHERE id = ANY (parcels) ORDER BY 1) AS names FROM finding ORDER BY 1, 4",
    "events": "SELECT what, count(*) FROM finding_event GROUP BY what",
    "edits": "SELECT count(*), count(receipt) FROM edit",
    "import": "SELECT state, features, admitted, quarantined, rejected, findings, notes - 'upload' FROM import_batch",
    "map": "SELECT level, code, sum(parcels), sum(findings) FROM (SELECT level, code, parcels, findings FROM parcel_cell "
    "UNION ALL SELECT 19, code, parcels, findings FROM parcel_cell_delta) AS noted WHERE level = 19 GROUP BY 1, 2 ORDER BY 2",
}  # fmt: skip
Books = dict[str, list[tuple[Any, ...]]]


def books_of(engine: Engine) -> Books:
    with engine.connect() as connection:
        return {name: [tuple(row) for row in connection.execute(text(sql))] for name, sql in BOOKS.items()}


@pytest.fixture(scope="module")
def files(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The beginning of each real file, with the rows that are refused wherever they stand."""
    made = {name: tmp_path_factory.mktemp("files") / name for name in ROWS}
    meta, _, shapes, values = pyogrio.raw.read(shared_data / "parcels" / RUIAN, max_features=ROWS[RUIAN])
    pyogrio.raw.write(
        made[RUIAN], shapes, values, meta["fields"], crs=meta["crs"], geometry_type=meta["geometry_type"], driver="GPKG"
    )
    whole = json.loads((shared_data / "parcels" / WILLIAMSBURG).read_bytes())
    shapes = shapely.from_geojson([json.dumps(one) for one in whole["features"]], on_invalid="ignore")
    is_right = shapely.is_valid(shapes)  # an outline that is missing is not
    right = list(itertools.compress(whole["features"], is_right))
    wrong = list(itertools.compress(whole["features"], ~is_right))
    whole["features"] = [*right[:400], *wrong, *right[400 : ROWS[WILLIAMSBURG] - len(wrong)]]
    made[WILLIAMSBURG].write_text(json.dumps(whole))
    return made


@pytest.fixture(scope="module")
def undisturbed(
    cluster: TestCluster, files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Books]:
    """What is in a database after nobody disturbed the import of a file."""
    books: dict[str, Books] = {}
    for file in ROWS:
        name = cluster.clone()
        app = create_app(settings_over(cluster.app_url(name), cluster, tmp_path_factory.mktemp("home")))
        with app.app_context():
            import_parcels(files[file], ImportOptions(), limits=Limits())
        dispose(app)
        engine = create_engine(cluster.app_url(name))
        books[file] = books_of(engine)
        engine.dispose()
        cluster.drop(name)
    return books


@dataclass(frozen=True, slots=True)
class Office:
    """A deployment, its people, and its database from beside it."""

    app: Flask
    settings: Settings
    engine: Engine
    owner_engine: Engine
    accounts: People
    client: FlaskClient

    def upload(self, path: Path) -> tuple[int, int]:
        """The numbers of the import and of its job."""
        administrator = self.accounts.administrator
        with self.app.app_context(), path.open("rb") as file:
            batch = queue_import(file, path.name, ImportOptions(), administrator.account_id, self.settings)
        return batch, self.shown(batch)["job"]["job_id"]

    def shown(self, batch: int) -> dict[str, Any]:
        """An import as the interface answers it."""
        answer = self.client.get(f"/api/imports/{batch}", headers=self.accounts.administrator.bearer)
        assert answer.json is not None
        return dict(answer.json)

    def page(self, batch: int) -> str:
        """The page of an import."""
        sign_in(self.client, self.accounts.administrator)
        return self.client.get(f"/admin/import_batch/details/?id={batch}").text

    def terminal(self, *words: str) -> Result:
        """What `flask …` says."""
        return self.app.test_cli_runner().invoke(args=words)


@pytest.fixture
def office(
    app: Flask, settings: Settings, database_url: str, cluster: TestCluster, accounts: People
) -> Iterator[Office]:
    engine, owner = create_engine(database_url), create_engine(cluster.owner_url(name_of(database_url)))
    yield Office(app, settings, engine, owner, accounts, app.test_client())
    engine.dispose()
    owner.dispose()


@pytest.mark.parametrize(
    ("what", "moment", "file"),
    [
        ("some rows are read and copied", WHILE_READING, WILLIAMSBURG),
        ("all are staged, and not committed", ALL_STAGED, RUIAN),
        ("a thousand have their new coordinates", WHILE_TRANSFORMING, RUIAN),
        ("some are parcels", WHILE_ADMITTING, WILLIAMSBURG),
        ("all are parcels, and the import does not know yet", ALL_ADMITTED, WILLIAMSBURG),
        ("the import is done, and its job does not know yet", IMPORT_DONE, WILLIAMSBURG),
    ],
)  # fmt: skip
def test_whenever_the_worker_is_killed_another_makes_the_same_of_the_file(
    what: str, moment: tuple[str, str], file: str, office: Office, files: dict[str, Path], undisturbed: dict[str, Books]
) -> None:
    batch, job_id = office.upload(files[file])
    with gate(office.owner_engine, office.engine, moment) as closed, working(office.settings, *QUICK) as worker:
        until(lambda: is_there(closed))
        assert worker.end(signal.SIGKILL) == KILLED
        # Nobody has noticed; what is said to be admitted is what is stored.
        shown = office.shown(batch)
        stored = closed.exec_driver_sql("SELECT count(*) FROM parcel").scalar_one()
        assert (shown["job"]["state"], shown["is_stopped"], shown["admitted"]) == ("running", False, stored), what
    until(lambda: rescue(office.app) == (job_id,))
    work_off(office.app)
    job = job_of(office.engine, job_id)
    assert (job.state, job.attempts, job.deaths, left_in_queue(office.engine)) == ("done", 2, 1, 0), job

    assert books_of(office.engine) == undisturbed[file], what
    assert [one for one in audit(office.engine) if " overlap by " not in one] == []
    assert list(uploads(office.settings.home).iterdir()) == []

    shown = office.shown(batch)
    assert shown["state"] == "done"
    assert shown["quarantined"] == (4 if file == WILLIAMSBURG else 0)
    assert shown["features"] == shown["admitted"] + shown["quarantined"] + shown["rejected"] == ROWS[file]
    page = office.page(batch)
    for name, words in (("features", "rows"), ("admitted", "= admitted"), ("quarantined", "+ in quarantine")):
        assert f"<dt>{words}</dt><dd>{grouped(shown[name])}</dd>" in page
    # What the last worker found left to do is not all that there was to do.
    assert job.done == job.total
    assert job.total in (shown["features"], shown["admitted"])
    assert (
        f"Job {job_id} is done: {job.total:,} of {job.total:,} rows"
        in office.terminal("jobs", "watch", str(job_id)).output
    )


def test_three_deaths_give_the_job_up_and_the_import_goes_on_from_the_terminal(
    office: Office, files: dict[str, Path], undisturbed: dict[str, Books]
) -> None:
    batch, job_id = office.upload(files[WILLIAMSBURG])
    with gate(office.owner_engine, office.engine, WHILE_ADMITTING) as closed:
        for _ in range(3):
            with working(office.settings, *QUICK) as worker:
                until(lambda: is_there(closed))
                assert worker.end(signal.SIGKILL) == KILLED
                end_who_is_there(closed)
    with working(office.settings, *QUICK):
        job = wait_for(office.engine, job_id, has_ended)
    assert (job.state, job.deaths) == ("failed", 3)
    page = office.page(batch)
    assert "It was stopped while it admitted rows." in page
    assert ">Go on</button>" in page
    said = office.terminal("jobs", "watch", str(job_id))
    assert (said.exit_code, "3 workers died" in said.output) == (1, True), said.output
    said = office.terminal("parcels", "resume", str(batch))
    assert (said.exit_code, f"{ROWS[WILLIAMSBURG]:,} features read" in said.output) == (0, True), said.output
    assert books_of(office.engine) == undisturbed[WILLIAMSBURG]
