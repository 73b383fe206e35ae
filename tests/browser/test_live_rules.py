"""While the hand moves the map says what the edit would break: what would refuse it, and gaps and stacks that it opens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

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
    corner = handle(page, name_of(6, 0))
    expect(corner).to_be_visible()
    x, y = pixel_of(page, place(6, 0))
    metre = (pixel_of(page, place(6, 0))[0] - pixel_of(page, place(3, 0))[0]) / 3 / 7.37
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 0.55 * metre, y, steps=4)
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


def _rules(engine: Engine) -> dict[str, list[str]]:
    statement = text(
        "SELECT f.rule, array_agg(p.parcel_id ORDER BY p.parcel_id) AS parcels FROM finding f JOIN parcel p "
        "ON p.id = ANY (f.parcels) WHERE f.status = 'open' GROUP BY f.id, f.rule"
    )
    with engine.connect() as connection:
        return {row.rule: row.parcels for row in connection.execute(statement)}
