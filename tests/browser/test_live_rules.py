"""While the hand moves the map says what the edit would break: what would refuse it, and gaps and stacks that it opens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People, Person
from tests.browser.acting import handle, open_map, pixel_of, save, steps, wait_until
from tests.browser.town import name_of, place, stored

# P lies beside B, a quarter of a metre over its boundary: known. Q holds all of E but for a corner that stands out.
BESIDE = """
WITH p AS (INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2)
  SELECT 'P', 'P', 'parcels', 'lot', ST_Multi(box), ST_Area(box::geography)
  FROM (SELECT ST_MakeEnvelope(:w, :s, :e, :n, 4326) AS box) AS b RETURNING id, geom)
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status)
SELECT 'overlap', 'overlap:' || b.id || ':' || p.id, ARRAY[b.id, p.id], common, ST_Area(common::geography), 'error', 'open'
FROM p, parcel AS b, ST_Intersection(b.geom, p.geom) AS common WHERE b.parcel_id = :over
"""
QUARTER_M = 3.4e-6  # degrees of longitude there


@pytest.fixture
def beside(town: Engine) -> Engine:
    """P east of B, over its boundary."""
    west, south = place(6, 0)
    with town.begin() as connection:
        corners = {"w": west - QUARTER_M, "s": south - 1e-5, "e": west + 5e-5, "n": south + 1.9e-4}
        connection.execute(text(BESIDE), {**corners, "over": "B"})
    return town


def test_a_gap_that_the_hand_opens_is_told_before_the_point_is_let_go_and_found_when_it_is_saved(
    editor_page: Page, live_server: str, beside: Engine
) -> None:
    page, before = editor_page, stored(beside)
    open_map(page, live_server, "B")
    page.keyboard.press("s")
    x, y = _hold_back(page, 0.55)
    metre = (x - pixel_of(page, place(3, 0))[0]) / 3 / 7.37
    hint = page.locator(".map-hint")
    expect(hint).to_have_text(re.compile(r"Move point.* · opens a gap of \d\.\d\d m²$"))
    page.mouse.move(x + 3 * metre, y, steps=4)
    expect(hint).to_contain_text("B and P would overlap by")
    expect(hint).to_contain_text("It could not be saved")
    page.mouse.move(x - 0.55 * metre, y, steps=4)
    expect(hint).to_contain_text("opens a gap")
    page.mouse.up()
    expect(steps(page)).to_have_count(1)
    expect(page.locator(".foreseen")).to_contain_text(re.compile("gap between B and P", re.IGNORECASE))
    assert stored(beside).bits == before.bits
    assert save(page, "The fence stands back").status == 201
    wait_until(page, lambda: _rules(beside) == {"gap": ["B", "P"], "overlap": ["B", "P"]})


def test_a_rule_that_an_administrator_sets_meanwhile_is_what_the_hand_is_told_by(
    editor_page: Page,
    live_server: str,
    beside: Engine,
    accounts: People,
    another_page: Callable[[Person], Page],
) -> None:
    page, office = editor_page, another_page(accounts.administrator)
    open_map(page, live_server, "B")
    page.keyboard.press("s")
    hint = page.locator(".map-hint")
    x, y = _hold_back(page, 0.55)
    expect(hint).to_contain_text("opens a gap")
    page.mouse.up()
    expect(page.locator(".foreseen")).to_contain_text(re.compile("gap between B and P", re.IGNORECASE))

    _set_gaps(office, live_server, is_on=False)
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    _hold_back(page, 0.5)
    page.mouse.up()
    expect(page.locator(".foreseen")).to_contain_text("No new overlap. Gaps are not looked at here.")
    page.keyboard.press("Control+z")
    _hold_back(page, 0.55)
    expect(hint).to_contain_text("Move point")
    expect(hint).not_to_contain_text("gap")
    page.mouse.move(x, y)
    page.mouse.up()

    _set_gaps(office, live_server, is_on=True, blocks=True)
    open_map(page, live_server, "B")
    page.keyboard.press("s")
    _hold_back(page, 0.55)
    expect(hint).to_contain_text(re.compile(r"B and P would leave a gap of \d\.\d\d m²\. It could not be saved"))
    page.mouse.up()
    before = stored(beside)
    expect(page.locator(".foreseen")).to_contain_text("It could not be saved: 1 place would break a rule.")
    assert save(page, "The fence stands back").status == 422
    assert stored(beside).bits == before.bits
    assert _rules(beside) == {"overlap": ["B", "P"]}


def _hold_back(page: Page, metres: float) -> tuple[float, float]:
    """Take the corner of B and P by the hand, so far to the west; where it was."""
    expect(handle(page, name_of(6, 0))).to_be_visible()
    x, y = pixel_of(page, place(6, 0))
    metre = (x - pixel_of(page, place(3, 0))[0]) / 3 / 7.37
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - metres * metre, y, steps=4)
    return x, y


def _set_gaps(page: Page, url: str, *, is_on: bool, blocks: bool = False) -> None:
    """As an administrator does it, in Admin > Rules."""
    page.goto(f"{url}/admin/rules/gap/")
    page.get_by_label("Looked at by edits").set_checked(is_on)
    page.get_by_label("Blocks:").set_checked(blocks)
    page.get_by_role("button", name=re.compile("Save|Set")).click()
    expect(page.get_by_text("The rule is set.")).to_be_visible()


def _rules(engine: Engine) -> dict[str, list[str]]:
    statement = text(
        "SELECT f.rule, array_agg(p.parcel_id ORDER BY p.parcel_id) AS parcels FROM finding f JOIN parcel p "
        "ON p.id = ANY (f.parcels) WHERE f.status = 'open' GROUP BY f.id, f.rule"
    )
    with engine.connect() as connection:
        return {row.rule: row.parcels for row in connection.execute(statement)}
