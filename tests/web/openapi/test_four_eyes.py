"""Four eyes over HTTP, with every answer held to its description: refused alone, submitted, returned, approved."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from spatial_admin.settings import NATURES, Settings
from tests.accounts import People, Person
from tests.answers import json_of
from tests.web.api import at, edit, move, store

CORNER = move(at(1, 1), at(1.1, 1))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, four_eyes=frozenset(("editor", nature) for nature in NATURES))


class Api:
    """Somebody's client."""

    def __init__(self, client: FlaskClient, person: Person) -> None:
        self.client, self.person = client, person

    def post(self, path: str, status: int, **body: Any) -> Any:
        return self._json(self.client.post(path, json=body, headers=self.person.bearer), status)

    def get(self, path: str, status: int = 200) -> Any:
        return self._json(self.client.get(path, headers=self.person.bearer), status)

    @staticmethod
    def _json(answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return json_of(answer) if answer.data else None


def word(problem: Any) -> str:
    return str(problem["type"]).removeprefix("/problems/")


def test_a_draft_goes_its_way(client: FlaskClient, accounts: People, engine: Engine) -> None:
    store(engine)
    owner, reviewer, other = (Api(client, p) for p in (accounts.editor, accounts.reviewer, accounts.administrator))
    alone = owner.post("/api/edits", 403, **edit(CORNER))
    assert (word(alone), alone["nature"]) == ("approval_required", "correction")
    assert "/submit" in alone["detail"]
    owner.post("/api/edits", 200, **edit(CORNER, dry_run=True))
    owner.post(
        "/api/drafts", 201, key=str(uuid.uuid4()), seen={"A": 1, "B": 1}, operations=[CORNER], comment="Monument"
    )
    assert word(reviewer.get("/api/drafts/1", 404)) == "not_found"  # it is not submitted yet
    owner.post("/api/drafts/1/submit", 200, version=1, comment="please look")
    owner.post("/api/drafts/1/submit", 200, version=1, comment="please look")  # its answer was lost
    # Who may approve sees it, and what it would do.
    (waiting,) = reviewer.get("/api/drafts?waiting_for=me&state=submitted")["drafts"]
    assert (waiting["owner"], waiting["event"]["comment"]) == (accounts.editor.email, "please look")
    assert reviewer.get("/api/drafts?waiting_for=me&cursor=1")["drafts"] == []
    assert word(owner.get("/api/drafts?waiting_for=me", 403)) == "not_allowed"
    shown = reviewer.get("/api/drafts/1")
    assert shown["operations"] == [CORNER]
    areas = {p["parcel_id"]: (p["area_m2_before"], p["area_m2_after"]) for p in shown["dry_run"]["parcels"]}
    assert areas["A"][1] > areas["A"][0]
    assert shown["dry_run"]["problem"] is None
    (hatched,) = other.get("/api/drafts/others?bbox=2.30,48.68,2.33,48.70")["drafts"]
    assert hatched["state"] == "submitted"
    # Returned with a comment, gone on with, submitted again.
    assert reviewer.post("/api/drafts/1/return", 400, version=2)["where"] == "comment"
    reviewer.post("/api/drafts/1/return", 204, version=2, comment="Which monument?")
    assert word(reviewer.post("/api/drafts/1/return", 409, version=3, comment="again")) == "draft_state"
    draft = owner.get("/api/drafts/1")
    assert (draft["state"], draft["event"]["comment"]) == ("returned", "Which monument?")
    body = {"version": 3, "seen": {"A": 1, "B": 1}, "operations": [CORNER], "comment": "Monument 14"}
    assert client.put("/api/drafts/1", json=body, headers=accounts.editor.bearer).status_code == 200
    owner.post("/api/drafts/1/submit", 200, version=4)
    assert word(reviewer.post("/api/drafts/1/approve", 409, version=2)) == "draft_changed"
    receipt = reviewer.post("/api/drafts/1/approve", 201, version=5)
    assert reviewer.post("/api/drafts/1/approve", 200, version=5) == receipt
    assert word(other.post("/api/drafts/1/approve", 409, version=5)) == "draft_state"
    made = other.get(f"/api/edits/{receipt['edit_id']}")
    assert (made["author"], made["approved_by"]) == (accounts.editor.email, accounts.reviewer.email)
    assert made["comment"] == "Monument 14"
    (version, _) = other.get("/api/parcels/A/versions")["versions"]
    assert version["approved_by"] == accounts.reviewer.email
    assert owner.get("/api/drafts")["drafts"] == []
    (past,) = owner.get("/api/drafts?state=approved")["drafts"]
    assert past["edit_id"] == receipt["edit_id"]
    # Its undoing is approved, too; and a conflict gives it back.
    undo = {"key": str(uuid.uuid4()), "comment": "a mistake"}
    assert word(owner.post(f"/api/edits/{receipt['edit_id']}/revert", 403, **undo)) == "approval_required"
    owner.post("/api/drafts", 201, reverts=receipt["edit_id"], **undo)
    owner.post("/api/drafts/2/submit", 200, version=1)
    other.post("/api/edits", 201, **{**edit(move(at(1.1, 1), at(1.2, 1))), "seen": {"A": 2, "B": 2}})
    returned = reviewer.post("/api/drafts/2/approve", 409, version=2)
    assert (word(returned), word(returned["problem"])) == ("draft_returned", "version_conflict")
    assert owner.get("/api/drafts/2")["event"]["problem"] == returned["problem"]
    assert word(owner.post("/api/drafts/2/submit", 409, version=3)) == "version_conflict"
