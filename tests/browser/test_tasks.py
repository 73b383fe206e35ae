"""Everyday tasks done as a practised user does them, with clicks, keys and characters counted as docs/tasks.md says."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyproj
import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from tests.accounts import People
from tests.browser.acting import click_place, drag, handle, notice, steps
from tests.browser.town import STEP, changes_of, insert_lots, name_of, place, stored
from tests.browser_fixtures import sign_in_page
from tests.web.fixes import store_defect

TABLE = Path(__file__).resolve().parents[2] / "docs" / "tasks.md"
GEOD = pyproj.Geod(ellps="WGS84")

# Kept in the session's storage: a task may lead from one page to the next. A drag begins with one press of the button; what
# is typed into a text is counted by its characters, and every other key by itself, with those held besides it.
COUNTER = """
(() => {
  const count = (what, by) => {
    const counts = JSON.parse(sessionStorage.getItem('counts') ?? '{}');
    counts[what] = (counts[what] ?? 0) + by;
    sessionStorage.setItem('counts', JSON.stringify(counts));
  };
  const writes = (event) => {
    if (!event.target.matches('textarea, input:not([type=radio]):not([type=checkbox])')) return false;
    return !event.ctrlKey && (event.key.length === 1 || (event.key === 'Enter' && event.target.matches('textarea')));
  };
  const listen = (type, told) => window.addEventListener(type, (event) => event.isTrusted && told(event), { capture: true, passive: true });
  listen('pointerdown', () => count('clicks', 1));
  listen('wheel', () => count('clicks', 1));
  listen('keydown', (event) => {
    if (!event.repeat && !['Alt', 'Control', 'Meta', 'Shift'].includes(event.key) && !writes(event)) count('keys', 1);
  });
  listen('beforeinput', (event) => count('characters', event.inputType === 'insertLineBreak' ? 1 : event.data?.length ?? 0));
})();
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What hands do in a task."""

    clicks: int  # presses of a mouse button (a drag is one) and turns of its wheel
    keys: int
    characters: int  # typed into texts


def counts_told() -> dict[str, Counts]:
    """Of each task in the table of docs/tasks.md, what it takes here."""
    row = r"^\| ([A-Z][^|]*?) \| (\d+) \| (\d+) \| (\d+) \|"
    rows = re.findall(row, TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {task: Counts(int(clicks), int(keys), int(characters)) for task, clicks, keys, characters in rows}


@pytest.fixture
def plat(app: Flask) -> int:
    """The record under which all of it is done."""
    with app.app_context():
        return create_record(
            NewRecord(type="plat", received=date(2024, 3, 1), number="2024/17", title="Mill Lane"), None
        )


@pytest.fixture
def desk(page: Page, live_server: str, accounts: People, plat: int) -> Callable[[str], Page]:
    """Open an address as the editor, who works under the plat since an edit before; all that hands do from then on is counted."""
    sign_in_page(page, live_server, accounts.editor)
    record = {"id": plat, "type": "plat", "number": "2024/17", "title": "Mill Lane", "state": "received"}
    key = f"spatial-admin record {accounts.editor.email}"
    page.add_init_script(f"sessionStorage.setItem({json.dumps(key)}, {json.dumps(json.dumps(record))});")
    page.add_init_script(COUNTER)

    def open_at(address: str) -> Page:
        page.goto(live_server + address)
        return page

    return open_at


@pytest.fixture
def at_lot(engine: Engine, desk: Callable[[str], Page]) -> Callable[[str], Page]:
    """The map of the town open at a lot, which is selected."""
    insert_lots(engine)

    def open_lot(name: str) -> Page:
        page = desk(f"/?parcel={name}")
        expect(page.locator(".panel-head .chip")).to_contain_text("version")
        return page

    return open_lot


def card(page: Page) -> Locator:
    return page.get_by_role("region", name="Tool")


def save(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(notice(page)).to_contain_text("Saved as edit")


def hands(page: Page) -> Counts:
    """What was counted since the page was opened."""
    counted = json.loads(page.evaluate("sessionStorage.getItem('counts') ?? '{}'"))
    return Counts(counted.get("clicks", 0), counted.get("keys", 0), counted.get("characters", 0))


def records_of(engine: Engine, email: str) -> list[int | None]:
    """The record of each of somebody's edits."""
    statement = text("SELECT e.record_id FROM edit e JOIN account a ON a.id = e.author_id WHERE a.email = :email")
    with engine.connect() as connection:
        return list(connection.execute(statement, {"email": email}).scalars())


