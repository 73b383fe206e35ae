"""A lot is divided and its parts get their numbers in the same step, by mouse and by keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from tests.browser.acting import notice, open_map, pixel_of, save, steps
from tests.browser.town import ORIGIN, STEP, stored

FAR = (
    "INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2) SELECT name, name, 'parcels', 'lot', shape, "
    "ST_Area(shape::geography) FROM (SELECT :name AS name, ST_Multi(ST_MakeEnvelope(:x, 48.70, :x + 0.001, 48.701, 4326)) "
    "AS shape) AS far"
)


@pytest.fixture
def numbered(town: Engine) -> Engine:
    """A is 12 and B is 12/1; miles away, where no map of A loads anything, 77 is, and 12/7 was until it was retired."""
    with town.begin() as connection:
        for name, number in (("A", "12"), ("B", "12/1")):
            connection.execute(text("UPDATE parcel SET number = :n WHERE parcel_id = :p"), {"n": number, "p": name})
        for index, name in enumerate(("12/7", "77")):
            connection.execute(text(FAR), {"name": name, "x": 2.30 + index / 100})
    with town.begin() as connection:
        connection.execute(text("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = '12/7'"))
    return town


def test_a_lot_is_split_by_a_line_and_the_new_part_gets_a_number_of_its_family(
    editor_page: Page, live_server: str, numbered: Engine
) -> None:
    page, before = editor_page, stored(numbered)
    open_map(page, live_server, "A")
    page.keyboard.press("c")
    for y, beyond in ((0, 5), (2, -4)):
        x_px, y_px = pixel_of(page, (ORIGIN[0] + 1 * STEP, ORIGIN[1] + y * STEP))
        page.mouse.click(x_px, y_px + beyond)
    expect(_number(page, 1)).to_have_value("12")  # the larger part continues
    expect(_number(page, 2)).to_have_value("12/8")
    expect(_card(page)).to_contain_text("Italic numbers are proposals")
    _number(page, 2).click()
    page.keyboard.type("77")
    expect(_card(page)).to_contain_text("Taken: parcel 77 has this number.")
    expect(_number(page, 2)).to_have_attribute("aria-invalid", "true")
    _number(page, 2).fill("12")
    expect(_card(page)).to_contain_text("Part 1 has this number, too.")
    _number(page, 2).fill("12/20")
    expect(_card(page).locator("[aria-invalid]")).to_have_count(0)
    _card(page).get_by_role("button", name="Split").click()
    expect(steps(page)).to_have_text(re.compile("Split 12 into 12 and 12/20|Split 12 into 12/20 and 12"))
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator(".status-bar .unsaved")).to_contain_text("kept on the server")
    page.reload()  # the draft has the number, too
    page.get_by_role("region", name="Unsaved draft").get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_text(re.compile("12/20"))
    assert save(page, "Plat of partition").status == 201
    expect(notice(page)).to_contain_text("parcels changed")
    (born,) = set(stored(numbered).versions) - set(before.versions)
    assert _numbers_of(numbered, "A", born) == ["12", "12/20"]
    assert _findings(numbered) == []


def test_a_lot_is_split_into_three_and_numbered_by_keys_alone(
    editor_page: Page, live_server: str, numbered: Engine
) -> None:
    page, before = editor_page, stored(numbered)
    open_map(page, live_server, "B")
    page.keyboard.press("c")
    expect(_card(page)).to_be_visible()
    _tab_to(page, _card(page).get_by_role("button", name="Parts"))
    page.keyboard.press("Enter")
    _tab_to(page, _card(page).get_by_label("Equal parts"))
    page.keyboard.press("ArrowUp")
    expect(_card(page).get_by_role("radio")).to_have_count(3)
    expect(_number(page, 1)).to_have_value("12/1")
    expect(_number(page, 2)).to_have_value("12/8")
    expect(_number(page, 3)).to_have_value("12/9")
    _tab_to(page, _number(page, 2))
    page.keyboard.type("12A")  # over the proposal, which is selected
    expect(_number(page, 2)).to_have_value("12A")
    expect(_number(page, 3)).to_have_value("12B")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text([re.compile("^Split 12/1 into 3 parts: 12/1, 12A, 12B")])
    expect(page.get_by_role("tab", name=re.compile("This edit"))).to_contain_text("1")
    page.get_by_role("button", name=re.compile("Undo step 1")).click()
    expect(steps(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(1)
    assert save(page, "Three heirs").status == 201
    expect(notice(page)).to_contain_text("parcels changed")
    born = sorted(set(stored(numbered).versions) - set(before.versions))
    assert _numbers_of(numbered, "B", *born) == ["12/1", "12A", "12B"]
    assert _findings(numbered) == []


def test_a_part_that_is_cleared_has_no_number_and_is_found(
    editor_page: Page, live_server: str, numbered: Engine
) -> None:
    page, before = editor_page, stored(numbered)
    open_map(page, live_server, "A")
    page.keyboard.press("c")
    _card(page).get_by_role("button", name="Parts").click()
    expect(_number(page, 2)).to_have_value("12/8")
    _number(page, 2).fill("")
    _number(page, 1).fill("12/77")
    expect(_number(page, 2)).to_have_value("")
    _number(page, 1).press("Enter")
    expect(steps(page)).to_have_count(1)
    assert save(page, "Numbers follow").status == 201
    (born,) = set(stored(numbered).versions) - set(before.versions)
    assert _numbers_of(numbered, "A", born) == ["12/77", None]
    assert _findings(numbered) == [("missing_number", [born])]


def _card(page: Page) -> Locator:
    return page.get_by_role("region", name="Tool")


def _number(page: Page, part: int) -> Locator:
    return _card(page).get_by_label(f"Number of part {part}")


def _tab_to(page: Page, control: Locator) -> None:
    for _ in range(60):
        if control.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {control}")


def _numbers_of(engine: Engine, *names: str) -> list[str | None]:
    """The numbers of parcels: of the first, then of the others in order."""
    statement = text("SELECT number FROM parcel WHERE parcel_id = :name")
    with engine.connect() as connection:
        first, *others = (connection.execute(statement, {"name": name}).scalar_one() for name in names)
    return [first, *sorted(others)]


def _findings(engine: Engine) -> list[tuple[str, list[str]]]:
    """What is open of numbers, and of which parcels."""
    statement = text(
        "SELECT rule, ARRAY(SELECT parcel_id FROM parcel WHERE id = ANY (parcels)) AS parcels FROM finding WHERE rule IN ('missing_number', 'duplicate_number') AND status = 'open'"
    )
    with engine.connect() as connection:
        return [(row.rule, list(row.parcels)) for row in connection.execute(statement)]
