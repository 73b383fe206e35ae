"""Several edits in one call: answered in order, independent of each other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from spatial_admin.errors import InvalidOperation, UnknownPoint, VersionConflict
from spatial_admin.services.editing import edit_batch as service
from spatial_admin.services.editing.edit_batch import edit_batch
from spatial_admin.services.editing.parse_edit import EditRequest, parse_edit_request
from spatial_admin.settings import Limits
from spatial_admin.transaction import Outcome
from tests.concurrency.audit import audit
from tests.concurrency.fabric import SOMEBODY, Grid, move, store_block, update, versions_of

GRID = Grid()


@pytest.fixture
def block(app: Flask, engine: Engine) -> Iterator[Engine]:
    store_block(engine, GRID, 6, 4)
    with app.app_context():
        yield engine


def requested(operation: dict[str, object], seen: dict[str, int]) -> EditRequest:
    return parse_edit_request({"key": str(uuid.uuid4()), "seen": seen, "operations": [operation]}, Limits())


@pytest.mark.parametrize("threads", [1, 4, 100])
def test_edits_are_answered_in_order_and_a_refused_one_stops_no_other(block: Engine, threads: int) -> None:
    names = sorted(versions_of(block))
    requests = [requested(update(name, land_use="orchard"), {name: 1}) for name in names]
    requests[3:3] = [
        requested(update("nowhere", land_use="x"), {}),
        requested(update(names[0], land_use="y"), {names[0]: 7}),
        requested(move((0.0, 0.0), GRID.at(1, 1)), {}),
    ]
    answers = edit_batch(requests, SOMEBODY, threads=threads)
    assert [type(answer) for answer in answers[3:6]] == [InvalidOperation, VersionConflict, UnknownPoint]
    made = [answer for answer in answers if isinstance(answer, Outcome)]
    assert [answer.receipt["key"] for answer in made] == [str(request.key) for request in requests[:3] + requests[6:]]
    assert versions_of(block) == dict.fromkeys(names, 2)
    assert audit(block, committed=[answer.receipt["edit_id"] for answer in made]) == []


def test_a_batch_that_is_sent_again_is_answered_with_the_same_receipts(block: Engine) -> None:
    requests = [requested(update(name, land_use="orchard"), {name: 1}) for name in sorted(versions_of(block))[:5]]
    first, again = (edit_batch(requests, SOMEBODY) for _ in range(2))
    assert [a.receipt for a in first if isinstance(a, Outcome)] == [a.receipt for a in again if isinstance(a, Outcome)]
    assert {answer.is_replayed for answer in again if isinstance(answer, Outcome)} == {True}


def test_what_is_no_fact_to_tell_is_raised(block: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "edit_boundaries", fail)
    with pytest.raises(ZeroDivisionError):
        edit_batch([requested(update("0-0", land_use="x"), {"0-0": 1})], SOMEBODY)


def test_no_edits_are_no_answers(block: Engine) -> None:
    assert edit_batch([], SOMEBODY) == []
