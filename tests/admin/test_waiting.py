"""Four eyes on the site: who sets it, forms that submit instead of saving, the queue and its two answers."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.services.approval.load_four_eyes import four_eyes
from tests.accounts import People, csrf_token_of
from tests.admin.conftest import browser
from tests.admin.test_undo_edit import save
from tests.forms import fields_of

NEEDED = ["editor:correction", "editor:legal_event", "administrator:correction"]


@pytest.fixture
def reviewer(app: Flask, accounts: People) -> FlaskClient:
    return browser(app, accounts, "reviewer")


@pytest.fixture
def administrator(app: Flask, accounts: People) -> FlaskClient:
    return browser(app, accounts, "administrator")


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def five(engine: Engine) -> tuple[Any, ...]:
    return rows(engine, "SELECT number, version FROM parcel WHERE parcel_id = '5'")[0]


def step(client: FlaskClient, draft: int, step: str, comment: str = "") -> Any:
    page = f"/admin/waiting/{draft}/"
    fields = fields_of(client.get(page).text, "form-card")
    return client.post(f"{page}step", data={**fields, "step": step, "comment": comment})


def test_forms_submit_where_administrators_have_set_it(
    app: Flask, block: Engine, editor: FlaskClient, reviewer: FlaskClient, administrator: FlaskClient
) -> None:
    edit = save(editor, "5", number="55")  # nobody needs anybody yet
    token = csrf_token_of(administrator.get("/admin/four-eyes/").text)
    assert editor.get("/admin/four-eyes/").status_code == 403
    assert administrator.post("/admin/four-eyes/", data={"csrf_token": token, "needed": NEEDED}).status_code == 303
    assert administrator.get("/admin/four-eyes/").text.count(" checked") == len(NEEDED)
    with app.app_context():
        assert {":".join(pair) for pair in four_eyes()} == set(NEEDED)
    before = five(block)

    # The form of a parcel, and the page that undoes an edit, say it and submit.
    page = editor.get("/admin/parcel/edit/?id=5").text
    assert "Submit for approval" in page
    fields = {**fields_of(page, "parcel-form"), "comment": "renumbered", "number": "56"}
    first, again = (editor.post("/admin/parcel/edit/?id=5", data=fields) for _ in range(2))
    assert (first.status_code, first.location, again.location) == (303, "/admin/waiting/1/", "/admin/waiting/1/")
    page = editor.get(f"/admin/edit/undo/?id={edit}").text
    assert "Submit for approval" in page
    answer = editor.post(f"/admin/edit/undo/?id={edit}", data=fields_of(page, "undo-form"))
    assert answer.location == "/admin/waiting/2/"
    assert f"Undo edit {edit}" in editor.get(answer.location).text
    assert five(block) == before
    # By no form of anybody's who is bound; and the key of the refused one makes no edit.
    page = administrator.get("/admin/parcel/edit/?id=6").text
    typed = {**fields_of(page, "parcel-form"), "comment": "mine", "number": "66"}
    assert administrator.post("/admin/parcel/edit/?id=6", data=typed).location == "/admin/waiting/3/"
    assert step(administrator, 3, "approve").status_code == 403
    assert rows(block, "SELECT state FROM draft ORDER BY id") == [("submitted",)] * 3

    # The queue: three wait for the reviewer, two for the administrator, none for who is no reviewer.
    assert "3 drafts for you to approve or return" in reviewer.get("/admin/").text
    assert "2 drafts for you to approve or return" in administrator.get("/admin/").text
    assert "for you" not in editor.get("/admin/waiting/").text
    assert editor.get("/admin/waiting/3/").status_code == 404
    answer = step(reviewer, 1, "return")
    assert (answer.status_code, "say why it is returned" in answer.text) == (400, True)
    assert step(reviewer, 1, "approve").status_code == 303
    assert "Approved. Saved as edit" in reviewer.get("/admin/waiting/").text
    assert five(block) == ("56", before[1] + 1)
    made = rows(block, "SELECT edit_id FROM draft WHERE id = 1")[0][0]
    page = reviewer.get(f"/admin/edit/details/?id={made}").text
    assert "Approved by" in page
    assert "reviewer@example.org" in page
    # What changed meanwhile returns the undoing by itself, and both are told.
    assert "It cannot be saved as it is" in reviewer.get("/admin/waiting/2/").text
    assert step(reviewer, 2, "approve").status_code == 303
    assert "was returned to its owner" in reviewer.get("/admin/waiting/").text
    page = editor.get("/admin/waiting/").text
    assert "chip-returned" in page
    assert step(editor, 2, "submit").status_code == 409
    assert rows(block, "SELECT state FROM draft ORDER BY id") == [("approved",), ("returned",), ("submitted",)]
