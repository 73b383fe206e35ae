"""The schema knows its own meaning: names by rule, a comment on everything, triggers in place, rights as few as needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

# Tables that an extension brought, or the package of the job queue.
OF_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = {oid} AND d.deptype = 'e') "
    "AND {oid}::regclass::text NOT LIKE 'procrastinate%'"
)


@pytest.fixture(scope="module")
def engine(module_database_url: str) -> Iterator[Engine]:
    """One database for all tests of the module: nothing is committed."""
    engine = create_engine(module_database_url)
    yield engine
    engine.dispose()


def rows(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_every_table_and_column_has_a_comment(engine: Engine) -> None:
    tables = f"""
        SELECT relname, attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND attnum >= 0
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
          AND {OF_EXTENSION.format(oid="c.oid")} AND NOT attisdropped
    """
    assert len(rows(engine, tables)) > 100
    assert rows(engine, f"{tables} AND col_description(c.oid, attnum) IS NULL") == []
    assert rows(engine, f"{tables} AND obj_description(c.oid, 'pg_class') IS NULL") == []


def test_every_constraint_and_index_is_named_by_rule(engine: Engine) -> None:
    constraints = rows(
        engine,
        f"""
        SELECT conname, contype::text, relname FROM pg_constraint JOIN pg_class AS c ON c.oid = conrelid
        WHERE c.relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' AND contype IN ('c', 'f', 'p', 'u')
          AND {OF_EXTENSION.format(oid="c.oid")}
        """,
    )
    prefix = {"c": "ck", "f": "fk", "p": "pk", "u": "uq"}
    assert len(constraints) > 30
    for name, kind, table in constraints:
        assert str(name).split("__")[:2] == [prefix[str(kind)], table], name
    indexes = rows(
        engine,
        f"""
        SELECT i.relname, t.relname FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid
        WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'alembic_version' AND {OF_EXTENSION.format(oid="t.oid")}
        """,
    )
    for name, table in indexes:
        assert str(name).split("__")[0] in ("ix", "pk", "uq"), name
        assert str(name).split("__")[1] == table, name


def test_there_is_one_index_on_boundaries_and_it_holds_current_parcels_only(engine: Engine) -> None:
    found = rows(
        engine,
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'parcel' AND indexdef LIKE '%gist (geom)%'",
    )
    assert [name for name, _ in found] == ["ix__parcel__geom"]
    assert "end_lifespan_version IS NULL" in str(found[0][1])


def test_no_table_that_edits_write_refers_to_edit(engine: Engine) -> None:
    # Such a key reads the newest leaf of edit's index: a fifth to two thirds of unrelated edits were seen to abort.
    found = rows(engine, "SELECT conname FROM pg_constraint WHERE contype = 'f' AND confrelid = 'edit'::regclass")
    assert found == []


@pytest.mark.parametrize(
    ("table", "trigger", "is_deferred"),
    [
        ("parcel", "parcel_guard", False),
        ("parcel", "parcel_guard_truncate", False),
        ("parcel", "parcel_history", False),
        ("parcel", "parcel_history_of_changes", False),
        ("parcel", "parcel_overlap", True),
        ("parcel", "parcel_dry_run", True),
        ("parcel", "parcel_tiles_insert", False),
        ("parcel", "parcel_tiles_update", False),
        ("finding", "finding_tiles", False),
        ("zoning_district", "zoning_district_tiles", False),
        ("parcel_version", "parcel_version_guard", False),
        ("parcel_version", "parcel_version_guard_truncate", False),
        ("edit", "edit_guard", False),
        ("edit", "edit_guard_truncate", False),
        ("draft", "draft_guard", False),
        ("record", "record_guard", False),
        ("record", "record_guard_truncate", False),
        ("record_file", "record_file_guard", False),
        ("record_file", "record_file_guard_truncate", False),
        ("record_event", "record_event_guard", False),
        ("record_event", "record_event_guard_truncate", False),
    ],
)
def test_trigger_is_present_and_enabled(table: str, trigger: str, is_deferred: bool, engine: Engine) -> None:
    found = rows(
        engine,
        f"SELECT tgenabled::text, tginitdeferred FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname = '{trigger}'",
    )
    assert found == [("O", is_deferred)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO parcel_version SELECT * FROM parcel_version",
        "UPDATE parcel_version SET edit_id = 0",
        "DELETE FROM parcel_version",
        "TRUNCATE parcel_version",
        "DELETE FROM parcel",
        "TRUNCATE parcel",
        "DELETE FROM edit",
        "TRUNCATE edit",
        "DELETE FROM finding",
        "DELETE FROM record",
        "TRUNCATE record",
        "UPDATE record_file SET name = 'x'",
        "DELETE FROM record_file",
        "UPDATE record_event SET comment = 'x'",
        "DELETE FROM record_event",
        "DELETE FROM conflict_cell",
        "UPDATE deployment SET srid = 0",
        "ALTER TABLE parcel DISABLE TRIGGER parcel_guard",
        "DROP TRIGGER parcel_overlap ON parcel",
        "TRUNCATE draft",
        "DELETE FROM job_run",
        "INSERT INTO tile_change (from_zoom) VALUES (0)",
        "UPDATE tile_change SET from_zoom = 14",
        "DELETE FROM parcel_cell",
        "DELETE FROM parcel_cell_delta",
        "DELETE FROM tile_sweep",
        "CREATE TABLE anything (id int)",
    ],
)
def test_the_applications_role_may_not(statement: str, engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement))
    assert getattr(refused.value.orig, "pgcode", None) == "42501"


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (
            "'a', 'parcels', 'lot', 'SRID=4326;MULTIPOLYGON(((0 0, .001 .001, .001 0, 0 .001, 0 0)))'",
            "ck__parcel__valid_geom",
        ),
        ("'a', 'parcels', 'lot', 'SRID=4326;MULTIPOLYGON EMPTY'", "ck__parcel__filled_geom"),
        (
            "'a', 'parcels', 'lot', 'SRID=4326;MULTIPOLYGON(((999 0, 999.001 0, 999 .001, 999 0)))'",
            "ck__parcel__geom_within_extent",
        ),
        ("'a', 'parcels', 'shed', 'SRID=4326;MULTIPOLYGON(((0 0, .001 0, 0 .001, 0 0)))'", "ck__parcel__known_kind"),
        ("'a', 'nowhere', 'lot', 'SRID=4326;MULTIPOLYGON(((0 0, .001 0, 0 .001, 0 0)))'", "fk__parcel__level"),
        ("'', 'parcels', 'lot', 'SRID=4326;MULTIPOLYGON(((0 0, .001 0, 0 .001, 0 0)))'", "ck__parcel__printable_id"),
        ("' a', 'parcels', 'lot', 'SRID=4326;MULTIPOLYGON(((0 0, .001 0, 0 .001, 0 0)))'", "ck__parcel__printable_id"),
        (
            "E'a\\tb', 'parcels', 'lot', 'SRID=4326;MULTIPOLYGON(((0 0, .001 0, 0 .001, 0 0)))'",
            "ck__parcel__printable_id",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_the_rules_name(values: str, constraint: str, engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.exec_driver_sql(f"INSERT INTO parcel (parcel_id, level, kind, geom) VALUES ({values})")
    diagnostics = getattr(refused.value.orig, "diag", None)
    assert diagnostics is not None
    assert diagnostics.constraint_name == constraint


@pytest.mark.parametrize(
    "geom", ["NULL", "'SRID=2056;MULTIPOLYGON(((0 0, .001 0, 0 .001, 0 0)))'", "'SRID=4326;POINT(0 0)'"]
)
def test_a_geometry_of_another_kind_is_refused(geom: str, engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(
            f"INSERT INTO parcel (parcel_id, level, kind, geom) VALUES ('a', 'parcels', 'lot', {geom})"
        )
