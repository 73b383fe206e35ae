"""An edit from the first key to the last without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.acting import answer_to, steps
from tests.browser.town import changes_of, place, stored

MOST_TABS = 60


def tab_to(page: Page, selector: str, *, key: str = "Tab") -> None:
    """Press Tab until something that matches has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by {key}")


@pytest.fixture
def editor_page(editor_page: Page, live_server: str) -> Page:
    """The editor's page at the map, where a search begins."""
    editor_page.goto(live_server)
    return editor_page


def test_a_corner_is_found_moved_and_saved_by_keys_alone(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    expect(page.locator(".status-bar")).to_contain_text("EPSG")
    page.keyboard.press("/")
    page.keyboard.type("B")
    expect(page.locator("#search-results [role=option]").first).to_contain_text("B")
    page.keyboard.press("Enter")
    expect(page.locator(".panel-head h1")).to_have_text("B")
    page.keyboard.press("m")
    expect(page.locator(".handle-point").first).to_be_visible()
    tab_to(page, ".handle-point[data-points='2.3206,48.67']")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(steps(page)).to_have_count(1)
    focused = page.evaluate("document.activeElement.dataset.points")
    assert focused == "2.3206,48.67"
    tab_to(page, "#edit-comment")
    page.keyboard.type("By keys alone")
    assert answer_to(page, lambda: page.keyboard.press("Control+s")).status == 201
    assert changes_of(town, "B") == ["created", "geometry"]
    (moved,) = set(stored(town).points("B")) - {place(3, 0), place(6, 2), place(3, 2)}
    assert moved[0] > place(6, 0)[0]
    assert moved[1] < place(6, 0)[1]


def test_enter_on_the_map_selects_the_lot_in_the_middle(editor_page: Page, live_server: str) -> None:
    editor_page.goto(f"{live_server}/?parcel=E")
    expect(editor_page.locator(".panel-head h1")).to_have_text("E")
    editor_page.keyboard.press("Escape")
    editor_page.locator("#parcel-map").focus()
    editor_page.keyboard.press("Enter")
    expect(editor_page.locator(".panel-head h1")).to_have_text("E")


def test_a_place_is_found_by_its_coordinates(editor_page: Page) -> None:
    editor_page.keyboard.press("/")
    editor_page.keyboard.type("2.3212, 48.6701")
    expect(editor_page.locator("#search-results [role=option]")).to_contain_text("Go to this place")
    editor_page.keyboard.press("Enter")
    expect(editor_page.locator(".status-bar")).to_contain_text("1 :")
    editor_page.wait_for_url("**/48.670100/2.321200")
