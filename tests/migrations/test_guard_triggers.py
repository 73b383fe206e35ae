"""What the triggers do to direct SQL: history, versions, authorship and areas come out right whatever was written."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg2
import pytest
from shapely.geometry import shape
from sqlalchemy import Engine, create_engine, text

from tests.concurrency.audit import audit
from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, store_lots, versions_of, wkt_of
from tests.database import TestCluster, name_of

GRID = Grid()
WIDER = wkt_of([GRID.at(0, 0), GRID.at(0.9, -0.1), GRID.at(1, 1), GRID.at(0, 1)])


@pytest.fixture
def lots(engine: Engine) -> Engine:
    """Two lots side by side."""
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(1, 0)})
    return engine


@pytest.fixture
def psql(lots: Engine, database_url: str) -> Iterator[Colleague]:
    """Somebody with the application's password and a prompt."""
    with Colleague(database_url) as colleague:
        yield colleague


@pytest.fixture
def owner(lots: Engine, database_url: str, cluster: TestCluster) -> Iterator[Colleague]:
    """Somebody who owns the tables."""
    with Colleague(cluster.owner_url(name_of(database_url))) as colleague:
        yield colleague


def edits(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        sql = "SELECT comment, (SELECT count(*) FROM parcel_version WHERE edit_id = edit.id) FROM edit ORDER BY id"
        return [tuple(row) for row in connection.execute(text(sql))]


def test_one_transaction_of_direct_sql_is_one_edit_that_names_the_user(psql: Colleague, lots: Engine) -> None:
    psql.run("UPDATE parcel SET number = 'x'")
    psql.run("UPDATE parcel SET land_use = 'wood' WHERE parcel_id = 'a'")
    psql.commit()
    psql.run("UPDATE parcel SET number = 'y' WHERE parcel_id = 'b'")
    psql.commit()
    by_whom = "direct SQL by spatial_admin_app_test"
    assert edits(lots) == [(by_whom, 2), (by_whom, 3), (by_whom, 1)]
    assert versions_of(lots) == {"a": 3, "b": 3}
    assert audit(lots) == []


def test_a_rolled_back_savepoint_takes_its_edit_along(psql: Colleague, lots: Engine) -> None:
    psql.run("SAVEPOINT try")
    psql.run("UPDATE parcel SET number = 'x' WHERE parcel_id = 'a'")
    psql.run("ROLLBACK TO SAVEPOINT try")
    psql.run("UPDATE parcel SET number = 'y' WHERE parcel_id = 'a'")
    psql.commit()
    assert [count for _, count in edits(lots)] == [2, 1]
    assert audit(lots) == []


def test_a_setting_kept_for_the_session_does_not_keep_its_edit(psql: Colleague, lots: Engine) -> None:
    psql.run("UPDATE parcel SET number = 'x' WHERE parcel_id = 'a'")
    psql.run("SELECT set_config('spatial_admin.direct_edit', current_setting('spatial_admin.direct_edit'), false)")
    psql.commit()
    psql.run("UPDATE parcel SET number = 'y' WHERE parcel_id = 'a'")
    psql.commit()
    assert [count for _, count in edits(lots)] == [2, 1, 1]
    assert audit(lots) == []


def test_version_and_period_are_set_whatever_was_written(psql: Colleague, lots: Engine) -> None:
    psql.run(
        "UPDATE parcel SET version = 77, edit_id = 12345, begin_lifespan_version = '1970-01-01', number = 'x' "
        "WHERE parcel_id = 'a'"
    )
    psql.run("INSERT INTO parcel (parcel_id, level, kind, geom, version, edit_id) "
             f"VALUES ('c', 'parcels', 'lot', ST_GeomFromText('{wkt_of(GRID.box(5, 5))}', 4326), 9, 9)")  # fmt: skip
    psql.commit()
    assert versions_of(lots) == {"a": 2, "b": 1, "c": 1}
    assert audit(lots) == []


def test_area_is_computed_when_a_boundary_changes_and_kept_when_not(psql: Colleague, lots: Engine) -> None:
    psql.run("UPDATE parcel SET geom = ST_GeomFromText(%s, 4326), area_m2 = 1 WHERE parcel_id = 'a'", WIDER)
    psql.commit()
    with lots.connect() as connection:
        stored, computed = connection.execute(
            text("SELECT area_m2, ST_Area(geom::geography) FROM parcel WHERE parcel_id = 'a'")
        ).one()
    assert stored == computed
    assert stored > 300
    assert audit(lots) == []


def test_kinds_of_change_are_told_apart(psql: Colleague, lots: Engine) -> None:
    for statement in (
        "UPDATE parcel SET number = 'x' WHERE parcel_id = 'a'",
        f"UPDATE parcel SET geom = ST_GeomFromText('{WIDER}', 4326) WHERE parcel_id = 'a'",
        "UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = 'a'",
        "UPDATE parcel SET end_lifespan_version = NULL WHERE parcel_id = 'a'",
    ):
        psql.run(statement)
        psql.commit()
    changes = psql.run("SELECT change FROM parcel_version WHERE parcel_id = 'a' ORDER BY version")
    assert [change for (change,) in changes] == ["created", "attributes", "geometry", "retired", "restored"]
    assert audit(lots) == []


def test_many_updates_in_one_transaction_have_periods_that_do_not_collide(psql: Colleague, lots: Engine) -> None:
    for number in range(50):
        psql.run("UPDATE parcel SET number = %s WHERE parcel_id = 'a'", str(number))
    psql.commit()
    assert psql.run("SELECT count(*) FROM parcel_version WHERE isempty(period)") == [(0,)]
    assert audit(lots) == []


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("DELETE FROM parcel WHERE parcel_id = 'a'", "SA001"),
        ("UPDATE parcel SET parcel_id = 'z' WHERE parcel_id = 'a'", "SA002"),
        ("TRUNCATE parcel CASCADE", "SA003"),
        ("UPDATE parcel_version SET geom = geom", "SA003"),
        ("UPDATE parcel_version SET period = tstzrange(lower(period), now())", "SA003"),
        ("DELETE FROM parcel_version", "SA003"),
        ("TRUNCATE parcel_version", "SA003"),
        ("INSERT INTO parcel_version SELECT * FROM parcel_version", "SA003"),
        ("UPDATE edit SET comment = 'nobody'", "SA003"),
        ("UPDATE edit SET receipt = NULL", "SA003"),
        ("DELETE FROM edit", "SA003"),
        ("TRUNCATE edit", "SA003"),
    ],
)
def test_even_the_owner_is_refused(statement: str, sqlstate: str, owner: Colleague, lots: Engine) -> None:
    with pytest.raises(psycopg2.Error) as refused:
        owner.run(statement)
    assert refused.value.pgcode == sqlstate
    owner.rollback()
    assert audit(lots) == []


