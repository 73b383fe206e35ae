"""By what an edit is judged comes with its first message, as its own snapshot has it, whichever process set it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text

from spatial_admin.errors import ApprovalRequired
from spatial_admin.models import db
from spatial_admin.services.approval.load_four_eyes import four_eyes
from spatial_admin.services.editing import edit_boundaries as module
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries, header_of
from spatial_admin.services.editing.parse_edit import EditRequest, parse_edit_request
from spatial_admin.settings import Limits
from spatial_admin.transaction import Outcome
from tests.accounts import People, make_people
from tests.concurrency.fabric import Grid, move, store_block

GRID: Final = Grid()
SET: Final = {
    "rules": "INSERT INTO validity_rule (name, severity, is_on, blocks, numbers) VALUES ('gap', 'error', true, false, '{}')",
    "four_eyes": "INSERT INTO four_eyes (role, nature, is_needed) VALUES ('editor', 'correction', true)",
    "has_disputes": "INSERT INTO disputed_boundary (place, reason, parcels) "
    "SELECT ST_Boundary(geom), 'a fence', ARRAY[id] FROM parcel LIMIT 1",
}


@pytest.fixture
def people(app: Flask, engine: Engine) -> Iterator[People]:
    """An office of four lots that has read its settings a moment ago."""
    store_block(engine, GRID, 2, 2)
    with app.app_context():
        yield make_people()


def request_of(lot: str = "0-0", corner: tuple[int, int] = (0, 0)) -> EditRequest:
    here = GRID.at(*corner)
    content = {
        "key": str(uuid4()),
        "comment": "a corner",
        "seen": {lot: 1},
        "operations": [move(here, (here[0] + 1e-5, here[1]))],
        "nature": "correction",
    }
    return parse_edit_request(content, Limits())


def saved(people: People) -> Outcome:
    return edit_boundaries(request_of(), Author(people.editor.account_id, people.editor.email))


def test_each_is_what_its_own_statement_answers(
    people: People, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, Any] = {}

    def look(execute: Any, *_: object) -> None:
        told.update(execute.__self__.answers)

    monkeypatch.setattr(module, "require_no_second_person", look)
    author = Author(people.editor.account_id, people.editor.email)
    questions = header_of(request_of(), author).questions
    assert questions.keys() == SET.keys()
    saved(people)
    with engine.begin() as connection:
        assert told == {sql: connection.exec_driver_sql(sql).scalar_one() for sql in questions.values()}
        before = dict(told)
        for statement in SET.values():
            connection.execute(text(statement))
    edit_boundaries(request_of("1-1", (2, 2)), author)
    with engine.connect() as connection:
        assert told == {sql: connection.exec_driver_sql(sql).scalar_one() for sql in questions.values()}
    assert all(told[sql] != before[sql] for sql in questions.values())


def test_nothing_else_is_asked_for_it(people: People) -> None:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        saved(people)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert any("begin_edit(" in statement for statement in sent)
    for table in ("validity_rule", "four_eyes", "disputed_boundary"):
        assert not any(f"FROM {table}" in statement for statement in sent)


def test_whoever_was_just_given_a_second_person_saves_nothing_alone(people: People, engine: Engine) -> None:
    assert four_eyes() == frozenset()
    with engine.begin() as connection:
        connection.execute(text(SET["four_eyes"]))
    with pytest.raises(ApprovalRequired):
        saved(people)
