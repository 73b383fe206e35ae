"""Undoing an edit from its page: rehearsed first, then made by the service of the API, or refused with nothing lost."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from spatial_admin.errors import Contention
from tests.accounts import People, csrf_token_of
from tests.admin.conftest import browser
from tests.admin.fabric import corner, insert, ring, stored
from tests.admin.test_records import enter, step
from tests.browser_fixtures import sign_in_page
from tests.forms import fields_of

DETAILS, UNDO = "/admin/edit/details/?id=", "/admin/edit/undo/?id="


def rows(engine: Engine, sql: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(sql), values).all())


def save(
    client: FlaskClient, parcel: str, *, moved: tuple[int, int] | None = None, by: float = 0.0001, **typed: str
) -> int:
    """Save the form of a parcel, with a corner of the block moved; the number of the edit."""
    page = client.get(f"/admin/parcel/edit/?id={parcel}").text
    fields = {**fields_of(page, "parcel-form"), "comment": "because", **typed}
    if moved is not None:
        x, y = corner(*moved)
        operation = {"op": "move_point", "at": [x, y], "to": [round(x + by, 9), round(y + by, 9)]}
        coverage = client.get("/api/coverage?parcels=1,2,3,4,5,6,7,8,9").json
        assert coverage is not None
        seen = {one["parcel_id"]: one["version"] for one in coverage["parcels"]}
        fields.update(operations=json.dumps([operation]), seen=json.dumps(seen))
    answer = client.post(f"/admin/parcel/edit/?id={parcel}", data=fields)
    assert answer.status_code == 303, answer.text
    said = re.search(r"Saved as edit (\d+)", client.get(answer.location).text)
    assert said is not None
    return int(said.group(1))


def look(client: FlaskClient, edit: int) -> str:
    answer = client.get(f"{UNDO}{edit}")
    assert answer.status_code == 200, answer.text
    return answer.text


def undo(client: FlaskClient, edit: int, page: str, **typed: str) -> TestResponse:
    """Send the form of a page, changed by `typed`."""
    return client.post(f"{UNDO}{edit}", data={**fields_of(page, "undo-form"), **typed})


def words(html: str) -> str:
    """The text of a page on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def newest(engine: Engine) -> Any:
    return rows(engine, "SELECT id, comment, record_id, operations FROM edit ORDER BY id DESC LIMIT 1")[0]


def test_the_page_of_an_edit_offers_undoing_to_editors_only(
    editor: FlaskClient, viewer: FlaskClient, colleague: FlaskClient, block: Engine
) -> None:
    edit = save(editor, "5", number="5a")
    for client, is_offered in ((editor, True), (colleague, True), (viewer, False)):
        assert (f"{UNDO}{edit}" in client.get(f"{DETAILS}{edit}").text) is is_offered
    assert viewer.get(f"{UNDO}{edit}").status_code == 403
    token = csrf_token_of(viewer.get("/admin/").text)
    assert viewer.post(f"{UNDO}{edit}", data={"csrf_token": token}).status_code == 403
    assert editor.post(f"{UNDO}{edit}", data={"key": "x"}).status_code == 400, "without the token of the page"
    assert (editor.get(f"{UNDO}999999").status_code, editor.get(f"{UNDO}x").status_code) == (404, 404)
    assert newest(block).id == edit


def test_a_rehearsal_says_what_comes_back_and_keeps_nothing(editor: FlaskClient, block: Engine) -> None:
    edit = save(editor, "5", moved=(1, 1), number="5a")
    before = stored(block)
    page = look(editor, edit)
    for parcel in ("1", "2", "4", "5"):
        row = rf'>{parcel}</a></td><td[^>]*>[^<]+</td><td[^>]*>version 1</td><td[^>]* class="n">.*?>3<.*?</td><td[^>]*>.*?geometry'
        assert re.search(row, page), parcel
    assert "Undo this edit" in page
    assert "Nothing is changed yet" in page
    assert stored(block) == before
    assert newest(block).id == edit
    assert rows(block, "SELECT max(version) FROM parcel_version") == [(2,)]


def test_undoing_leads_to_the_new_edit_and_everything_is_as_before(editor: FlaskClient, block: Engine) -> None:
    before = stored(block)
    edit = save(editor, "5", moved=(1, 1), number="5a")
    answer = undo(editor, edit, look(editor, edit), comment="wrong monument")
    assert answer.status_code == 303
    made = newest(block)
    assert answer.location.endswith(f"{DETAILS}{made.id}")
    said = editor.get(answer.location).text
    assert f"Saved as edit {made.id}" in said
    assert "5/4 (version 3)" in said, "by the numbers that people print, not by ids"
    assert (made.comment, made.operations) == ("wrong monument", [{"op": "revert", "edit_id": edit}])
    assert stored(block) == before
    assert rows(block, "SELECT number, version FROM parcel WHERE parcel_id = '5'") == [("5/4", 3)]


