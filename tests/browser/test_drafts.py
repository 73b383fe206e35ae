"""Steps that are not saved outlive the page: on the server, in the browser while that is away, until saved or discarded."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser.acting import answer_to, drag, handle, notice, open_map, save, steps
from tests.browser.town import edits_of, name_of, stored
from tests.browser_fixtures import sign_in_by_form

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
    editor_page.goto(f"{live_server}/")  # and nobody asks
    expect(bar(editor_page)).to_contain_text("You have 2 unsaved steps from ")
    expect(bar(editor_page)).to_contain_text("kept on the server")
    bar(editor_page).get_by_role("button", name="Continue").click()
    expect(steps(editor_page)).to_have_count(2)
    expect(bar(editor_page)).to_be_hidden()
    expect(notice(editor_page)).to_contain_text("Nothing of it was changed by others")
    expect(editor_page.locator("#edit-comment")).to_have_value("Monument 14")
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
