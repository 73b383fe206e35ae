"""Editing on the page at /, as a person does, with the database looked at afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import Engine

from tests.accounts import People
from tests.browser.acting import drag, handle, notice, open_map, save, step_px, steps, wait_until
from tests.browser.town import changes_of, edits_of, name_of, place, stored


def test_a_shared_corner_moves_for_all_three_parcels_in_one_edit(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "A")
    expect(editor_page.locator(".leaflet-edit-pane canvas")).to_be_visible()
    # Nobody paints on them: no part of a frame.
    expect(editor_page.locator(".leaflet-fix-pane canvas")).to_be_hidden()
    expect(editor_page.locator(".leaflet-colleagues-pane canvas")).to_be_hidden()
    drag(editor_page, handle(editor_page, name_of(3, 2)), 30, -12)
    expect(steps(editor_page)).to_have_count(1)
    expect(steps(editor_page)).to_contain_text("Move point shared by A, B, C")
    assert save(editor_page, "Monument 14 re-measured").status == 201
    expect(notice(editor_page)).to_contain_text("3 parcels changed")
    expect(steps(editor_page)).to_have_count(0)
    after = stored(town)
    assert {name for name, version in after.versions.items() if version == 2} == {"A", "B", "C"}
    assert after.differing(before) == {"A", "B", "C"}
    moved = [set(after.points(name)) - set(before.points(name)) for name in "ABC"]
    assert len(moved[0]) == 1
    assert moved[0] == moved[1] == moved[2]
    for name in "ABC":
        assert set(before.points(name)) - set(after.points(name)) == {place(3, 2)}
    assert after.has_no_overlap()
    assert edits_of(town, accounts.editor.email) == ["Monument 14 re-measured"]


def test_a_point_dropped_near_a_boundary_lies_on_it_and_the_neighbour_gets_it(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    open_map(editor_page, live_server, "B")
    editor_page.keyboard.press("k")  # the corner that A and B share lies on a line of C and would follow
    gap = step_px(editor_page, name_of(3, 2), name_of(6, 2), 3)
    drag(editor_page, handle(editor_page, name_of(6, 2)), gap - 6, 0)
    assert save(editor_page, "Extended to the boundary of D").status == 201
    assert changes_of(town, "D") == ["created", "noded"]
    (new,) = set(stored(town).points("B")) - {place(3, 0), place(6, 0), place(3, 2)}
    assert new in stored(town).points("D")
    assert abs(new[0] - place(7, 0)[0]) < 1e-9


def test_a_line_point_follows_the_corner_and_can_be_left(editor_page: Page, live_server: str, town: Engine) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "C")
    editor_page.keyboard.press("k")
    drag(editor_page, handle(editor_page, name_of(6, 2)), 0, 30, key="Alt")
    expect(steps(editor_page)).to_contain_text("Move point shared by B, C")
    editor_page.keyboard.press("Control+z")
    editor_page.keyboard.press("k")
    expect(editor_page.get_by_role("button", name="Line points follow")).to_have_attribute("aria-pressed", "true")
    drag(editor_page, handle(editor_page, name_of(6, 2)), 0, 30, key="Alt")
    expect(steps(editor_page)).to_contain_text("Move point shared by A, B, C")
    expect(steps(editor_page)).to_contain_text("with 1 line point")
    assert save(editor_page, "The whole line was measured").status == 201
    after = stored(town)
    assert after.differing(before) == {"A", "B", "C"}
    (corner,) = set(after.points("B")) - set(before.points("B")) - set(after.points("A"))
    (middle,) = set(after.points("A")) - set(before.points("A"))
    assert middle in set(after.points("B")) & set(after.points("C"))
    assert abs((middle[1] - place(0, 2)[1]) * 2 - (corner[1] - place(0, 2)[1])) < 3e-9
    assert after.has_no_overlap()


def test_alt_drags_freely_past_a_point_that_would_catch(editor_page: Page, live_server: str, town: Engine) -> None:
    open_map(editor_page, live_server, "B")
    editor_page.keyboard.press("s")
    expect(editor_page.locator(".status-bar")).to_contain_text("Snapping off")
    editor_page.keyboard.press("s")
    drag(editor_page, handle(editor_page, name_of(6, 2)), 20, 4, key="Alt")
    drag(editor_page, handle(editor_page, name_of(6, 0)), 0, 8, key="Alt")
    expect(steps(editor_page)).to_have_count(2)
    assert save(editor_page, "Fence as built").status == 201
    assert changes_of(town, "C") == ["created", "geometry"]


def test_undo_and_redo_by_key_and_by_step(editor_page: Page, live_server: str, town: Engine) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 25, -20)
    drag(editor_page, handle(editor_page, name_of(0, 0)), -20, 20)
    expect(steps(editor_page)).to_have_count(2)
    editor_page.keyboard.press("Control+z")
    expect(steps(editor_page)).to_have_count(1)
    editor_page.keyboard.press("Control+Shift+Z")
    expect(steps(editor_page)).to_have_count(2)
    editor_page.keyboard.press("Control+z")
    editor_page.keyboard.press("Control+y")
    expect(steps(editor_page)).to_have_count(2)
    editor_page.get_by_role("button", name=re.compile("^Undo step 1")).click()
    expect(steps(editor_page)).to_have_count(1)
    assert save(editor_page, "Only the outer corner").status == 201
    assert stored(town).differing(before) == {"A"}


def test_a_point_is_inserted_on_a_shared_side_and_removed_again(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "A")
    middle = editor_page.locator(f'.handle-middle[data-points="{name_of(3, 0)} {name_of(3, 2)}"]')
    drag(editor_page, middle, 25, 0)
    expect(steps(editor_page)).to_contain_text("Insert point on the boundary A / B")
    assert save(editor_page, "Bend at the old oak").status == 201
    (bend,) = set(stored(town).points("A")) - set(before.points("A"))
    assert bend in stored(town).points("B")
    handle(editor_page, f"{bend[0]!r},{bend[1]!r}").focus()
    editor_page.keyboard.press("Delete")
    expect(steps(editor_page)).to_contain_text("Remove point of A, B")
    assert save(editor_page, "No bend after all").status == 201
    assert set(stored(town).points("B")) == set(before.points("B"))


def test_the_remove_tool_says_why_a_corner_of_three_parcels_stays(editor_page: Page, live_server: str) -> None:
    open_map(editor_page, live_server, "A")
    editor_page.keyboard.press("x")
    corner = handle(editor_page, name_of(3, 2))
    expect(corner).to_have_attribute("title", "Parcels A, B and C meet at this point; it cannot be removed.")
    corner.click(force=True)  # Playwright waits for what is disabled; a person clicks and is told
    expect(notice(editor_page)).to_contain_text("A, B and C meet")
    expect(steps(editor_page)).to_have_count(0)


def test_the_point_of_a_hole_moves_with_the_lot_that_fills_it(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "D")
    drag(editor_page, handle(editor_page, name_of(8, 3)), 10, 10)
    assert save(editor_page, "Inner corner measured").status == 201
    after = stored(town)
    assert after.differing(before) == {"D", "E"}
    assert [len(part.interiors) for part in after.shapes["D"].geoms] == [1]
    assert after.has_no_overlap()


def test_a_lot_of_two_parts_keeps_both(editor_page: Page, live_server: str, town: Engine) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "F")
    drag(editor_page, handle(editor_page, name_of(13, 4)), 15, -10)
    assert save(editor_page, "Corner of the upper part").status == 201
    after = stored(town).shapes["F"]
    assert len(after.geoms) == 2
    assert after.geoms[0].equals_exact(before.shapes["F"].geoms[0], 0)


def test_attributes_are_saved_without_touching_a_coordinate(editor_page: Page, live_server: str, town: Engine) -> None:
    before = stored(town)
    editor_page.goto(f"{live_server}/?parcel=A")
    editor_page.get_by_label("Number", exact=True).fill("12/4")
    editor_page.get_by_label("Address", exact=True).fill("4 Mill Lane")
    editor_page.get_by_label("Address", exact=True).press("Tab")
    editor_page.get_by_role("tab", name="This edit").click()
    expect(steps(editor_page)).to_have_count(1)
    expect(steps(editor_page)).to_contain_text("Change number, address of A")
    assert save(editor_page, "Renumbered").status == 201
    after = stored(town)
    assert after.bits == before.bits
    assert changes_of(town, "A") == ["created", "attributes"]
    expect(editor_page.locator(".panel-head h1")).to_have_text("12/4")


def test_a_refused_edit_is_shown_where_it_fails_and_loses_nothing(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "B")
    gap = step_px(editor_page, name_of(3, 2), name_of(6, 2), 3)
    drag(editor_page, handle(editor_page, name_of(6, 2)), gap + 8, 3, key="Alt")
    assert save(editor_page, "Too far").status == 422
    expect(editor_page.locator(".refusal[data-rule=overlap]").first).to_contain_text("Overlap")
    expect(notice(editor_page)).to_contain_text("Not saved")
    expect(steps(editor_page)).to_have_count(1)
    assert editor_page.input_value("#edit-comment") == "Too far"
    assert stored(town).bits == before.bits
    editor_page.wait_for_url(lambda url: float(url.split("#")[1].split("/")[0]) > 19.5)
    editor_page.locator("#edit-comment").blur()
    editor_page.keyboard.press("Control+z")
    expect(editor_page.locator(".refusal")).to_have_count(0)


def test_discarding_asks_first(editor_page: Page, live_server: str) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -20, 20)
    editor_page.get_by_role("button", name="Discard").click()
    editor_page.get_by_role("button", name="Keep editing").click()
    expect(steps(editor_page)).to_have_count(1)
    editor_page.get_by_role("button", name="Discard").click()
    editor_page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(steps(editor_page)).to_have_count(0)


def test_leaving_asks_where_unsaved_steps_could_not_be_kept(editor_page: Page, live_server: str) -> None:
    editor_page.add_init_script("Object.defineProperty(window, 'localStorage', { get: () => null })")
    editor_page.route("**/api/drafts", lambda route: route.fulfill(status=503, body="{}"))
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -20, 20)
    expect(editor_page.locator(".status-bar")).to_contain_text("kept nowhere yet")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    editor_page.once("dialog", stay)
    editor_page.close(run_before_unload=True)
    wait_until(editor_page, lambda: asked)
    assert asked == ["beforeunload"]


def test_the_history_of_a_parcel_says_who_when_and_why(editor_page: Page, live_server: str, accounts: People) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -20, 20)
    save(editor_page, "Deed 1998-041")
    expect(notice(editor_page)).to_contain_text("Saved")
    editor_page.get_by_role("tab", name="History").click()
    newest = editor_page.locator(".versions li").first
    expect(newest).to_contain_text("Version 2")
    expect(newest).to_contain_text(accounts.editor.email)
    expect(newest).to_contain_text("Deed 1998-041")


def test_what_is_switched_on_shows_in_forced_colours_and_a_low_window_reaches_everything(
    editor_page: Page, live_server: str
) -> None:
    page = editor_page
    page.emulate_media(forced_colors="active")
    open_map(page, live_server, "A")
    ground = "each => getComputedStyle(each).backgroundColor"
    active, other = (page.get_by_role("button", name=name, exact=True) for name in ("Move point", "Insert point"))
    expect(active).to_have_attribute("aria-pressed", "true")
    assert active.evaluate(ground) != other.evaluate(ground)
    line = "each => getComputedStyle(each).borderBottomColor"
    tabs = page.get_by_role("tab", name="Attributes"), page.get_by_role("tab", name="History")
    assert tabs[0].evaluate(line) != tabs[1].evaluate(line)

    # A window of 1440 x 900 at 200 %.
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": 720, "height": 450})
    page.locator(".handle-point").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(steps(page)).to_have_count(1)
    panel = page.locator("aside.panel").bounding_box()
    assert panel is not None
    for what in (
        page.locator(".effects"),
        steps(page).first,
        page.locator("#edit-comment"),
        page.get_by_role("button", name="Save edit"),
    ):
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        assert box is not None
        assert panel["y"] <= box["y"]
        assert box["y"] + min(box["height"], 60) <= panel["y"] + panel["height"] + 1
