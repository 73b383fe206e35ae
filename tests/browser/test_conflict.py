"""Two people at two browsers edit one lot; the second to save loses nothing and types nothing again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People, Person
from tests.browser.acting import answer_to, drag, handle, notice, open_map, save, steps
from tests.browser.town import changes_of, edits_of, name_of, place, stored
from tests.pictures import keep_picture


def both_move_the_same_corner(mine: Page, theirs: Page, base_url: str) -> None:
    """Theirs is saved while I work; mine, with one more step elsewhere, is refused with a conflict.

    I have begun before: a map on which nothing is begun follows what others save, and meets no conflict.
    """
    for page in (mine, theirs):
        open_map(page, base_url, "A")
    drag(mine, handle(mine, name_of(3, 2)), 25, 15)
    drag(mine, handle(mine, name_of(0, 0)), -15, 15)
    drag(theirs, handle(theirs, name_of(3, 2)), -30, -20)
    assert save(theirs, "Theirs").status == 201
    assert save(mine, "Mine").status == 409
    expect(mine.locator("dialog.conflict")).to_be_visible()


def they_save(page: Page, base_url: str, person: Person, seen: dict[str, int], *operations: dict[str, Any]) -> None:
    """A colleague's edit by the API."""
    body = {"key": str(uuid.uuid4()), "comment": "Theirs", "seen": seen, "operations": list(operations)}
    answer = page.request.post(f"{base_url}/api/edits", data=body, headers=person.bearer)
    assert answer.status == 201, answer.text()


