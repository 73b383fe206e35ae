"""Review on one page: from a dirty import to no open finding of a rule, by the keyboard, with every step in the history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine, text

from tests.accounts import People, Person
from tests.browser.dirty import write_corner, write_streets
from tests.browser_fixtures import sign_in_page
from tests.pictures import keep_picture

REASON, LAWFUL = "Deed of 1987 holds", "Stands so in both deeds"
ALSO_EDITOR = text("INSERT INTO account_role (account_id, role_id) SELECT :account, id FROM role WHERE name = 'editor'")
# How much each pair of current parcels of the coverage has in common.
COMMON = text("""
    SELECT a.parcel_id, b.parcel_id, ST_Area(ST_Intersection(a.geom, b.geom)::geography)
    FROM parcel AS a JOIN parcel AS b ON a.id < b.id AND a.geom && b.geom AND ST_Relate(a.geom, b.geom, '2********')
    WHERE a.end_lifespan_version IS NULL AND b.end_lifespan_version IS NULL""")
STATUSES = text("SELECT id, status FROM finding WHERE rule = :rule")
# Every step of every finding of the rule: what, and by whom, of an edit its author.
STEPS = text("""
    SELECT f.id, e.what, coalesce(e.account_id, d.author_id) AS who, e.reason, e.edit_id
    FROM finding_event AS e JOIN finding AS f ON f.id = e.finding LEFT JOIN edit AS d ON d.id = e.edit_id
    WHERE f.rule = :rule ORDER BY e.id""")
EDITS = text("SELECT id, comment, receipt FROM edit WHERE author_id = :account ORDER BY id")


@pytest.fixture
def judge(engine: Engine, accounts: People) -> Person:
    """A reviewer who may edit, too."""
    with engine.begin() as connection:
        connection.execute(ALSO_EDITOR, {"account": accounts.reviewer.account_id})
    return accounts.reviewer


@pytest.fixture
def streets(app: Flask, tmp_path: Path) -> None:
    bring_in(app, write_streets(tmp_path / "streets.geojson"))


def bring_in(app: Flask, path: Path) -> None:
    """Import a file, and look at the whole coverage, as an office does on a command line."""
    for command in (["parcels", "import", str(path)], ["validity", "scan", "--processes", "1"]):
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output


def common_areas(engine: Engine) -> dict[tuple[str, str], float]:
    with engine.connect() as connection:
        return {(one, other): area for one, other, area in connection.execute(COMMON)}


def current(page: Page) -> Locator:
    return page.locator("tr[aria-current=true]")


def ways(page: Page) -> Locator:
    """The ways to fix, once they are worked out."""
    expect(page.locator(".ways")).not_to_contain_text("Trying what would fix it")
    return page.locator(".fix-card")


def notice(page: Page) -> Locator:
    return page.locator(".detail-notice")


def row(page: Page, number: int) -> Locator:
    return page.locator(f'tr[data-finding="{number}"]')


def said(page: Page) -> Locator:
    return page.locator("[data-slot=said]")


def work_off(page: Page) -> dict[int, str]:
    """Every finding of the list by the keyboard: the first way to fix it, else accepted. What was done, by finding."""
    done: dict[int, str] = {}
    while page.locator("tr[data-finding]").count():
        number = int(current(page).get_attribute("data-finding") or "")
        expect(current(page)).to_be_focused()
        if ways(page).count():
            page.keyboard.press("f")
            expect(page.locator(".fix-card input").first).to_be_focused()
            page.keyboard.press("Enter")  # chosen; what it wants is asked for
            expect(page.get_by_label("Reason")).to_be_focused()
            page.keyboard.type(REASON)
            page.keyboard.press("Enter")
            expect(said(page)).to_contain_text(re.compile(r"Fixed by edit \d+"))
            done[number] = "fixed"
        else:
            page.keyboard.press("a")
            expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_focused()
            page.keyboard.type(LAWFUL)
            page.keyboard.press("Enter")
            expect(said(page)).to_contain_text(f"Finding {number} is accepted")
            done[number] = "accepted"
        expect(row(page, number)).to_have_count(0)
    return done


def check_history(engine: Engine, judge: Person, done: dict[int, str], before: dict[tuple[str, str], float]) -> None:
    with engine.connect() as connection:
        statuses = {row.id: row.status for row in connection.execute(STATUSES, {"rule": "overlap"})}
        steps = connection.execute(STEPS, {"rule": "overlap"}).all()
        edits = connection.execute(EDITS, {"account": judge.account_id}).all()
    assert "open" not in statuses.values()
    assert {number: statuses[number] for number in done} == done
    for number, what in done.items():
        (last,) = [step for step in steps if step.id == number][-1:]
        assert (last.what, last.who) == (what, judge.account_id)
        assert what == "fixed" or last.reason == LAWFUL
    fixes = {step.edit_id for step in steps if step.what == "fixed"}
    assert fixes == {edit.id for edit in edits}  # each fix is an edit, and each edit a fix
    assert all(edit.comment.startswith(REASON) and edit.receipt["findings"]["opened"] == [] for edit in edits)
    after = common_areas(engine)
    worse = {pair: (before.get(pair), area) for pair, area in after.items() if area > before.get(pair, 0.0) + 0.01}
    assert worse == {}


def open_overlaps(page: Page, live_server: str, judge: Person, count: int) -> None:
    """The queue of overlaps, chosen above the list."""
    sign_in_page(page, live_server, judge)
    page.goto(f"{live_server}/admin/review/")
    expect(current(page)).to_be_focused()
    page.get_by_label("Rule").select_option(label="Overlap")
    page.wait_for_url(re.compile("rule=overlap"))
    expect(page.locator("tr[data-finding]")).to_have_count(count)
    page.keyboard.press("Escape")  # from the filter to the list


def test_a_reviewer_comes_from_a_dirty_import_to_no_open_overlap(
    page: Page, engine: Engine, live_server: str, judge: Person, streets: None
) -> None:
    before = common_areas(engine)
    open_overlaps(page, live_server, judge, count=4)
    assert ways(page).count() == 0  # of a lot within another: nothing mends that by itself
    done = work_off(page)
    assert sorted(done.values()) == ["accepted", "fixed", "fixed", "fixed"]
    empty = page.get_by_role("heading", name="Nothing under this filter")
    expect(empty).to_be_visible()
    check_history(engine, judge, done, before)
    page.keyboard.press("Enter")  # the way on has the keyboard
    expect(current(page)).to_be_focused()
    expect(page.locator("tr[data-finding]")).to_have_count(30)


def test_so_does_one_with_a_corner_of_a_real_file(
    page: Page, app: Flask, engine: Engine, live_server: str, judge: Person, shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "parcels" / "us_va_williamsburg_parcels.geojson"
    bring_in(app, write_corner(source, tmp_path / "corner.geojson", pairs=1))
    before = common_areas(engine)
    with engine.connect() as connection:
        overlaps = len(connection.execute(STATUSES, {"rule": "overlap"}).all())
    assert 1 <= overlaps <= 4
    open_overlaps(page, live_server, judge, count=overlaps)
    check_history(engine, judge, work_off(page), before)


def go_by_addresses(page: Page, live_server: str, finding: int) -> None:
    """A rule by its bar; back and forward; an address that is sent to somebody."""
    page.get_by_role("button", name=re.compile("^Gap")).press("Enter")
    expect(page.locator("tr[data-finding]")).to_have_count(15)
    page.go_back()
    expect(page.locator("tr[data-finding]")).to_have_count(34)
    page.go_forward()
    expect(page.locator("tr[data-finding]")).to_have_count(15)
    page.goto(f"{live_server}/admin/review/?rule=missing_point&finding={finding}")
    expect(page.locator(".detail h2")).to_contain_text(" and ")
    expect(page.locator("tr[data-finding]")).to_have_count(15)


def narrow_to_what_the_map_shows(page: Page) -> None:
    """A parcel is searched for: the map goes there and the queue shows what is found there; then all again."""
    for key in ("Escape", "/"):
        page.keyboard.press(key)
    page.keyboard.type("L55")
    expect(page.locator("#search-results li").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("bbox="))
    in_view = page.get_by_role("button", name="in map view")
    expect(in_view).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tr[data-finding]").nth(4)).to_have_count(0)
    expect(page.locator("tr[data-finding]").first).to_be_visible()
    in_view.press("Enter")
    expect(page.locator("tr[data-finding]")).to_have_count(15)
    expect(in_view).to_be_focused()


def take_three_and_accept_them(page: Page) -> None:
    """Three in a row are taken, then accepted together; who has them is told in their rows."""
    page.locator("tr[data-finding]").first.click()
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("toolbar", name="Chosen findings")).to_contain_text("3 chosen")
    page.keyboard.press("s")
    expect(page.locator("tr[data-finding] .state", has_text="assigned to you")).to_have_count(3)
    expect(current(page)).to_be_focused()
    page.get_by_label("Assigned to").select_option(label="you")
    expect(page.locator("tr[data-finding]")).to_have_count(3)
    page.keyboard.press("Escape")
    for key in ("Home", "x", "Shift+J", "Shift+J", "a"):
        page.keyboard.press(key)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Accept 3 findings?")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Say why it is lawful.")
    page.keyboard.type(LAWFUL)
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("3 findings are accepted")
    page.get_by_role("button", name="Clear the filter").press("Enter")
    expect(page.locator("tr[data-finding]")).to_have_count(31)


def contest_a_boundary(page: Page, finding: int) -> None:
    """Somebody contests a boundary; it is told, and settled."""
    row(page, finding).click()
    for button, sentence in (("Mark as disputed…", "marked as disputed"), ("The dispute is settled…", "settled")):
        page.get_by_role("button", name=button).press("Enter")
        page.keyboard.type("Anna Meyer contests it")
        page.keyboard.press("Enter")
        expect(said(page)).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Mark as disputed…")).to_be_visible()


def fix_after_refusals(page: Page, engine: Engine, finding: int) -> None:
    """Somebody was faster: nothing is changed, the fixes are worked out anew. A rule refuses: it says which. Then it is done."""
    row(page, finding).click()
    ways(page).first.wait_for()
    keep_picture(page, "review")
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET address = 'theirs' WHERE parcel_id LIKE 'L0%'"))
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    page.keyboard.type(REASON)
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("Nothing was changed")
    expect(page.locator(".map-notice")).to_contain_text("worked out anew")
    ways(page).first.wait_for()

    refusal = {
        "type": "https://example.org/problems/edit_rejected", "title": "Refused", "status": 422,
        "findings": [{"rule": "gap", "parcels": ["L00"], "measure": 1.0, "message": "It would leave open land.",
                      "place": {"type": "Point", "coordinates": [7.0002, 46.0002]}}],
    }  # fmt: skip

    def refuse(route: Route) -> None:
        route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(refusal))

    page.route("**/api/edits", refuse)
    for key in ("f", "Enter", "Enter"):
        page.keyboard.press(key)
    expect(notice(page)).to_contain_text("It would leave open land.")
    expect(page.locator(".map-notice")).to_contain_text("It would leave open land.")
    page.unroute("**/api/edits", refuse)
    page.get_by_role("button", name="Apply and next").press("Enter")
    expect(said(page)).to_contain_text("Fixed by edit")
    expect(current(page)).to_be_focused()


def read_the_keys_and_go_to_the_editor(page: Page) -> None:
    """The keys are told, and the focus comes back; the editor opens at the place."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(current(page)).to_be_focused()
    number = current(page).get_attribute("data-finding")
    page.keyboard.press("e")
    page.wait_for_url(re.compile(rf"/\?.*finding={number}"))


def test_the_page_keeps_its_place_explains_refusals_and_takes_many_at_once(
    page: Page, engine: Engine, live_server: str, judge: Person, accounts: People, streets: None,
    another_page: Callable[[Person], Page],
) -> None:  # fmt: skip
    sign_in_page(page, live_server, judge)
    page.goto(f"{live_server}/admin/review/")
    expect(current(page)).to_be_focused()
    overlaps = [int(page.locator("tr[data-finding]").nth(n).get_attribute("data-finding") or "") for n in range(4)]
    go_by_addresses(page, live_server, overlaps[1])
    narrow_to_what_the_map_shows(page)
    take_three_and_accept_them(page)
    contest_a_boundary(page, overlaps[2])
    fix_after_refusals(page, engine, overlaps[1])
    read_the_keys_and_go_to_the_editor(page)
    viewer = another_page(accounts.viewer)
    viewer.goto(f"{live_server}/admin/review/")
    expect(viewer.locator(".ways")).to_contain_text("an editor applies them")
    viewer.keyboard.press("a")
    expect(notice(viewer)).to_contain_text("needs the role reviewer")
