"""An edit from the first key to the last without a mouse."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine, text

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


def has_keyboard(page: Page) -> None:
    """The map has it: its keys move it, and it shows so above all that is drawn on it."""
    expect(page.locator("#parcel-map")).to_be_focused()
    ring = "getComputedStyle(document.getElementById('parcel-map'), '::after').borderTopStyle"
    assert page.evaluate(ring) == "solid"


def test_the_keyboard_comes_to_the_map_with_what_was_found_and_stays_when_what_had_it_is_gone(
    editor_page: Page,
) -> None:
    page = editor_page
    page.keyboard.press("/")
    page.keyboard.type("B")
    page.keyboard.press("Enter")
    expect(page.locator(".panel-head h1")).to_have_text("B")
    has_keyboard(page)
    page.keyboard.press("m")
    expect(page.locator(".handle-point").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".handle-point").first).to_be_focused()
    page.keyboard.press("c")  # the handles of points are gone
    has_keyboard(page)
    tab_to(page, ".tool-card .way:last-child")
    page.keyboard.press("Enter")
    tab_to(page, "#split-parts")
    page.keyboard.press("Enter")  # and so is the card of the tool
    expect(steps(page)).to_have_count(1)
    has_keyboard(page)
    tab_to(page, "#edit-comment")
    page.keyboard.type("Two of one")
    assert answer_to(page, lambda: page.keyboard.press("Control+s")).status == 201
    expect(page.locator("#edit-comment")).to_be_hidden()
    has_keyboard(page)


def test_from_its_history_a_parcel_leads_to_the_edit_that_made_a_version(editor_page: Page, live_server: str) -> None:
    page = editor_page
    page.goto(f"{live_server}/?parcel=B")
    page.get_by_role("tab", name="History").click()
    link = page.locator(".versions li").first.get_by_role("link", name=re.compile(r"^Edit \d+$"))
    expect(link).to_have_attribute("href", re.compile(r"/admin/edit/details/\?id=\d+$"))


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


def test_enter_means_the_text_that_stands_there(editor_page: Page) -> None:
    """The list of choices comes a moment after the text: Enter does not take that of the text before."""
    editor_page.keyboard.press("/")
    editor_page.keyboard.type("2.3212, 48.6")
    expect(editor_page.locator("#search-results [role=option]")).to_contain_text("Go to this place")
    editor_page.keyboard.type("701")
    editor_page.keyboard.press("Enter")
    editor_page.wait_for_url("**/48.670100/2.321200")


def test_latitude_may_come_first_and_what_is_no_place_says_why(editor_page: Page) -> None:
    options = editor_page.locator("#search-results [role=option]")
    editor_page.keyboard.press("/")
    editor_page.keyboard.type("48.6701, 2.3212")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("2.32120° E, 48.67010° N")
    editor_page.keyboard.press("Control+a")
    editor_page.keyboard.type("2.3212, 99")
    expect(editor_page.locator("#search-results")).to_have_text(
        "Longitude goes from −180 to 180 and latitude from −90 to 90 degrees."
    )
    expect(options).to_have_count(0)
    editor_page.keyboard.press("Enter")
    editor_page.keyboard.press("Escape")
    expect(editor_page.locator("#search-results")).to_be_hidden()


def test_a_retired_number_leads_to_what_came_out_of_it(editor_page: Page, town: Engine) -> None:
    with town.begin() as connection:
        connection.execute(
            text("UPDATE parcel SET number = 'OLD 7', end_lifespan_version = clock_timestamp() WHERE parcel_id = 'E'")
        )
        connection.execute(
            text(
                "INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind) "
                "SELECT 'E', 2, 'D', 1, min(id), 'merge' FROM edit"
            )
        )
    editor_page.keyboard.press("/")
    editor_page.keyboard.type("OLD 7")
    options = editor_page.locator("#search-results [role=option]")
    expect(options).to_have_text(["OLD 7E · retired, now D", "Dcame out of OLD 7"])
    editor_page.keyboard.press("ArrowDown")
    editor_page.keyboard.press("Enter")
    expect(editor_page.locator(".panel-head h1")).to_have_text("D")


def test_in_a_plane_coordinates_are_shown_and_found_in_the_storage_system(editor_page: Page, live_server: str) -> None:
    def in_a_plane(route: Route) -> None:
        """The page of a deployment whose coordinates are a hundred thousand times the degrees."""
        answer = route.fetch()
        body = (
            answer.text()
            .replace('"srid": 4326', '"srid": 2154')
            .replace('"is_geographic": true', '"is_geographic": false')
        )
        route.fulfill(response=answer, body=body)

    def positions(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        given = [
            tuple(map(float, pair.split(","))) for pair in query.get("lonlat", query.get("stored", []))[0].split(";")
        ]
        scale = 1.0 if "lonlat" in query else 1e-5
        found = [{"lon": a * scale, "lat": b * scale, "x": a * scale * 1e5, "y": b * scale * 1e5} for a, b in given]
        route.fulfill(json={"srid": 2154, "positions": found})

    page = editor_page
    page.route(f"{live_server}/", in_a_plane)
    page.route("**/api/positions?**", positions)
    page.goto(f"{live_server}/#19/48.6701/2.3212")
    page.reload()
    page.locator("#parcel-map").focus()
    # With the keyboard the cross in the middle is what is pointed at.
    expect(page.locator(".status-bar .stored")).to_contain_text("E 232\u202f1")
    page.keyboard.press("/")
    page.keyboard.type("E 232 130 N 4 867 020")
    expect(page.locator("#search-results [role=option]")).to_contain_text("Go to this place · EPSG:2154")
    page.keyboard.press("Enter")
    page.wait_for_url("**/48.6702*/2.32*")
    box = page.locator("#parcel-map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".status-bar .stored")).to_contain_text("E 232")
    shown = page.locator(".status-bar .stored").inner_text().replace("\u202f", "")
    match = re.fullmatch(r"E ([0-9.]+) N ([0-9.]+) · EPSG:2154", shown)
    assert match, shown
    assert (float(match[1]), float(match[2])) == pytest.approx((232_130, 4_867_020), abs=0.5)
