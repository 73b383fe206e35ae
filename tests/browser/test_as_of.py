"""The map of another time: chosen by hand or by link, to look at, with the way back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.browser.town import stored


@pytest.fixture
def renamed(town: Engine) -> datetime:
    """A has another number and less land, and F is gone; the moment before."""
    with town.begin() as connection:
        before: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    with town.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'A-new' WHERE parcel_id = 'A'"))
        connection.execute(text("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = 'F'"))
    return before


def link(moment: datetime, parcel: str) -> str:
    return f"/?at={moment.isoformat().replace('+', '%2B')}&parcel={parcel}"


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def bar(page: Page) -> Any:
    return page.get_by_role("region", name="Time shown")


def test_a_link_shows_parcels_as_they_were_to_look_at(
    editor_page: Page, live_server: str, renamed: datetime, town: Engine
) -> None:
    before = stored(town)
    editor_page.goto(live_server + link(renamed, "A"))
    expect(bar(editor_page)).to_contain_text("As stored at")
    expect(bar(editor_page)).to_contain_text("read only")
    expect(editor_page.locator(".panel-head h1")).to_have_text("A")
    expect(editor_page.locator(".panel-head .chip")).to_have_text("version 1")
    expect(editor_page.get_by_label("Number", exact=True)).to_have_value("A")
    expect(editor_page.get_by_label("Number", exact=True)).to_be_disabled()
    expect(editor_page.get_by_role("button", name="Move point")).to_have_count(0)
    expect(editor_page.locator(".status-bar")).to_contain_text("Read only")
    for key in ("m", "i", "x", "Delete"):
        editor_page.keyboard.press(key)
    expect(editor_page.locator(".handle")).to_have_count(0)
    assert editor_page.title().startswith("As stored at")
    assert stored(town).bits == before.bits


def test_the_way_back_keeps_the_view_and_the_parcel(editor_page: Page, live_server: str, renamed: datetime) -> None:
    editor_page.goto(live_server + link(renamed, "A"))
    expect(editor_page.locator(".panel-head h1")).to_have_text("A")
    view = urlsplit(editor_page.url).fragment
    assert view
    bar(editor_page).get_by_role("link", name="Back to now").click()
    expect(editor_page.locator(".panel-head h1")).to_have_text("A-new")
    expect(bar(editor_page)).to_be_hidden()
    expect(editor_page.get_by_role("button", name="Move point", exact=True)).to_be_visible()
    assert query_of(editor_page) == {"parcel": ["A"]}
    assert urlsplit(editor_page.url).fragment == view


def test_a_retired_parcel_is_on_the_map_of_its_time_only(
    editor_page: Page, live_server: str, renamed: datetime
) -> None:
    editor_page.goto(live_server + link(renamed, "F"))
    expect(editor_page.locator(".panel-head h1")).to_have_text("F")
    editor_page.goto(f"{live_server}/?parcel=F")
    expect(editor_page.locator(".map-notice")).to_contain_text("Parcel F is retired")


def test_a_parcel_that_was_not_there_yet_is_said(editor_page: Page, live_server: str, renamed: datetime) -> None:
    editor_page.goto(live_server + link(renamed - timedelta(days=1), "A"))
    expect(editor_page.locator(".map-notice")).to_contain_text("There is no parcel A as stored at")


def test_a_time_is_chosen_by_keyboard(editor_page: Page, live_server: str, renamed: datetime) -> None:
    editor_page.goto(f"{live_server}/?parcel=A")
    expect(editor_page.locator(".panel-head h1")).to_have_text("A-new")
    editor_page.keyboard.press("h")
    dialog = editor_page.get_by_role("dialog", name="Parcels as they were")
    expect(dialog).to_be_visible()
    editor_page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    editor_page.get_by_role("button", name="Parcels as they were").focus()
    editor_page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Show").click()
    assert editor_page.locator("#as-of-at").evaluate("field => field.validationMessage") == "Give a moment or a day."
    dialog.get_by_label("As in force on").fill("2999-01-01")
    editor_page.keyboard.press("Enter")
    expect(bar(editor_page)).to_contain_text("As in force on 1 Jan 2999")
    expect(editor_page.locator(".panel-head h1")).to_have_text("A-new")
    assert query_of(editor_page) == {"legal_at": ["2999-01-01"], "parcel": ["A"]}


def test_both_times_make_one_sentence(editor_page: Page, live_server: str, renamed: datetime) -> None:
    editor_page.goto(f"{live_server}/")
    editor_page.get_by_role("button", name="Parcels as they were").click()
    editor_page.get_by_label("As stored at (your time)").fill("2020-03-01T12:00:00")
    editor_page.get_by_label("As in force on").fill("2019-05-01")
    editor_page.get_by_role("button", name="Show").click()
    expect(bar(editor_page)).to_contain_text(re.compile("As in force on 1 May 2019, as known at 1 Mar 2020, 12:00:00"))
    bar(editor_page).get_by_role("button", name="Change").click()
    expect(editor_page.get_by_label("As stored at (your time)")).to_have_value(re.compile("^2020-03-01T12:00"))
    editor_page.get_by_role("dialog").get_by_role("button", name="Back to now").click()
    expect(bar(editor_page)).to_be_hidden()


def test_the_future_is_refused_in_the_field(editor_page: Page, live_server: str) -> None:
    editor_page.goto(f"{live_server}/")
    editor_page.keyboard.press("h")
    editor_page.get_by_label("As stored at (your time)").fill("2999-01-01T00:00:00")
    editor_page.get_by_role("button", name="Show").click()
    message = editor_page.locator("#as-of-at").evaluate("field => field.validationMessage")
    assert message == "This moment has not come yet."


def test_a_version_leads_to_the_map_of_its_moment(editor_page: Page, live_server: str, renamed: datetime) -> None:
    editor_page.goto(f"{live_server}/?parcel=A")
    expect(editor_page.locator(".panel-head h1")).to_have_text("A-new")
    editor_page.get_by_role("tab", name="History").click()
    expect(editor_page.locator(".versions li").first).to_have_attribute("aria-current", "true")
    editor_page.get_by_role("link", name="Version 1 on the map").click()
    expect(bar(editor_page)).to_contain_text("As stored at")
    expect(editor_page.locator(".panel-head .chip")).to_have_text("version 1")
    editor_page.get_by_role("tab", name="History").click()
    expect(editor_page.locator('.versions li[aria-current="true"]')).to_contain_text("Version 1")
