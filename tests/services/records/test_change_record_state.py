"""The steps of a record, and two who take one at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import RecordChanged
from spatial_admin.models import RECORD_STATES, Account, Record, db
from spatial_admin.services.records.change_record import change_record
from spatial_admin.services.records.change_record_state import NEEDS_REASON, TRANSITIONS, change_record_state, steps_for
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord, RecordChanges, StateChange
from tests.accounts import People
from tests.concurrency.race import errors, race


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def record() -> int:
    return create_record(NewRecord(type="plat", received=date(2024, 3, 1)), None)


def account(number: int) -> Account:
    return db.session.get_one(Account, number)


def rows(engine: Engine, sql: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(sql)).all())


def test_every_state_has_a_way_on_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(RECORD_STATES)
    assert {state for steps in TRANSITIONS.values() for state in steps} == set(RECORD_STATES) - {"received"}
    assert all(after in TRANSITIONS[before] for before, after in NEEDS_REASON)


def test_of_many_who_take_one_step_at_once_one_takes_it(
    app: Flask, record: int, accounts: People, engine: Engine
) -> None:
    def take(number: int) -> None:
        change_record_state(record, StateChange("in_work", "received"), account(number))

    people = [accounts.editor.account_id, accounts.administrator.account_id] * 4
    results = race(app, *(partial(take, number) for number in people))
    refused = errors(results)
    assert len(refused) == len(people) - 1
    assert all(isinstance(error, RecordChanged) and error.current["state"] == "in_work" for error in refused)
    assert rows(engine, "SELECT state, version FROM record") == [("in_work", 2)]
    assert rows(engine, "SELECT count(*) FROM record_event WHERE what = 'state'") == [(1,)]


def test_a_change_and_a_judgement_at_once_never_both_hold(
    app: Flask, record: int, accounts: People, engine: Engine
) -> None:
    change_record_state(record, StateChange("in_work", "received"), account(accounts.editor.account_id))
    change_record_state(record, StateChange("submitted", "in_work"), account(accounts.editor.account_id))

    def approve() -> None:
        step = StateChange("approved", "submitted", version=3)
        change_record_state(record, step, account(accounts.reviewer.account_id))

    def change() -> None:
        change_record(record, RecordChanges(3, {"title": "another"}), accounts.editor.account_id)

    (error,) = errors(race(app, approve, change))
    assert isinstance(error, RecordChanged)
    assert rows(engine, "SELECT state, title FROM record") in ([("approved", "")], [("submitted", "another")])


@pytest.mark.parametrize(
    ("role", "state", "expected"),
    [
        ("viewer", "received", []),
        ("editor", "received", ["in_work"]),
        ("editor", "submitted", ["in_work"]),
        ("reviewer", "submitted", ["approved", "returned"]),
        ("reviewer", "in_work", []),
        ("administrator", "submitted", ["approved", "returned", "in_work"]),
        ("editor", "approved", []),
        ("reviewer", "approved", ["in_work"]),
    ],
)
def test_steps_offered_are_those_of_the_role(role: str, state: str, expected: list[str], accounts: People) -> None:
    person = account(getattr(accounts, role).account_id)
    assert steps_for(Record(state=state), person, submitted_by=None) == expected
    if state == "submitted":
        assert not {"approved", "returned"} & set(steps_for(Record(state=state), person, submitted_by=person.id))
