"""Parcels that come together, end and are divided: by mouse and keys, with the database looked at afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.acting import click_place, notice, open_map, save, steps
from tests.browser.town import changes_of, place, stored


def test_two_lots_are_merged_and_a_third_is_retired_in_one_edit(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("v")
    click_place(page, place(4, 1), key="Shift")
    expect(page.locator(".panel-head")).to_contain_text("A and B")
    page.keyboard.press("g")
    card = page.get_by_role("region", name="Tool")
    expect(card.get_by_role("radio", name=re.compile(r"^A \d"))).to_be_checked()
    card.get_by_role("radio", name=re.compile(r"^B \d")).check()
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Merge A, B into B"))
    expect(page.locator(".panel-head h1")).to_have_text("B")
    expect(page.locator("tr[data-parcel=A]")).to_contain_text("ends")
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    page.keyboard.press("Control+Shift+Z")
    click_place(page, place(1, 3))
    expect(page.locator(".panel-head h1")).to_have_text("C")
    page.get_by_role("button", name="Retire parcel").click()
    expect(steps(page)).to_have_count(2)
    expect(notice(page)).to_contain_text("C ends with this edit")
    assert save(page, "Consolidation of the close").status == 201
    expect(notice(page)).to_contain_text("3 parcels changed")
    after = stored(town)
    assert set(before.versions) - set(after.versions) == {"A", "C"}
    assert after.points("B")[:-1] == [place(*corner) for corner in [(3, 0), (6, 0), (6, 2), (3, 2), (0, 2), (0, 0)]]
    assert changes_of(town, "A") == changes_of(town, "C") == ["created", "retired"]
    assert {name for name, bits in after.bits.items() if before.bits[name] != bits} == {"B"}


def test_what_does_not_touch_is_not_merged_and_says_why(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.keyboard.press("g")
    card = page.get_by_role("region", name="Tool")
    expect(card).to_contain_text("Select two or more parcels")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.goto(f"{live_server}/?parcel=A#18/48.6702/2.3206")
    expect(page.locator(".panel-head h1")).to_have_text("A")
    page.keyboard.press("g")
    click_place(page, place(9, 2))
    expect(card).to_contain_text("E does not touch A")
    expect(card.get_by_role("button", name="Merge")).to_have_attribute("aria-disabled", "true")
