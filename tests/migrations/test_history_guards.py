"""A history that somebody falsified, who can: nothing is written on top of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, store_lots
from tests.database import TestCluster, name_of

GRID = Grid()
THEN = "2100-01-01 00:00:00+00"
VERSION_2 = """
INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, level, kind, geom, area_m2, attributes, begun)
SELECT id, parcel_id, 2, tstzrange(:then, NULL), 'geometry', 0, level, kind, geom, area_m2, '{}', :then
FROM parcel WHERE parcel_id = 'a'
"""


@pytest.fixture
def psql(engine: Engine, database_url: str) -> Iterator[Colleague]:
    """Somebody with the application's password and a prompt."""
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(1, 0)})
    with Colleague(database_url) as colleague:
        yield colleague


@contextmanager
def past_the_guards(cluster: TestCluster, database_url: str) -> Iterator[Connection]:
    """A superuser's connection on which no trigger fires."""
    admin = create_engine(cluster.admin_url(name_of(database_url)))
    with admin.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
    admin.dispose()


def test_a_parcel_whose_history_is_incomplete_is_not_changed_further(
    psql: Colleague, database_url: str, cluster: TestCluster
) -> None:
    with past_the_guards(cluster, database_url) as connection:
        connection.execute(text("DELETE FROM parcel_version WHERE parcel_id = 'a'"))
    with pytest.raises(psycopg2.Error, match="Version 1 of parcel a has no image in the history") as refused:
        psql.run("UPDATE parcel SET number = 'x'")
    assert refused.value.pgcode == "SA003"


def test_a_version_that_is_in_the_history_already_is_not_taken_for_a_new_one(
    psql: Colleague, database_url: str, cluster: TestCluster
) -> None:
    with past_the_guards(cluster, database_url) as connection:
        connection.execute(text(VERSION_2), {"then": THEN})
    psql.run("SELECT set_config('spatial_admin.edit', '1', true)")  # who writes in an edit tells the time
    with pytest.raises(psycopg2.Error, match="holds versions already that these parcels never had: a") as refused:
        psql.run("UPDATE parcel SET number = 'x', begin_lifespan_version = %s WHERE parcel_id = 'a'", THEN)
    assert refused.value.pgcode == "SA003"