def test_without_a_reason_it_says_which_edit_and_a_double_click_is_one_edit(editor: FlaskClient, block: Engine) -> None:
    edit = save(editor, "5", number="5a")
    page = look(editor, edit)
    first, second = undo(editor, edit, page), undo(editor, edit, page)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert newest(block).comment == f"Edit {edit} undone"
    assert rows(block, "SELECT version FROM parcel WHERE parcel_id = '5'") == [(3,)]


def test_what_was_changed_since_is_listed_and_the_rest_can_be_undone(
    editor: FlaskClient, colleague: FlaskClient, accounts: People, block: Engine
) -> None:
    edit = save(editor, "5", number="5a", address="elsewhere")
    since = save(colleague, "5", land_use="garden")
    page = look(editor, edit)
    assert "Undo this edit<" not in page
    conflict = f"5 2 3 {since} {accounts.administrator.email}"
    assert conflict in words(page)
    assert "in part" in words(page)
    partly = undo(editor, edit, page, look="rebase", comment="my words")
    assert partly.status_code == 200
    assert "version 1, where nobody touched it since" in words(partly.text)
    assert newest(block).id == since, "a rehearsal only"
    assert fields_of(partly.text, "undo-form")["comment"] == "my words"
    assert undo(editor, edit, partly.text).status_code == 303
    assert rows(block, "SELECT number, address, land_use FROM parcel WHERE parcel_id = '5'") == [
        ("5/4", "5 Mill Lane", "garden")
    ]


def test_what_somebody_changed_again_cannot_be_undone(
    editor: FlaskClient, colleague: FlaskClient, block: Engine
) -> None:
    edit = save(editor, "5", number="5a")
    since = save(colleague, "5", number="5b")
    page = look(editor, edit)
    assert "See what can be undone" not in page
    assert f'href="{DETAILS}{since}"' in page
    refused = undo(editor, edit, page, if_stale="rebase", comment="my words")
    assert refused.status_code == 409
    assert "Nothing was undone" in refused.text
    assert fields_of(refused.text, "undo-form")["comment"] == "my words"
    assert newest(block).id == since


def test_a_change_between_rehearsal_and_undoing_is_a_refusal_that_keeps_what_was_typed(
    editor: FlaskClient, colleague: FlaskClient, block: Engine
) -> None:
    record = enter(editor)
    edit = save(editor, "5", number="5a")
    page = look(editor, edit)
    since = save(colleague, "5", address="elsewhere")
    refused = undo(editor, edit, page, comment="my words", record_id=str(record))
    assert refused.status_code == 409
    fields = fields_of(refused.text, "undo-form")
    assert (fields["comment"], fields["record_id"]) == ("my words", str(record))
    assert newest(block).id == since
    again = undo(editor, edit, refused.text, look="rebase")
    assert undo(editor, edit, again.text).status_code == 303
    assert (newest(block).comment, newest(block).record_id) == ("my words", record)


def test_an_edit_that_would_break_a_rule_when_undone_says_which(editor: FlaskClient, block: Engine) -> None:
    edit = save(editor, "9", moved=(3, 3), by=-0.0003)
    x, y = corner(3, 3)
    triangle = ring([(x - 2e-5, y - 2e-5), (x - 1e-5, y - 4e-5), (x - 1e-5, y - 1e-5)])
    with block.begin() as connection:
        insert(connection, "since", f"MULTIPOLYGON(({triangle}))")
    page = look(editor, edit)
    assert "What it would break" in page
    assert "overlap" in page
    assert "since" in words(page)
    assert "Undo this edit<" not in page
    assert undo(editor, edit, page).status_code == 422
    assert rows(block, "SELECT version FROM parcel WHERE parcel_id = '9'") == [(2,)]


def test_the_page_of_an_edit_names_its_record_and_aligns_figures(editor: FlaskClient, block: Engine) -> None:
    record = enter(editor)
    edit = save(editor, "5", number="5a", record_id=str(record))
    (row,) = rows(block, "SELECT type, number FROM record")
    page = editor.get(f"{DETAILS}{edit}").text
    assert f'/admin/record/details/?id={record}">{row.type} {row.number}</a>' in page
    assert '<th scope="col" class="n">Area m²</th>' in page
    assert '<th scope="col">Parcel</th>' in page


