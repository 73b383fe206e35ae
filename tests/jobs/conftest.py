"""A block of nine lots, and what an editor asks for; an office that imports files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, create_engine

from spatial_admin.factory import create_app
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.editing.queue_edit import queue_edit
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits, Settings
from tests.accounts import People
from tests.concurrency.fabric import Grid, store_block, update
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of
from tests.jobs.offices import ROWS, RUIAN, WILLIAMSBURG, Books, Office, books_of
from tests.web.api import edit

Ask = Callable[..., int]


@pytest.fixture
def block(engine: Engine) -> Engine:
    store_block(engine, Grid(), 3, 3)
    return engine


@pytest.fixture
def ask(app: Flask, accounts: People) -> Ask:
    """Ask for an edit as a job and get its number; by default one that changes the use of `1-1`."""

    def ask(*operations: dict[str, Any], seen: dict[str, int] | None = None, **members: Any) -> int:
        asked = operations or (update("1-1", land_use="orchard"),)
        body = {**edit(*asked, **members), "seen": seen or {"1-1": 1}}
        with app.app_context():
            queued = queue_edit(parse_edit_request(body, Limits().for_job()), body, accounts.editor.account_id)
        assert queued.job_id is not None
        return queued.job_id

    return ask


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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


@pytest.fixture
def office(
    app: Flask, settings: Settings, database_url: str, cluster: TestCluster, accounts: People
) -> Iterator[Office]:
    engine, owner = create_engine(database_url), create_engine(cluster.owner_url(name_of(database_url)))
    yield Office(app, settings, engine, owner, accounts, app.test_client())
    engine.dispose()
    owner.dispose()
