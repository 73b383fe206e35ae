"""The map in the admin's form of a parcel: the drawing and the typed fields are one edit."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.accounts import People, Person
from tests.browser.acting import drag, handle, notice, open_form, step_px, steps
from tests.browser.town import changes_of, edits_of, name_of, place, stored


def submit(page: Page, reason: str) -> None:
    """Give the reason and press the form's own button."""
    page.get_by_label("Reason").fill(reason)
    with page.expect_navigation():
        page.get_by_role("button", name="Save edit").click()


def test_a_shared_corner_and_an_attribute_are_saved_as_one_edit(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    before = stored(town)
    open_form(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 20, -12)
    expect(steps(editor_page)).to_have_count(1)
    editor_page.get_by_label("Address", exact=True).fill("4 Mill Lane")
    submit(editor_page, "Monument 14 re-measured")
    after = stored(town)
    assert {name for name, version in after.versions.items() if version == 2} == {"A", "B", "C"}
    assert after.differing(before) == {"A", "B", "C"}
    for name in "ABC":
        assert set(before.points(name)) - set(after.points(name)) == {place(3, 2)}
    assert after.has_no_overlap()
    assert edits_of(town, accounts.editor.email) == ["Monument 14 re-measured"]
    expect(editor_page.get_by_label("Address", exact=True)).to_have_value("4 Mill Lane")


def test_the_key_that_saves_does_so_from_the_fields_beside_the_map(
    editor_page: Page, live_server: str, town: Engine, accounts: People
) -> None:
    open_form(editor_page, live_server, "A")
    editor_page.get_by_label("Number", exact=True).fill("12a")
    editor_page.get_by_label("Reason").fill("As the plat has it")
    with editor_page.expect_navigation():
        editor_page.keyboard.press("Control+s")
    expect(editor_page.get_by_label("Number", exact=True)).to_have_value("12a")
    assert edits_of(town, accounts.editor.email) == ["As the plat has it"]


def test_undo_in_the_form_leaves_nothing_to_save(editor_page: Page, live_server: str, town: Engine) -> None:
    before = stored(town)
    open_form(editor_page, live_server, "D")
    drag(editor_page, handle(editor_page, name_of(8, 3)), 12, 8)
    editor_page.keyboard.press("Control+z")
    expect(steps(editor_page)).to_have_count(0)
    submit(editor_page, "Nothing")
    assert stored(town).bits == before.bits
    assert changes_of(town, "D") == ["created"]


def test_a_refused_form_shows_the_place_and_keeps_what_was_typed_and_drawn(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    before = stored(town)
    open_form(editor_page, live_server, "B")
    gap = step_px(editor_page, name_of(3, 2), name_of(6, 2), 3)
    drag(editor_page, handle(editor_page, name_of(6, 2)), gap + 10, 3, key="Alt")
    editor_page.get_by_label("Address", exact=True).fill("6 Mill Lane")
    submit(editor_page, "Too far")
    expect(editor_page.locator(".refusal[data-rule=overlap]").first).to_be_visible()
    expect(steps(editor_page)).to_have_count(1)
    expect(editor_page.get_by_label("Address", exact=True)).to_have_value("6 Mill Lane")
    expect(editor_page.get_by_label("Reason")).to_have_value("Too far")
    assert stored(town).bits == before.bits


def test_the_second_of_two_forms_redoes_its_change_on_top_without_typing_again(
    editor_page: Page, town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    theirs = another_page(accounts.administrator)
    for page in (editor_page, theirs):
        open_form(page, live_server, "A")
    drag(theirs, handle(theirs, name_of(3, 2)), -25, -15)
    submit(theirs, "Theirs")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 20, 12)
    editor_page.get_by_label("Address", exact=True).fill("4 Mill Lane")
    submit(editor_page, "Mine")
    dialog = editor_page.locator("dialog.conflict")
    expect(dialog).to_contain_text("changed while you were working")
    expect(dialog.locator("canvas")).to_have_count(3)
    dialog.get_by_role("button", name="Put mine on top of theirs").click()
    expect(notice(editor_page)).to_contain_text("stand on top of theirs")
    expect(steps(editor_page)).to_have_count(1)
    expect(editor_page.get_by_label("Address", exact=True)).to_have_value("4 Mill Lane")
    with editor_page.expect_navigation():
        editor_page.get_by_role("button", name="Save edit").click()
    after = stored(town)
    assert after.versions["A"] == 3
    assert after.versions["B"] == 3
    assert edits_of(town, accounts.editor.email) == ["Mine"]
    assert after.has_no_overlap()
