"""A second person for refused rows: repaired, renumbered, corrected, each waits in quarantine until somebody approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from spatial_admin.services.approval.load_four_eyes import save_four_eyes
from tests.accounts import People, sign_in
from tests.services.importing.test_quarantine import (
    NAMED,
    REJECTED,
    RENUMBERED,
    REPAIRED,
    UNCLOSED,
    admin,
    body,
    client,
    counts,
    imported,
)
from tests.web.api import at
from tests.web.openapi.test_four_eyes import Api, word

__all__ = ["admin", "client", "imported"]  # fixtures


@pytest.fixture
def needed(app: Flask) -> None:
    """Administrators need a second person for corrections."""
    with app.app_context():
        save_four_eyes({("administrator", "correction")}, None)


@pytest.fixture
def second(client: FlaskClient, accounts: People) -> Api:
    """A reviewer, who approves."""
    return Api(client, accounts.reviewer)


@pytest.mark.usefixtures("needed")
def test_rows_wait_in_quarantine_until_another_approves_and_the_counts_add_up(
    admin: Callable[..., TestResponse], second: Api, imported: int, engine: Engine, accounts: People
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    repair = admin("POST", f"{rows}/{REPAIRED}/repair", json={}).json
    assert repair is not None
    polygon = {"type": "Polygon", "coordinates": [[at(7, 0), at(8, 0), at(8, 1), at(7, 0)]]}
    ways: dict[int, Any] = {
        REPAIRED: {"operations": [repair["draw"]]},
        RENUMBERED: {"parcel_id": "A-2", "number": "7/2"},
        NAMED: {},
        UNCLOSED: {"geometry": polygon},
    }
    drafts = {}
    for row, how in ways.items():
        asked = body(**how)
        alone = admin("POST", f"{rows}/{row}/admit", json=asked)
        assert (alone.status_code, word(alone.json)) == (403, "approval_required")
        told = admin("POST", f"{rows}/{row}/propose", json=asked)
        assert told.status_code == 201, told.text
        assert told.json is not None
        assert admin("POST", f"{rows}/{row}/propose", json=asked).json == told.json, "the same key is the same draft"
        again = admin("POST", f"{rows}/{row}/propose", json=body(**how))
        assert (again.status_code, word(again.json)) == (409, "row_waits")
        drafts[row] = told.json
        assert (told.json["state"], told.json["admits"]) == ("submitted", {"import": imported, "row": row})
    assert counts(engine, imported) == (8, 2, 6, 0), "nobody has decided"
    shown = admin("GET", f"/api/imports/{imported}").json
    assert shown is not None
    assert (shown["quarantined"], shown["proposed"]) == (6, 4)
    waiting = admin("GET", f"{rows}/{REPAIRED}").json
    assert waiting is not None
    assert (waiting["decision"], waiting["waiting"]["draft_id"]) == ("quarantined", drafts[REPAIRED]["id"])
    assert waiting["waiting"]["by"] == accounts.administrator.email
    for done, row in enumerate(ways, start=1):
        number = drafts[row]["id"]
        assert second.get(f"/api/drafts/{number}")["dry_run"]["problem"] is None
        receipt = second.post(f"/api/drafts/{number}/approve", 201, version=2)
        assert second.post(f"/api/drafts/{number}/approve", 200, version=2) == receipt
        assert counts(engine, imported) == (8, 2 + done, 6 - done, 0)
        row_now = admin("GET", f"{rows}/{row}").json
        assert row_now is not None
        assert (row_now["decision"], row_now["edit_id"], row_now["waiting"]) == ("admitted", receipt["edit_id"], None)
        assert (row_now["history"][-1]["by"], row_now["history"][-1]["reason"]) == (
            accounts.administrator.email, "seen on the plat",
        )  # fmt: skip


@pytest.mark.usefixtures("needed")
def test_a_returned_row_is_proposed_again_and_one_that_was_rejected_returns_its_draft(
    admin: Callable[..., TestResponse], second: Api, imported: int, engine: Engine
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    told = admin("POST", f"{rows}/{NAMED}/propose", json=body()).json
    assert told is not None
    second.post(f"/api/drafts/{told['id']}/return", 204, version=2, comment="Under which number?")
    assert counts(engine, imported) == (8, 2, 6, 0)
    again = admin("POST", f"{rows}/{NAMED}/propose", json=body(number="12/3"))
    assert again.status_code == 201, "what was returned is in nobody's way"
    assert again.json is not None
    gone = second.post(f"{rows}/{NAMED}/reject", 200, reason="of another county")
    assert gone["decision"] == "rejected"
    conflict = second.post(f"/api/drafts/{again.json['id']}/approve", 409, version=2)
    assert (word(conflict), word(conflict["problem"])) == ("draft_returned", "row_decided")
    assert counts(engine, imported) == (8, 2, 5, 1)
    late = admin("POST", f"/api/drafts/{told['id']}/submit", json={"version": 3})
    assert (late.status_code, word(late.json)) == (409, "row_decided")


@pytest.mark.usefixtures("needed")
def test_what_cannot_be_proposed_is_refused_and_kept_nowhere(
    admin: Callable[..., TestResponse], client: FlaskClient, accounts: People, imported: int
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    silent = admin("POST", f"{rows}/{NAMED}/propose", json=body(comment=""))
    assert (silent.status_code, silent.json and silent.json["where"]) == (400, "comment")
    for name, value in (("dry_run", True), ("if_stale", "rebase")):
        refused = admin("POST", f"{rows}/{NAMED}/propose", json=body(**{name: value}))
        assert (refused.status_code, refused.json and refused.json["where"]) == (400, name)
    taken = admin("POST", f"{rows}/{RENUMBERED}/propose", json=body(parcel_id="A"))
    assert (taken.status_code, word(taken.json)) == (422, "edit_rejected")
    assert admin("POST", f"{rows}/{REJECTED}/propose", json=body()).status_code == 422, "far outside"
    listed = admin("GET", "/api/drafts").json
    assert listed == {"drafts": [], "next_cursor": None}
    editor = Api(client, accounts.editor)
    assert word(editor.post(f"{rows}/{NAMED}/propose", 403, **body())) == "not_allowed"


@pytest.mark.usefixtures("needed")
def test_the_pages_say_that_a_row_waits_and_for_whom(
    app: Flask, admin: Callable[..., TestResponse], accounts: People, imported: int
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    app.test_client_class = FlaskClient
    browser = app.test_client()
    sign_in(browser, accounts.administrator)
    page = f"/admin/staged_parcel/of/{imported}/{NAMED}"
    assert "Submit for approval" in browser.get(page, follow_redirects=True).text
    told = admin("POST", f"{rows}/{NAMED}/propose", json=body()).json
    assert told is not None
    shown = browser.get(page, follow_redirects=True).text
    assert "waits for approval" in shown
    assert f"draft {told['id']}" in shown
    assert "Submit for approval" not in shown
    of_import = browser.get(f"/admin/import_batch/details/?id={imported}").text
    assert "1 waits for" in of_import
    assert f"/admin/waiting/{told['id']}/" in of_import
    reviewer = app.test_client()
    sign_in(reviewer, accounts.reviewer)
    assert f"Admit row {NAMED} of import {imported}" in reviewer.get("/admin/waiting/").text
    assert f"row {NAMED} of import {imported}" in reviewer.get(f"/admin/waiting/{told['id']}/").text
