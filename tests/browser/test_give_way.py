"""The card of a tool never lies on what one decides about: the map gives way."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.acting import GLIDING, open_map, pixel_of, steps
from tests.browser.town import place
from tests.waiting import until

CORNERS = ((0, 0), (3, 2))  # of lot A


def test_a_lot_that_is_divided_at_1024_pixels_is_wholly_visible_beside_the_card(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    page.set_viewport_size({"width": 1024, "height": 768})
    open_map(page, live_server, "A")
    page.keyboard.press("c")
    card = page.get_by_role("region", name="Tool")
    card.get_by_role("button", name="Parts").click()
    card.get_by_label("Equal parts").fill("3")
    expect(card.locator(".part input[type=text]")).to_have_count(3)
    until(lambda: _is_clear(page), lambda: page.wait_for_timeout(20))

    page.mouse.move(600, 500)  # by hand it goes wherever one likes, and stays there
    page.mouse.down()
    page.mouse.move(500, 450, steps=4)
    page.mouse.up()
    expect(page.locator(GLIDING)).to_have_count(0)
    before = pixel_of(page, place(0, 0))
    card.locator(".part input[type=text]").last.fill("77")
    card.get_by_role("radio").nth(1).check()
    assert pixel_of(page, place(0, 0)) == before

    card.get_by_role("button", name="Split").click()
    expect(steps(page)).to_have_count(1)


def _is_clear(page: Page) -> bool:
    """Does lot A lie in the map, and nothing of it under the card?"""
    card, area = page.get_by_role("region", name="Tool").bounding_box(), page.locator("#parcel-map").bounding_box()
    assert card is not None
    assert area is not None
    (left, bottom), (right, top) = (pixel_of(page, place(*corner)) for corner in CORNERS)
    is_in_map = left >= area["x"] and right <= area["x"] + area["width"] and top >= area["y"]
    is_in_map = is_in_map and bottom <= area["y"] + area["height"]
    return is_in_map and (left >= card["x"] + card["width"] or top >= card["y"] + card["height"])


def test_the_frame_of_a_sheet_lies_beside_its_card_at_1024_pixels(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    page.set_viewport_size({"width": 1024, "height": 768})
    open_map(page, live_server, "A")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Sheet: drag it")).to_be_visible()

    def is_beside() -> bool:
        card = page.get_by_role("region", name="Print to scale").bounding_box()
        middle = page.locator(".print-grip").bounding_box()
        assert card is not None
        assert middle is not None
        # Of the frame there is so much, at least, on each side of its middle.
        is_right_of_it = middle["x"] > card["x"] + card["width"] + 40
        return is_right_of_it or middle["y"] > card["y"] + card["height"] + 30

    until(is_beside, lambda: page.wait_for_timeout(20))
