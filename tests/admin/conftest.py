"""Signed-in browsers over a small block of lots; `site` is shared by the tests of a module that only read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine

from spatial_admin.factory import create_app
from tests.accounts import People, make_people, sign_in
from tests.admin.fabric import make_block
from tests.conftest import dispose, settings_over
from tests.database import TestCluster


@dataclass(frozen=True, slots=True)
class Site:
    """An application over the block, with a browser of a viewer, an editor and an administrator."""

    app: Flask
    engine: Engine
    viewer: FlaskClient
    editor: FlaskClient
    administrator: FlaskClient


@pytest.fixture(scope="module")
def site(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home: Path = tmp_path_factory.mktemp("home")
    app = create_app(settings_over(module_database_url, cluster, home))
    engine = create_engine(module_database_url)
    make_block(engine)
    with app.app_context():
        people = make_people()
    yield Site(app, engine, *(browser(app, people, role) for role in ("viewer", "editor", "administrator")))
    engine.dispose()
    dispose(app)


def browser(app: Flask, people: People, role: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, getattr(people, role))
    return client


@pytest.fixture
def block(engine: Engine) -> Engine:
    make_block(engine)
    return engine


@pytest.fixture
def viewer(app: Flask, accounts: People) -> FlaskClient:
    return browser(app, accounts, "viewer")


@pytest.fixture
def editor(app: Flask, accounts: People) -> FlaskClient:
    return browser(app, accounts, "editor")


@pytest.fixture
def colleague(app: Flask, accounts: People) -> FlaskClient:
    """A second person who may edit."""
    return browser(app, accounts, "administrator")
