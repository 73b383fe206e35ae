"""Panels are resized by dragging and by keys, hidden, and remembered."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.acting import open_form, open_map


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
