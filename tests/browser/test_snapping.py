"""Places that a hand finds: snapping, lengths and bearings held, boundaries followed, several points moved as one."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.acting import HANDLE_PX, click_place, handle, open_map, pixel_of, save, steps
from tests.browser.town import ORIGIN, STEP, changes_of, name_of, place, stored


def test_each_kind_of_place_catches_and_is_told_and_s_and_alt_let_it_go(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.keyboard.press("d")
    _point(page, 6, 4, 4)
    expect(_snapping(page)).to_have_text("Snapping on · point")
    page.mouse.click(*_pixel(page, 6, 4, 4))
    _point(page, 1.5, 0, 4)
    expect(_snapping(page)).to_have_text("Snapping on · middle")
    _point(page, 7, 3.4, 4)
    expect(_snapping(page)).to_have_text("Snapping on · boundary")
    _point(page, 6.5, 2, 4)
    expect(_snapping(page)).to_have_text("Snapping on · extension")
    _point(page, 3, 4, 4)
    expect(_snapping(page)).to_have_text("Snapping on · crossing")
    page.keyboard.down("Alt")
    expect(_snapping(page)).to_have_text("Snapping on")
    page.keyboard.up("Alt")
    expect(_snapping(page)).to_have_text("Snapping on · crossing")
    page.keyboard.press("s")
    expect(_snapping(page)).to_have_text("Snapping off")


def test_a_line_held_square_to_a_side_divides_at_its_middle_to_the_bit(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("c")
    page.mouse.click(*_pixel(page, 1.5, 0, 4))
    _point(page, 2.2, 1)
    page.keyboard.type("=N")
    page.keyboard.press("Enter")
    expect(page.locator(".status-bar .lock")).to_have_text("Bearing N 00°00′00″ E locked")
    _point(page, 2, 2, 5)
    expect(_snapping(page)).to_have_text("Snapping on · crossing")
    page.mouse.click(*_pixel(page, 2, 2, 5))
    expect(page.locator(".status-bar .lock")).to_be_empty()
    page.keyboard.press("Enter")
    expect(steps(page)).to_contain_text("Split A into A")
    assert save(page, "Halved").status == 201
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    new = set(after.points(born)) & set(after.points("A"))
    assert {lon for lon, _ in new} == {round(ORIGIN[0] + 1.5 * STEP, 9)}
    assert {lat for _, lat in new} == {place(0, 0)[1], place(0, 2)[1]}
    assert after.has_no_overlap()


def test_a_held_length_is_let_go_by_its_key_and_by_escape(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.keyboard.press("d")
    page.mouse.click(*_pixel(page, 0, 0))
    lock = page.locator(".status-bar .lock")
    _point(page, 3, 0)
    page.keyboard.press("o")
    expect(lock).to_have_text("Length 22.10 m locked")
    page.keyboard.press("o")
    expect(lock).to_be_empty()
    page.keyboard.press("a")
    expect(lock).to_have_text("Bearing N 90°00′00″ E locked")
    page.keyboard.press("Escape")
    expect(lock).to_be_empty()
    _point(page, 3, 2)
    page.keyboard.press("o")  # the line itself is still there
    expect(lock).to_have_text("Length 31.35 m locked")


def test_a_boundary_is_followed_by_one_click_and_the_other_way_round(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "B")
    page.keyboard.press("d")
    page.keyboard.press("f")
    card = page.get_by_role("region", name="Tool")
    expect(card.get_by_label("Follow boundaries")).to_be_checked()
    click_place(page, place(7, 4))
    click_place(page, place(7, 0))
    page.keyboard.press("f")
    click_place(page, place(6, 0))
    page.keyboard.press("f")
    _point(page, 6, 4)
    page.keyboard.press("u")
    click_place(page, place(6, 4))
    expect(card).to_contain_text("8 points")
    page.keyboard.press("Escape")
    expect(card).to_contain_text("3 points")
    click_place(page, place(6, 4))
    expect(card).to_contain_text("5 points")
    card.get_by_label("Number").fill("9")
    page.keyboard.press("Enter")
    expect(steps(page)).to_contain_text("Draw lot 9")
    assert save(page, "The strip between the blocks").status == 201
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    assert set(after.points(born)) == {place(*corner) for corner in [(7, 4), (7, 0), (6, 0), (6, 2), (6, 4)]}
    assert not before.differing(after)
    assert after.has_no_overlap()


def test_several_points_move_as_one_by_hand_by_number_and_by_keys_and_come_back_in_one_step(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "D")
    for corner in [(11, 0), (11, 4)]:
        handle(page, name_of(*corner)).click(modifiers=["Shift"])
    expect(page.locator('.handle[aria-pressed="true"]')).to_have_count(2)
    x, y = _middle(handle(page, name_of(11, 0)))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 30, steps=4)
    expect(page.locator(".map-hint")).to_contain_text("Move 2 points together")
    page.mouse.up()
    expect(steps(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    handle(page, name_of(11, 4)).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(steps(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    handle(page, name_of(11, 4)).focus()
    page.keyboard.type("5 < 90")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(2)
    assert save(page, "The east side was measured anew").status == 201
    after = stored(town)
    assert after.differing(before) == {"D"}
    assert changes_of(town, "D") == ["created", "geometry"]
    moved = sorted(set(after.points("D")) - set(before.points("D")))
    assert [round(lat, 9) for _, lat in moved] == [place(11, 0)[1], place(11, 4)[1]]
    offsets = {round(lon - place(11, 0)[0], 9) for lon, _ in moved}
    assert len(offsets) == 1
    assert 6.7e-5 < offsets.pop() < 6.9e-5  # five metres at this latitude


def test_a_box_drawn_with_shift_chooses_points_and_escape_lets_them_go(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    view = page.url
    page.keyboard.down("Shift")
    page.mouse.move(*_pixel(page, 3.4, 2.4))
    page.mouse.down()
    page.mouse.move(*_pixel(page, 2.6, -0.4), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator('.handle[aria-pressed="true"]')).to_have_count(2)
    expect(page.locator(".panel-head h1")).to_have_text("A")
    assert page.url == view
    page.keyboard.press("Escape")
    expect(page.locator('.handle[aria-pressed="true"]')).to_have_count(0)
    expect(page.locator(".panel-head h1")).to_have_text("A")


def _pixel(page: Page, x: float, y: float, beside: float = 0) -> tuple[float, float]:
    """Where a place in steps of the town lies on the page, or so many pixels right of it and below."""
    px, py = pixel_of(page, (ORIGIN[0] + x * STEP, ORIGIN[1] + y * STEP))
    return px + beside, py + beside


def _point(page: Page, x: float, y: float, beside: float = 0) -> None:
    page.mouse.move(*_pixel(page, x, y, beside), steps=2)


def _snapping(page: Page) -> Locator:
    return page.locator(".status-bar .snapping")


def _middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None
    return box["x"] + HANDLE_PX, box["y"] + HANDLE_PX
