"""The migrations: from an empty database to the tables of the models, and back to nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import Engine, create_engine, make_url, text

from spatial_admin.factory import create_app
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, store_lots
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of

# Everything in the schema that no extension brought.
OURS = text(
    """
    SELECT kind || ' ' || name FROM (
      SELECT 'table', relname, oid, 'pg_class'::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S', 'p')
      UNION ALL SELECT 'function', proname, oid, 'pg_proc'::regclass FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT 'type', typname, oid, 'pg_type'::regclass FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ) AS things (kind, name, oid, class)
    WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = things.oid AND d.classid = things.class AND d.deptype = 'e')
    ORDER BY 1
    """
)


@pytest.fixture
def empty_app(empty_database_url: str, cluster: TestCluster, tmp_path: Path) -> Iterator[Flask]:
    """The application over a database with the extensions and nothing else."""
    app_url = cluster.app_url(name_of(empty_database_url))
    app = create_app(settings_over(app_url, cluster, tmp_path))
    with app.app_context():
        yield app
    dispose(app)


@pytest.fixture
def owner(empty_database_url: str) -> Iterator[Engine]:
    """A connection of the owner's to that database."""
    engine = create_engine(empty_database_url)
    yield engine
    engine.dispose()


def ours(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [str(name) for name in connection.execute(OURS).scalars()]


def test_upgrade_from_empty_makes_what_the_models_say_and_downgrade_leaves_nothing(
    empty_app: Flask, owner: Engine
) -> None:
    assert ours(owner) == []
    upgrade()
    assert "table parcel" in ours(owner)
    check()  # exits with an error where a model and its table differ
    downgrade(revision="base")
    assert ours(owner) == ["table alembic_version"]


def test_check_notices_a_table_that_differs_from_its_model(empty_app: Flask, owner: Engine) -> None:
    upgrade()
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE edit ADD COLUMN stray integer"))
    with pytest.raises(SystemExit):
        check()


def test_every_step_down_and_up_again_ends_with_the_same_schema(empty_app: Flask, owner: Engine) -> None:
    upgrade()
    whole = ours(owner)
    steps = 0
    with owner.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    while revision:
        downgrade()
        steps += 1
        with owner.connect() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert steps >= 3
    for _ in range(steps):
        upgrade(revision="+1")
    assert ours(owner) == whole


def test_a_second_upgrade_changes_nothing(empty_app: Flask, owner: Engine) -> None:
    upgrade()
    before = ours(owner)
    upgrade()
    assert ours(owner) == before


def test_history_of_several_years_becomes_one_table_and_is_divided_again(empty_app: Flask, owner: Engine) -> None:
    upgrade()
    store_lots(owner, {"a": Grid().box(0, 0), "b": Grid().box(1, 0)})
    lived = "UPDATE parcel SET begin_lifespan_version = date_trunc('year', now()) + :years * interval '1 year' WHERE parcel_id = 'a'"
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.edit = '1'"))
        for years in (1, 2, 9):  # the last finds no year of its own
            connection.execute(text(lived), {"years": years})
    everything = text("SELECT to_jsonb(v) - 'begun' FROM parcel_version AS v ORDER BY id")
    with owner.connect() as connection:
        before = connection.execute(everything).scalars().all()
    downgrade(revision="0008")
    with owner.begin() as connection:
        assert connection.execute(everything).scalars().all() == before
        connection.execute(text("UPDATE parcel SET number = 'x'"))  # guards and identity are as they were
    assert audit(owner) == []
    upgrade()
    with owner.connect() as connection:
        parts = connection.execute(text("SELECT count(DISTINCT tableoid), count(*) FROM parcel_version")).one()
    assert tuple(parts) == (1, 7)  # all until the year of the newest are the first partition
    assert audit(owner) == []


def test_a_view_on_history_is_named_before_it_would_read_a_part(
    empty_app: Flask, owner: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    upgrade(revision="0008")
    with owner.begin() as connection:
        connection.execute(text("CREATE VIEW ours AS SELECT parcel_id FROM parcel_version"))
    with pytest.raises(SystemExit):
        upgrade()
    assert "would go on reading a part of it: ours. Drop them" in caplog.text


def test_a_dump_of_the_database_can_be_restored(
    engine: Engine, database_url: str, cluster: TestCluster, tmp_path: Path
) -> None:
    # pg_restore empties search_path: a check constraint whose function looks up names by it would refuse every row.
    programs = [shutil.which(name) for name in ("pg_dump", "psql")]
    if None in programs:
        pytest.fail("pg_dump and psql are not on the path; they come with the PostgreSQL server")
    store_lots(engine, {"1/2": Grid().box(0, 0), "3": Grid().box(1, 0)})
    target = cluster.create_empty()
    try:
        script = tmp_path / "dump.sql"
        env = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
        source = plain(cluster.admin_url(name_of(database_url)))
        subprocess.run([str(programs[0]), "-d", source, "-f", str(script)], check=True, env=env)
        restored = subprocess.run(
            [str(programs[1]), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", plain(cluster.admin_url(target)), "-f", str(script)],
            check=False, env=env, capture_output=True, text=True,
        )  # fmt: skip
        assert restored.returncode == 0, restored.stderr
        copy = create_engine(cluster.owner_url(target))
        with engine.connect() as here, copy.connect() as there:
            rows = "SELECT parcel_id, version, ST_AsEWKB(geom), area_m2 FROM parcel ORDER BY parcel_id"
            assert [tuple(r) for r in there.execute(text(rows))] == [tuple(r) for r in here.execute(text(rows))]
        assert audit(copy) == []
        copy.dispose()
    finally:
        cluster.drop(target)


def plain(url: str) -> str:
    """A URL as PostgreSQL's programs read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