def test_a_shared_corner_is_moved(at_lot: Callable[[str], Page], engine: Engine, accounts: People, plat: int) -> None:
    page, before = at_lot("A"), stored(engine)
    page.keyboard.press("m")
    drag(page, handle(page, name_of(3, 2)), 30, -12)
    save(page)
    assert hands(page) == counts_told()["Move a shared corner"]
    after = stored(engine)
    moved = [set(after.points(name)) - set(before.points(name)) for name in "ABC"]
    assert len(moved[0]) == 1
    assert moved[0] == moved[1] == moved[2]
    assert after.differing(before) == set("ABC")
    assert all(place(3, 2) not in after.points(name) for name in "ABC")
    assert after.has_no_overlap()
    assert records_of(engine, accounts.editor.email) == [plat]


def test_a_point_is_inserted_on_a_shared_edge(at_lot: Callable[[str], Page], engine: Engine) -> None:
    page, before = at_lot("A"), stored(engine)
    page.keyboard.press("m")
    drag(page, page.locator(f'.handle-middle[data-points="{name_of(3, 0)} {name_of(3, 2)}"]'), 25, 0)
    save(page)
    assert hands(page) == counts_told()["Insert a point on a shared edge"]
    after = stored(engine)
    (new,) = set(after.points("A")) - set(before.points("A"))
    assert set(after.points("B")) - set(before.points("B")) == {new}
    assert after.differing(before) == {"A", "B"}
    assert after.has_no_overlap()


def test_a_lot_is_split_in_two_equal_halves(at_lot: Callable[[str], Page], engine: Engine) -> None:
    page, before = at_lot("B"), stored(engine)
    page.keyboard.press("c")
    card(page).get_by_role("button", name="Parts").click()
    expect(card(page).get_by_role("radio")).to_have_count(2)
    expect(card(page).get_by_label("Number of part 2")).to_have_value("B/1")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(1)
    save(page)
    assert hands(page) == counts_told()["Split a lot in two equal halves"]
    after = stored(engine)
    (born,) = set(after.versions) - set(before.versions)
    areas = [abs(GEOD.geometry_area_perimeter(after.shapes[name])[0]) for name in ("B", born)]
    assert abs(areas[0] - areas[1]) < 0.02
    assert abs(sum(areas) - abs(GEOD.geometry_area_perimeter(before.shapes["B"])[0])) < 0.02
    with engine.connect() as connection:
        numbers = connection.execute(
            text("SELECT number FROM parcel WHERE parcel_id = ANY(:names) ORDER BY number"), {"names": ["B", born]}
        )
        assert list(numbers.scalars()) == ["B", "B/1"]
    assert after.has_no_overlap()


def test_two_lots_are_merged(at_lot: Callable[[str], Page], engine: Engine) -> None:
    page, before = at_lot("A"), stored(engine)
    page.keyboard.press("g")
    click_place(page, place(4, 1))
    expect(card(page).get_by_role("radio", name=re.compile(r"^A \d"))).to_be_checked()
    page.keyboard.press("Enter")
    save(page)
    assert hands(page) == counts_told()["Merge two lots"]
    after = stored(engine)
    assert set(before.versions) - set(after.versions) == {"B"}
    assert after.shapes["A"].equals(before.shapes["A"].union(before.shapes["B"]))
    assert changes_of(engine, "B") == ["created", "retired"]


