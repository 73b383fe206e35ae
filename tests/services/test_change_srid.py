"""A database of another SRID follows the old one while an editor works, and takes its place without losing an edit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from spatial_admin.errors import BackupRefused, Contention
from spatial_admin.services.change_srid import follow, switch
from spatial_admin.services.create_record import create_record
from spatial_admin.services.parse_record import NewRecord
from spatial_admin.settings import Settings
from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, move, save, store_block, store_lots, update, versions_of
from tests.database import TestCluster

ROOT = Path(__file__).resolve().parents[2]
GRID = Grid(west=7.44, south=46.95, step=0.0008)
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


class Editor(threading.Thread):
    """Moves the corner of four lots a little, again and again, until the database is closed."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        super().__init__()
        self.app, self.engine = app, engine
        self.made: list[int] = []
        self.refused: list[Exception] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        with self.app.app_context():
            while not self.is_over.wait(0.01) and not self.refused:
                try:
                    self.edit(len(self.made))
                except Contention:
                    continue  # it waited for the switch; nothing was changed
                except DBAPIError as error:
                    self.refused.append(error)

    def edit(self, step: int) -> None:
        names = ("1-1", "2-1", "1-2", "2-2")
        seen = {name: number for name, number in versions_of(self.engine).items() if name in names}
        moved = move(GRID.at(2 + 0.001 * step, 2), GRID.at(2 + 0.001 * (step + 1), 2))
        self.made.append(int(save([moved], seen).receipt["edit_id"]))


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
        assert follow(old_owner, new, silent).rows > 50
        before = len(editor.made)
        assert follow(old_owner, new, silent).rows > 0
        assert len(editor.made) > before > 0  # nobody had to wait for the copy
        assert switch(old_owner, new, silent).is_switched
        editor.join(30)
    finally:
        editor.is_over.set()
        editor.join(30)
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
