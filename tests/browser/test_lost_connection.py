"""The answer gets lost, the server is away, the session ends: the edit is applied once and nothing is drawn again."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import APIResponse, Page, Route, expect
from sqlalchemy import Engine

from tests.accounts import People
from tests.browser.acting import answer_to, drag, handle, intercept, is_edit, notice, open_map, save, steps, wait_until
from tests.browser.town import edits_of, name_of, stored
from tests.browser_fixtures import sign_in_page


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if not is_edit(route.request):
            return route.continue_()
        keys.append(json.loads(route.request.post_data or "{}")["key"])
        if len(keys) > 1:
            return route.continue_()
        route.fetch()  # the server applies it, the browser never hears of it
        return route.abort("connectionreset")

    editor_page.route("**/api/edits", lose_the_first_answer)
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 25, -12)
    editor_page.fill("#edit-comment", "Once")
    editor_page.keyboard.press("Control+s")
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert edits_of(town, accounts.editor.email) == ["Once"]
    assert stored(town).versions["A"] == 2


def test_a_server_that_is_away_is_waited_for_and_said_after_two_seconds(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    editor_page.fill("#edit-comment", "Patience")
    intercept(
        editor_page, "**/api/edits", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}")
    )
    editor_page.keyboard.press("Control+s")
    expect(notice(editor_page)).to_contain_text("Still saving")
    editor_page.unroute("**/api/edits")
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    assert stored(town).versions["A"] == 2


def test_an_ended_session_is_signed_in_again_from_the_page_and_the_edit_goes_out(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    editor_page.context.clear_cookies()
    assert save(editor_page, "After the break").status in {400, 401}
    dialog = editor_page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text(accounts.editor.email)
    expect(steps(editor_page)).to_have_count(1)
    dialog.get_by_label("Password").fill("not this one")
    dialog.get_by_label("Password").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("This password is not right.")
    dialog.get_by_label("Password").fill(accounts.editor.password)
    answer_to(editor_page, lambda: dialog.get_by_label("Password").press("Enter"))
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    assert edits_of(town, accounts.editor.email) == ["After the break"]


def come_back(page: Page) -> None:
    """From another tab to the page's."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def test_signing_in_in_another_tab_does_too_but_not_as_somebody_else(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    sign_ins: list[str] = []
    editor_page.on("response", lambda answer: sign_ins.append(answer.url) if "/login" in answer.url else None)
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    editor_page.context.clear_cookies()
    assert save(editor_page, "After the break").status in {400, 401}
    dialog = editor_page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    sign_in_page(editor_page, live_server, accounts.administrator)
    come_back(editor_page)
    expect(dialog.get_by_role("alert")).to_contain_text(f"{accounts.administrator.email} is signed in")
    assert stored(town).versions["A"] == 1
    # The sign-in page begins a session of nobody: asked for unseen, its answer would end the one of the other tab.
    assert sign_ins == []
    # The stranger's answer is still on its way when the right one has signed in and comes back: it is asked again.
    late: list[tuple[Route, APIResponse]] = []

    def keep_the_first_answer(route: Route) -> None:
        if late:
            return route.continue_()
        return late.append((route, route.fetch()))

    intercept(editor_page, "**/?parcel=A", keep_the_first_answer)
    come_back(editor_page)
    wait_until(editor_page, lambda: late)
    sign_in_page(editor_page, live_server, accounts.editor)
    come_back(editor_page)
    [(route, answer)] = late
    route.fulfill(response=answer)
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    assert edits_of(town, accounts.editor.email) == ["After the break"]
    assert edits_of(town, accounts.administrator.email) == []


def test_keys_pressed_while_the_edit_is_saved_go_into_no_field_and_start_nothing(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    held: list[Route] = []
    editor_page.route("**/api/edits", lambda route: held.append(route) if is_edit(route.request) else route.continue_())
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    editor_page.locator("#edit-comment").fill("Monument 14")
    editor_page.keyboard.press("Control+s")
    expect(editor_page.get_by_role("button", name="Saving…")).to_be_visible()
    editor_page.keyboard.type("i")  # a tool is chosen
    editor_page.keyboard.press("Control+z")
    editor_page.keyboard.press("Delete")
    editor_page.locator("#edit-comment").press_sequentially("lost?")
    expect(editor_page.locator("#edit-comment")).to_have_value("Monument 14")
    expect(steps(editor_page)).to_have_count(1)
    editor_page.wait_for_function("document.querySelector('[aria-keyshortcuts=\"I\"]')?.ariaPressed === 'true'")
    held[0].continue_()
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    expect(editor_page.locator("#edit-comment")).to_have_value("")
    assert stored(town).versions["A"] == 2


def test_what_the_edit_changes_besides_is_loaded_shown_and_then_seen(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    bodies: list[dict[str, Any]] = []

    def forget_one(route: Route) -> None:
        if not is_edit(route.request):
            return route.continue_()
        bodies.append(json.loads(route.request.post_data or "{}"))
        body = {**bodies[-1], "seen": {"A": 1, "C": 1}} if len(bodies) == 1 else bodies[-1]
        return route.continue_(post_data=json.dumps(body))

    editor_page.route("**/api/edits", forget_one)
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 25, -12)
    assert save(editor_page, "All three").status == 428
    expect(notice(editor_page)).to_contain_text("The edit also changes B")
    expect(steps(editor_page)).to_have_count(1)
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    assert bodies[1]["seen"] == {"A": 1, "B": 1, "C": 1}
    assert stored(town).versions["B"] == 2