def test_the_record_of_the_edit_is_proposed_unless_it_was_returned(editor: FlaskClient, block: Engine) -> None:
    record = enter(editor)
    edit = save(editor, "5", number="5a", record_id=str(record))
    assert fields_of(look(editor, edit), "undo-form")["record_id"] == str(record)
    for to in ("in_work", "submitted"):
        step(editor, record, to)
    with block.begin() as connection:
        connection.execute(text("UPDATE record SET state = 'returned'"))
    page = look(editor, edit)
    assert fields_of(page, "undo-form")["record_id"] == ""
    refused = undo(editor, edit, page, record_id=str(record))
    assert refused.status_code == 422
    assert f"Record {record} was returned" in refused.text
    assert undo(editor, edit, page).status_code == 303


def test_where_a_record_is_required_none_is_a_refusal_at_its_field(
    editor: FlaskClient, accounts: People, block: Engine, with_settings: Any
) -> None:
    edit = save(editor, "5", number="5a")
    strict = browser(with_settings(record_required=True), accounts, "editor")
    page = look(strict, edit)
    assert "Record (required)" in page
    assert "Rehearse again" in page
    assert 'id="record_id-errors"' in page
    record = enter(editor)
    again = undo(strict, edit, page, look="reject", record_id=str(record))
    assert "Undo this edit" in again.text
    assert undo(strict, edit, again.text).status_code == 303
    assert newest(block).record_id == record


def test_a_busy_database_keeps_everything_and_the_key(editor: FlaskClient, block: Engine) -> None:
    edit = save(editor, "5", number="5a")
    page = look(editor, edit)
    with patch("spatial_admin.admin.undo_edit.edit_boundaries", side_effect=Contention("busy")):
        answer = undo(editor, edit, page, comment="my words")
    assert answer.status_code == 503
    again = fields_of(answer.text, "undo-form")
    assert (again["comment"], again["key"]) == ("my words", fields_of(page, "undo-form")["key"])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"if_stale": "maybe"}, 400),
        ({"key": "x"}, 400),
        ({"comment": "x" * 2001}, 422),
        ({"record_id": "many"}, 422),
        ({"record_id": "0"}, 422),
        ({"look": "up"}, 200),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_undone(
    editor: FlaskClient, block: Engine, typed: dict[str, str], expected: int
) -> None:
    edit = save(editor, "5", number="5a")
    answer = undo(editor, edit, look(editor, edit), **typed)
    assert answer.status_code == expected
    assert newest(block).id == edit


def test_an_import_is_undone_by_a_job_and_by_administrators(
    app: Flask, editor: FlaskClient, colleague: FlaskClient, block: Engine
) -> None:
    edit = save(editor, "5", number="5a")
    with block.begin() as connection:
        batch = connection.execute(
            text(
                "INSERT INTO import_batch (file_name, sha256, options, source_crs, state, edit_id) "
                "VALUES ('a.geojson', :sha, '{}', 'EPSG:4326', 'done', :edit) RETURNING id"
            ),
            {"sha": "0" * 64, "edit": edit},
        ).scalar_one()
    assert UNDO not in editor.get(f"{DETAILS}{edit}").text
    assert editor.get(f"{UNDO}{edit}").status_code == 403
    page = look(colleague, edit)
    assert f"It is import {batch}" in page
    answer = undo(colleague, edit, page, comment="wrong file")
    assert answer.status_code == 303
    assert "/admin/job/details/?id=" in answer.location
    again = undo(colleague, edit, page, comment="another file")
    assert again.status_code == 422
    assert "another content" in again.text


def test_an_edit_is_undone_in_a_browser(
    page: Page, live_server: str, accounts: People, app: Flask, block: Engine
) -> None:
    edit = save(browser(app, accounts, "administrator"), "5", number="5a")
    sign_in_page(page, live_server, accounts.editor)
    page.goto(f"{live_server}{DETAILS}{edit}")
    page.get_by_role("link", name="Undo this edit").click()
    expect(page.locator("main")).to_contain_text("version 1")
    page.get_by_label("Reason").fill("wrong lot")
    expect(page.get_by_role("combobox", name="Record")).to_be_visible()
    page.get_by_role("button", name="Undo this edit").click()
    expect(page.locator(".notice-good")).to_contain_text("Saved as edit")
    expect(page.locator("main")).to_contain_text("wrong lot")
    assert rows(block, "SELECT number FROM parcel WHERE parcel_id = '5'") == [("5/4",)]