def test_an_edit_stands_as_soon_as_it_has_its_receipt(psql: Colleague) -> None:
    psql.run("INSERT INTO edit (key, comment, operations, request_hash) VALUES (gen_random_uuid(), 'import', '[]', '')")
    psql.run("UPDATE edit SET receipt = '{\"parcels\": []}' WHERE comment = 'import'")
    with pytest.raises(psycopg2.Error, match="stands as it was made"):
        psql.run("UPDATE edit SET attempts = 2 WHERE comment = 'import'")


def test_a_dry_run_takes_no_cells_checks_overlap_on_request_and_cannot_be_committed(psql: Colleague) -> None:
    cells = psql.run("SELECT cell, holder FROM conflict_cell ORDER BY cell")
    psql.run("SET LOCAL spatial_admin.dry_run = 'on'")
    psql.run("UPDATE parcel SET geom = ST_GeomFromText(%s, 4326) WHERE parcel_id = 'a'", WIDER)
    psql.run("SET CONSTRAINTS parcel_overlap IMMEDIATE")  # lawful so far
    assert psql.run("SELECT cell, holder FROM conflict_cell ORDER BY cell") == cells
    with pytest.raises(psycopg2.Error) as refused:
        psql.commit()
    assert refused.value.pgcode == "SA011"
    assert psql.run("SELECT version FROM parcel WHERE parcel_id = 'a'") == [(1,)]


def test_cells_are_remembered_for_one_transaction_and_forgotten_with_a_savepoint(psql: Colleague) -> None:
    def is_held() -> bool:
        return bool(psql.run("SELECT bool_and(holder = pg_current_xact_id()::text::bigint) FROM conflict_cell")[0][0])

    wider = "UPDATE parcel SET geom = ST_GeomFromText(%s, 4326) WHERE parcel_id = 'a'"
    # Of a session, and of a transaction that is over: neither says that this one holds them.
    psql.run("SELECT set_config('spatial_admin.cells', '1:' || array_agg(cell)::text, false) FROM conflict_cell")
    psql.run("SAVEPOINT before")
    psql.run(wider, WIDER)
    assert is_held()
    assert psql.run("SELECT holds_cells(array_agg(cell)) FROM conflict_cell") == [(True,)]
    psql.run("ROLLBACK TO SAVEPOINT before")
    assert not is_held()
    assert psql.run("SELECT holds_cells(array_agg(cell)) FROM conflict_cell") == [(False,)]
    psql.run(wider, WIDER)
    assert is_held()


def test_a_dry_run_is_told_of_an_overlap(psql: Colleague) -> None:
    psql.run("SET LOCAL spatial_admin.dry_run = 'on'")
    psql.reshape("a", GRID.box(0, 0, 2))
    with pytest.raises(psycopg2.Error) as refused:
        psql.run("SET CONSTRAINTS parcel_overlap IMMEDIATE")
    assert refused.value.pgcode == "SA010"


