"""The answer gets lost, the server is away, the session ends: the edit is applied once and nothing is drawn again."""

from __future__ import annotations

import json

from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine

from tests.accounts import People
from tests.browser.acting import answer_to, drag, handle, is_edit, notice, open_map, save, steps
from tests.browser.town import edits_of, name_of, stored
from tests.browser_fixtures import sign_in_by_form


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
    editor_page.route("**/api/edits", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}"))
    editor_page.keyboard.press("Control+s")
    expect(notice(editor_page)).to_contain_text("Still saving")
    editor_page.unroute("**/api/edits")
    expect(notice(editor_page)).to_contain_text("Saved as edit", timeout=15_000)
    assert stored(town).versions["A"] == 2


def test_an_ended_session_keeps_the_steps_until_signed_in_again(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    editor_page.context.clear_cookies()
    assert save(editor_page, "After the break").status in {400, 401}
    expect(notice(editor_page)).to_contain_text("no longer signed in")
    expect(steps(editor_page)).to_have_count(1)
    other_tab = editor_page.context.new_page()
    sign_in_by_form(other_tab, live_server, accounts.editor)
    answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s"))
    expect(notice(editor_page)).to_contain_text("Saved as edit")
    assert edits_of(town, accounts.editor.email) == ["After the break"]
