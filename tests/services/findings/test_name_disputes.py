"""An edit that moves a disputed boundary says so, in its receipt and before: which, since when, marked by whom."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from spatial_admin.models import db
from spatial_admin.services.findings import name_disputes
from tests.accounts import People
from tests.web.api import at, edit, move, store
from tests.web.openapi.conftest import DescribedClient

# Of the block A and B side by side above a long C: the boundary of A and B, and the north side of A.
BETWEEN = {"from": at(1, 0), "to": at(1, 1), "parcels": ["A", "B"]}
NORTH = {"from": at(0, 1), "to": at(1, 1), "parcels": ["A"]}
WHY = "Two deeds say otherwise"
# The boundary of A and B, by somebody who tells this process nothing.
MARKED_ELSEWHERE = """
INSERT INTO disputed_boundary (place, parcels, reason)
SELECT ST_Intersection(a.geom, b.geom), ARRAY[a.id, b.id], :reason FROM parcel AS a, parcel AS b
WHERE a.parcel_id = 'A' AND b.parcel_id = 'B' RETURNING id
"""
ENDED_ELSEWHERE = "UPDATE disputed_boundary SET ended_at = clock_timestamp(), ended_reason = 'settled'"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Every answer is held to the description of the interface, too."""
    app.test_client_class = DescribedClient
    return app.test_client()


class Desk:
    """Marks and edits over the API."""

    def __init__(self, client: FlaskClient, accounts: People) -> None:
        self.client, self.accounts = client, accounts

    def mark(self, line: dict[str, Any]) -> int:
        answer = self.client.post("/api/disputes", json={**line, "reason": WHY}, headers=self.accounts.reviewer.bearer)
        assert answer.status_code == 201, answer.text
        return int((answer.json or {})["id"])

    def end(self, dispute: int) -> None:
        answer = self.client.post(
            f"/api/disputes/{dispute}/end", json={"reason": "settled"}, headers=self.accounts.reviewer.bearer
        )
        assert answer.status_code == 200, answer.text

    def edit(self, *operations: dict[str, Any], **members: Any) -> dict[str, Any]:
        answer = self.client.post("/api/edits", json=edit(*operations, **members), headers=self.accounts.editor.bearer)
        assert answer.status_code in (200, 201), answer.text
        told: dict[str, Any] = answer.json or {}
        return told

    def named(self, *operations: dict[str, Any]) -> list[int]:
        """Numbers of the disputes that a dry run names."""
        told = self.edit(*operations, dry_run=True)["receipt"].get("disputed", [])
        return [one["dispute_id"] for one in told]


@pytest.fixture
def desk(client: FlaskClient, accounts: People, engine: Engine) -> Desk:
    store(engine)
    return Desk(client, accounts)


def test_a_moved_boundary_that_is_disputed_is_named_before_and_after(desk: Desk, accounts: People) -> None:
    assert "disputed" not in desk.edit(move(at(1, 1), at(1.1, 1)), dry_run=True)["receipt"]
    number = desk.mark(BETWEEN)
    step = move(at(1, 1), at(1.1, 1))
    foreseen = desk.edit(step, dry_run=True)["receipt"]["disputed"]
    receipt = desk.edit(step)
    (told,) = receipt["disputed"]
    assert foreseen == [told]
    assert (told["dispute_id"], told["numbers"], told["reason"]) == (number, ["101", "102"], WHY)
    assert told["marked_by"] == accounts.reviewer.email
    assert told["marked_at"].endswith("+00:00")
    assert told["place"]["type"] == "LineString"


def test_what_only_touches_it_gets_a_point_or_keeps_it_is_not_said_to_move_it(desk: Desk) -> None:
    desk.mark(BETWEEN)
    assert desk.named(move(at(0, 1), at(0, 1.1))) == [], "the next corner: the disputed stretch stays"
    assert desk.named({"op": "insert_point", "between": [at(1, 0), at(1, 1)], "at": at(1, 0.5)}) == []
    assert desk.named({"op": "update", "parcel_id": "A", "properties": {"number": "1a"}}) == []
    assert desk.named({"op": "split", "parcel_id": "A", "line": [at(0, 0.5), at(1, 0.5)]}) == [], "its end lies there"


def test_every_dispute_that_is_met_is_named_until_it_is_settled(desk: Desk) -> None:
    between, north = desk.mark(BETWEEN), desk.mark(NORTH)
    corner = move(at(1, 1), at(1, 1.1))
    assert desk.named(corner) == [north], "the common side only becomes longer along its line"
    assert desk.named(move(at(1, 1), at(1.1, 1.1))) == [between, north]
    assert desk.named({"op": "merge", "parcels": ["A", "B"], "into": "A"}) == [between]
    assert desk.named({"op": "retire", "parcel_id": "A"}) == [between, north], "one side of it ends"
    desk.end(between)
    assert desk.named(move(at(1, 1), at(1.1, 1.1))) == [north]
    desk.end(north)
    assert desk.named(move(at(1, 1), at(1.1, 1.1))) == []


def test_a_draft_that_moves_one_says_so_to_whoever_judges_it(desk: Desk, client: FlaskClient) -> None:
    number = desk.mark(BETWEEN)
    body = edit(move(at(1, 1), at(1.1, 1)))
    draft = client.post("/api/drafts", json=body, headers=desk.accounts.editor.bearer).json or {}
    client.post(f"/api/drafts/{draft['id']}/submit", json={"version": 1}, headers=desk.accounts.editor.bearer)
    shown = client.get(f"/api/drafts/{draft['id']}", headers=desk.accounts.reviewer.bearer).json or {}
    assert [one["dispute_id"] for one in shown["dry_run"]["disputed"]] == [number]


def test_what_another_process_marked_a_moment_ago_is_named(desk: Desk, engine: Engine) -> None:
    step = move(at(0, 1), at(0, 1.01))
    assert "disputed" not in desk.edit(step), "this process has looked"
    with engine.begin() as connection:
        number = connection.execute(text(MARKED_ELSEWHERE), {"reason": WHY}).scalar_one()
    (told,) = desk.edit(move(at(1, 1), at(1.1, 1)), if_stale="rebase")["disputed"]
    assert (told["dispute_id"], told["reason"]) == (number, WHY)
    with engine.begin() as connection:
        connection.execute(text(ENDED_ELSEWHERE))
    assert "disputed" not in desk.edit(move(at(1.1, 1), at(1, 1)), if_stale="rebase")


def test_whether_there_are_disputes_comes_with_the_first_message_of_an_edit(desk: Desk, app: Flask) -> None:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engines = [db.engine]
    event.listen(engines[0], "before_cursor_execute", note)
    try:
        desk.edit(move(at(0, 1), at(0, 1.01)))
        assert not any("disputed_boundary" in statement for statement in sent), "begin_edit has told it"
        desk.mark(BETWEEN)
        sent.clear()
        desk.edit({"op": "update", "parcel_id": "A", "properties": {"address": "1 Mill Lane"}}, if_stale="rebase")
        assert [statement for statement in sent if name_disputes.IN_REGIONS in statement] == [], "nothing is moved"
        desk.edit(move(at(0, 1.01), at(0, 1.1)), if_stale="rebase")
        assert sum(name_disputes.IN_REGIONS in statement for statement in sent) == 1
    finally:
        event.remove(engines[0], "before_cursor_execute", note)
