"""Four eyes in two browsers: submitted on the map, returned with a comment, gone on with, submitted again, approved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin.settings import NATURES, Settings
from tests.accounts import People, Person
from tests.browser.acting import drag, handle, notice, open_form, open_map, steps
from tests.browser.test_drafts import bar
from tests.browser.town import name_of, stored

EDITS = text("SELECT author_id, approved_by, comment FROM edit WHERE key IN (SELECT key FROM draft)")
DRAFTS = text("SELECT state FROM draft ORDER BY id")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, four_eyes=frozenset(("editor", nature) for nature in NATURES))


def rows(engine: Engine, sql: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sql)]


def test_a_draft_is_submitted_returned_submitted_again_and_approved(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    mine, theirs = editor_page, another_page(accounts.reviewer)
    before = stored(town)
    open_map(mine, live_server, "A")
    drag(mine, handle(mine, name_of(3, 2)), 25, -12)
    expect(mine.get_by_role("button", name="Submit for approval")).to_be_visible()
    expect(mine.locator(".save-next")).to_contain_text("Nothing changes until then")
    submit(mine, "Monument 14")
    expect(steps(mine)).to_have_count(0)
    assert stored(town) == before
    assert (rows(town, EDITS), rows(town, DRAFTS)) == ([], [("submitted",)])
    mine.get_by_role("button", name="Drafts").click()
    dialog = mine.get_by_role("dialog", name="My drafts")
    expect(dialog.get_by_role("listitem")).to_contain_text("waits for approval")
    mine.keyboard.press("Escape")

    theirs.goto(f"{live_server}/admin/")
    theirs.get_by_role("link", name="1 draft for you to approve or return").click()
    expect(theirs.get_by_role("region", name="Drafts that wait for you")).to_contain_text(accounts.editor.email)
    theirs.get_by_role("link", name="1", exact=True).click()
    expect(theirs.get_by_role("region", name="What it does")).to_contain_text("A")
    expect(theirs.locator(".leaflet-change-pane canvas")).to_be_visible()
    # Without a word it is not returned; what was typed stays.
    theirs.get_by_role("button", name="Return…").press("Enter")
    expect(theirs.locator("#problem")).to_be_focused()
    expect(theirs.locator("#problem")).to_contain_text("say why it is returned")
    theirs.get_by_label("Comment").fill("Which monument?")
    theirs.get_by_role("button", name="Return…").click()
    expect(theirs.get_by_role("status")).to_contain_text(f"Returned to {accounts.editor.email}")

    mine.goto(f"{live_server}/?parcel=A")
    expect(bar(mine)).to_contain_text(f"Returned by {accounts.reviewer.email}: Which monument?")
    bar(mine).get_by_role("button", name="Continue").click()
    expect(steps(mine)).to_have_count(1)
    expect(notice(mine)).to_contain_text("Which monument?")
    expect(mine.locator("#edit-comment")).to_have_value("Monument 14")
    submit(mine, "Monument 14 of the town")

    theirs.get_by_role("link", name=re.compile("Waiting")).first.click()
    theirs.get_by_role("link", name="1", exact=True).click()
    expect(theirs.locator(".details")).to_contain_text("Monument 14 of the town")
    theirs.get_by_role("button", name="Approve").click()
    expect(theirs.get_by_role("status")).to_contain_text("Approved. Saved as edit ")
    expected = (accounts.editor.account_id, accounts.reviewer.account_id, "Monument 14 of the town")
    assert (rows(town, EDITS), rows(town, DRAFTS)) == ([expected], [("approved",)])
    after = stored(town)
    assert {name for name, version in after.versions.items() if version != before.versions[name]} == {"A", "B", "C"}
    # The map tells who approved, and the form of a parcel goes the same way.
    mine.goto(f"{live_server}/?parcel=A")
    mine.get_by_role("tab", name="History").click()
    expect(mine.get_by_role("list", name="Versions")).to_contain_text(f"approved by {accounts.reviewer.email}")
    submit_form(mine, live_server)
    assert rows(town, DRAFTS) == [("approved",), ("submitted",)]
    assert stored(town) == after


def submit(mine: Page, reason: str) -> None:
    mine.fill("#edit-comment", reason)
    mine.keyboard.press("Control+s")
    expect(notice(mine)).to_contain_text("Submitted for approval as draft 1.")


def submit_form(mine: Page, live_server: str) -> None:
    open_form(mine, live_server, "B")
    mine.locator("#address").fill("2 Mill Lane")
    mine.locator("#comment").fill("Street renamed")
    mine.get_by_role("button", name="Submit for approval").click()
    expect(mine.get_by_role("button", name="Withdraw")).to_be_visible()
    expect(mine.get_by_role("region", name="Attributes")).to_contain_text("2 Mill Lane")
