"""A parcel that was split is brought back: its ground is its pieces' now, and the map says so and offers what can be done."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser.acting import notice, save, steps
from tests.browser.town import Stored, changes_of, place, stored
from tests.pictures import keep_picture

Post = Callable[..., None]
LINEAGE = "SELECT child FROM lineage WHERE parent = :name ORDER BY child"


@pytest.fixture
def post(town: Engine, editor_page: Page, live_server: str, accounts: People) -> Post:
    """Save an edit as a program does."""

    def post(seen: dict[str, int], *operations: dict[str, Any]) -> None:
        body = {"key": str(uuid.uuid4()), "comment": "Partition", "seen": seen, "operations": operations}
        answer = editor_page.request.post(f"{live_server}/api/edits", data=body, headers=accounts.editor.bearer)
        assert answer.status == 201, answer.text()

    return post


def split(parcel: str, line: list[tuple[int, int]], into: list[str | None]) -> dict[str, Any]:
    """The operation that divides a parcel along a line."""
    return {"op": "split", "parcel_id": parcel, "line": [place(*corner) for corner in line], "into": into}


def open_history(page: Page) -> None:
    """The tab, with its versions loaded."""
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("slider", name="Shape on the map")).to_be_visible()


def refuse(page: Page, version: int) -> None:
    """Ask for a version; it cannot come back, and the first place is shown."""
    page.get_by_role("button", name=f"Restore version {version}").click()
    expect(notice(page)).to_contain_text(f"Version {version} cannot come back as it was")
    expect(steps(page)).to_have_count(0)


def offer(page: Page, name: str) -> None:
    """Take what is offered beside the reason, by the keyboard."""
    button = notice(page).get_by_role("button", name=name)
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")


def test_the_parcel_that_continues_gets_its_piece_back(
    editor_page: Page, live_server: str, town: Engine, post: Post
) -> None:
    before = stored(town)
    post({"C": 1}, split("C", [(1, 2), (1, 4)], [None, "C2"]))
    page, divided = editor_page, stored(town)
    page.goto(f"{live_server}/?parcel=C")
    open_history(page)
    page.get_by_role("slider", name="Shape on the map").press("Home")
    expect(page.locator(".slider-said")).to_contain_text("Version 1, ")
    refuse(page, 1)
    expect(notice(page)).to_contain_text(
        "1 place would break a rule, shown on the map. Its ground is now also that of C2"
    )
    keep_picture(page, "restore-split")
    assert stored(town).bits == divided.bits
    offer(page, "Retire C2 and restore version 1")
    expect(steps(page)).to_have_text([re.compile("^Retire C2"), re.compile("^Restore C as it was at version 1")])
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(steps(page)).to_have_count(2)
    assert save(page, "The partition was set aside by the court").status == 201
    after = stored(town)
    assert set(after.versions) == set(before.versions)
    assert _same_land(before, after, "C")
    assert changes_of(town, "C") == ["created", "geometry", "geometry"]
    assert changes_of(town, "C2")[-1] == "retired"


def test_a_parcel_that_its_split_ended_comes_back_in_place_of_its_pieces(
    editor_page: Page, live_server: str, town: Engine, post: Post
) -> None:
    before = stored(town)
    post({"C": 1}, split("C", [(1, 2), (1, 4)], ["E2", "W"]))
    post({"E2": 1}, split("E2", [(4, 2), (4, 4)], [None, "E3"]))
    page = editor_page
    page.goto(f"{live_server}/?parcel=C")
    expect(page.locator(".panel-head")).to_contain_text("Retired parcel")
    open_history(page)
    refuse(page, 1)
    expect(notice(page)).to_contain_text("that of E2, E3, and W: move their boundaries, merge or retire them first")
    offer(page, "Retire E2, E3, and W and restore version 1")
    expect(steps(page)).to_have_count(4)
    expect(steps(page).last).to_have_text(re.compile("^Restore C as it was at version 1"))
    expect(page.locator(".status-bar")).to_contain_text("kept on the server")
    page.goto(f"{live_server}/")
    page.get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_count(4)
    assert save(page, "The partition was void").status == 201
    after = stored(town)
    assert set(after.versions) == set(before.versions)
    assert _same_land(before, after, "C")
    assert after.differing(before) <= {"A", "B", "C"}
    assert all(_same_land(before, after, name) for name in before.bits)
    assert changes_of(town, "C") == ["created", "retired", "restored"]
    with town.connect() as connection:
        assert list(connection.execute(text(LINEAGE), {"name": "C"}).scalars()) == ["E2", "W"]


def test_a_piece_that_has_a_neighbours_land_besides_is_not_offered_to_be_retired(
    editor_page: Page, live_server: str, town: Engine, post: Post
) -> None:
    post({"C": 1}, split("C", [(1, 2), (1, 4)], ["E2", "W"]))
    post({"W": 1, "A": 2}, {"op": "merge", "parcels": ["W", "A"], "into": "W"})
    page, merged = editor_page, stored(town)
    page.goto(f"{live_server}/?parcel=C")
    open_history(page)
    with page.expect_response(lambda answer: "/W/lineage" in answer.url):
        refuse(page, 1)
    expect(notice(page)).to_contain_text("that of E2 and W: move their boundaries, merge or retire them first")
    expect(notice(page).get_by_role("button")).to_have_count(1)
    page.get_by_role("tab", name="This edit").click()
    page.get_by_role("button", name=re.compile("Overlap.*C and W")).click()
    assert stored(town).bits == merged.bits


def _same_land(before: Stored, after: Stored, name: str) -> bool:
    """The very same points; a partition may have left further ones on its sides."""
    return set(before.points(name)) <= set(after.points(name)) and before.shapes[name].equals(after.shapes[name])
