"""Numbers as well as the mouse: lengths and bearings that are shown, and those that are typed."""

from __future__ import annotations

import re

import pyproj
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.acting import click_place, open_map
from tests.browser.town import place, stored

GEOD = pyproj.Geod(ellps="WGS84")


def test_the_sides_of_a_lot_are_listed_and_a_click_on_one_names_both_neighbours(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("v")
    page.get_by_role("tab", name="Sides").click()
    sides = page.get_by_role("list", name="Sides").get_by_role("listitem")
    expect(sides).to_have_count(4)
    metres = GEOD.inv(*place(0, 0), *place(3, 0))[2]
    expect(sides.first).to_contain_text(f"{metres:.2f} m · N 90°00′00″ E")
    expect(page.get_by_role("tabpanel", name="Sides")).to_contain_text("true north")
    page.get_by_role("button", name=re.compile("between A and B$")).press("Enter")
    expect(page.get_by_role("tabpanel").get_by_role("status")).to_contain_text("between A and B")
    page.get_by_label("Bearings", exact=True).select_option("gon")
    expect(sides.first).to_contain_text("m · 100.0000 gon")

    page.get_by_role("tab", name="Attributes").click()
    page.locator("#parcel-map").focus()
    page.keyboard.press("e")
    middle = (sum(x) / 2 for x in zip(place(0, 2), place(3, 2), strict=True))
    x, y = middle
    click_place(page, (x, y))
    expect(page.get_by_role("tabpanel").get_by_role("status")).to_contain_text("between A and C")
    expect(page.get_by_label("Lengths and bearings on the map")).to_be_checked()
    page.get_by_role("button", name="Select the neighbour B").click()
    expect(page.locator(".panel-head h1")).to_have_text("B")
    page.reload()
    page.get_by_role("tab", name="Sides").click()
    expect(sides.first).to_contain_text("gon")
    assert stored(town) == before
