"""Panels are resized by dragging and by keys, hidden, and remembered."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.acting import drag, handle, open_form, open_map
from tests.browser.town import name_of


def size(line: Locator) -> int:
    return int(line.get_attribute("aria-valuenow") or "-1")


def width(page: Page, what: str) -> float:
    box = page.locator(what).bounding_box()
    assert box is not None
    return box["width"]


def test_the_panel_of_the_map_is_dragged_moved_by_keys_hidden_and_remembered(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    line = page.get_by_role("separator", name="Size of the panel")
    usual, of_map = size(line), width(page, "#parcel-map")
    box = line.bounding_box()
    assert box is not None
    page.mouse.move(box["x"], 400)
    page.mouse.down()
    page.mouse.move(box["x"] - 100, 400, steps=4)
    page.mouse.up()
    assert size(line) == usual + 100 == round(width(page, "aside.panel"))
    assert width(page, "#parcel-map") == of_map - 100
    line.press("ArrowRight")
    assert size(line) == usual + 84
    page.reload()
    expect(line).to_have_attribute("aria-valuenow", str(usual + 84))
    line.press("Home")
    assert size(line) < usual
    line.dblclick()
    assert size(line) == usual
    line.press("Enter")
    expect(page.locator("aside.panel")).to_be_hidden()
    expect(line).to_have_attribute("aria-valuetext", "hidden")
    button = page.get_by_role("button", name="Side panel")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.locator("aside.panel")).to_be_hidden()
    button.click()
    expect(page.locator("aside.panel")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(line).to_have_attribute("aria-orientation", "horizontal")
    before = size(line)
    line.press("ArrowUp")
    assert size(line) == before + 16
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_in_the_narrowest_panel_nothing_stands_out_of_it(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.get_by_role("separator", name="Size of the panel").press("Home")
    drag(page, handle(page, name_of(0, 0)), -30, 20)
    page.get_by_role("tab", name=re.compile("This edit")).click()
    expect(page.locator("tr[data-parcel=A]")).to_be_visible()
    panel = page.locator("aside.panel").bounding_box()
    assert panel is not None
    for part in (page.get_by_role("tab", name="History"), page.get_by_role("button", name="Discard"),
                 page.locator("tr[data-parcel=A] td").last):  # fmt: skip
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= panel["x"] + panel["width"], part

    page.get_by_role("tab", name="Attributes").click()
    page.locator("#attribute-number").fill("W" * 80)
    page.keyboard.press("Tab")
    page.get_by_role("tab", name=re.compile("This edit")).click()
    expect(page.locator("tr[data-parcel=A] th")).to_contain_text("WWW")
    box = page.locator("tr[data-parcel=A] td").last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= panel["x"] + panel["width"], "a long number breaks"


def test_the_form_gives_the_map_more_height_and_shows_what_must_be_filled_in(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    open_form(page, live_server, "A")
    height = page.get_by_role("separator", name="Height of the map")
    box = page.locator("#parcel-map").bounding_box()
    assert box is not None
    height.press("Shift+ArrowDown")
    after = page.locator("#parcel-map").bounding_box()
    assert after is not None
    assert after["height"] == box["height"] + 64
    fields = page.get_by_role("separator", name="Width of the fields")
    # None of the fields has to be filled in by default. Without one the form went out, and its fields were seen only until
    # the next page hid them.
    page.get_by_label("Reason").evaluate("field => { field.required = true; }")
    fields.press("Enter")
    expect(page.locator("#parcel-fields")).to_be_hidden()
    page.locator("#parcel-map").press("Control+s")
    expect(page.get_by_label("Reason")).to_be_visible()
    expect(page.get_by_label("Reason")).to_be_focused()
