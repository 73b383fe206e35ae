"""Records in the admin: entered, changed, judged and filed through the same services as the API."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from spatial_admin.services.approval.load_four_eyes import save_four_eyes
from spatial_admin.services.records.create_record import create_import_record
from spatial_admin.transaction import short
from tests.accounts import People, csrf_token_of
from tests.admin.conftest import browser
from tests.browser_fixtures import sign_in_page
from tests.forms import fields_of

NEW, EDIT, DETAILS = "/admin/record/new/", "/admin/record/edit/?id=", "/admin/record/details/?id="


@pytest.fixture
def reviewer(app: Flask, accounts: People) -> FlaskClient:
    return browser(app, accounts, "reviewer")


def rows(engine: Engine, sql: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(sql), values).all())


def send(client: FlaskClient, url: str, **fields: Any) -> TestResponse:
    return client.post(url, data={"csrf_token": csrf_token_of(client.get("/admin/").text), **fields})


def enter(client: FlaskClient, **fields: str) -> int:
    given = {"type": "plat", "number": "2024/17", "title": "Mill Lane", "received": "2024-03-01", **fields}
    answer = send(client, NEW, **given)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("=")[2])


def opened(client: FlaskClient, record: int) -> dict[str, str]:
    """The form of a record as it is shown."""
    return fields_of(client.get(f"{EDIT}{record}").text, "record-form")


def step(client: FlaskClient, record: int, to: str, **fields: str) -> TestResponse:
    page = client.get(f"{DETAILS}{record}").text
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("expected_state", "version")}
    return send(client, f"/admin/record/state/?id={record}", state=to, **{**seen, **fields})


def attach(client: FlaskClient, record: int, name: str, content: bytes) -> TestResponse:
    return send(client, f"/admin/record/attach/?id={record}", file=(BytesIO(content), name))


def test_a_record_is_entered_found_and_shown(editor: FlaskClient, viewer: FlaskClient, accounts: People) -> None:
    record = enter(editor, effective_from="2024-04-01", assignee=accounts.reviewer.email, title="<b>Mill</b>")
    page = viewer.get(f"{DETAILS}{record}").text
    assert "<h1>Plat 2024/17</h1>" in page
    assert "&lt;b&gt;Mill&lt;/b&gt;" in page
    assert "2024-04-01" in page
    assert accounts.reviewer.email in page
    for found in ("search=2024/17", "search=mill", "state=received", "type=plat", ""):
        assert f"details/?id={record}" in viewer.get(f"/admin/record/?{found}").text, found
    for missed in ("search=2024/18", "state=approved", "type=deed", "assignee=me", "assignee=nobody", "search=%25"):
        assert f"details/?id={record}" not in viewer.get(f"/admin/record/?{missed}").text, missed


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"type": "letter"}, "Not a valid choice"),
        ({"received": ""}, "This field is required"),
        ({"received": "1 March"}, "Not a valid date"),
        ({"number": "x" * 101}, "cannot be longer"),
        ({"number": "a\x01"}, "One line of printable text"),
        ({"assignee": "ghost@example.org"}, "Not a valid choice"),
    ],
)
def test_what_is_no_record_is_refused_beside_its_field(
    editor: FlaskClient, engine: Engine, fields: dict[str, str], said: str
) -> None:
    answer = send(editor, NEW, **{"type": "plat", "received": "2024-03-01", "title": "kept", **fields})
    assert answer.status_code == 422
    assert said.lower() in unescape(answer.text).lower()
    assert 'value="kept"' in answer.text
    assert rows(engine, "SELECT count(*) FROM record") == [(0,)]


def test_viewers_are_offered_nothing_to_write(viewer: FlaskClient, editor: FlaskClient, engine: Engine) -> None:
    record = enter(editor)
    assert "New record" not in viewer.get("/admin/record/").text
    assert "New record" in editor.get("/admin/record/").text
    page = viewer.get(f"{DETAILS}{record}").text
    assert ("Take into work" in page, "Add a file" in page, "Change" in page) == (False, False, False)
    assert send(viewer, NEW, type="plat", received="2024-03-01").status_code == 403
    assert send(viewer, f"{EDIT}{record}", title="x").status_code == 403
    assert attach(viewer, record, "a.pdf", b"x").status_code == 403
    state = {"state": "in_work", "expected_state": "received", "version": "1"}
    assert send(viewer, f"/admin/record/state/?id={record}", **state).status_code == 403
    assert rows(engine, "SELECT title, state, version FROM record") == [("Mill Lane", "received", 1)]


def test_saving_the_form_changes_what_was_typed_and_keeps_the_rest(editor: FlaskClient, engine: Engine) -> None:
    record = enter(editor, recorded="2024-03-05")
    fields = opened(editor, record)
    assert (fields["number"], fields["recorded"], fields["version"]) == ("2024/17", "2024-03-05", "1")
    assert send(editor, f"{EDIT}{record}", **{**fields, "number": "", "comment": "unnumbered"}).status_code == 303
    (stored,) = rows(engine, "SELECT number, recorded::text, title, version FROM record")
    assert tuple(stored) == (None, "2024-03-05", "Mill Lane", 2)
    assert "unnumbered" in editor.get(f"{DETAILS}{record}").text


def test_after_a_conflict_both_are_shown_and_saving_again_means_it(
    editor: FlaskClient, colleague: FlaskClient, engine: Engine
) -> None:
    record = enter(editor)
    mine = {**opened(editor, record), "title": "mine"}
    theirs = {**opened(colleague, record), "title": "theirs"}
    assert send(colleague, f"{EDIT}{record}", **theirs).status_code == 303
    refused = send(editor, f"{EDIT}{record}", **mine)
    assert refused.status_code == 409
    assert "theirs" in refused.text
    again = fields_of(refused.text, "record-form")
    assert (again["title"], again["version"]) == ("mine", "2")
    assert send(editor, f"{EDIT}{record}", **again).status_code == 303
    assert rows(engine, "SELECT title, version FROM record") == [("mine", 3)]


def test_a_record_goes_its_way_and_another_judges_it(
    editor: FlaskClient, reviewer: FlaskClient, colleague: FlaskClient, engine: Engine
) -> None:
    record = enter(editor)
    assert step(editor, record, "in_work").status_code == 303
    assert step(colleague, record, "submitted").status_code == 303
    page = colleague.get(f"{DETAILS}{record}").text
    assert "somebody else approves" in page
    assert ">Approve<" not in page
    refused = step(reviewer, record, "returned", comment="")
    assert refused.status_code == 400
    assert "say why" in refused.text
    assert step(reviewer, record, "approved", comment="fine").status_code == 303
    assert rows(engine, "SELECT state FROM record") == [("approved",)]
    page = editor.get(f"{DETAILS}{record}").text
    assert ("Add a file" in page, ">Change<" in page) == (False, False)
    assert "submitted → approved" in page
    late = send(editor, f"{EDIT}{record}", **{**opened(editor, record), "title": "late"})
    assert late.status_code == 409
    assert "is approved and stands" in late.text


def test_a_step_from_an_old_page_is_refused_and_its_comment_kept(editor: FlaskClient, colleague: FlaskClient) -> None:
    record = enter(editor)
    step(colleague, record, "in_work")
    refused = step(editor, record, "in_work", expected_state="received", version="1", comment="my words")
    assert refused.status_code == 409
    assert "Somebody else changed it" in refused.text
    assert ">my words</textarea>" in refused.text
    assert 'name="expected_state" value="in_work"' in refused.text, "the page stands on what is current"


def test_a_file_is_added_listed_and_saved(editor: FlaskClient, viewer: FlaskClient) -> None:
    record = enter(editor)
    assert attach(editor, record, "<plan>.pdf", b"%PDF-1.7").status_code == 303
    page = viewer.get(f"{DETAILS}{record}").text
    assert "&lt;plan&gt;.pdf" in page
    assert f"/api/records/{record}/files/1" in page
    got = viewer.get(f"/api/records/{record}/files/1")
    assert (got.data, got.headers["Content-Disposition"].partition(";")[0]) == (b"%PDF-1.7", "attachment")
    answer = attach(editor, record, "again.pdf", b"%PDF-1.7")
    assert "among the files already" in editor.get(answer.location).text


def test_no_file_and_an_empty_one_are_refused_above_the_page(editor: FlaskClient, engine: Engine) -> None:
    record = enter(editor)
    for answer in (send(editor, f"/admin/record/attach/?id={record}"), attach(editor, record, "a.pdf", b"")):
        assert answer.status_code == 400
        assert 'id="problem"' in answer.text
    assert rows(engine, "SELECT count(*) FROM record_file") == [(0,)]


def test_the_parcel_form_names_a_record_and_the_record_lists_the_edit(
    editor: FlaskClient, block: Engine, viewer: FlaskClient
) -> None:
    record = enter(editor)
    page = editor.get("/admin/parcel/edit/?id=5").text
    assert f'<option value="{record}">plat 2024/17 Mill Lane</option>' in page
    fields = fields_of(page, "parcel-form")
    typed = {**fields, "number": "5a", "comment": "as platted", "record_id": str(record)}
    assert editor.post("/admin/parcel/edit/?id=5", data=typed).status_code == 303
    (edit,) = rows(block, "SELECT id, record_id FROM edit ORDER BY id DESC LIMIT 1")
    assert edit.record_id == record
    assert f"/admin/edit/details/?id={edit.id}" in viewer.get(f"{DETAILS}{record}").text
    assert f"{DETAILS}{record}" in viewer.get(f"/admin/edit/details/?id={edit.id}").text
    assert f"{DETAILS}{record}" in viewer.get("/admin/edit/").text


def test_an_unknown_record_is_told_above_the_parcel_form_and_nothing_is_lost(
    editor: FlaskClient, block: Engine
) -> None:
    fields = fields_of(editor.get("/admin/parcel/edit/?id=5").text, "parcel-form")
    typed = {**fields, "number": "5a", "comment": "c", "record_id": "4711", "operations": json.dumps([])}
    answer = editor.post("/admin/parcel/edit/?id=5", data=typed)
    assert answer.status_code == 422
    assert "There is no record 4711" in answer.text
    again = fields_of(answer.text, "parcel-form")
    assert (again["number"], again["record_id"]) == ("5a", "4711")


def test_a_record_is_worked_on_in_a_browser(page: Page, live_server: str, accounts: People, block: Engine) -> None:
    sign_in_page(page, live_server, accounts.editor)
    page.goto(f"{live_server}/admin/record/")
    page.click("text=New record")
    page.select_option("select[name=type]", "survey")
    page.fill("input[name=number]", "S 12")
    page.fill("input[name=received]", "2024-03-01")
    page.click("button:has-text('Save')")
    page.wait_for_selector(".notice-good")
    page.set_input_files("input[type=file]", {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    page.click("button:text-is('Add')")
    page.wait_for_selector("td a:has-text('plan.pdf')")
    with page.expect_download() as download:
        page.click("td a:has-text('plan.pdf')")
    assert download.value.suggested_filename == "plan.pdf"
    page.fill("#step-comment", "measured")
    page.click("text=Take into work")
    page.wait_for_selector(".chip-in-work")
    assert "measured" in page.inner_text("main")
    assert rows(block, "SELECT state, number FROM record") == [("in_work", "S 12")]


def test_the_overview_asks_a_reviewer_for_what_others_submitted_and_for_imports_only_under_four_eyes(
    app: Flask, accounts: People, editor: FlaskClient
) -> None:
    administrator = browser(app, accounts, "administrator")  # who both enters records and judges those of others
    with app.app_context(), short() as session:
        create_import_record(session, 1, "town.geojson", 10, "0" * 64, None)
    assert "submitted for approval" not in administrator.get("/admin/").text, "nobody submitted it"

    for client in (editor, administrator):
        record = enter(client)
        step(client, record, "in_work")
        step(client, record, "submitted")
    assert "1 record submitted for approval" in administrator.get("/admin/").text, "nobody judges their own"

    with app.app_context():
        save_four_eyes({("editor", "correction")}, None)
    assert "2 records submitted for approval" in administrator.get("/admin/").text, "it stands for the second person"


def test_a_number_of_the_overview_opens_exactly_what_it_counts(
    app: Flask, accounts: People, editor: FlaskClient
) -> None:
    administrator = browser(app, accounts, "administrator")
    with app.app_context(), short() as session:
        create_import_record(session, 1, "town.geojson", 10, "0" * 64, None)
    for client in (editor, administrator):  # what oneself submitted is neither work nor one's own to judge
        record = enter(client, assignee=accounts.administrator.email)
        step(client, record, "in_work")
        step(client, record, "submitted")
    enter(administrator, assignee=accounts.administrator.email)
    assert counted_and_opened(administrator) == {
        "record that you work on": (1, 1),
        "record submitted for approval": (1, 1),
    }

    with app.app_context():
        save_four_eyes({("editor", "correction")}, None)
    assert counted_and_opened(administrator)["records submitted for approval"] == (2, 2), "the import's, too"


def counted_and_opened(client: FlaskClient) -> dict[str, tuple[int, int]]:
    """What the overview says of records: how many, and how many rows the page has that it leads to."""
    links = re.findall(r'href="(/admin/record/\?[^"]*)">(\d+) ([^<]+)<', client.get("/admin/").text)
    opened = {
        what: client.get(unescape(url)).text.count('data-label="Record" class="col-id"') for url, _, what in links
    }
    return {what: (int(count), opened[what]) for _, count, what in links}
