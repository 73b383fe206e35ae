"""What a reviewer may not decide alone, in two browsers: acceptances and refused rows wait, and another approves them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin.settings import Settings
from tests.accounts import People, Person
from tests.browser.acting import drag, handle, notice, open_map, step_px, steps
from tests.browser.dirty import write_features, write_streets
from tests.browser.test_quarantine import DRAWN, FILE, polygon, tally
from tests.browser.test_review import ALSO_EDITOR, bring_in, current, said
from tests.browser.town import name_of, place
from tests.browser_fixtures import sign_in_page

WHY = "Stands so in both deeds"
MARK = text(
    "INSERT INTO disputed_boundary (place, parcels, reason, marked_by) "
    "SELECT ST_SetSRID(ST_MakeLine(ST_MakePoint(:x1, :y1), ST_MakePoint(:x2, :y2)), 4326), "
    "ARRAY(SELECT id FROM parcel WHERE parcel_id IN ('A', 'B') ORDER BY id), 'The fence stands elsewhere', :account"
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings,
        four_eyes=frozenset({("reviewer", "acceptance"), ("reviewer", "correction"), ("reviewer", "known_gap")}),
    )


@pytest.fixture
def judge(engine: Engine, accounts: People) -> Person:
    """A reviewer who may edit, too, and decides nothing alone."""
    with engine.begin() as connection:
        connection.execute(ALSO_EDITOR, {"account": accounts.reviewer.account_id})
    return accounts.reviewer


@pytest.fixture
def second(another_page: Callable[[Person], Page], accounts: People) -> Page:
    """The administrator's, who approves."""
    return another_page(accounts.administrator)


def approve(page: Page, live_server: str, what: str) -> None:
    page.goto(f"{live_server}/admin/waiting/")
    page.get_by_role("link", name=re.compile(f"^{what}")).click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("Approved.")


def test_findings_are_proposed_wait_in_the_queue_and_are_accepted_when_another_approves(
    app: Flask, page: Page, another_page: Callable[[Person], Page], live_server: str, accounts: People, judge: Person,
    tmp_path: Path,
) -> None:  # fmt: skip
    bring_in(app, write_streets(tmp_path / "streets.geojson"))
    sign_in_page(page, live_server, judge)
    page.goto(f"{live_server}/admin/review/?rule=overlap")
    expect(current(page)).to_be_focused()
    rows = page.locator("tr[data-finding]")
    many = rows.count()
    page.keyboard.press("x")
    page.keyboard.press("Shift+j")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Propose to accept 2 findings?")
    dialog.get_by_label("Reason").fill(WHY)
    dialog.get_by_role("button", name="Submit for approval").click()
    expect(said(page)).to_contain_text("Submitted: to accept 2 findings waits for another person as draft 1.")
    expect(rows.filter(has_text="proposed")).to_have_count(2)
    expect(rows).to_have_count(many)
    expect(page.locator(".detail")).to_contain_text("proposed to accept it")
    expect(page.get_by_role("button", name="Accept as exception…")).to_have_count(0)

    approve(another_page(accounts.administrator), live_server, "Accept 2 findings")
    page.reload()
    expect(rows).to_have_count(many - 2)
    page.get_by_label("Status").select_option("accepted")
    expect(rows).to_have_count(2)
    expect(page.locator(".detail")).to_contain_text(f"approved by {accounts.administrator.email}")


def test_land_is_proposed_to_be_open_is_returned_with_a_question_and_declared_when_another_approves(
    app: Flask, page: Page, second: Page, live_server: str, accounts: People, judge: Person, tmp_path: Path,
) -> None:  # fmt: skip
    bring_in(app, write_streets(tmp_path / "streets.geojson"))
    sign_in_page(page, live_server, judge)
    page.goto(f"{live_server}/admin/review/?rule=gap")
    expect(current(page)).to_be_focused()
    rows = page.locator("tr[data-finding]")
    many = rows.count()
    number = int(current(page).get_attribute("data-finding") or "")
    page.get_by_role("button", name="Land that nobody owns…").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Propose to declare the land of the gap of")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Say why nobody owns the land.")
    page.keyboard.type("Bed of the old river")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text(f"Submitted: to declare the land of finding {number} open waits")
    expect(page.locator(".detail")).to_contain_text("proposed to declare its land open")
    expect(page.get_by_role("button", name="Land that nobody owns…")).to_have_count(0)
    expect(rows).to_have_count(many)

    second.goto(f"{live_server}/admin/waiting/")
    second.get_by_role("link", name=re.compile("^Declare the land of 1 gap open")).click()
    expect(second.locator("#draft-map canvas").first).to_be_visible()
    second.get_by_label("Comment").fill("Which river?")
    second.get_by_role("button", name="Return…").click()
    expect(second.get_by_role("status")).to_contain_text("Returned to")
    page.goto(f"{live_server}/admin/waiting/")
    page.get_by_role("link", name=re.compile("^Declare the land")).click()
    expect(page.locator(".notice-bad")).to_contain_text("Which river?")
    page.get_by_label("Comment").fill("The one of 1821")
    page.get_by_role("button", name="Submit again").click()
    expect(page.get_by_role("status")).to_contain_text("Submitted.")
    approve(second, live_server, "Declare the land of 1 gap open")
    expect(second.get_by_role("status")).to_contain_text("The land of 1 gap is declared open.")

    page.goto(f"{live_server}/admin/review/?rule=gap")
    expect(rows).to_have_count(many - 1)
    page.goto(f"{live_server}/admin/review/?status=fixed&finding={number}")
    expect(page.locator(".detail")).to_contain_text(f"land declared open by {judge.email}")
    expect(page.locator(".detail")).to_contain_text(f"approved by {accounts.administrator.email}")
    result = app.test_cli_runner().invoke(args=["validity", "scan", "--processes", "1"])
    assert result.exit_code == 0, result.output
    page.reload()
    expect(page.locator(".detail .chip")).to_have_text("fixed")  # a scan does not find it again


