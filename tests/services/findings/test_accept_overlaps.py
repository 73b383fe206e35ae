"""Old overlaps through births and endings: children inherit, reviewers accept, and nothing gets worse."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import BadRequest, EditRejected, Json, LimitExceeded, NotAllowed
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import RevertRequest, parse_edit_request
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.settings import Limits
from tests.concurrency.fabric import Grid, insert_lots, move, store_lots, versions_of

GRID = Grid()
REVIEWER = Author(None, "reviewer@example.org", is_reviewer=True)
EDITOR = Author(None, "editor@example.org")
GROW = [move(GRID.at(1, 0), GRID.at(1.1, 0)), move(GRID.at(1, 1), GRID.at(1.1, 1))]
PERMIT = {"rule": "overlap", "parcels": ["b", "a"], "reason": "the eaves of the old mill"}


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def two_lots(engine: Engine) -> Engine:
    """Two lots with a street between them, into which the first may grow."""
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(1.05, 0)})
    return engine


def save(engine: Engine, operations: list[dict[str, Any]], author: Author = REVIEWER, **members: Any) -> Json:
    body = {"key": str(uuid.uuid4()), "seen": versions_of(engine), "operations": operations, **members}
    return edit_boundaries(parse_edit_request(body, Limits()), author).receipt


def findings(engine: Engine) -> list[tuple[str, list[str], str, str | None]]:
    sql = """
    SELECT f.rule, (SELECT array_agg(parcel_id ORDER BY parcel_id) FROM parcel WHERE id = ANY (f.parcels)), status, reason
    FROM finding AS f WHERE status <> 'fixed' ORDER BY f.rule, 2"""
    with engine.connect() as connection:
        return [(row[0], list(row[1]), row[2], row[3]) for row in connection.execute(text(sql))]


def test_a_reviewer_accepts_a_new_overlap_together_with_the_edit_that_makes_it(two_lots: Engine) -> None:
    with pytest.raises(EditRejected):
        save(two_lots, GROW)
    receipt = save(two_lots, GROW, accept=[PERMIT])
    assert findings(two_lots) == [("overlap", ["a", "b"], "accepted", "the eaves of the old mill")]
    assert len(receipt["findings"]["opened"]) == 1
    with two_lots.connect() as connection:
        events = connection.execute(text("SELECT what FROM finding_event ORDER BY id")).scalars()
        assert list(events) == ["opened", "accepted"]


def test_an_accepted_overlap_blocks_no_later_edit_but_may_not_grow(two_lots: Engine) -> None:
    save(two_lots, GROW, accept=[PERMIT])
    save(two_lots, [move(GRID.at(0, 0), GRID.at(-0.1, 0))])
    assert findings(two_lots)[0][2] == "accepted"
    with pytest.raises(EditRejected):
        save(two_lots, [move(GRID.at(1.1, 0), GRID.at(1.2, 0))])


def test_an_editor_accepts_nothing(two_lots: Engine) -> None:
    with pytest.raises(NotAllowed, match="reviewer"):
        save(two_lots, GROW, EDITOR, accept=[PERMIT])


def test_accepting_what_the_edit_does_not_open_is_refused_by_name(two_lots: Engine) -> None:
    with pytest.raises(BadRequest, match=r"accept\[0\].*no overlap of a, b"):
        save(two_lots, [move(GRID.at(0, 0), GRID.at(-0.1, 0))], accept=[PERMIT])


@pytest.mark.parametrize(
    ("accept", "says"),
    [
        pytest.param({}, "accept", id="no list"),
        pytest.param([{"rule": "overlap", "parcels": ["a"]}], "reason", id="no reason"),
        pytest.param([{**PERMIT, "until": "2030"}], "exactly", id="an unknown member"),
        pytest.param([{**PERMIT, "rule": "beauty"}], r"accept\[0\]\.rule", id="an unknown rule"),
        pytest.param([{**PERMIT, "parcels": "a"}], r"accept\[0\]\.parcels", id="parcels that are no list"),
        pytest.param([{**PERMIT, "parcels": [7]}], r"accept\[0\]\.parcels", id="a number for an id"),
        pytest.param([{**PERMIT, "reason": "  "}], r"accept\[0\]\.reason", id="a blank reason"),
    ],
)
def test_an_acceptance_of_another_form_is_refused(two_lots: Engine, accept: Any, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        save(two_lots, GROW, accept=accept)


def test_too_many_acceptances_are_refused(two_lots: Engine) -> None:
    with pytest.raises(LimitExceeded):
        save(two_lots, GROW, accept=[PERMIT] * 201)


def store_stack(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL spatial_admin.import = 'condominium'"))
        insert_lots(connection, {name: GRID.box(0, 0) for name in ("s1", "s2", "s3")})


def test_a_stack_that_moves_together_stays_one_finding(engine: Engine) -> None:
    store_stack(engine)
    save(engine, [move(GRID.at(0, 0), GRID.at(-0.1, 0))])
    assert findings(engine) == [("stack", ["s1", "s2", "s3"], "open", None)]


def test_the_rest_of_a_stack_inherits_what_was_accepted_of_it(engine: Engine) -> None:
    store_stack(engine)
    permit = {"rule": "stack", "parcels": ["s1", "s2", "s3"], "reason": "condominium"}
    save(engine, [move(GRID.at(0, 0), GRID.at(-0.1, 0))], accept=[permit])
    save(engine, [{"op": "retire", "parcel_id": "s2"}])
    assert findings(engine) == [("stack", ["s1", "s3"], "accepted", "condominium")]
    with engine.connect() as connection:
        told = "SELECT what FROM finding_event WHERE finding = (SELECT max(id) FROM finding) ORDER BY id"
        assert list(connection.execute(text(told)).scalars()) == ["opened", "accepted"], "its history says so, too"


@pytest.mark.parametrize("rule", ["overlap", "stack"])
def test_a_new_stack_is_accepted_by_the_overlap_that_the_refusal_names_or_as_a_stack(engine: Engine, rule: str) -> None:
    store_lots(engine, {"ground": GRID.box(0, 0)})
    store_lots(engine, {"flat": GRID.box(0, 0)}, level="units")
    step = {"op": "update", "parcel_id": "flat", "properties": {"level": "parcels"}}
    with pytest.raises(EditRejected) as refused:
        save(engine, [step])
    assert [(v.rule, v.parcels) for v in refused.value.violations] == [("overlap", ("flat", "ground"))]
    save(engine, [step], accept=[{"rule": rule, "parcels": ["flat", "ground"], "reason": "condominium"}])
    assert findings(engine) == [("stack", ["flat", "ground"], "accepted", "condominium")]


def test_a_stack_comes_back_when_the_edit_that_took_it_apart_is_undone(engine: Engine) -> None:
    store_stack(engine)
    save(engine, [move(GRID.at(0, 0), GRID.at(-0.1, 0))])
    stack = findings(engine)
    taken_out = {"op": "update", "parcel_id": "s2", "properties": {"level": "units"}}
    edit = save(engine, [taken_out])["edit_id"]
    undo = request_to_revert(edit, RevertRequest(uuid.uuid4(), ""), Limits())
    edit_boundaries(undo, EDITOR)
    assert findings(engine) == stack
