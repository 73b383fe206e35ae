"""Parcels that come together, end and are divided: by mouse and keys, with the database looked at afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine, text

from tests.browser.acting import click_place, drag, handle, notice, open_map, pixel_of, save, step_px, steps
from tests.browser.town import ORIGIN, STEP, changes_of, name_of, place, stored
from tests.pictures import keep_picture


def test_two_lots_are_merged_and_a_third_is_retired_in_one_edit(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("v")
    click_place(page, place(4, 1), key="Shift")
    expect(page.locator(".panel-head")).to_contain_text("A and B")
    page.keyboard.press("g")
    card = page.get_by_role("region", name="Tool")
    expect(card.get_by_role("radio", name=re.compile(r"^A \d"))).to_be_checked()
    card.get_by_role("radio", name=re.compile(r"^B \d")).check()
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Merge A, B into B"))
    expect(page.locator(".panel-head h1")).to_have_text("B")
    expect(page.locator("tr[data-parcel=A]")).to_contain_text("ends")
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    page.keyboard.press("Control+Shift+Z")
    click_place(page, place(1, 3))
    expect(page.locator(".panel-head h1")).to_have_text("C")
    page.get_by_role("button", name="Retire parcel").click()
    expect(steps(page)).to_have_count(2)
    expect(notice(page)).to_contain_text("C ends with this edit")
    assert save(page, "Consolidation of the close").status == 201
    expect(notice(page)).to_contain_text("3 parcels changed")
    after = stored(town)
    assert set(before.versions) - set(after.versions) == {"A", "C"}
    assert after.points("B")[:-1] == [place(*corner) for corner in [(3, 0), (6, 0), (6, 2), (3, 2), (0, 2), (0, 0)]]
    assert changes_of(town, "A") == changes_of(town, "C") == ["created", "retired"]
    assert {name for name, bits in after.bits.items() if before.bits[name] != bits} == {"B"}


def test_parcels_are_selected_by_a_box_and_merged(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    page.goto(f"{live_server}/#18.5/48.6702/2.3206")
    expect(page.locator("#parcel-map")).to_have_attribute("aria-busy", "false")
    (left, bottom), (right, top) = (pixel_of(page, place(*corner)) for corner in ((0, 0), (6, 2)))
    page.keyboard.down("Shift")
    page.mouse.move(left - 8, bottom + 8)
    page.mouse.down()
    page.mouse.move(right + 8, top - 8, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator(".panel-head")).to_contain_text("A and B")  # C only reaches into it
    page.keyboard.press("g")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Merge A, B into A"))
    assert save(page, "Consolidation of the close").status == 201
    assert set(stored(town).versions) == {"A", "C", "D", "E", "F"}


def test_what_does_not_touch_is_not_merged_and_says_why(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.keyboard.press("g")
    card = page.get_by_role("region", name="Tool")
    expect(card).to_contain_text("Select two or more parcels")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.goto(f"{live_server}/?parcel=A#18/48.6702/2.3206")
    expect(page.locator(".panel-head h1")).to_have_text("A")
    page.keyboard.press("g")
    click_place(page, place(9, 2))
    expect(card).to_contain_text("E does not touch A")
    expect(card.get_by_role("button", name="Merge")).to_have_attribute("aria-disabled", "true")


def test_a_lot_is_split_along_a_line_whose_ends_snap_to_its_boundary(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("c")
    card = page.get_by_role("region", name="Tool")
    (x, y), (far_x, far_y) = pixel_of(page, _between(1, 0)), pixel_of(page, _between(1, 2))
    page.mouse.click(x, y + 5)
    page.reload()  # what was clicked is there again
    expect(page.locator("#parcel-map")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("button", name="Split parcel")).to_have_attribute("aria-pressed", "true")
    page.mouse.move(x, (y + far_y) / 2)
    expect(card).to_contain_text("ends inside the parcel")
    page.mouse.move(far_x, far_y + 4)
    expect(card.get_by_role("radio", name=re.compile("left of the line"))).not_to_be_checked()
    page.mouse.click(far_x, far_y + 4)
    card.get_by_role("radio", name=re.compile("left of the line")).check()
    page.reload()
    expect(card.get_by_role("radio", name=re.compile("left of the line"))).to_be_checked()
    expect(card.get_by_label("Number of part 1")).to_have_value("A/1")
    page.locator("#parcel-map").focus()
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Split A into (A and A/1|A/1 and A)"))
    assert save(page, "Plat of partition").status == 201
    expect(notice(page)).to_contain_text("2 parcels changed")
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    assert after.versions == {**before.versions, "A": 2, "C": 2, born: 1}
    assert changes_of(town, "C") == ["created", "noded"]
    assert place(0, 0) in after.points("A")
    assert set(after.points(born)) >= {place(3, 0), place(3, 2)}
    new = set(after.points("A")) & set(after.points(born))
    assert len(new) == 2
    assert len(new & set(after.points("C"))) == 1
    assert after.has_no_overlap()
    assert abs(after.shapes["A"].union(after.shapes[born]).area - before.shapes["A"].area) < 1e-15


def test_a_lot_is_split_into_equal_parts_by_keys_and_a_part_gets_its_number(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "B")
    page.keyboard.press("c")
    card = page.get_by_role("region", name="Tool")
    card.get_by_role("button", name="Parts").press("Enter")
    card.get_by_label("Equal parts").fill("3")
    expect(card.get_by_role("radio")).to_have_count(3)
    expect(card.get_by_label("Number of part 3")).to_have_value("B/2")
    keep_picture(page, "split")
    card.get_by_role("button", name="Parts").press("Enter")
    expect(steps(page)).to_have_text(re.compile("Split B into 3 parts: B, B/1, B/2"))
    expect(page.locator("tr[data-parcel]")).to_have_count(3)
    assert save(page, "Three heirs").status == 201
    after = stored(town)
    born = set(after.versions) - set(before.versions)
    assert len(born) == 2
    areas = [_area_m2(town, name) for name in ("B", *born)]
    assert max(areas) - min(areas) < 0.02
    assert after.has_no_overlap()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)


def test_a_division_and_what_breaks_a_rule_are_shown_while_the_server_is_silent(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    asked: list[Route] = []

    def hold(route: Route) -> None:
        if '"dry_run":true' in (route.request.post_data or ""):
            asked.append(route)
        else:
            route.continue_()

    page.route("**/api/edits", hold)
    open_map(page, live_server, "B")
    page.keyboard.press("c")
    card = page.get_by_role("region", name="Tool")
    card.get_by_role("button", name="Area").click()
    card.get_by_label("Area, m²").fill("150")
    card.get_by_label("Direction").fill("12")
    expect(card.get_by_role("radio")).to_have_count(2)
    expect(card.get_by_text("Asking the server")).to_be_hidden()
    assert asked == []
    card.get_by_label("Direction").press("Enter")
    expect(steps(page)).to_have_count(1)
    page.keyboard.press("v")
    click_place(page, (ORIGIN[0] + 7.5 * STEP, ORIGIN[1] + 2 * STEP))
    page.keyboard.press("m")
    drag(page, handle(page, name_of(7, 4)), -2 * step_px(page, name_of(7, 0), name_of(11, 0), 4), 0, key="Alt")
    foreseen = page.locator(".foreseen")
    expect(foreseen).to_contain_text(re.compile(r"^It could not be saved: .*Overlap: C and D would overlap by \d"))
    foreseen.get_by_role("button", name=re.compile("C and D")).press("Enter")
    page.keyboard.press("Control+z")
    expect(foreseen).to_have_count(0)
    page.unroute("**/api/edits")
    assert save(page, "Sold by area").status == 201
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    assert min(abs(_area_m2(town, name) - 150) for name in ("B", born)) < 0.01
    assert after.has_no_overlap()


def test_a_shared_boundary_is_redrawn_for_both_and_by_keys_alone(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("b")
    handle(page, name_of(3, 0)).press(" ")
    click_place(page, (place(3, 0)[0] + STEP, place(3, 1)[1]))
    handle(page, name_of(3, 2)).press(" ")
    card = page.get_by_role("region", name="Tool")
    expect(card).to_contain_text(re.compile(r"A.*\(\+.*B.*\(−"))
    page.keyboard.press("Enter")
    expect(steps(page)).to_contain_text("Redraw the boundary of A, B")
    assert save(page, "The hedge is the boundary").status == 201
    after = stored(town)
    assert after.differing(before) == {"A", "B"}
    (new,) = set(after.points("A")) - set(before.points("A"))
    assert new in after.points("B")
    assert after.has_no_overlap()


def test_a_boundary_that_comes_back_to_one_point_twice_is_not_redrawn_as_it_is(
    editor_page: Page, live_server: str
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.keyboard.press("b")
    for name in (name_of(3, 0), name_of(3, 2), name_of(3, 2)):
        handle(page, name).press(" ")
    card = page.get_by_role("region", name="Tool")
    expect(card).to_contain_text("That is the boundary as it is")
    expect(card.get_by_role("button", name="Redraw")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(card).not_to_contain_text("That is the boundary as it is")


def test_a_generous_outline_becomes_the_free_land_within_it(editor_page: Page, live_server: str, town: Engine) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "B")
    page.keyboard.press("d")
    for x, y in [(5, 0.5), (8, 0.5), (8, 1.5), (5, 1.5)]:
        click_place(page, (ORIGIN[0] + x * STEP, ORIGIN[1] + y * STEP), key="Alt")
    card = page.get_by_role("region", name="Tool")
    card.get_by_label("Only the free land within it").check()
    expect(card).to_contain_text("4 points")
    card.get_by_label("Number").fill("7")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Draw lot 7"))
    expect(page.locator(".panel-head h1")).to_have_text("7")
    assert save(page, "Forgotten strip").status == 201
    expect(notice(page)).to_contain_text("Saved as edit")  # until then keys belong to the field of the reason
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    assert after.has_no_overlap()
    assert abs(after.shapes[born].area / STEP**2 - 1) < 0.02
    for neighbour in "BD":
        assert len(set(after.points(born)) & set(after.points(neighbour))) == 2
        assert changes_of(town, neighbour) == ["created", "noded"]
    page.keyboard.press("d")
    for x, y in [(5, 0.5), (8, 0.5), (8, 1.5), (5, 1.5)]:
        click_place(page, (ORIGIN[0] + x * STEP, ORIGIN[1] + y * STEP), key="Alt")
    page.keyboard.press("Enter")
    assert save(page, "Over everything").status == 422
    expect(page.locator(".refusal")).to_have_count(3)
    expect(notice(page)).to_contain_text("3 places would break a rule")
    assert stored(town).versions == after.versions


def _between(x: int, y: int) -> tuple[float, float]:
    """Halfway along the side that begins there and leads east."""
    return ORIGIN[0] + (x + 0.5) * STEP, ORIGIN[1] + y * STEP


def _area_m2(engine: Engine, name: str) -> float:
    with engine.connect() as connection:
        return float(
            connection.execute(text("SELECT area_m2 FROM parcel WHERE parcel_id = :name"), {"name": name}).scalar_one()
        )


def test_a_retired_parcel_is_found_and_comes_back_and_a_merged_one_says_who_has_its_ground(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    page.goto(f"{live_server}/?parcel=F#18/48.6702/2.3206")
    expect(page.locator(".panel-head h1")).to_have_text("F")
    page.keyboard.press("r")
    expect(notice(page)).to_contain_text("F ends with this edit")
    click_place(page, place(1, 1))
    page.keyboard.press("g")
    click_place(page, place(4, 1))
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(2)
    assert save(page, "Gone by mistake").status == 201
    expect(notice(page)).to_contain_text("Saved as edit")
    assert set(before.versions) - set(stored(town).versions) == {"F", "B"}
    _search(page, "B")
    expect(page.locator(".panel-head")).to_contain_text(re.compile("Retired parcel.*B.*retired"))
    versions = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(versions).to_have_text([re.compile("^Version 2retired"), re.compile("^Version 1created")])
    page.get_by_role("button", name="Restore version 1").press("Enter")
    expect(notice(page)).to_contain_text(
        "1 place would break a rule, shown on the map. Its ground is now also that of A"
    )
    expect(steps(page)).to_have_count(0)
    _search(page, "F")
    expect(page.locator(".panel-head h1")).to_have_text("F")
    page.get_by_role("button", name="Restore version 1").press("Enter")
    expect(steps(page)).to_have_text(re.compile("Restore F as it was at version 1"))
    expect(page.locator(".status-bar")).to_contain_text("kept on the server")
    page.goto(f"{live_server}/")
    page.get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_text(re.compile("Restore F as it was at version 1"))
    expect(notice(page)).to_contain_text("Nothing of it was changed by others")
    assert save(page, "It stands after all").status == 201
    after = stored(town)
    assert after.bits["F"] == before.bits["F"]
    assert changes_of(town, "F") == ["created", "retired", "restored"]


def _search(page: Page, words: str) -> None:
    page.fill("#search", words)
    option = page.get_by_role("option").first
    expect(option).to_contain_text(re.compile(f"^{words}.*retired"))
    page.keyboard.press("Enter")


def test_an_area_is_divided_off_a_parcel_that_the_line_meets_twice(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "D")
    page.keyboard.press("c")
    card = page.get_by_role("region", name="Tool")
    card.get_by_role("button", name="Parts").click()
    card.get_by_label("Equal parts").fill("3")
    card.get_by_label("Direction °").fill("0")
    expect(card).to_contain_text("the parts would come in pieces that are not equal")
    card.get_by_role("button", name="Area").click()
    whole = _area_m2(town, "D")
    card.get_by_label("Area, m²").fill(str(round(whole / 2, 2)))
    card.get_by_label("Direction °").fill("0")
    expect(card.get_by_role("radio")).to_have_count(2)
    expect(card.get_by_label("Number of part 2")).to_have_value("D/1")
    card.get_by_label("Direction °").press("Enter")
    expect(steps(page)).to_have_text(re.compile("Split D into D and D/1"))
    assert save(page, "East and west of the court").status == 201
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    assert abs(_area_m2(town, born) - _area_m2(town, "D")) < 0.03
    assert len(set(after.points(born)) & set(after.points("D"))) == 4
    assert after.has_no_overlap()
