"""Above the parcel list: a box drawn on the map, or typed with the keyboard alone, narrows the list and stays in the URL."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.acting import GLIDING


def test_a_box_is_drawn_on_the_map_above_the_list(editor_page: Page, live_server: str) -> None:
    page = editor_page
    page.goto(f"{live_server}/admin/parcel/")
    every = page.locator("td.col-parcel-id").count()
    page.get_by_text("Where", exact=True).click()
    area = page.locator("#list-map")
    expect(area.locator("path")).not_to_have_count(0)
    expect(area).to_have_attribute("aria-busy", "false")
    expect(area.locator(".leaflet-ground-pane canvas.leaflet-tile-loaded")).not_to_have_count(0)
    box = area.bounding_box()
    assert box is not None
    page.get_by_role("button", name="Draw a box").click()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.mouse.up()
    page.wait_for_url("**bbox=**")
    expect(page.locator("td.col-parcel-id")).to_have_count(every)
    page.get_by_role("link", name="No box").click()
    expect(page).not_to_have_url("bbox=")


def test_a_box_is_typed_with_the_keyboard_alone(editor_page: Page, live_server: str) -> None:
    page = editor_page
    page.goto(f"{live_server}/admin/parcel/")
    page.get_by_text("Where", exact=True).focus()
    page.keyboard.press("Enter")
    for side, value in (("North", "-10"), ("West", "-11"), ("East", "-12"), ("South", "-11")):
        page.get_by_label(side, exact=True).fill(value)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("West must be below east.")
    page.get_by_label("East", exact=True).fill("-10")
    page.keyboard.press("Enter")
    page.wait_for_url("**bbox=-11%2C-11%2C-10%2C-10**")
    expect(page.locator("td.empty")).to_contain_text("Nothing matches.")
    expect(page.get_by_label("North", exact=True)).to_have_value("-10")


def corners(page: Page, *parts: tuple[float, float]) -> list[tuple[float, float]]:
    """Pixels of places on the map, given as parts of its width and height."""
    box = page.locator("#list-map").bounding_box()
    assert box is not None
    return [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in parts]


def test_a_polygon_is_drawn_by_clicks_and_a_double_click_ends_it(editor_page: Page, live_server: str) -> None:
    page = editor_page
    page.goto(f"{live_server}/admin/parcel/")
    every = page.locator("td.col-parcel-id").count()
    page.get_by_text("Where", exact=True).click()
    expect(page.locator("#list-map")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name="Draw a polygon").click()
    *first, last = corners(page, (0.1, 0.1), (0.9, 0.15), (0.88, 0.9), (0.12, 0.85))
    for x, y in first:
        page.mouse.click(x, y)
    expect(page.locator("[data-hint]")).to_contain_text("3 corners")
    page.mouse.dblclick(*last)
    page.wait_for_url("**polygon=**")
    assert page.url.count("%3B") == 3, page.url
    expect(page.locator("summary", has_text="Within a polygon")).to_be_visible()
    expect(page.locator("td.col-parcel-id")).to_have_count(every)
    page.get_by_role("link", name="No polygon").click()
    page.wait_for_url(lambda url: "polygon" not in url)


def test_a_polygon_is_drawn_with_the_keyboard_alone(editor_page: Page, live_server: str) -> None:
    page = editor_page
    page.goto(f"{live_server}/admin/parcel/")
    page.get_by_text("Where", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list-map")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name="Draw a polygon").press("Enter")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-hint]")).to_have_text("A polygon has at least three corners.")
    page.get_by_role("button", name="Draw a polygon").press("Enter")
    for key in ("ArrowUp", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press("Space")
        page.keyboard.press(key)
        expect(page.locator(GLIDING)).to_have_count(0)
    page.keyboard.press("Backspace")
    page.keyboard.press("Space")
    expect(page.locator("[data-hint]")).to_contain_text("4 corners")
    page.keyboard.press("Enter")
    page.wait_for_url("**polygon=**")
    expect(page.locator("td.col-parcel-id, td.empty")).not_to_have_count(0)
