"""What colleagues save appears by itself; what they are about to change lies hatched on the map, with who."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People, Person
from tests.browser.acting import drag, handle, open_map, save
from tests.browser.test_drafts import unsaved
from tests.browser.town import name_of, stored

HATCHED = """() => {
  const canvas = document.querySelector('.leaflet-colleagues-pane canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let index = 3; index < data.length; index += 4) if (data[index] > 0) count += 1;
  return count;
}"""


def test_a_colleagues_draft_lies_hatched_with_who_and_goes_when_it_is_saved(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    mine, theirs = editor_page, another_page(accounts.administrator)
    open_map(mine, live_server, "B")
    open_map(theirs, live_server, "A")
    drag(theirs, handle(theirs, name_of(3, 2)), -25, -15)
    expect(unsaved(theirs)).to_contain_text("kept on the server")
    sign = mine.get_by_role("button", name=f"{accounts.administrator.email} has a draft open")
    expect(sign).to_have_accessible_name(re.compile(r"since [\d:]+: parcels A, B, C\.$"))
    assert mine.evaluate(HATCHED) > 0
    # B is selected here and in their draft: said where it is edited.
    expect(mine.locator(".colleague-note")).to_contain_text(accounts.administrator.email)
    more = sign.locator(".colleague-more")
    expect(more).to_be_hidden()
    sign.focus()
    expect(more).to_be_visible()
    sign.blur()
    sign.hover()
    expect(more).to_be_visible()
    # The layer is switched like any other, and its legend names who.
    mine.keyboard.press("Shift+D")
    expect(sign).to_have_count(0)
    assert mine.evaluate(HATCHED) == 0
    mine.keyboard.press("Shift+D")
    mine.keyboard.press("l")
    legend = mine.get_by_role("list", name="Legend of colleagues")
    expect(legend).to_contain_text(f"{accounts.administrator.email}, since")
    mine.keyboard.press("Escape")
    # One's own draft is no colleague's, and what is saved is no draft any more: the parcel becomes what they made of it.
    expect(theirs.locator(".colleague")).to_have_count(0)
    assert save(theirs, "Theirs").status == 201
    expect(mine.locator(".panel-head .chip")).to_have_text("version 2")
    expect(sign).to_have_count(0)
    expect(mine.locator(".colleague-note")).to_be_hidden()
    assert stored(town).versions["B"] == 2


def test_a_viewer_sees_no_draft(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    viewer = another_page(accounts.viewer)
    asked: list[str] = []
    viewer.on("request", lambda request: asked.append(request.url))
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(0, 0)), -15, 15)
    expect(unsaved(editor_page)).to_contain_text("kept on the server")
    viewer.goto(f"{live_server}/?parcel=A")
    expect(viewer.locator(".panel-head .chip")).to_contain_text("version")
    expect(viewer.locator(".layers-button")).not_to_contain_text("Colleagues")
    assert not any("/api/drafts" in url for url in asked)
    with town.connect() as connection:
        assert connection.execute(text("SELECT parcels FROM draft")).scalar_one() == ["A"]
