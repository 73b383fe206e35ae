"""The demo town is loaded once: asked for again, it is said before anything is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.demo.town import PARCELS_PER_TOWN
from spatial_admin.errors import BadRequest
from spatial_admin.services.database.load_demo import import_town, load_demo, placed_towns
from spatial_admin.services.database.named_queries.sample import draw_sample
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.tiles.draw_overviews import draw_overviews
from spatial_admin.transaction import snapshot
from tests.database import TestCluster, name_of

COUNTS = text("""
SELECT (SELECT count(*) FROM parcel) AS parcels, (SELECT count(*) FROM zoning_district) AS districts,
       (SELECT count(*) FROM import_batch) AS imports, (SELECT count(*) FROM staged_parcel) AS staged
""")
OVERVIEWS = text("SELECT count(*) FROM tile_body WHERE z < 14")
NAMES = text("SELECT DISTINCT split_part(parcel_id, '-', 1) FROM parcel ORDER BY 1")


@pytest.fixture
def owner_url(cluster: TestCluster, database_url: str) -> str:
    return cluster.owner_url(name_of(database_url))


@pytest.fixture
def app_with_town(app: Flask) -> Iterator[Flask]:
    """It holds a little of the first town: some lots and a district."""
    with app.app_context():
        town = next(placed_towns(2_000, deployment_ground()))
        import_town(
            dataclasses.replace(town, parcels=town.parcels[:20], districts=town.districts[:1], broken_features=())
        )
        yield app


def test_the_town_is_not_loaded_twice(app_with_town: Flask, engine: Engine, owner_url: str) -> None:
    before = counts(engine)
    with pytest.raises(BadRequest, match="is there already; `--parcels 100000` adds the towns around it"):
        load_demo(2_000, owner_url=owner_url)
    assert counts(engine) == before, "no district twice, no import of refused rows"


def test_the_other_towns_of_a_county_come_beside_a_town_that_is_there_and_once(
    app_with_town: Flask, engine: Engine, owner_url: str
) -> None:
    lots, districts, imports, _ = counts(engine)
    came = load_demo(2 * PARCELS_PER_TOWN, owner_url=owner_url)
    after = counts(engine)
    assert after[:3] == (lots + came.parcels, districts + came.districts, imports + 1)
    assert (came.quarantined, came.parcels > PARCELS_PER_TOWN / 2) == (0, True)
    with engine.connect() as connection:
        assert list(connection.scalars(NAMES)) == ["QB001", "QB002"]
        assert connection.scalar(OVERVIEWS) > 0
    assert draw_overviews() == 0, "whoever looks at it next waits for none"
    with pytest.raises(BadRequest, match="The county is there already"):
        load_demo(2 * PARCELS_PER_TOWN, owner_url=owner_url)
    assert counts(engine) == after


def test_plans_are_asked_for_an_edit_that_people_made_not_for_an_import(app_with_town: Flask, engine: Engine) -> None:
    with engine.connect() as connection:
        newest = connection.execute(text("SELECT max(id) FROM edit")).scalar_one()
    with snapshot() as session:
        assert draw_sample(session)["edit"] == newest + 1, "only imports are there: one that is not"


def counts(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(connection.execute(COUNTS).one())