def test_refused_rows_are_proposed_from_their_page_and_from_the_map_and_admitted_when_another_approves(
    app: Flask, page: Page, another_page: Callable[[Person], Page], live_server: str, accounts: People, judge: Person,
    tmp_path: Path,
) -> None:  # fmt: skip
    file = tmp_path / "dirty.geojson"
    file.write_bytes(FILE)
    result = app.test_cli_runner().invoke(args=["parcels", "import", str(file), "--id-field", "id"])
    assert result.exit_code == 0, result.output
    sign_in_page(page, live_server, judge)
    page.goto(f"{live_server}/admin/staged_parcel/of/1/{DRAWN}")
    page.get_by_role("link", name="Edit on the map").click()
    wrong = handle(page, name_of(20, 2))
    expect(wrong).to_be_visible()
    step = step_px(page, name_of(20, 0), name_of(22, 0), 2)
    drag(page, wrong, step, 4.5 * step)
    page.fill("#edit-comment", "corner as on the plat")
    page.keyboard.press("Control+s")
    expect(notice(page)).to_contain_text("Submitted for approval as draft 1.")
    expect(page.get_by_role("heading", name=f"Row {DRAWN} of import 1 waits for approval")).to_be_visible()
    expect(steps(page)).to_have_count(0)
    page.get_by_role("link", name="Its page").click()
    expect(page.locator(".chip-submitted")).to_have_text("waits for approval")
    expect(page.get_by_role("link", name="Edit on the map")).to_have_count(0)

    page.goto(f"{live_server}/admin/staged_parcel/of/1/2")
    page.get_by_role("button", name="Propose a repair").click()
    page.get_by_label("Reason").fill("a digitising error")
    page.get_by_role("button", name="Submit the repaired outline").click()
    expect(page.locator(".chip-submitted")).to_be_visible()
    page.goto(f"{live_server}/admin/import_batch/details/?id=1")
    before = tally(page)
    assert "2 wait for approval" in before[2]

    second = another_page(accounts.administrator)
    approve(second, live_server, "Admit row 2")
    second.goto(f"{live_server}/admin/waiting/")
    second.locator("tbody").get_by_role("link", name="1", exact=True).click()
    expect(second.locator(".details")).to_contain_text(f"row {DRAWN} of import 1")
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("status")).to_contain_text("Approved. Saved as edit")
    page.reload()
    after = [int(re.sub(r"\D.*", "", figure, flags=re.DOTALL)) for figure in tally(page)]
    assert after[0] == sum(after[1:])
    assert after[1] == int(before[1]) + 2


def test_an_overlap_that_a_row_would_make_is_accepted_with_its_admission(
    app: Flask, page: Page, second: Page, live_server: str, judge: Person, tmp_path: Path, engine: Engine
) -> None:  # fmt: skip
    rows = [polygon("G", (14, 0), (16, 0), (16, 2), (14, 2)), polygon("G", (15, 0), (17, 0), (17, 2), (15, 2))]
    file = write_features(tmp_path / "twice.geojson", rows)
    assert app.test_cli_runner().invoke(args=["parcels", "import", str(file), "--id-field", "id"]).exit_code == 0
    sign_in_page(page, live_server, judge)
    page.goto(f"{live_server}/admin/staged_parcel/of/1/2")
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_role("alert")).to_contain_text("would overlap by")
    page.get_by_role("button", name="Accept the overlap as lawful, for the reason below").click()
    expect(page.locator(".chip-submitted")).to_be_visible()
    second.goto(f"{live_server}/admin/waiting/")
    second.get_by_role("link", name="Admit row 2 of import 1").click()
    expect(second.get_by_role("region", name="Accepted with it")).to_contain_text(WHY)
    approve(second, live_server, "Admit row 2")
    with engine.connect() as connection:
        (found,) = connection.execute(text("SELECT status, reason FROM finding WHERE rule = 'overlap'")).all()
    assert tuple(found) == ("accepted", WHY)


def test_the_map_names_a_disputed_boundary_before_it_is_moved_and_after(
    editor_page: Page, town: Engine, live_server: str, accounts: People
) -> None:
    (x1, y1), (x2, y2) = place(3, 0), place(3, 2)
    with town.begin() as connection:
        values = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "account": accounts.reviewer.account_id}
        connection.execute(MARK, values)
    open_map(editor_page, live_server, "A")
    warning = editor_page.locator("[data-disputed]")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 25, -12)
    expect(warning).to_contain_text("Moves a disputed boundary. It can be saved all the same:")
    place_of_it = warning.get_by_role("button", name=re.compile("of A and B, disputed since"))
    expect(place_of_it).to_contain_text(f"({accounts.reviewer.email}): The fence stands elsewhere")
    editor_page.keyboard.press("Control+z")
    expect(warning).to_have_count(0)
    drag(editor_page, handle(editor_page, name_of(3, 2)), 25, -12)
    expect(warning).to_be_visible()
    editor_page.fill("#edit-comment", "Monument 14")
    editor_page.keyboard.press("Control+s")
    expect(notice(editor_page)).to_contain_text("It moved a boundary that is disputed: of A and B, disputed since")
