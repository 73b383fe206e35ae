"""/api/records over HTTP: entered, found, changed, judged by another, with files that are only ever handed out."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from tests.accounts import People, sign_in
from tests.answers import json_of

Bearer = dict[str, dict[str, str]]
PLAT = {"type": "plat", "number": "2024/17", "title": "Mill Lane, phase 2", "received": "2024-03-01"}


class Desk:
    """Somebody with a role, at the API."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def create(self, **members: Any) -> dict[str, Any]:
        answer = self.client.post("/api/records", json={**PLAT, **members}, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return json_of(answer)

    def step(self, record: int, now: str, to: str, **members: Any) -> TestResponse:
        body = {"state": to, "expected_state": now, **members}
        return self.client.post(f"/api/records/{record}/state", json=body, headers=self.headers)

    def patch(self, record: int, **members: Any) -> TestResponse:
        return self.client.patch(f"/api/records/{record}", json=members, headers=self.headers)

    def attach(self, record: int, name: str, content: bytes, media_type: str = "application/pdf") -> TestResponse:
        data = {"file": (BytesIO(content), name, media_type)}
        return self.client.post(f"/api/records/{record}/files", data=data, headers=self.headers)

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/records{path}", headers=self.headers)


@pytest.fixture
def editor(client: FlaskClient, bearer: Bearer) -> Desk:
    return Desk(client, bearer["editor"])


@pytest.fixture
def reviewer(client: FlaskClient, bearer: Bearer) -> Desk:
    return Desk(client, bearer["reviewer"])


@pytest.fixture
def viewer(client: FlaskClient, bearer: Bearer) -> Desk:
    return Desk(client, bearer["viewer"])


@pytest.fixture
def administrator(client: FlaskClient, bearer: Bearer) -> Desk:
    return Desk(client, bearer["administrator"])


def word_of(answer: TestResponse) -> str:
    return str(json_of(answer)["type"]).removeprefix("/problems/")


def test_a_record_is_entered_and_read_back(editor: Desk, viewer: Desk, accounts: People) -> None:
    made = editor.create(
        recorded="2024-03-05", effective_from="2024-04-01", assignee=accounts.editor.email, comment="by post"
    )
    assert (made["state"], made["version"], made["number"]) == ("received", 1, "2024/17")
    assert (made["received"], made["recorded"], made["effective_from"]) == ("2024-03-01", "2024-03-05", "2024-04-01")
    assert made["assignee"] == made["created_by"] == accounts.editor.email
    assert [(e["what"], e["from_state"], e["to_state"], e["comment"]) for e in made["events"]] == [
        ("created", None, "received", "by post")
    ]
    assert json_of(viewer.get(f"/{made['id']}")) == made


def test_the_answer_to_a_new_record_says_where_it_is(client: FlaskClient, bearer: Bearer) -> None:
    answer = client.post("/api/records", json=PLAT, headers=bearer["editor"])
    assert answer.headers["Location"] == f"/api/records/{json_of(answer)['id']}"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param({"colour": "red"}, "colour", id="an unknown field"),
        pytest.param({"type": "letter"}, "type", id="no such type"),
        pytest.param({"type": None}, "type", id="no type"),
        pytest.param({"received": "01.03.2024"}, "received", id="a date in another order"),
        pytest.param({"received": "20240301"}, "received", id="a date without hyphens"),
        pytest.param({"received": "2024-02-30"}, "received", id="a day that is none"),
        pytest.param({"received": None}, "received", id="not received"),
        pytest.param({"recorded": 20240301}, "recorded", id="a number for a date"),
        pytest.param({"effective_from": "2024-03-01T10:00:00Z"}, "effective_from", id="a time"),
        pytest.param({"number": "x" * 101}, "number", id="a long number"),
        pytest.param({"number": 17}, "number", id="a number that is no text"),
        pytest.param({"number": "1\x00"}, "number", id="a null character"),
        pytest.param({"title": "two\nlines"}, "title", id="two lines"),
        pytest.param({"title": "\ud800"}, "title", id="half a character"),
        pytest.param({"title": "x" * 501}, "title", id="a long title"),
        pytest.param({"comment": "x" * 2001}, "comment", id="a long comment"),
        pytest.param({"assignee": "nobody@example.org"}, "assignee", id="nobody there"),
        pytest.param({"state": "approved"}, "state", id="a state of one's own choice"),
    ],
)
def test_what_is_no_record_is_refused_by_the_name_of_its_field(
    change: dict[str, Any], where: str, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    answer = client.post("/api/records", json={**PLAT, **change}, headers=bearer["editor"])
    assert (answer.status_code, word_of(answer), json_of(answer)["where"]) == (400, "bad_request", where)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM record")).scalar_one() == 0


def test_records_are_found_by_state_type_assignee_and_words(editor: Desk, viewer: Desk, accounts: People) -> None:
    first = editor.create()["id"]
    second = editor.create(type="deed", number="D 100%", title="Sale of lot 7", assignee=accounts.reviewer.email)["id"]
    third = editor.create(type="court", number=None, title="Order 5")["id"]
    editor.step(third, "received", "in_work")

    def found(query: str) -> list[int]:
        return [record["id"] for record in json_of(viewer.get(f"?{query}"))["records"]]

    assert found("") == [third, second, first]
    assert found("state=in_work") == [third]
    assert found("type=plat") == [first]
    assert found(f"assignee={accounts.reviewer.email}") == [second]
    assert found("q=MILL lane") == [first]
    assert found("q=100%25") == [second], "a per cent sign means itself"
    assert found("q=2024/17&type=deed") == []


def test_pages_of_records_meet_without_repeating_any(editor: Desk, viewer: Desk) -> None:
    made = [editor.create(number=str(n))["id"] for n in range(7)]
    seen: list[int] = []
    cursor = ""
    while True:
        page = json_of(viewer.get(f"?limit=3{cursor}"))
        seen += [record["id"] for record in page["records"]]
        if page["next_cursor"] is None:
            break
        editor.create(number="new")  # a newer one pushes nothing from page to page
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize("query", ["state=lost", "type=x", "limit=0", "limit=201", "cursor=abc", "colour=red", "q=%00"])
def test_a_question_that_is_none_is_refused(viewer: Desk, query: str) -> None:
    assert viewer.get(f"?{query}").status_code == 400


def test_an_editor_and_a_reviewer_bring_a_record_to_approval(editor: Desk, reviewer: Desk, accounts: People) -> None:
    record = editor.create()["id"]
    assert editor.step(record, "received", "in_work").status_code == 200
    assert editor.step(record, "in_work", "submitted", comment="ready").status_code == 200
    approved = json_of(reviewer.step(record, "submitted", "approved"))
    assert (approved["state"], approved["version"]) == ("approved", 4)
    assert [(e["from_state"], e["to_state"], e["by"]) for e in approved["events"]] == [
        (None, "received", accounts.editor.email),
        ("received", "in_work", accounts.editor.email),
        ("in_work", "submitted", accounts.editor.email),
        ("submitted", "approved", accounts.reviewer.email),
    ]


def test_a_step_that_leads_nowhere_says_where_it_may_lead(editor: Desk) -> None:
    record = editor.create()["id"]
    answer = editor.step(record, "received", "approved")
    assert (answer.status_code, word_of(answer)) == (422, "transition_refused")
    assert json_of(answer)["allowed"] == ["in_work"]
    assert json_of(editor.get(f"/{record}"))["state"] == "received"


@pytest.mark.parametrize("body", [{"state": "in_work"}, {"state": "x", "expected_state": "received"}, [], {}])
def test_a_step_states_what_its_author_saw(editor: Desk, body: Any) -> None:
    record = editor.create()["id"]
    answer = editor.client.post(f"/api/records/{record}/state", json=body, headers=editor.headers)
    assert (answer.status_code, word_of(answer)) == (400, "bad_request")


def test_who_lacks_the_role_does_not_take_the_step(editor: Desk, viewer: Desk) -> None:
    record = editor.create()["id"]
    assert viewer.step(record, "received", "in_work").status_code == 403
    editor.step(record, "received", "in_work")
    editor.step(record, "in_work", "submitted")
    answer = editor.step(record, "submitted", "approved")
    assert answer.status_code == 403
    assert "reviewer" in json_of(answer)["detail"]


def test_nobody_judges_their_own_submission(administrator: Desk, reviewer: Desk) -> None:
    record = administrator.create()["id"]
    administrator.step(record, "received", "in_work")
    administrator.step(record, "in_work", "submitted")
    for judgement in ("approved", "returned"):
        answer = administrator.step(record, "submitted", judgement, comment="fine")
        assert (answer.status_code, "somebody else" in json_of(answer)["detail"]) == (403, True)
    assert reviewer.step(record, "submitted", "approved").status_code == 200


def test_returning_and_opening_again_say_why(editor: Desk, reviewer: Desk) -> None:
    record = editor.create()["id"]
    editor.step(record, "received", "in_work")
    editor.step(record, "in_work", "submitted")
    silent = reviewer.step(record, "submitted", "returned")
    assert (silent.status_code, json_of(silent)["where"]) == (400, "comment")
    assert reviewer.step(record, "submitted", "returned", comment="sheet 2 is missing").status_code == 200
    editor.step(record, "returned", "in_work")
    editor.step(record, "in_work", "submitted")
    reviewer.step(record, "submitted", "approved")
    assert reviewer.step(record, "approved", "in_work").status_code == 400
    assert editor.step(record, "approved", "in_work", comment="wrong date").status_code == 403
    assert reviewer.step(record, "approved", "in_work", comment="wrong date").status_code == 200


def test_two_who_step_at_once_are_not_both_obeyed(editor: Desk, administrator: Desk) -> None:
    record = editor.create()["id"]
    assert editor.step(record, "received", "in_work").status_code == 200
    answer = administrator.step(record, "received", "in_work")
    assert (answer.status_code, word_of(answer)) == (409, "record_changed")
    assert (json_of(answer)["current"]["state"], json_of(answer)["current"]["version"]) == ("in_work", 2)


def test_a_judgement_is_of_the_version_that_was_read(editor: Desk, reviewer: Desk) -> None:
    record = editor.create()["id"]
    editor.step(record, "received", "in_work")
    version = json_of(editor.step(record, "in_work", "submitted"))["version"]
    assert editor.patch(record, version=version, title="Another lane").status_code == 200
    answer = reviewer.step(record, "submitted", "approved", version=version)
    assert (answer.status_code, json_of(answer)["current"]["title"]) == (409, "Another lane")
    assert reviewer.step(record, "submitted", "approved", version=version + 1).status_code == 200


def test_a_change_keeps_what_was(editor: Desk, accounts: People) -> None:
    record = editor.create(effective_from="2024-04-01")["id"]
    changes = {"effective_from": "2024-05-01", "assignee": accounts.reviewer.email, "number": None}
    changed = json_of(editor.patch(record, version=1, comment="as printed", **changes))
    assert (changed["effective_from"], changed["number"], changed["version"]) == ("2024-05-01", None, 2)
    event = changed["events"][-1]
    assert (event["what"], event["comment"]) == ("changed", "as printed")
    assert event["changes"] == {
        "effective_from": ["2024-04-01", "2024-05-01"],
        "assignee_id": [None, accounts.reviewer.email],
        "number": ["2024/17", None],
    }


def test_a_change_of_nothing_changes_nothing(editor: Desk) -> None:
    record = editor.create()["id"]
    same = json_of(editor.patch(record, version=1, title=PLAT["title"]))
    assert (same["version"], len(same["events"])) == (1, 1)


def test_a_change_of_an_older_version_is_refused_with_what_is_current(editor: Desk) -> None:
    record = editor.create()["id"]
    editor.patch(record, version=1, title="theirs")
    answer = editor.patch(record, version=1, title="mine")
    assert (answer.status_code, word_of(answer)) == (409, "record_changed")
    assert json_of(answer)["current"]["title"] == "theirs"


@pytest.mark.parametrize(
    "body", [{"title": "x"}, {"version": 1}, {"version": "1", "title": "x"}, {"version": 1, "state": "approved"}, []]
)
def test_a_change_names_its_version_and_fields(editor: Desk, body: Any) -> None:
    record = editor.create()["id"]
    answer = editor.client.patch(f"/api/records/{record}", json=body, headers=editor.headers)
    assert (answer.status_code, word_of(answer)) == (400, "bad_request")


def test_an_approved_record_stands(editor: Desk, reviewer: Desk) -> None:
    record = editor.create()["id"]
    editor.step(record, "received", "in_work")
    editor.step(record, "in_work", "submitted")
    reviewer.step(record, "submitted", "approved")
    for answer in (editor.patch(record, version=4, title="other"), editor.attach(record, "a.pdf", b"%PDF")):
        assert (answer.status_code, word_of(answer)) == (409, "record_approved")


def test_a_file_is_handed_out_as_it_came_and_never_shown(editor: Desk, viewer: Desk) -> None:
    record = editor.create()["id"]
    content = bytes(range(256)) * 300
    answer = editor.attach(record, "Plan Nördlich.pdf", content)
    assert answer.status_code == 201
    stored = json_of(answer)
    assert (stored["n"], stored["name"], stored["size"]) == (1, "Plan Nördlich.pdf", len(content))
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()
    got = viewer.get(f"/{record}/files/1")
    assert (got.data, got.mimetype) == (content, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "N%C3%B6rdlich" in got.headers["Content-Disposition"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in got.headers["Cache-Control"]
    etag = got.headers["ETag"]
    path = f"/api/records/{record}/files/1"
    known = viewer.client.get(path, headers={**viewer.headers, "If-None-Match": etag})
    assert (known.status_code, known.data) == (304, b"")
    part = viewer.client.get(path, headers={**viewer.headers, "Range": "bytes=999999-"})
    assert (part.status_code, part.data) == (200, content)  # ranges are not served


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/javascript", "nonsense"])
def test_a_file_that_a_browser_would_run_is_only_bytes(editor: Desk, media_type: str) -> None:
    record = editor.create()["id"]
    editor.attach(record, "x.html", b"<script>alert(1)</script>", media_type)
    got = editor.get(f"/{record}/files/1")
    assert got.mimetype == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment")


def test_the_same_bytes_again_are_the_same_file(editor: Desk) -> None:
    record = editor.create()["id"]
    first, again, other = (editor.attach(record, name, name[:1].encode()) for name in ("a.pdf", "a2.pdf", "b.pdf"))
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert json_of(first) == json_of(again)
    shown = json_of(editor.get(f"/{record}"))
    assert [(file["n"], file["name"]) for file in shown["files"]] == [(1, "a.pdf"), (2, "b.pdf")]
    assert shown["version"] == 3
    assert [event["what"] for event in shown["events"]] == ["created", "file", "file"]


@pytest.mark.parametrize(
    ("name", "stored"), [("scans/plan.tif", "plan.tif"), ("../../etc/passwd", "passwd"), (" plan.pdf ", "plan.pdf")]
)
def test_a_file_is_stored_without_its_folder(editor: Desk, name: str, stored: str) -> None:
    record = editor.create()["id"]
    assert json_of(editor.attach(record, name, b"x"))["name"] == stored


@pytest.mark.parametrize("name", ["", "..", "a/", "x" * 201 + ".pdf", "a\u202efdp.exe", "a\x07.pdf"])
def test_a_file_without_a_readable_name_is_refused(editor: Desk, name: str) -> None:
    record = editor.create()["id"]
    answer = editor.attach(record, name, b"x")
    assert (answer.status_code, json_of(answer)["where"]) == (400, "file")


def test_what_is_no_single_file_is_refused(editor: Desk) -> None:
    record = editor.create()["id"]
    url = f"/api/records/{record}/files"
    empty = editor.attach(record, "a.pdf", b"")
    two = {"file": [(BytesIO(b"1"), "a"), (BytesIO(b"2"), "b")]}
    more = {"file": (BytesIO(b"1"), "a"), "note": "x"}
    other = {"scan": (BytesIO(b"1"), "a")}
    answers = [empty, *(editor.client.post(url, data=data, headers=editor.headers) for data in (two, more, other))]
    answers.append(editor.client.post(url, json={}, headers=editor.headers))
    assert [answer.status_code for answer in answers] == [400] * 5
    assert json_of(editor.get(f"/{record}"))["files"] == []


def test_viewers_enter_nothing_and_attach_nothing(editor: Desk, viewer: Desk) -> None:
    record = editor.create()["id"]
    assert viewer.client.post("/api/records", json=PLAT, headers=viewer.headers).status_code == 403
    assert viewer.patch(record, version=1, title="x").status_code == 403
    assert viewer.attach(record, "a.pdf", b"x").status_code == 403


@pytest.mark.parametrize("path", ["/999999", "/99999999999999999999", "/1x", "/999999/files/1"])
def test_what_is_not_there_is_not_found(viewer: Desk, path: str) -> None:
    assert viewer.get(path).status_code == 404


def test_what_is_not_there_is_neither_changed_nor_judged(editor: Desk) -> None:
    answers = (
        editor.patch(9, version=1, title="x"),
        editor.step(9, "received", "in_work"),
        editor.attach(9, "a", b"x"),
    )
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_session_needs_its_csrf_token_for_a_file_too(app: Flask, accounts: People, editor: Desk) -> None:
    record = editor.create()["id"]
    browser = app.test_client()
    token = sign_in(browser, accounts.editor)
    url = f"/api/records/{record}/files"
    assert browser.post(url, data={"file": (BytesIO(b"x"), "a.pdf")}).status_code == 400
    assert browser.post(url, data={"file": (BytesIO(b"x"), "a.pdf")}, headers={"X-CSRFToken": token}).status_code == 201
