"""The queue of the review page shows 25 findings at 1440 by 900, whatever narrows it and whatever is chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser.dirty import write_streets
from tests.browser_fixtures import sign_in_page

LEAST_ROWS = 25
# Rows that nothing cuts or covers: at their middle and near their ends the page has the row itself.
ROWS_IN_VIEW = """() => {
  const list = document.querySelector('.queue-list').getBoundingClientRect();
  return [...document.querySelectorAll('tr[data-finding]')].filter((row) => {
    const { left, right, top, bottom } = row.getBoundingClientRect();
    if (top < list.top || bottom > list.bottom + 0.5) return false;
    return [left + 8, (left + right) / 2, right - 8].every((x) => [top + 2, bottom - 2].every((y) => row.contains(document.elementFromPoint(x, y))));
  }).length;
}"""
# Five rules with a bar of their own: nothing stands above the queue that makes it shorter than this.
OF_OTHER_RULES = text("""
    UPDATE finding SET rule = (ARRAY['tiny_parcel', 'thin_parcel', 'self_touch', 'legal_area'])[1 + id % 4]
    WHERE id IN (SELECT id FROM finding WHERE rule = 'gap' ORDER BY id LIMIT 4)""")


@pytest.fixture
def queue(page: Page, app: Flask, engine: Engine, live_server: str, accounts: People, tmp_path: Path) -> Page:
    """The review page of a dirty file, opened by a reviewer."""
    for command in (
        ["parcels", "import", str(write_streets(tmp_path / "streets.geojson"))],
        ["validity", "scan", "--processes", "1"],
    ):
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output
    with engine.begin() as connection:
        connection.execute(OF_OTHER_RULES)
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in_page(page, live_server, accounts.reviewer)
    return page


def open_queue(page: Page, live_server: str, question: str) -> None:
    page.goto(f"{live_server}/admin/review/{question}")
    expect(rows(page).nth(LEAST_ROWS)).to_be_attached()
    expect(page.locator("tr[aria-current=true]")).to_be_focused()
    expect(page.locator(".bar").first).to_be_visible()


def rows(page: Page) -> Locator:
    return page.locator("tr[data-finding]")


def chips(page: Page) -> Locator:
    """What the row of filters holds, from left to right."""
    return page.locator(".filter-row > *")


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?status=any&age=to-1&batch=1&area=level:parcels",  # four that narrow: more than the row has room for
        "?assignee=none&sort=newest&bbox=6.99,45.99,7.01,46.01&age=to-1",
    ],
)
def test_25_findings_are_seen_however_the_queue_is_narrowed(queue: Page, live_server: str, question: str) -> None:
    open_queue(queue, live_server, question)
    assert queue.evaluate(ROWS_IN_VIEW) >= LEAST_ROWS
    tops = {round(box["y"]) for one in chips(queue).all() if (box := one.bounding_box())}
    assert max(tops) - min(tops) <= 1  # one row
    queue.keyboard.press("x")
    queue.keyboard.press("Shift+J")
    expect(queue.get_by_role("toolbar", name="Chosen findings")).to_contain_text("2 chosen")
    assert queue.evaluate(ROWS_IN_VIEW) >= LEAST_ROWS


def test_a_chip_that_is_out_of_sight_comes_into_it_with_the_keyboard(queue: Page, live_server: str) -> None:
    open_queue(queue, live_server, "?status=any&age=to-1&batch=1&area=level:parcels")
    row = queue.locator(".filter-row")
    expect(row).to_have_class(re.compile("is-cut-after"))
    queue.get_by_role("button", name="Import as usual").focus()
    expect(queue.get_by_role("button", name="Import as usual")).to_be_in_viewport(ratio=1)
    expect(row).to_have_class(re.compile("is-cut-before"))
    queue.keyboard.press("Enter")
    queue.wait_for_url(lambda url: "batch" not in url)


def test_what_is_seldom_wanted_is_in_a_menu_that_the_keyboard_opens_and_leaves(queue: Page, live_server: str) -> None:
    open_queue(queue, live_server, "")
    more = queue.get_by_role("button", name="More filters")
    more.press("Enter")
    menu = queue.get_by_role("group", name="More filters")
    expect(menu).to_be_visible()
    queue.keyboard.press("Tab")
    severity = menu.get_by_label("Severity")
    expect(severity).to_be_focused()
    severity.select_option("error")
    queue.wait_for_url(re.compile("severity=error"))
    expect(severity).to_be_focused()  # the menu is still open, and says what holds
    expect(severity).to_have_value("error")
    expect(rows(queue).nth(LEAST_ROWS)).to_have_count(0)
    expect(chips(queue).filter(has_text="error")).to_have_count(1)
    menu.get_by_label("Disputed only").press("Space")
    queue.wait_for_url(re.compile("disputed=1"))
    menu.get_by_role("button", name="Clear all filters").press("Enter")
    queue.wait_for_url(lambda url: "severity" not in url)
    expect(rows(queue).nth(LEAST_ROWS)).to_be_attached()
    queue.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    expect(more).to_have_class("filter-more")
