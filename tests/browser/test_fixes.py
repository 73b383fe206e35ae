"""A finding is fixed from its page: what is offered, seen on the map, put into the edit in hand, and saved."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser.acting import answer_to, drag, handle, notice, open_map, save, step_px, steps
from tests.browser.town import edits_of, name_of, place, stored
from tests.browser_fixtures import sign_in_page
from tests.web.fixes import store_defect

REASON = "Deed of 1987 holds"
STATUS = text("SELECT status, closed_by IS NOT NULL FROM finding")


@pytest.fixture
def at_work(page: Page, live_server: str, accounts: People) -> Page:
    sign_in_page(page, live_server, accounts.editor)
    return page


def fixes(page: Page) -> Locator:
    return page.get_by_role("region", name="Fixes for").get_by_role("listitem")


def status(engine: Engine) -> list[tuple[str, bool]]:
    with engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(STATUS)]


def painted(page: Page) -> bool:
    """Is anything drawn on the surface of fixes?"""
    return bool(
        page.evaluate(
            "(() => { const c = document.querySelector('.leaflet-fix-pane canvas');"
            " return c !== null && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); })()"
        )
    )


def test_an_overlap_is_fixed_from_its_finding(
    at_work: Page, engine: Engine, live_server: str, accounts: People
) -> None:
    page, finding = at_work, store_defect(engine, "overlap")
    page.goto(f"{live_server}/admin/finding/details/?id={finding}")
    table = page.get_by_role("region", name="Fixes")
    expect(table).to_contain_text("is cut back to the boundary of 101")
    expect(table).to_contain_text("a reason or a record")
    before = stored(engine)
    page.get_by_role("link", name="See and use them on the map").click()
    expect(fixes(page).first).to_be_visible()
    offered = fixes(page).count()
    assert offered == 2
    expect(page.get_by_role("button", name="Save this fix")).to_have_count(0)  # it moves more than points are accurate
    cut = fixes(page).filter(has_text="is cut back to the boundary of 101")
    cut.hover()
    page.wait_for_function("() => document.querySelector('.leaflet-fix-pane canvas') !== null")
    assert painted(page)
    cut.get_by_role("button", name="Use this fix").click()
    expect(notice(page)).to_contain_text("Say why, then save")
    expect(steps(page).first).to_be_visible()
    assert stored(engine) == before  # nothing is saved yet
    page.keyboard.type(REASON)  # the field of the reason has the keyboard
    assert answer_to(page, lambda: page.keyboard.press("Control+s")).status == 201
    expect(page.get_by_role("region", name="Fixes for")).to_contain_text("The finding is fixed.")
    after = stored(engine)
    assert after.differing(before) == {"B"}
    assert after.has_no_overlap()
    assert status(engine) == [("fixed", True)]
    assert edits_of(engine, accounts.editor.email) == [REASON]


def test_a_fix_that_moves_boundaries_is_not_saved_without_a_reason(
    at_work: Page, engine: Engine, live_server: str, accounts: People
) -> None:
    page, finding = at_work, store_defect(engine, "gap")
    page.goto(f"{live_server}/?finding={finding}")
    fixes(page).first.get_by_role("button", name="Use this fix").click()
    expect(steps(page).first).to_be_visible()
    page.keyboard.press("Control+s")
    expect(notice(page)).to_contain_text("needs a reason or a record")
    expect(page.locator("#edit-comment")).to_be_focused()
    assert edits_of(engine, accounts.editor.email) == []
    page.keyboard.type(REASON)
    assert answer_to(page, lambda: page.keyboard.press("Control+s")).status == 201
    assert status(engine) == [("fixed", True)]


def test_a_sliver_is_fixed_by_one_button_with_the_keyboard_alone(
    at_work: Page, engine: Engine, live_server: str, accounts: People
) -> None:
    page, finding = at_work, store_defect(engine, "sliver")
    page.goto(f"{live_server}/?finding={finding}")
    button = fixes(page).first.get_by_role("button", name="Save this fix")
    expect(button).to_be_visible()
    expect(fixes(page).first).to_contain_text("below the 0.02 m to which points are accurate")
    button.focus()
    assert painted(page)  # what has the keyboard is drawn, as what is pointed at
    assert answer_to(page, lambda: page.keyboard.press("Enter")).status == 201
    expect(page.get_by_role("region", name="Fixes for")).to_contain_text("The finding is fixed.")
    assert status(engine) == [("fixed", True)]
    (comment,) = edits_of(engine, accounts.editor.email)
    assert comment.endswith(f"(finding {finding})")


def test_who_may_not_edit_is_offered_none(
    engine: Engine, live_server: str, accounts: People, another_page: Callable[..., Page]
) -> None:
    finding = store_defect(engine, "overlap")
    viewer = another_page(accounts.viewer)
    viewer.goto(f"{live_server}/?finding={finding}")
    expect(viewer.locator(".panel-head .chip")).to_contain_text("version")
    expect(viewer.locator(".fixes:visible")).to_have_count(0)
    viewer.goto(f"{live_server}/admin/finding/details/?id={finding}")
    expect(viewer.get_by_role("heading", name="History of this finding")).to_be_visible()
    expect(viewer.get_by_role("heading", name="Fixes")).to_have_count(0)


def test_a_refused_edit_is_offered_the_neighbours_boundary(
    editor_page: Page, town: Engine, live_server: str, accounts: People
) -> None:
    open_map(editor_page, live_server, "B")
    step = step_px(editor_page, name_of(3, 0), name_of(6, 0), 3)
    # B's corner is dragged into D, which lies a street away.
    drag(editor_page, handle(editor_page, name_of(6, 0)), 1.6 * step, -0.7 * step)
    editor_page.wait_for_url(re.compile("#"))
    view = editor_page.url
    assert save(editor_page, REASON).status == 422
    refusal = editor_page.locator(".refusal")
    expect(refusal).to_contain_text("B and D would overlap")
    editor_page.wait_for_url(lambda url: url != view)  # the map has gone to the place
    place_of_refusal = editor_page.url
    editor_page.locator("#parcel-map").focus()
    editor_page.keyboard.press("z")  # to the whole parcel, and back by the refusal
    editor_page.wait_for_url(lambda url: url != place_of_refusal)
    refusal.click()
    editor_page.wait_for_url(place_of_refusal)
    offer = editor_page.locator(".refusal-offer")
    expect(offer).to_contain_text("onto the boundary of D")
    offer.get_by_role("button", name="Use this fix").click()
    expect(notice(editor_page)).to_contain_text("Save again, or undo it")
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    after = stored(town)
    assert after.has_no_overlap()
    (corner,) = set(after.points("B")) & {point for point in after.points("D") if abs(point[0] - place(7, 0)[0]) < 1e-9}
    assert place(7, 0)[1] < corner[1] < place(7, 4)[1]
    assert edits_of(town, accounts.editor.email) == [REASON]