def test_the_conflict_shows_three_states_and_mine_goes_on_top(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    both_move_the_same_corner(editor_page, another_page(accounts.administrator), live_server)
    dialog = editor_page.locator("dialog.conflict")
    expect(dialog).to_contain_text("Parcels A, B, C changed while you were working")
    expect(dialog).to_contain_text(accounts.administrator.email)
    expect(dialog.locator("canvas")).to_have_count(3)
    expect(dialog).to_contain_text("Your other step does not touch it")
    expect(dialog).to_contain_text("apart")
    keep_picture(editor_page, "conflict")
    for words in (
        "version 1 · since",
        "no record",
        "not saved · 2 steps · no record",
        "Mine on top your 2 steps stand",
    ):
        expect(dialog).to_contain_text(words)
    picture = dialog.locator("canvas").first
    before = [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in dialog.locator("canvas").all()]
    picture.focus()
    picture.press("+")
    nearer = [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in dialog.locator("canvas").all()]
    assert all(one != other for one, other in zip(before, nearer, strict=True)), "all three are one map"
    picture.press("0")
    assert [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in dialog.locator("canvas").all()] == before
    theirs = stored(town)
    dialog.get_by_role("button", name="Put mine on top of theirs").click()
    expect(notice(editor_page)).to_contain_text("stand on top of theirs")
    expect(steps(editor_page)).to_have_count(2)
    assert editor_page.input_value("#edit-comment") == "Mine"
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    after = stored(town)
    assert changes_of(town, "A") == ["created", "geometry", "geometry"]
    assert after.versions["B"] == 3
    (corner,) = set(after.points("B")) - set(theirs.points("B"))
    assert corner[0] > place(3, 2)[0]
    assert corner in after.points("A")
    assert corner in after.points("C")
    assert after.has_no_overlap()
    assert edits_of(town, accounts.editor.email) == ["Mine"]


def test_theirs_is_kept_with_my_other_steps(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    both_move_the_same_corner(editor_page, another_page(accounts.administrator), live_server)
    theirs = stored(town)
    editor_page.get_by_role("button", name="Keep theirs, keep my other steps").click()
    expect(steps(editor_page)).to_have_count(1)
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    assert stored(town).differing(theirs) == {"A"}
    assert edits_of(town, accounts.editor.email) == ["Mine"]


def test_my_split_goes_on_top_of_their_corner(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    theirs = another_page(accounts.administrator)
    for page in (editor_page, theirs):
        open_map(page, live_server, "A")
    editor_page.keyboard.press("c")
    card = editor_page.get_by_role("region", name="Tool")
    card.get_by_role("button", name="Parts").click()
    expect(card.get_by_role("radio")).to_have_count(2)
    card.get_by_label("Equal parts").press("Enter")
    expect(steps(editor_page)).to_have_count(1)
    drag(theirs, handle(theirs, name_of(0, 0)), 0, 15, key="Alt")  # the side on which my line ends stays where it is
    assert save(theirs, "Theirs").status == 201
    assert save(editor_page, "Mine").status == 409
    expect(editor_page.locator("dialog.conflict")).to_contain_text("Parcel A changed while you were working")
    editor_page.get_by_role("button", name="Put mine on top of theirs").click()
    expect(notice(editor_page)).to_contain_text("stand on top of theirs")
    expect(steps(editor_page)).to_have_count(1)
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    after = stored(town)
    assert len(after.versions) == 7
    assert after.versions["A"] == 3
    assert after.has_no_overlap()


def test_a_field_that_both_filled_shows_what_each_wrote(
    editor_page: Page, town: Engine, accounts: People, live_server: str
) -> None:
    open_map(editor_page, live_server, "A")
    address = editor_page.locator("#attribute-address")
    address.fill("1 Mill Lane")
    address.press("Tab")
    update = {"op": "update", "parcel_id": "A", "properties": {"address": "9 New Road"}}
    they_save(editor_page, live_server, accounts.administrator, {"A": 1}, update)
    assert save(editor_page, "Mine").status == 409
    dialog = editor_page.locator("dialog.conflict")
    expect(dialog.get_by_role("row", name="address of A")).to_have_text("address of A–9 New Road1 Mill Lane")
    expect(dialog).to_contain_text("In the way Change address of A")
    dialog.get_by_role("button", name="Put mine on top of theirs").click()
    expect(notice(editor_page)).to_contain_text("stand on top of theirs")
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    with town.connect() as connection:
        assert (
            connection.execute(text("SELECT address FROM parcel WHERE parcel_id = 'A'")).scalar_one() == "1 Mill Lane"
        )


def test_what_they_merged_away_is_said_before_answering_and_my_other_steps_stay(
    editor_page: Page, town: Engine, accounts: People, live_server: str
) -> None:
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(3, 0)), 20, 12)
    editor_page.keyboard.press("r")  # A itself ends: no step of mine can stand on it
    expect(steps(editor_page)).to_have_count(2)
    merge = {"op": "merge", "parcels": ["A", "B"], "into": "B"}
    they_save(editor_page, live_server, accounts.administrator, {"A": 1, "B": 1}, merge)
    assert save(editor_page, "Mine").status == 409
    dialog = editor_page.locator("dialog.conflict")
    expect(dialog).to_contain_text("retired")
    expect(dialog.locator(".outlooks")).to_contain_text("falls:")
    dialog.get_by_role("button", name="Keep theirs, keep my other steps").click()
    expect(notice(editor_page)).to_contain_text("Theirs is kept")
    # The corner stays a point of what they made of both: that step does not meet theirs.
    expect(steps(editor_page)).to_have_count(1)
    assert answer_to(editor_page, lambda: editor_page.keyboard.press("Control+s")).status == 201
    after = stored(town)
    assert "A" not in after.versions
    assert after.versions["B"] == 3
    assert place(3, 0) not in after.points("B")


def test_back_to_the_map_keeps_mine_as_drawn(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    both_move_the_same_corner(editor_page, another_page(accounts.administrator), live_server)
    theirs = stored(town)
    editor_page.keyboard.press("Escape")
    expect(editor_page.locator("dialog")).to_have_count(0)
    expect(steps(editor_page)).to_have_count(2)
    assert stored(town).bits == theirs.bits
