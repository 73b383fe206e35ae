"""Steps that are not saved outlive the page: on the server, in the browser while that is away, until saved or discarded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, Error, Locator, Page, Route, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser.acting import (
    answer_to,
    drag,
    handle,
    intercept,
    is_edit,
    notice,
    open_form,
    open_map,
    save,
    steps,
    wait_until,
)
from tests.browser.town import edits_of, name_of, stored
from tests.browser_fixtures import sign_in_by_form
from tests.pictures import keep_picture

COUNT = text("SELECT coalesce(sum(operation_count), 0) FROM draft")


def unsaved(page: Page) -> Locator:
    """What the status bar says of the steps."""
    return page.locator(".status-bar .unsaved")


def bar(page: Page) -> Locator:
    """The bar that offers a draft."""
    return page.get_by_role("region", name="Unsaved draft")


def kept(engine: Engine) -> int:
    """How many operations the server keeps in drafts."""
    with engine.connect() as connection:
        return int(connection.execute(COUNT).scalar_one())


def test_steps_are_gone_on_with_after_a_reload_and_saved(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    drag(editor_page, handle(editor_page, name_of(3, 2)), 25, -12)
    editor_page.fill("#edit-comment", "Monument 14")
    expect(unsaved(editor_page)).to_have_text("2 steps not saved · kept on the server")
    assert kept(town) == 2
    questions: list[str] = []

    def leave_all_the_same(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    editor_page.once("dialog", leave_all_the_same)
    editor_page.goto(f"{live_server}/")
    assert questions == ["beforeunload"], "who leaves with unsaved steps is asked, though they are kept"
    expect(bar(editor_page)).to_contain_text("You have 2 unsaved steps from ")
    expect(bar(editor_page)).to_contain_text("kept on the server")
    rehearsed: list[Route] = []
    intercept(
        editor_page,
        "**/api/edits",
        lambda route: route.continue_() if is_edit(route.request) else rehearsed.append(route),
    )
    bar(editor_page).get_by_role("button", name="Continue").click()
    expect(steps(editor_page)).to_have_count(2)
    expect(bar(editor_page)).to_be_hidden()
    expect(notice(editor_page)).to_contain_text("Nothing of it was changed by others")
    expect(editor_page.locator("#edit-comment")).to_have_value("Monument 14")
    # The list of steps by the keyboard: the first is undone, and that undone again. What the edit would do, told
    # meanwhile, leaves the focus where it is.
    editor_page.get_by_role("button", name="Undo step 1").focus()
    wait_until(editor_page, lambda: rehearsed)
    rehearsed[-1].continue_()
    editor_page.unroute("**/api/edits")
    expect(editor_page.locator(".foreseen")).to_be_visible()
    expect(editor_page.get_by_role("button", name="Undo step 1")).to_be_focused()
    editor_page.keyboard.press("ArrowDown")
    expect(editor_page.get_by_role("button", name="Undo step 2")).to_be_focused()
    editor_page.keyboard.press("ArrowUp")
    editor_page.keyboard.press("Delete")
    expect(steps(editor_page)).to_have_text([re.compile("Move point shared by A, B, C")])
    editor_page.keyboard.press("Control+z")
    expect(steps(editor_page)).to_have_count(2)
    answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s"))
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    expect(unsaved(editor_page)).to_be_empty()
    assert edits_of(town, accounts.editor.email) == ["Monument 14"]
    assert stored(town).versions["A"] == 2
    with editor_page.expect_response(lambda answer: answer.url.endswith("/api/drafts")) as asked:
        editor_page.goto(f"{live_server}/")
    assert asked.value.json()["drafts"] == []
    expect(bar(editor_page)).to_be_hidden()


def test_an_expired_sign_in_keeps_them_on_this_computer(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    open_map(editor_page, live_server, "A")
    editor_page.context.clear_cookies()
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    expect(unsaved(editor_page)).to_have_text("1 step not saved · kept on this computer")
    editor_page.goto(f"{live_server}/")
    sign_in_by_form(editor_page, live_server, accounts.editor)
    expect(bar(editor_page)).to_contain_text("You have 1 unsaved step from ")
    expect(bar(editor_page)).to_contain_text("kept on this computer")
    assert kept(town) == 0
    bar(editor_page).get_by_role("button", name="Continue").click()
    expect(unsaved(editor_page)).to_have_text("1 step not saved · kept on the server")
    assert save(editor_page, "After the break").status == 201
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    assert stored(town).versions["A"] == 2


def test_another_computer_is_told_what_others_changed_meanwhile(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    expect(unsaved(editor_page)).to_contain_text("kept on the server")
    with town.begin() as connection:
        connection.execute(text("UPDATE parcel SET address = '1 New Road' WHERE parcel_id = 'A'"))
    editor_page.evaluate("localStorage.clear()")
    editor_page.goto(f"{live_server}/")
    bar(editor_page).get_by_role("button", name="Continue").click()
    expect(notice(editor_page)).to_contain_text("Changed by others since: A (version 1, now 2)")
    expect(steps(editor_page)).to_have_count(1)
    assert save(editor_page, "On top of it").status == 201


def test_a_draft_is_discarded_from_the_bar_after_asking(editor_page: Page, live_server: str, town: Engine) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    expect(unsaved(editor_page)).to_contain_text("kept on the server")
    editor_page.goto(f"{live_server}/")
    bar(editor_page).get_by_role("button", name="Discard").click()
    editor_page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    assert kept(town) == 1
    bar(editor_page).get_by_role("button", name="Discard").click()
    editor_page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(bar(editor_page)).to_be_hidden()
    assert kept(town) == 0


def test_my_drafts_are_listed_named_opened_and_discarded(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    drag(page, handle(page, name_of(0, 0)), -15, 15)
    expect(unsaved(page)).to_contain_text("kept on the server")
    page.goto(f"{live_server}/?parcel=D")
    expect(bar(page)).to_contain_text("kept on the server: Move point of A")
    expect(page.locator(".panel-head .chip")).to_contain_text("version")
    page.keyboard.press("m")
    drag(page, handle(page, name_of(11, 0)), 15, 15)
    page.get_by_role("button", name="Drafts").click()
    dialog = page.get_by_role("dialog", name="My drafts")
    rows = dialog.locator(".drafts li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("open here")
    keep_picture(page, "drafts")
    title = rows.last.get_by_label("Title")
    expect(title).to_have_value(re.compile("^Move point of A"))
    title.fill("Monument 14")
    title.press("Enter")
    expect(dialog.get_by_role("button", name="Open Monument 14")).to_be_visible()
    dialog.get_by_role("button", name="Open Monument 14").click()
    # What was open is a draft of its own now.
    expect(steps(page)).to_have_text([re.compile("Move point of A")])
    with town.connect() as connection:
        titles = list(connection.execute(text("SELECT title FROM draft ORDER BY id")).scalars())
    assert titles[0] == "Monument 14"
    assert titles[1].startswith("Move point of D")
    page.get_by_role("button", name="Drafts").click()
    dialog.get_by_role("button", name="Discard Move point of D").click()
    page.get_by_role("dialog", name="Discard this draft?").get_by_role("button", name="Discard").click()
    expect(rows).to_have_count(1)
    dialog.get_by_role("button", name="Close").click()
    assert kept(town) == 1
    assert save(page, "Re-measured").status == 201
    expect(notice(page)).to_contain_text("Saved as edit")
    assert (stored(town).versions["A"], stored(town).versions["D"]) == (2, 1)


def test_a_page_that_crashes_loses_no_step(editor_page: Page, live_server: str, town: Engine) -> None:
    open_map(editor_page, live_server, "A")
    intercept(editor_page, "**/api/drafts", lambda route: route.abort())  # the last step never reached the server
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    expect(unsaved(editor_page)).to_contain_text("kept on this computer")
    with editor_page.expect_event("crash"), pytest.raises(Error, match="crash"):
        editor_page.goto("chrome://crash")
    again = editor_page.context.new_page()
    again.goto(f"{live_server}/")
    expect(bar(again)).to_contain_text("You have 1 unsaved step from ")
    bar(again).get_by_role("button", name="Continue").click()
    expect(steps(again)).to_have_count(1)
    assert save(again, "After the crash").status == 201
    assert stored(town).versions["A"] == 2


def test_a_form_that_is_left_offers_its_steps_and_saving_it_ends_the_draft(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    page = editor_page
    open_form(page, live_server, "A")
    drag(page, handle(page, name_of(3, 2)), 20, -12)
    page.get_by_label("Reason").fill("Monument 14")
    expect(unsaved(page)).to_contain_text("kept on the server")
    open_form(page, live_server, "D")
    expect(bar(page)).to_be_hidden()  # it is about other parcels
    open_form(page, live_server, "A")
    bar(page).get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_count(1)
    expect(page.get_by_label("Reason")).to_have_value("Monument 14")
    # Refused, it comes back as the same draft; saved a moment after a step, none is left.
    page.get_by_label("Reason").fill(" ")
    with page.expect_navigation():
        page.get_by_role("button", name="Save edit").click()
    expect(steps(page)).to_have_count(1)
    drag(page, handle(page, name_of(0, 0)), -15, 15)
    page.get_by_label("Reason").fill("Monument 14")
    with page.expect_navigation():
        page.get_by_role("button", name="Save edit").click()
    expect(page.locator(".chip").first).to_have_text("version 2")
    assert edits_of(town, accounts.editor.email) == ["Monument 14"]
    assert kept(town) == 0
    expect(page.locator(".handle-point").first).to_be_visible()
    expect(bar(page)).to_be_hidden()