def test_a_boundary_is_redrawn(at_lot: Callable[[str], Page], engine: Engine) -> None:
    page, before = at_lot("A"), stored(engine)
    bend = (place(3, 0)[0] + STEP, place(3, 1)[1])
    page.keyboard.press("b")
    handle(page, name_of(3, 0)).click()
    click_place(page, bend)
    handle(page, name_of(3, 2)).click()
    expect(card(page)).to_contain_text(re.compile(r"A.*\(\+.*B.*\(−"))
    page.keyboard.press("Enter")
    save(page)
    assert hands(page) == counts_told()["Redraw a boundary"]
    after = stored(engine)
    (new,) = set(after.points("A")) - set(before.points("A"))
    assert new in after.points("B")
    assert GEOD.inv(*new, *bend)[2] < 0.2  # as near as a pixel
    assert after.differing(before) == {"A", "B"}
    assert after.has_no_overlap()


# From the south-western corner of A round about and back, to the minute and the centimetre: it misses itself by 6 mm.
DEED = """S 20 33 W 8.54
S 14 02 E 8.25
S 66 48 E 7.62
N 82 52 E 8.06
N 39 48 E 7.81
N 18 26 W 6.32
N 72 39 W 8.38
N 68 45 W 9.66"""


def corners_of(deed: str, start: tuple[float, float]) -> list[tuple[float, float]]:
    """Where the courses lead, one after the other."""
    corners = [start]
    for north, degrees, minutes, east, metres in map(str.split, deed.splitlines()):
        angle = float(degrees) + float(minutes) / 60
        azimuth = math.copysign(angle if north == "N" else 180 - angle, 1 if east == "E" else -1)
        lon, lat, _ = GEOD.fwd(*corners[-1], azimuth, float(metres))
        corners.append((lon, lat))
    return corners


def test_a_lot_is_entered_from_a_deed_of_eight_courses(at_lot: Callable[[str], Page], engine: Engine) -> None:
    page, before = at_lot("A"), stored(engine)
    page.keyboard.press("d")
    click_place(page, place(0, 0))
    card(page).get_by_text("Courses or coordinates").click()
    page.keyboard.type(DEED)
    expect(card(page).get_by_role("status").first).to_contain_text(re.compile(r"Misclosure 0\.0\d\d m"))
    card(page).get_by_role("radio", name=re.compile("Compass rule")).click()
    expect(card(page)).to_contain_text("8 points")
    page.keyboard.press("Enter")
    save(page)
    assert hands(page) == counts_told()["Enter a lot from a deed of eight courses"]
    after = stored(engine)
    (born,) = set(after.versions) - set(before.versions)
    *called_for, back = corners_of(DEED, place(0, 0))
    drawn = after.points(born)[:-1]
    assert len(drawn) == 8
    assert place(0, 0) in drawn
    missed = GEOD.inv(*back, *place(0, 0))[2]
    assert 0.001 < missed < 0.01
    for corner in called_for:  # the misclosure is shared out: none is farther off than all of it
        assert min(GEOD.inv(*corner, *point)[2] for point in drawn) < missed
    assert all(after.bits[name] == bits for name, bits in before.bits.items())
    assert after.has_no_overlap()


def test_an_overlap_is_fixed_from_its_finding(
    desk: Callable[[str], Page], engine: Engine, accounts: People, plat: int
) -> None:
    finding, before = store_defect(engine, "overlap"), stored(engine)
    page = desk(f"/admin/finding/details/?id={finding}")
    page.get_by_role("link", name="See and use them on the map").click()
    fix = page.get_by_role("region", name="Fixes for").get_by_role("listitem").filter(has_text="to the boundary of 101")
    expect(fix).to_be_visible()
    fix.get_by_role("button", name="Use this fix").click()
    expect(steps(page).first).to_be_visible()
    save(page)
    assert hands(page) == counts_told()["Fix an overlap from its finding"]
    after = stored(engine)
    assert after.differing(before) == {"B"}
    assert after.has_no_overlap()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT status FROM finding")).scalars().all() == ["fixed"]
    assert records_of(engine, accounts.editor.email) == [plat]
