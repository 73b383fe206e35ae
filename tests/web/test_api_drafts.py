"""/api/drafts over HTTP: kept, found again, never overwritten unseen, and nobody else's business."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from spatial_admin.services.drafts import create_draft
from tests.accounts import People
from tests.answers import json_of
from tests.web.api import at, move, store

MOVE = move(at(1, 1), {"lon": 2.311, "lat": 48.691})


class Desk:
    """Somebody at the API."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def begin(self, **members: Any) -> TestResponse:
        body = {"key": str(uuid.uuid4()), "comment": "so far", "seen": {"A": 1}, "operations": [MOVE], **members}
        return self.client.post("/api/drafts", json=body, headers=self.headers)

    def keep(self, draft: int, version: object, *operations: Any, **members: Any) -> TestResponse:
        body = {"version": version, "seen": {"A": 1}, "operations": list(operations or [MOVE]), **members}
        return self.client.put(f"/api/drafts/{draft}", json=body, headers=self.headers)

    def get(self, path: str = "") -> TestResponse:
        return self.client.get(f"/api/drafts{path}", headers=self.headers)

    def rename(self, draft: int, version: int, title: object) -> TestResponse:
        return self.client.patch(
            f"/api/drafts/{draft}", json={"version": version, "title": title}, headers=self.headers
        )

    def others(self, box: str = "2.30,48.68,2.33,48.70") -> TestResponse:
        return self.client.get(f"/api/drafts/others?bbox={box}", headers=self.headers)

    def discard(self, draft: int) -> TestResponse:
        return self.client.delete(f"/api/drafts/{draft}", headers=self.headers)


@pytest.fixture
def editor(client: FlaskClient, accounts: People) -> Desk:
    return Desk(client, accounts.editor.bearer)


@pytest.fixture
def administrator(client: FlaskClient, accounts: People) -> Desk:
    return Desk(client, accounts.administrator.bearer)


def word_of(answer: TestResponse) -> str:
    return str(json_of(answer)["type"]).removeprefix("/problems/")


def test_a_draft_is_kept_and_read_back_as_it_was_sent(editor: Desk) -> None:
    odd = move([2.3100000000000001, -0.0], [5e-324, 1e300])
    made = editor.begin(operations=[MOVE, odd], seen={"A": 1, "C/2": 7})
    assert made.status_code == 201, made.text
    summary = json_of(made)
    assert made.headers["Location"] == f"/api/drafts/{summary['id']}"
    assert (summary["state"], summary["version"], summary["operation_count"]) == ("open", 1, 2)
    draft = json_of(editor.get(f"/{summary['id']}"))
    assert draft == {
        **summary,
        "seen": {"A": 1, "C/2": 7},
        "operations": [MOVE, odd],
        "notes": [],
        "accept": [],
        "events": [],
    }
    assert repr(draft["operations"][1]["at"]) == repr(odd["at"]), "to the bit, with the sign of zero"
    assert json_of(editor.get())["drafts"] == [summary]


def test_it_is_its_owners_alone(editor: Desk, administrator: Desk) -> None:
    draft = json_of(editor.begin())["id"]
    assert json_of(administrator.get())["drafts"] == []
    answers = [administrator.get(f"/{draft}"), administrator.keep(draft, 1), administrator.discard(draft)]
    answers.append(administrator.rename(draft, 1, "Mine now"))
    assert [(answer.status_code, word_of(answer)) for answer in answers] == [(404, "not_found")] * 4
    assert json_of(editor.get(f"/{draft}"))["version"] == 1


def test_a_viewer_begins_none(client: FlaskClient, accounts: People) -> None:
    viewer = Desk(client, accounts.viewer.bearer)
    assert (viewer.begin().status_code, json_of(viewer.get())["drafts"]) == (403, [])


def test_two_tabs_do_not_overwrite_each_other(editor: Desk) -> None:
    draft = json_of(editor.begin())["id"]
    first = editor.keep(draft, 1, MOVE, MOVE, comment="here")
    assert (first.status_code, json_of(first)["version"], json_of(first)["operation_count"]) == (200, 2, 2)
    late = editor.keep(draft, 1, MOVE, comment="there")
    assert (late.status_code, word_of(late)) == (409, "draft_changed")
    assert json_of(late)["current"] == json_of(first)
    assert json_of(editor.get(f"/{draft}"))["comment"] == "here"


def test_what_is_sent_again_after_a_lost_answer_is_done_once(editor: Desk) -> None:
    key = str(uuid.uuid4())
    first, again, other = editor.begin(key=key), editor.begin(key=key), editor.begin(key=key, comment="another")
    assert (first.status_code, again.status_code, json_of(again)) == (201, 200, json_of(first))
    assert (other.status_code, word_of(other)) == (422, "key_reused")
    draft = json_of(first)["id"]
    assert [json_of(editor.keep(draft, 1, MOVE, MOVE))["version"] for _ in range(2)] == [2, 2]


def test_the_key_of_somebody_elses_draft_is_taken(editor: Desk, administrator: Desk) -> None:
    key = json_of(editor.begin())["key"]
    assert word_of(administrator.begin(key=key)) == "key_reused"


