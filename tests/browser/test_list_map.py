"""Above the parcel list: a box drawn on the map, or typed with the keyboard alone, narrows the list and stays in the URL."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_a_box_is_drawn_on_the_map_above_the_list(editor_page: Page, live_server: str) -> None:
    page = editor_page
    page.goto(f"{live_server}/admin/parcel/")
    every = page.locator("td.col-parcel-id").count()
    page.get_by_text("Where", exact=True).click()
    area = page.locator("#list-map")
    expect(area.locator("path")).not_to_have_count(0)
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
    expect(page.locator("td.empty")).to_have_text("Nothing matches.")
    expect(page.get_by_label("North", exact=True)).to_have_value("-10")
