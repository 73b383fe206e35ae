"""A database of another SRID or geometry type follows the old one while an editor works, and takes its place without
losing an edit; points that another SRID would take off their line are found, and noded by edits.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from spatial_admin.file_errors import BackupFailed, BackupRefused
from spatial_admin.owner_transaction import owner_transaction
from spatial_admin.services.database import change_srid, judge_database
from spatial_admin.services.database.change_srid import Change, follow, switch
from spatial_admin.services.database.describe_upkeep import describe_upkeep
from spatial_admin.services.database.digest_tables import Told
from spatial_admin.services.database.restore_database import refuse_unended_restore
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.settings import Settings
from tests.accounts import People
from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import INSERT, Grid, save, store_block, store_lots, update, versions_of
from tests.database import TestCluster
from tests.services.database.restless_editor import GRID, Editor, once_they_are_refused, while_editing
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]
SRID = 2056
CLONE = "import os; from tests.database import TestCluster; print(TestCluster(os.environ['TEST_DATABASE_ADMIN_URL']).clone())"
# What both databases must say; geometry of the old one as the new one should have it.
IMAGES = """
SELECT 'now', parcel_id, version, begin_lifespan_version, number, edit_id, ST_AsEWKB(ST_Transform(geom, 2056)) FROM parcel
UNION ALL SELECT change, parcel_id, version, begun, number, edit_id, ST_AsEWKB(ST_Transform(geom, 2056)) FROM parcel_version
ORDER BY 1, 2, 3
"""
EDITS = "SELECT id, key, receipt::text FROM edit ORDER BY id"
CORNERS = "SELECT count(DISTINCT ST_AsEWKB(p.geom)) FROM parcel, ST_DumpPoints(parcel.geom) AS p"


GUARD = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'parcel_overlap'"
# A migration that changes the type, as a release would bring it; on the empty database it is done at once.
WITH_HEIGHTS = """
DROP TRIGGER parcel_overlap ON parcel;
ALTER TABLE parcel ALTER COLUMN geom TYPE geometry(MultiPolygonZ, 4326) USING ST_Force3DZ(geom);
ALTER TABLE parcel_version ALTER COLUMN geom TYPE geometry(MultiPolygonZ, 4326) USING ST_Force3DZ(geom);
UPDATE alembic_version SET version_num = 'of the release';
"""
FLAT = """
SELECT 'now', parcel_id, version, begin_lifespan_version, number, edit_id, area_m2, ST_AsEWKB(ST_Force2D(geom)) FROM parcel
UNION ALL SELECT change, parcel_id, version, begun, number, edit_id, area_m2, ST_AsEWKB(ST_Force2D(geom)) FROM parcel_version
ORDER BY 1, 2, 3
"""
KINDS = "SELECT DISTINCT ST_GeometryType(geom), ST_NDims(geom) FROM parcel UNION SELECT ST_GeometryType(geom), ST_NDims(geom) FROM parcel_version"


@pytest.fixture
def other_type(settings: Settings, cluster: TestCluster) -> Iterator[Settings]:
    """Settings over an empty database whose parcels have heights."""
    name = cluster.clone()
    owner = create_engine(cluster.owner_url(name))
    with owner.begin() as connection:
        guard = connection.execute(text(GUARD)).scalar_one()
        connection.execute(text(WITH_HEIGHTS))
        connection.execute(text(guard))
    owner.dispose()
    yield replace(settings, database_url=cluster.app_url(name), database_owner_url=cluster.owner_url(name))
    cluster.drop(name)


@pytest.fixture
def new(settings: Settings, cluster: TestCluster) -> Iterator[Settings]:
    """Settings over an empty database of SRID 2056, as `flask database prepare` makes it."""
    env = {**os.environ, "SPATIAL_ADMIN_SRID": str(SRID), "PYTHONPATH": str(ROOT)}
    made = subprocess.run([sys.executable, "-c", CLONE], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    name = made.stdout.split()[-1]
    yield replace(settings, database_url=cluster.app_url(name), database_owner_url=cluster.owner_url(name), srid=SRID)
    cluster.drop(name)


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""


def test_editors_go_on_until_the_switch_and_nothing_of_theirs_is_lost(
    app: Flask, settings: Settings, new: Settings, engine: Engine
) -> None:
    old_owner = settings.database_owner_url
    with pytest.raises(BackupRefused, match="Both databases are of SRID 4326"):
        follow(old_owner, settings, silent)
    store_lots(engine, {"far": Grid(west=11.5, south=46.95).box(0, 0)})
    for step in (follow, switch):
        with pytest.raises(BackupRefused, match="outside the extent: far"):
            step(old_owner, new, silent)
    with Colleague(settings.database_url) as colleague:  # the old database is open, so it is mended there
        colleague.reshape("far", GRID.box(9, 9))
        colleague.commit()
    store_block(engine, GRID, 5, 5)
    with app.app_context():
        save([update("0-0", number="7")], {"0-0": 1})
        record = create_record(NewRecord(type="plat", received=date(2024, 3, 1)), None)
    editor = Editor(app, engine)
    editor.start()
    try:
        assert follow(old_owner, new, while_editing(editor)).rows > 50
        assert follow(old_owner, new, while_editing(editor)).rows > 0
        assert switch(old_owner, new, while_editing(editor)).is_switched
        editor.join(PATIENCE_S)
    finally:
        editor.is_over.set()
        editor.join(PATIENCE_S)
    assert len(editor.refused) == 1
    assert "a database of SRID 2056 took its place" in str(editor.refused[0])
    assert rows(new.database_url, IMAGES) == rows(settings.database_url, IMAGES)
    assert rows(new.database_url, EDITS) == rows(settings.database_url, EDITS)
    assert rows(new.database_url, CORNERS) == rows(settings.database_url, CORNERS) == [(40,)]  # shared ones still are
    assert rows(new.database_url, f"SELECT number FROM record WHERE id = {record}") != []
    areas = "SELECT bool_and(area_m2 = ground_area_m2(geom)) FROM parcel"
    assert rows(new.database_url, areas) == [(True,)]
    assert rows(new.database_url, "SELECT to_regclass('restore_not_ended'), to_regclass('srid_change')") == [
        (None, None)
    ]
    new_edit = "INSERT INTO edit (key, comment, operations, request_hash) VALUES (gen_random_uuid(), '', '[]', '') RETURNING id"
    assert int(str(rows(new.database_url, new_edit)[0][0])) > max(editor.made)


def fail_at_the_second_time() -> Callable[[Settings, Told], None]:
    """In place of the replay of all history: well before the old database is closed, and not well after."""
    calls: list[Settings] = []

    def verify(settings: Settings, _told: Told) -> None:
        calls.append(settings)
        if len(calls) == 2:
            raise BackupFailed("it does not replay")

    return verify


def test_another_geometry_type_is_followed_in_the_same_way(
    app: Flask,
    settings: Settings,
    other_type: Settings,
    engine: Engine,
    owner_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old_owner = settings.database_owner_url
    with pytest.raises(BackupRefused, match="Both databases have the same geometry types"):
        follow(old_owner, settings, silent, Change.GEOMETRY_TYPE)
    store_block(engine, GRID, 5, 5)
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE job_run ADD COLUMN left_behind int"))
    with pytest.raises(BackupRefused, match=r"only one of them has job_run\.left_behind"):
        follow(old_owner, other_type, silent, Change.GEOMETRY_TYPE)
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE job_run DROP COLUMN left_behind"))
    assert follow(old_owner, other_type, silent, Change.GEOMETRY_TYPE).rows > 50
    with (
        owner_transaction(other_type.database_owner_url) as session,
        pytest.raises(BackupRefused, match="change-geometry-type --switch"),
    ):
        refuse_unended_restore(session)
    with monkeypatch.context() as patch, pytest.raises(BackupFailed, match="it does not replay"):
        patch.setattr(change_srid, "_verify", fail_at_the_second_time())
        switch(old_owner, other_type, silent, Change.GEOMETRY_TYPE)
    editor = Editor(app, engine)  # the old database is open again
    editor.start()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(change_srid, "_verify", once_they_are_refused(editor))
            done = switch(old_owner, other_type, while_editing(editor), Change.GEOMETRY_TYPE)
        editor.join(PATIENCE_S)
    finally:
        editor.is_over.set()
        editor.join(PATIENCE_S)
    assert done.is_switched
    assert done.locked_s > 0
    assert done.closed_s > 0
    assert "a database of another geometry type took its place" in str(editor.refused[0])
    with owner_engine.connect() as connection:
        upkeep = SimpleNamespace(database=describe_upkeep(connection).database, tables=[])
    (closed,) = judge_database._of_age(cast(Any, upkeep))
    assert "another one took its place" in closed.what, "the page Database of the old one"
    with pytest.raises(BackupRefused, match=r"has taken its place\. Start the servers on that one"):
        switch(old_owner, other_type, silent, Change.GEOMETRY_TYPE)
    assert rows(other_type.database_url, KINDS) == [("ST_MultiPolygon", 3)]
    assert rows(other_type.database_url, FLAT) == rows(settings.database_url, FLAT)
    assert rows(other_type.database_url, EDITS) == rows(settings.database_url, EDITS)


def test_parcels_that_do_not_fit_the_new_type_are_named_before_anything_is_copied(
    settings: Settings, cluster: TestCluster, engine: Engine
) -> None:
    two = "MULTIPOLYGON(((7 47, 7.001 47, 7.001 47.001, 7 47)), ((7.1 47, 7.101 47, 7.101 47.001, 7.1 47)))"
    store_lots(engine, {"one": GRID.box(0, 0)})
    with engine.begin() as connection:
        connection.execute(INSERT, {"name": "two", "wkt": two, "srid": settings.srid, "level": "parcels"})
    name = cluster.clone()
    owner = create_engine(cluster.owner_url(name))
    with owner.begin() as connection:
        connection.execute(text("DROP TRIGGER parcel_overlap ON parcel"))
        for table in ("parcel", "parcel_version"):
            connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN geom TYPE geometry(Polygon, 4326)"))
    owner.dispose()
    single = replace(settings, database_url=cluster.app_url(name), database_owner_url=cluster.owner_url(name))
    with pytest.raises(BackupRefused, match=r"takes Polygon only, which these are not: two\."):
        follow(settings.database_owner_url, single, silent, Change.GEOMETRY_TYPE)
    cluster.drop(name)


# A field of a mile, south of two others that meet in the middle of its line; and one whose line is too short to bend.
FIELDS = Grid(west=7.44, south=47.00, step=0.02)


def store_fields(engine: Engine) -> None:
    (west, south), (east, north) = FIELDS.at(0, 0), FIELDS.at(1, 1)
    middle, top = (west + east) / 2, north + 0.01
    store_lots(
        engine,
        {
            "south": [(west, south), (east, south), (east, north), (west, north)],
            "left": [(west, north), (middle, north), (middle, top), (west, top)],
            "right": [(middle, north), (east, north), (east, top), (middle, top)],
        },
    )


def test_a_point_that_would_leave_its_line_is_told_and_an_edit_makes_it_a_corner(
    app: Flask, settings: Settings, new: Settings, engine: Engine, accounts: People
) -> None:
    store_fields(engine)
    store_block(engine, GRID, 3, 3)
    first = follow(settings.database_owner_url, new, silent)
    (one,) = first.leaving
    assert one.parcels == {"south": 1}
    assert one.departure.at == ((FIELDS.at(0, 1)[0] + FIELDS.at(1, 1)[0]) / 2, FIELDS.at(0, 1)[1])
    # As PostGIS has it: how far the copied point is from the copied line.
    beside = (
        "SELECT ST_Distance(ST_PointN(ST_ExteriorRing(ST_GeometryN(l.geom, 1)), 2), ST_Boundary(s.geom)) "
        "FROM parcel AS l, parcel AS s WHERE l.parcel_id = 'left' AND s.parcel_id = 'south'"
    )
    ((distance,),) = rows(new.database_url, beside)
    assert distance == pytest.approx(one.departure.distance_m, rel=0.01)
    assert 0.01 < one.departure.distance_m < 1
    runner = app.test_cli_runner()
    shown = runner.invoke(args=["database", "node-lines", str(SRID)])
    assert "1 points would leave a line" in shown.output
    assert "on a line of south" in shown.output
    refused = runner.invoke(args=["database", "node-lines", str(SRID), "--as", accounts.viewer.email])
    assert "nobody who may edit is called" in refused.output
    done = runner.invoke(args=["database", "node-lines", str(SRID), "--as", accounts.editor.email])
    assert "1 lines have their points now" in done.output, done.output
    assert {name: version for name, version in versions_of(engine).items() if name in {"south", "left", "right"}} == {
        "south": 2, "left": 1, "right": 1,
    }  # fmt: skip
    assert "No point would leave its line" in runner.invoke(args=["database", "node-lines", str(SRID)]).output
    change_srid._close(settings.database_owner_url, "SRID 2056")  # as a switch leaves it that is killed then
    done_again = switch(settings.database_owner_url, new, silent)
    assert (done_again.is_switched, done_again.leaving) == (True, [])
    assert rows(new.database_url, beside) == [(0.0,)]
