"""Everything through PgBouncer in transaction mode, with fewer server connections than the application has."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.factory import create_app
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits
from tests.accounts import People, make_people, sign_in
from tests.answers import json_of
from tests.conftest import dispose, settings_over
from tests.connections.drawings import drawing
from tests.connections.pooler import PROGRAM, pooled
from tests.database import TestCluster
from tests.jobs.workers import work_off
from tests.services.sources import grid, write_geojson

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed (the package is `pgbouncer`)")
SERVER_CONNECTIONS = 3


@pytest.fixture(scope="module")
def url(module_database_url: str) -> Iterator[str]:
    with pooled(module_database_url, size=SERVER_CONNECTIONS) as url:
        yield url


@pytest.fixture(scope="module")
def app(
    url: str, module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    settings = settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home"))
    bounded = ConnectionSettings(work_mem="7MB", lock_timeout_ms=4_321)
    app = create_app(replace(settings, database_url=url, connections=bounded))
    app.config["TESTING"] = False
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def people(app: Flask) -> People:
    with app.app_context():
        return make_people()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_edits_and_reads_of_many_threads(app: Flask, people: People) -> None:
    def work(_: int) -> list[int]:
        client = app.test_client()
        found = []
        for _ in range(4):
            name, body = drawing()
            found.append(client.post("/api/edits", json=body, headers=people.editor.bearer).status_code)
            paths = (
                f"/api/parcels/{name}", "/api/coverage?bbox=-1,-1,1,1", "/admin/parcel/", "/api/findings",
                "/tiles/parcels/9/256/255.mvt", "/tiles/parcels/15/16384/16383.mvt", "/tiles/changes",
            )  # fmt: skip
            found += [client.get(path, headers=people.editor.bearer).status_code for path in paths]
        return found

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for found in pool.map(work, range(8)) for status in found]
    assert sorted(set(statuses)) == [200, 201]


def test_an_edit_that_was_made_answers_its_key_again_and_a_conflict_is_told(
    client: FlaskClient, people: People
) -> None:
    _, body = drawing()
    first, again = (client.post("/api/edits", json=body, headers=people.editor.bearer) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert json_of(first)["edit_id"] == json_of(again)["edit_id"]
    body = {**drawing()[1], "operations": body["operations"]}
    assert client.post("/api/edits", json=body, headers=people.editor.bearer).status_code == 422


def test_pages_and_forms_of_a_browser(client: FlaskClient, people: People) -> None:
    sign_in(client, people.administrator)
    for path in ("/", "/admin/", "/admin/parcel/", "/admin/edit/", "/admin/record/", "/metrics", "/readyz"):
        assert client.get(path).status_code == 200, path


def test_an_import_by_copy_and_chunks(app: Flask, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", grid(40, 30))
    with app.app_context():
        report = import_parcels(path, ImportOptions(comment="through a pooler"), limits=Limits())
    assert (report.features, report.admitted) == (1200, 1200)


def test_a_job_is_deferred_and_a_worker_beside_the_pooler_makes_it(
    app: Flask, client: FlaskClient, people: People, module_database_url: str
) -> None:
    name, body = drawing()
    answer = client.post("/api/edits", json=body, headers={**people.editor.bearer, "Prefer": "respond-async"})
    assert answer.status_code == 202, json_of(answer)
    direct = create_app(replace(app.config["SETTINGS"], database_url=module_database_url))
    work_off(direct)
    dispose(direct)
    assert client.get(f"/api/parcels/{name}", headers=people.editor.bearer).status_code == 200


def test_a_worker_behind_the_pooler_makes_jobs_too(app: Flask, client: FlaskClient, people: People) -> None:
    """That of script/server goes where DATABASE_URL says. A driver that prepares does so from the sixth time on."""
    drawn = [drawing() for _ in range(12)]
    for _, body in drawn:
        answer = client.post("/api/edits", json=body, headers={**people.editor.bearer, "Prefer": "respond-async"})
        assert answer.status_code == 202, json_of(answer)
    work_off(app)
    for name, _ in drawn:
        assert client.get(f"/api/parcels/{name}", headers=people.editor.bearer).status_code == 200


def test_nothing_that_a_request_sets_stays_with_a_server_connection(
    url: str, client: FlaskClient, people: People
) -> None:
    """The pooler gives the same few connections to whoever comes next."""
    for _ in range(4):
        assert client.get("/api/parcels", headers=people.viewer.bearer).status_code == 200
    engine = create_engine(url)
    with ThreadPoolExecutor(SERVER_CONNECTIONS) as pool:
        for _ in range(3):
            names = ("work_mem", "lock_timeout", "statement_timeout", "default_transaction_read_only", "jit")

            def ask(_: int, names: tuple[str, ...] = names) -> list[str]:
                with engine.connect() as connection:
                    connection.execute(text("SELECT pg_sleep(0.01)"))
                    return [str(connection.scalar(text(f"SHOW {name}"))) for name in names]

            found = list(pool.map(ask, range(SERVER_CONNECTIONS)))
            assert all(one[:4] == ["4MB", "0", "0", "off"] for one in found), found
    engine.dispose()
