"""Fixtures that every test may use: a real PostGIS database of its own, the application over it, people, and servers.

There are no savepoint sessions: a serialization failure at COMMIT cannot be seen in one. Each test gets a clone of a
template database instead, commits for real, and the clone is dropped afterwards.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine

from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.settings import Settings, Upkeep, storage_srid
from tests import county
from tests.accounts import People, make_people
from tests.database import TestCluster, name_of
from tests.order import begun_elsewhere, slow_first
from tests.routes import remember_routes
from tests.server import TestServer
from tests.templates import remember_templates
from tests.waiting import PATIENT, PATIENT_CONNECTIONS

pytest_plugins = ["tests.browser_fixtures"]
ROOT = Path(__file__).resolve().parent.parent
remember_routes()
remember_templates()
# How long an example takes, or the making of it, says nothing where the machine may stand still. The examples are the same at
# every run; SPATIAL_ADMIN_TEST_ALL=1 takes new ones.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=not os.environ.get("SPATIAL_ADMIN_TEST_ALL"),
)
hypothesis.settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Beside other processes, begin to collect at a place of one's own."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    processes = os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    config.args = begun_elsewhere(config.args, ROOT / "tests", int(process), int(processes))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays until the end: looking through it was a quarter of making an application."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = slow_first(items, ROOT / "tests")
    for item in items:
        # A browser beside two other processes may stall. The first failure is printed all the same (pyproject.toml), to be
        # mended; a test without a browser is never tried twice: what fails once in a hundred there is a race of ours.
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def cluster() -> Iterator[TestCluster]:
    """The PostgreSQL server that TEST_DATABASE_ADMIN_URL names (a superuser's URL; `script/test` sets it)."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        pytest.fail(
            "TEST_DATABASE_ADMIN_URL is not set. Run script/test, which starts a private PostgreSQL and sets it, "
            "or give the URL of a superuser of a server with PostGIS 3.",
            pytrace=False,
        )
    cluster = TestCluster(url)
    yield cluster
    cluster.close()


@pytest.fixture
def database_url(cluster: TestCluster) -> Iterator[str]:
    """URL of a fresh migrated database, as the application's role; levels and roles are seeded, nothing else."""
    name = cluster.clone()
    yield cluster.app_url(name)
    cluster.drop(name)


@pytest.fixture(scope="module")
def module_database_url(cluster: TestCluster) -> Iterator[str]:
    """As `database_url`, shared by the tests of a module (for what is slow to fill and only read)."""
    name = cluster.clone()
    yield cluster.app_url(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def county_url(cluster: TestCluster) -> Iterator[str]:
    """URL of a county of 200,000 parcels with all that belongs to them, filled once for all processes; tests only read it."""
    if storage_srid() != 4326:
        pytest.skip("the county of tests lies in EPSG:4326")
    name = cluster.filled("county", lambda name: county.fill_county(cluster, name, 200_000), Path(county.__file__))
    yield cluster.app_url(name)
    cluster.drop(name)


@pytest.fixture
def empty_database_url(cluster: TestCluster) -> Iterator[str]:
    """URL of a database with the extensions and no tables, as the owner's role."""
    name = cluster.create_empty()
    yield cluster.owner_url(name)
    cluster.drop(name)


@pytest.fixture
def settings(database_url: str, cluster: TestCluster, tmp_path: Path) -> Settings:
    """Settings of a deployment over `database_url`; override this fixture (dataclasses.replace) to change one."""
    return settings_over(database_url, cluster, tmp_path)


def settings_over(database_url: str, cluster: TestCluster, home: Path) -> Settings:
    """Settings over a database made by the cluster; the SRID is that of SPATIAL_ADMIN_SRID, as the models'."""
    return Settings(
        database_url=database_url,
        database_owner_url=cluster.owner_url(name_of(database_url)),
        secret_key="only-for-tests-0123456789",
        srid=storage_srid(),
        home=home,
        demo=False,
        production=False,
        upkeep=Upkeep(at=None),  # no test depends on the time of day
        limits=PATIENT,
        connections=PATIENT_CONNECTIONS,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application; its connections are closed afterwards."""
    app = create_app(settings)
    app.config["TESTING"] = False  # errors are answered as in production, never raised through the client
    yield app
    dispose(app)


def dispose(app: Flask) -> None:
    """Close every connection that the application's engines keep."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    for extra in app.extensions.get("spatial_admin.engines", ()):
        extra.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An anonymous client; `tests.accounts.sign_in(client, email)` makes it somebody's browser."""
    return app.test_client()


@pytest.fixture
def accounts(app: Flask) -> People:
    """One person of each role: `accounts.editor.email`, `.password`, `.bearer` and `.basic` (headers)."""
    with app.app_context():
        return make_people()


@pytest.fixture
def bearer(accounts: People) -> dict[str, dict[str, str]]:
    """Headers of a token client by role: `client.get(url, headers=bearer["viewer"])`."""
    return {person.role: person.bearer for person in accounts}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Plain connections to the test's database as the application's role, beside the application."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def owner_engine(database_url: str, cluster: TestCluster) -> Iterator[Engine]:
    """Plain connections as the owner of the tables (what a DBA in psql may do)."""
    engine = create_engine(cluster.owner_url(name_of(database_url)))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real parcel files, kept beside the checkout and not in it."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the real parcel files (../shared/data) are not on this machine")
    return path


@pytest.fixture(scope="session")
def test_server() -> Iterator[TestServer]:
    """The server of `live_server`, under the same URL for all tests of this process."""
    server = TestServer()
    yield server
    server.close()


@pytest.fixture
def live_server(app: Flask, test_server: TestServer) -> Iterator[str]:
    """URL of the application served by real threads on a port of the loopback; what it writes is committed."""
    with test_server.serving(app) as url:
        yield url


@pytest.fixture
def with_settings(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Make applications over the test's database with other settings: `with_settings(srid=2056)`."""
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        made.append(create_app(replace(settings, **changes)))
        return made[-1]

    yield make
    for app in made:
        dispose(app)
