"""The tools that insert and remove points, by their keys: what they do to everybody who has the side or the point."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.acting import click_place, handle, open_map, save, steps
from tests.browser.town import ORIGIN, STEP, changes_of, name_of, place, stored


def test_a_click_on_a_shared_side_inserts_a_point_for_both_and_one_on_a_corner_removes_it(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "B")
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Insert point")).to_have_attribute("aria-pressed", "true")
    click_place(page, (place(3, 0)[0], ORIGIN[1] + 0.6 * STEP), key="Alt")
    expect(steps(page)).to_have_text(re.compile("^Insert point on the boundary A / B"))
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Remove point")).to_have_attribute("aria-pressed", "true")
    handle(page, name_of(6, 0)).click()
    expect(steps(page)).to_have_count(2)
    assert stored(town).bits == before.bits
    assert save(page, "Monument on the common side").status == 201
    after = stored(town)
    assert after.differing(before) == {"A", "B"}
    (new,) = set(after.points("A")) - set(before.points("A"))
    assert new in after.points("B"), "the very same doubles"
    assert abs(new[0] - place(3, 0)[0]) < 1e-9
    assert set(before.points("B")) - set(after.points("B")) == {place(6, 0)}
    assert changes_of(town, "B") == ["created", "geometry"]
    assert changes_of(town, "C") == ["created"]