def test_the_refusal_of_an_overlap_names_parcels_measure_and_place(psql: Colleague) -> None:
    psql.reshape("a", GRID.box(0, 0, 1.5))
    with pytest.raises(psycopg2.Error) as refused:
        psql.commit()
    facts = json.loads(str(refused.value.diag.message_detail))
    assert (facts["rule"], facts["parcels"]) == ("overlap", ["a", "b"])
    assert 150 < facts["measure"] < 175  # half a lot of 14.7 m by 22.2 m
    assert shape(facts["place"]).bounds == (*GRID.at(1, 0), *GRID.at(1.5, 1))


def test_an_overlap_that_a_finding_records_stands_and_may_shrink_but_not_grow(
    psql: Colleague, owner: Colleague, lots: Engine
) -> None:
    psql.run("SET LOCAL spatial_admin.import = 'test'")
    psql.reshape("a", GRID.box(0, 0, 1.5))
    (measure, ids) = psql.run(
        "SELECT common_area_m2(a.geom, b.geom), ARRAY[least(a.id, b.id), greatest(a.id, b.id)] "
        "FROM parcel AS a, parcel AS b WHERE a.parcel_id = 'a' AND b.parcel_id = 'b'"
    )[0]
    psql.run("INSERT INTO finding (rule, fingerprint, parcels, measure, severity, status) "
             "VALUES ('overlap', 'overlap:test', %s, %s, 'error', 'accepted')", ids, measure)  # fmt: skip
    psql.commit()
    psql.reshape("a", GRID.box(0, 0, 1.4))
    psql.commit()
    psql.reshape("a", GRID.box(0, 0, 1.6))
    with pytest.raises(psycopg2.Error, match="would overlap"):
        psql.commit()
    owner.run("UPDATE finding SET status = 'fixed'")
    owner.commit()
    psql.reshape("a", GRID.box(0, 0, 1.3))
    with pytest.raises(psycopg2.Error, match="would overlap"):
        psql.commit()  # a finding that is fixed excuses nothing


def test_parcels_of_a_level_that_is_not_exclusive_may_lie_on_each_other(lots: Engine) -> None:
    store_lots(lots, {"u1": GRID.box(0, 0), "u2": GRID.box(0, 0)}, level="units")
    assert audit(lots) == []


def test_a_parcel_that_moves_into_an_exclusive_level_is_checked_whole(psql: Colleague, lots: Engine) -> None:
    store_lots(lots, {"u1": GRID.box(0, 0)}, level="units")
    psql.run("UPDATE parcel SET level = 'parcels' WHERE parcel_id = 'u1'")
    with pytest.raises(psycopg2.Error, match="would overlap"):
        psql.commit()


def test_a_retired_parcel_makes_room_and_cannot_come_back_onto_others(psql: Colleague) -> None:
    psql.run("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = 'a'")
    psql.insert("c", GRID.box(0, 0))
    psql.commit()
    psql.run("UPDATE parcel SET end_lifespan_version = NULL WHERE parcel_id = 'a'")
    with pytest.raises(psycopg2.Error, match="would overlap"):
        psql.commit()


def test_a_change_that_spans_half_a_continent_is_refused_at_once(psql: Colleague) -> None:
    with pytest.raises(psycopg2.Error, match="conflict cells") as refused:
        psql.insert("europe", [(-10.0, 40.0), (30.0, 40.0), (30.0, 60.0), (-10.0, 60.0)])
    assert refused.value.pgcode == "SA012"


def test_the_direct_edit_is_written_for_a_user_who_cannot_write_edits(
    lots: Engine, cluster: TestCluster, database_url: str
) -> None:
    # A GIS user of the office who was granted parcels, and nothing else.
    role, name = "spatial_admin_gis_test", name_of(database_url)
    admin = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar():
            connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'only-for-tests'"))
        connection.execute(text(f"GRANT SELECT, UPDATE ON parcel TO {role}"))
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE ON conflict_cell TO {role}"))
        connection.execute(text(f"GRANT SELECT ON level, finding TO {role}"))
    admin.dispose()
    with Colleague(cluster._as(role, name)) as gis:
        gis.run("UPDATE parcel SET geom = ST_GeomFromText(%s, 4326) WHERE parcel_id = 'a'", WIDER)
        gis.commit()
    assert edits(lots)[-1] == (f"direct SQL by {role}", 1)
    assert audit(lots) == []


@pytest.mark.parametrize("statement", ["UPDATE lineage SET kind = 'merge'", "DELETE FROM lineage", "TRUNCATE lineage"])
def test_lineage_stands_as_it_was_made_also_for_the_owner(owner: Colleague, statement: str) -> None:
    owner.run(
        "INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind) VALUES ('a', 1, 'b', 1, 1, 'split')"
    )
    owner.commit()
    with pytest.raises(psycopg2.DatabaseError, match="Lineage stands as it was made") as refused:
        owner.run(statement)
    assert refused.value.pgcode == "SA003"