def test_what_is_discarded_is_gone(editor: Desk) -> None:
    draft = json_of(editor.begin())["id"]
    assert editor.discard(draft).status_code == 204
    answers = [editor.get(f"/{draft}"), editor.keep(draft, 1), editor.discard(draft)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert json_of(editor.get())["drafts"] == []


def test_lists_go_on_where_the_page_before_ended(editor: Desk) -> None:
    made = [json_of(editor.begin())["id"] for _ in range(3)]
    first = json_of(editor.get("?limit=2"))
    second = json_of(editor.get(f"?limit=2&cursor={first['next_cursor']}"))
    assert [draft["id"] for page in (first, second) for draft in page["drafts"]] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("members", "status", "word", "said"),
    [
        pytest.param({"operations": []}, 400, "bad_request", "operations", id="no step"),
        pytest.param({"operations": [{"op": "shove"}]}, 422, "invalid_operation", "shove", id="no operation"),
        pytest.param({"operations": [MOVE] * 2_001}, 422, "limit_exceeded", "2,000", id="too many steps"),
        pytest.param({"seen": {"A": 0}}, 400, "bad_request", "seen.A", id="no version"),
        pytest.param({"key": "mine"}, 400, "bad_request", "key", id="no key"),
        pytest.param({"comment": 5}, 400, "bad_request", "comment", id="no text"),
        pytest.param({"title": "x" * 201}, 422, "limit_exceeded", "200", id="a long title"),
        pytest.param({"notes": ["a", "b"]}, 400, "bad_request", "notes", id="more notes than steps"),
        pytest.param({"notes": [7]}, 400, "bad_request", "notes.0", id="a note that is no text"),
        pytest.param({"dry_run": True}, 400, "bad_request", "dry_run", id="a field of edits only"),
        pytest.param({"record_id": 999_999}, 422, "unknown_record", "999999", id="no record"),
    ],
)
def test_nonsense_is_refused_by_name(members: dict[str, Any], status: int, word: str, said: str, editor: Desk) -> None:
    answer = editor.begin(**members)
    assert (answer.status_code, word_of(answer)) == (status, word), answer.text
    assert said in json_of(answer)["detail"]
    assert json_of(editor.get())["drafts"] == []


@pytest.mark.parametrize("version", [None, 0, True, "1", 2**31])
def test_a_change_says_the_version_it_rests_on(version: object, editor: Desk) -> None:
    draft = json_of(editor.begin())["id"]
    answer = editor.keep(draft, version)
    assert (answer.status_code, json_of(answer)["where"]) == (400, "version")


def test_one_person_keeps_so_many(editor: Desk, administrator: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_draft, "MOST_DRAFTS", 2)
    answers = [editor.begin() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert "GET /api/drafts" in json_of(answers[2])["detail"]
    assert administrator.begin().status_code == 201


def test_every_change_puts_the_end_off_by_the_setting(editor: Desk, app: Flask, engine: Engine) -> None:
    draft = json_of(editor.begin())["id"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE draft SET version = version + 1, expires_at = now()"))
    editor.keep(draft, 2, MOVE, MOVE)
    days = app.config["SETTINGS"].upkeep.keep_drafts_days
    left = text("SELECT round(extract(epoch FROM expires_at - changed_at) / 86400) FROM draft")
    with engine.connect() as connection:
        assert connection.execute(left).scalar_one() == days == 30


@pytest.mark.parametrize("change", ["owner_id = owner_id + 1", "key = gen_random_uuid()", "version = version"])
def test_the_database_lets_no_change_go_past_another(change: str, editor: Desk, engine: Engine) -> None:
    editor.begin()
    step = "" if change.startswith("version") else ", version = version + 1"
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text(f"UPDATE draft SET {change}{step}"))
    assert getattr(refused.value.orig, "pgcode", None) == "SA003"


def test_colleagues_see_whose_and_where_but_not_what(
    editor: Desk, administrator: Desk, client: FlaskClient, accounts: People, engine: Engine
) -> None:
    store(engine)
    made = json_of(editor.begin(title="Corner", seen={"A": 1, "B": 1}, operations=[MOVE]))
    seen = json_of(administrator.others())
    (draft,) = seen["drafts"]
    assert set(draft) == {"id", "owner", "state", "record", "created_at", "changed_at", "bbox", "parcels"}
    assert (draft["owner"], draft["created_at"]) == (accounts.editor.email, made["created_at"])
    assert draft["parcels"] == [{"parcel_id": "A", "number": "101"}, {"parcel_id": "B", "number": "102"}]
    assert draft["bbox"] == pytest.approx([*at(0, 0), *at(2, 1)], abs=2e-6)
    assert seen["is_more"] is False
    assert json_of(editor.others())["drafts"] == [], "one's own is none of a colleague's"
    assert json_of(administrator.others("2.0,48.0,2.1,48.1"))["drafts"] == []
    refused = Desk(client, accounts.viewer.bearer).others()
    assert (refused.status_code, word_of(refused)) == (403, "not_allowed")


def test_what_is_drawn_lies_where_it_is_drawn_and_nonsense_lies_nowhere(editor: Desk, administrator: Desk) -> None:
    ring = [at(3, 0), {"lon": at(4, 0)[0], "lat": at(4, 0)[1]}, at(4, 1)]
    editor.begin(seen={}, operations=[{"op": "draw", "parcel_id": "N", "kind": "lot", "rings": [ring]}])
    assert editor.begin(seen={}, operations=[move([1e300, 5e-324], [-0.0, 1e300])]).status_code == 201
    (draft,) = json_of(administrator.others())["drafts"]
    assert draft["parcels"] == []
    assert draft["bbox"] == pytest.approx([*at(3, 0), *at(4, 1)], abs=2e-6)


def test_a_draft_gets_a_title_without_touching_its_steps(editor: Desk) -> None:
    draft = json_of(editor.begin(title="  Corner\tof A ", notes=["closed"]))["id"]
    assert json_of(editor.get(f"/{draft}"))["title"] == "Corner of A"
    assert json_of(editor.rename(draft, 1, "Monument 14"))["version"] == 2
    assert word_of(editor.rename(draft, 1, "Late")) == "draft_changed"
    found = json_of(editor.get(f"/{draft}"))
    assert (found["title"], found["version"], found["notes"]) == ("Monument 14", 2, ["closed"])
