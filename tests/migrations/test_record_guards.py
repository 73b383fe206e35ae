"""What a DBA may not do to a record either: take it away from under its edits, or rewrite what happened to it."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from spatial_admin.services.database.check_database import check_database
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.transaction import short


@pytest.fixture
def record(app: Flask) -> int:
    with app.app_context():
        return create_record(NewRecord(type="plat", received=date(2024, 3, 1)), None)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM record",
        "UPDATE record SET id = DEFAULT",
        "TRUNCATE record CASCADE",
        "DELETE FROM record_event",
        "UPDATE record_event SET comment = 'never said'",
        "TRUNCATE record_event",
        "TRUNCATE record_file",
    ],
)
def test_owner_is_refused_too(statement: str, record: int, owner_engine: Engine) -> None:
    with owner_engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(statement))
    assert getattr(refused.value.orig, "pgcode", None) == "SA003"


def test_owner_may_correct_a_record_by_hand(record: int, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        assert connection.execute(text("UPDATE record SET title = 'corrected'")).rowcount == 1


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("type = 'letter'", "ck__record__known_type"),
        ("state = 'lost'", "ck__record__known_state"),
        ("number = ''", "ck__record__printable_number"),
        ("number = ' 7'", "ck__record__printable_number"),
        ("version = 0", "ck__record__version"),
        ("assignee_id = 99", "fk__record__assignee_id"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused_by_the_rules_name(
    change: str, constraint: str, record: int, engine: Engine
) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(f"UPDATE record SET {change}"))
    diagnostics = getattr(refused.value.orig, "diag", None)
    assert diagnostics is not None
    assert diagnostics.constraint_name == constraint


def test_content_of_files_is_stored_as_it_is(record: int, engine: Engine) -> None:
    with engine.connect() as connection:
        storage = connection.execute(
            text(
                "SELECT attstorage::text FROM pg_attribute WHERE attrelid = 'record_file'::regclass AND attname = 'content'"
            )
        ).scalar_one()
    assert storage == "e", "scans are compressed already"


def test_database_check_finds_an_edit_whose_record_is_not_there(app: Flask, record: int) -> None:
    insert = text(
        "INSERT INTO edit (key, record_id, comment, operations, request_hash) "
        "VALUES (gen_random_uuid(), :record, 'c', '[]', '\\x')"
    )
    with app.app_context():
        with short() as session:
            session.execute(insert, {"record": record})
        found = {check.name: check.is_good for check in check_database()}
        assert found["edits without their record"] is True
        with short() as session:
            session.execute(insert, {"record": 4711})
        found = {check.name: check.is_good for check in check_database()}
        assert found["edits without their record"] is False
