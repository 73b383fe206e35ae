"""Counts by cell and the feed of changes: kept by trigger, whoever writes; the same as counted anew."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from spatial_admin.services.tiles.fold_tile_cells import fold_tile_cells
from spatial_admin.settings import storage_srid
from tests.concurrency.fabric import store_block, store_lots, wkt_of
from tests.database import TestCluster, name_of
from tests.tiles import GRID, open_finding

TOTALS = """
SELECT level, code, sum(parcels), sum(findings) FROM (
  SELECT level, code, parcels, findings FROM parcel_cell
  UNION ALL SELECT step, code >> (2 * (19 - step)), parcels, findings FROM parcel_cell_delta, generate_series(6, 19) AS step) AS noted
GROUP BY level, code HAVING sum(parcels) <> 0 OR sum(findings) <> 0 ORDER BY level, code
"""
STEPS = (
    "UPDATE parcel SET number = 'x' WHERE parcel_id = :name",
    "UPDATE parcel SET geom = ST_Multi(ST_Translate(ST_Scale(ST_Translate(geom, -ST_XMin(geom), -ST_YMin(geom)), 0.5, 0.5), ST_XMin(geom), ST_YMin(geom))) WHERE parcel_id = :name",
    "UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = :name AND end_lifespan_version IS NULL",
    "UPDATE parcel SET end_lifespan_version = NULL WHERE parcel_id = :name",
    "UPDATE finding SET status = 'fixed' WHERE id = (SELECT min(id) FROM finding WHERE status = 'open')",
    "UPDATE finding SET status = 'open' WHERE id = (SELECT max(id) FROM finding WHERE status = 'fixed')",
    "UPDATE finding SET place = ST_PointOnSurface(geom) FROM parcel WHERE parcel_id = :name AND finding.id = (SELECT min(id) FROM finding)",
    "UPDATE finding SET measure = measure + 1, place = NULL WHERE id = (SELECT max(id) FROM finding)",
)


@pytest.fixture
def block(engine: Engine) -> Engine:
    store_block(engine, GRID, 8, 6)
    open_finding(engine, ["1-1", "2-1"])
    open_finding(engine, ["5-5"], "gap")
    return engine


@pytest.fixture
def owner(database_url: str, cluster: TestCluster) -> Iterator[Engine]:
    engine = create_engine(cluster.owner_url(name_of(database_url)))
    yield engine
    engine.dispose()


def totals(engine: Engine) -> list[tuple[int, ...]]:
    with engine.connect() as connection:
        return [tuple(map(int, row)) for row in connection.execute(text(TOTALS))]


def changes(engine: Engine, after: int) -> list[tuple[object, ...]]:
    sql = "SELECT from_zoom, parcels IS NOT NULL, west IS NOT NULL FROM tile_change WHERE id > :after ORDER BY id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), {"after": after})]


def last_change(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT max(id) FROM tile_change")).scalar_one())


def test_counts_agree_with_what_is_stored_after_random_writes(
    block: Engine, owner: Engine, app: object, request: pytest.FixtureRequest
) -> None:
    random.seed(5)
    for step in range(60):
        name = f"{random.randrange(8)}-{random.randrange(6)}"
        with block.begin() as connection:
            connection.execute(text("SET LOCAL spatial_admin.import = 'test'"))  # overlaps are not the question
            connection.execute(text(STEPS[step % len(STEPS)]), {"name": name})
        if step == 30:
            with request.getfixturevalue("app").app_context():
                assert fold_tile_cells() > 0
                assert fold_tile_cells() == 0
    kept = totals(block)
    with owner.begin() as connection:
        connection.execute(text("SELECT rebuild_parcel_cells()"))
    assert totals(block) == kept
    assert sum(row[2] for row in kept if row[0] == 6) > 20


def test_an_edit_that_moves_no_middle_leaves_the_counts_and_notes_each_parcel(block: Engine) -> None:
    before, kept = last_change(block), totals(block)
    with block.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'y' WHERE parcel_id IN ('0-0', '7-5')"))
    assert changes(block, before) == [(14, False, True), (14, False, True)]
    assert totals(block) == kept


def test_a_parcel_that_is_retired_is_counted_no_more(block: Engine) -> None:
    before = sum(row[2] for row in totals(block) if row[0] == 19)
    after = last_change(block)
    with block.begin() as connection:
        connection.execute(text("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = '0-0'"))
    assert sum(row[2] for row in totals(block) if row[0] == 19) == before - 1
    assert changes(block, after) == [(0, False, True)]


def test_a_finding_names_its_parcels_and_a_change_that_shows_nowhere_is_not_noted(block: Engine) -> None:
    before = last_change(block)
    with block.begin() as connection:
        connection.execute(text("UPDATE finding SET measure = 5, assignee_id = NULL, changed_at = clock_timestamp()"))
    assert changes(block, before) == []
    with block.begin() as connection:
        connection.execute(text("UPDATE finding SET status = 'accepted'"))
    assert changes(block, before) == [(0, True, True), (0, True, True)]
    with block.begin() as connection:
        connection.execute(text("UPDATE finding SET reason = 'an accepted one is not shown', severity = 'notice'"))
    assert len(changes(block, before)) == 2


def test_an_import_notes_places_and_not_parcels(engine: Engine) -> None:
    before = last_change(engine)
    lots = {f"{i}-{j}": wkt_of(GRID.box(i, j)) for i in range(20) for j in range(20)}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.import = 'test'"))
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, level, kind, geom) SELECT name, 'parcels', 'lot', ST_GeomFromText(wkt, :srid) FROM unnest(CAST(:names AS text[]), CAST(:wkts AS text[])) AS v (name, wkt)"
            ),
            {"names": list(lots), "wkts": list(lots.values()), "srid": storage_srid()},
        )
    assert 0 < len(changes(engine, before)) <= 4
    assert sum(row[2] for row in totals(engine) if row[0] == 6) == 400


def test_whoever_may_write_a_parcel_needs_no_right_to_what_is_noted(engine: Engine) -> None:
    store_lots(engine, {"a": GRID.box(0, 0)})
    for table in ("tile_change", "parcel_cell", "parcel_cell_delta"):
        with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(f"INSERT INTO {table} SELECT * FROM {table}"))
