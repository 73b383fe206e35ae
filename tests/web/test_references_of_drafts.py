"""Reference layers belong to drafts: a layer goes with its draft, waits for the next one, or is kept by its owner."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

Bearer = dict[str, dict[str, str]]
Ask = Callable[..., TestResponse]
RING = [[2.31, 48.69], [2.311, 48.69], [2.311, 48.691], [2.31, 48.691]]
CSV = b"point;E;N\nM1;2.3101;48.6902\n"


@pytest.fixture
def ask(client: FlaskClient, bearer: Bearer) -> Ask:
    """Requests of a person, the editor unless another is named."""

    def ask(method: str, path: str, who: str = "editor", **more: Any) -> TestResponse:
        return client.open(path, method=method, headers=bearer[who], **more)

    return ask


def load(ask: Ask, who: str = "editor") -> int:
    form = {"file": (io.BytesIO(CSV), "points.csv")}
    answer = ask("POST", "/api/references", who, data=form, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.text
    return int(answer.get_json()["id"])


def begin(ask: Ask, who: str = "editor") -> dict[str, Any]:
    body = {"key": str(uuid.uuid4()), "operations": [{"op": "draw", "kind": "lot", "rings": [RING]}]}
    answer = ask("POST", "/api/drafts", who, json=body)
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.get_json()
    return draft


def give(ask: Ask, layer: int, who: str = "editor", **place: Any) -> TestResponse:
    return ask("PATCH", f"/api/references/{layer}", who, json=place)


def layers(ask: Ask, who: str = "editor") -> dict[int, tuple[int | None, bool]]:
    found = ask("GET", "/api/references", who).get_json()["references"]
    return {layer["id"]: (layer["draft_id"], layer["is_kept"]) for layer in found}


def test_a_layer_waits_for_a_draft_and_goes_with_it_when_it_is_discarded(ask: Ask) -> None:
    first, second = load(ask), load(ask)
    assert layers(ask) == {first: (None, False), second: (None, False)}
    draft = begin(ask)["id"]
    answer = give(ask, first, draft_id=draft)
    assert (answer.status_code, answer.get_json()["draft_id"]) == (200, draft)
    assert ask("GET", f"/api/references/{first}").get_json()["draft_id"] == draft
    assert ask("DELETE", f"/api/drafts/{draft}").status_code == 204
    assert layers(ask) == {second: (None, False)}


def test_a_layer_that_is_kept_outlives_its_draft(ask: Ask) -> None:
    layer, draft = load(ask), begin(ask)["id"]
    give(ask, layer, draft_id=draft)
    assert give(ask, layer, is_kept=True).status_code == 200
    ask("DELETE", f"/api/drafts/{draft}")
    assert layers(ask) == {layer: (None, True)}
    assert give(ask, layer).get_json()["is_kept"] is False


def test_undoing_the_last_step_leaves_the_layers_to_the_next_draft(ask: Ask) -> None:
    layer, draft = load(ask), begin(ask)["id"]
    give(ask, layer, draft_id=draft)
    refused = ask("DELETE", f"/api/drafts/{draft}?references=some")
    assert (refused.status_code, layers(ask)) == (400, {layer: (draft, False)})
    assert ask("DELETE", f"/api/drafts/{draft}?references=keep").status_code == 204
    assert layers(ask) == {layer: (None, False)}


def test_a_layer_of_one_draft_is_not_taken_by_another(ask: Ask) -> None:
    layer, draft, other = load(ask), begin(ask)["id"], begin(ask)["id"]
    assert give(ask, layer, draft_id=draft).status_code == 200
    assert give(ask, layer, draft_id=draft).status_code == 200, "again, as after a lost answer"
    answer = give(ask, layer, draft_id=other)
    assert (answer.status_code, f"belongs to draft {draft}" in answer.text) == (400, True)
    assert layers(ask) == {layer: (draft, False)}


@pytest.mark.parametrize(
    ("place", "status", "words"),
    [
        ({"draft_id": 0}, 400, "draft_id: it takes the number of a draft"),
        ({"draft_id": True}, 400, "draft_id: it takes the number of a draft"),
        ({"is_kept": "yes"}, 400, "is_kept: it takes true or false"),
        ({"draft_id": 1, "is_kept": True}, 400, "what you keep belongs to no draft"),
        ({"owner_id": 1}, 400, "owner_id"),
        ({"draft_id": 12345}, 404, "draft of yours that may be changed"),
    ],
)
def test_where_a_layer_cannot_belong_is_said(ask: Ask, place: dict[str, Any], status: int, words: str) -> None:
    layer = load(ask)
    answer = give(ask, layer, **place)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert layers(ask) == {layer: (None, False)}


def test_nobody_gives_layers_of_others_or_to_drafts_of_others(ask: Ask) -> None:
    layer, draft = load(ask), begin(ask)["id"]
    assert give(ask, layer, "administrator", is_kept=True).status_code == 404
    others = load(ask, "administrator")
    assert give(ask, others, "administrator", draft_id=draft).status_code == 404
    assert give(ask, layer, "viewer", is_kept=True).status_code == 403
    assert ask("PATCH", f"/api/references/{layer}", json=[]).status_code == 400
    assert layers(ask) == {layer: (None, False)}


def test_what_waits_for_approval_gets_no_layer_more_and_loses_those_it_has_when_it_is_approved(
    ask: Ask, engine: Engine
) -> None:
    layer, late, draft = load(ask), load(ask), begin(ask)
    give(ask, layer, draft_id=draft["id"])
    path = f"/api/drafts/{draft['id']}"
    assert ask("POST", f"{path}/submit", json={"version": draft["version"]}).status_code == 200
    assert give(ask, late, draft_id=draft["id"]).status_code == 404
    assert layers(ask)[layer] == (draft["id"], False)
    approved = ask("POST", f"{path}/approve", "reviewer", json={"version": draft["version"] + 1})
    assert approved.status_code == 201, approved.text
    assert layers(ask) == {late: (None, False)}
    with engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM draft")).scalar_one() == "approved"
