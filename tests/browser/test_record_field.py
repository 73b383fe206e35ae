"""Naming the record that an edit rests on, where every edit must name one: on the map page and in the form."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.settings import Settings
from spatial_admin.transaction import short
from tests.accounts import People
from tests.browser.acting import drag, handle, notice, open_form, open_map, save, steps
from tests.browser.town import name_of, stored

WANTED = "Every edit here rests on a record"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A deployment in which every edit names its record."""
    return replace(settings, record_required=True)


@pytest.fixture
def plat(app: Flask) -> int:
    """A record that edits may rest on, between others."""
    enter(app, "deed", "2023/1", "Old mill")
    number = enter(app, "plat", "2024/17", "Mill Lane, phase 2")
    set_state(app, enter(app, "survey", "2024/18", "Mill Lane, phase 3"), "returned")
    return number


def enter(app: Flask, kind: str, number: str, title: str) -> int:
    with app.app_context():
        return create_record(NewRecord(type=kind, received=date(2024, 3, 1), number=number, title=title), None)


def set_state(app: Flask, record: int, state: str) -> None:
    with app.app_context(), short() as session:
        session.execute(text("UPDATE record SET state = :state WHERE id = :id"), {"state": state, "id": record})


def records_of(engine: Engine, email: str) -> list[int | None]:
    """The record of every version that somebody's edits made, by edit."""
    statement = text(
        "SELECT DISTINCT e.id, e.record_id FROM parcel_version v JOIN edit e ON e.id = v.edit_id "
        "JOIN account a ON a.id = e.author_id WHERE a.email = :email ORDER BY e.id"
    )
    with engine.connect() as connection:
        return [row.record_id for row in connection.execute(statement, {"email": email})]


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Record")


def choose(page: Page, words: str) -> None:
    """Type, wait for what is found, take the first by Enter."""
    field(page).fill(words)
    expect(page.locator("#edit-record-list [role=option]").first).to_be_visible()
    field(page).press("Enter")


def test_on_the_map_an_edit_is_saved_once_its_record_is_chosen_and_so_are_the_next(
    editor_page: Page, live_server: str, town: Engine, accounts: People, plat: int
) -> None:
    page, before = editor_page, stored(town)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/api/edits") else None)
    open_map(page, live_server, "A")
    drag(page, handle(page, name_of(3, 2)), 30, -12)
    button = page.get_by_role("button", name="Save edit")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_accessible_description(f"{WANTED}: choose one first.")
    page.keyboard.press("Control+s")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    assert sent == []
    assert stored(town).bits == before.bits
    choose(page, "plat 2024/17")
    expect(field(page)).to_have_value("Plat 2024/17 · Mill Lane, phase 2")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    assert save(page, "Monument 14").status == 201
    expect(notice(page)).to_contain_text("Saved")
    drag(page, handle(page, name_of(0, 0)), -20, 20)
    expect(field(page)).to_have_value("Plat 2024/17 · Mill Lane, phase 2")
    assert save(page, "Monument 15").status == 201
    assert records_of(town, accounts.editor.email) == [plat, plat]
    open_form(page, live_server, "A")
    expect(field(page)).to_have_value("Plat 2024/17 · Mill Lane, phase 2")


def test_the_choice_is_made_by_keys_and_what_was_returned_is_shown_and_not_taken(
    editor_page: Page, live_server: str, plat: int
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    drag(page, handle(page, name_of(0, 0)), -20, 20)
    field(page).press("ArrowDown")
    options = page.locator("#edit-record-list [role=option]")
    expect(options).to_have_count(3)
    expect(options.last).to_have_attribute("aria-disabled", "true")
    expect(options.last).to_contain_text("returned")
    options.last.click(force=True)  # Playwright waits for what is disabled; a person clicks and nothing is taken
    expect(field(page)).to_have_value("")
    field(page).press("ArrowDown")
    field(page).press("Enter")
    expect(field(page)).to_have_value("Deed 2023/1 · Old mill")
    field(page).fill("never")
    expect(page.locator("#edit-record-list")).to_contain_text("No record matches")
    field(page).press("Escape")
    expect(field(page)).to_have_value("Deed 2023/1 · Old mill")
    page.get_by_role("button", name="Clear the record").click()
    expect(page.get_by_role("button", name="Save edit")).to_have_attribute("aria-disabled", "true")
    expect(steps(page)).to_have_count(1)


def test_a_record_that_was_returned_meanwhile_is_told_at_the_field_and_nothing_is_lost(
    editor_page: Page, app: Flask, live_server: str, town: Engine, plat: int
) -> None:
    before = stored(town)
    open_map(editor_page, live_server, "A")
    drag(editor_page, handle(editor_page, name_of(3, 2)), 30, -12)
    choose(editor_page, "2024/17")
    set_state(app, plat, "returned")
    assert save(editor_page, "Too late").status == 422
    expect(editor_page.locator("#edit-record-note")).to_contain_text("Plat 2024/17 was returned")
    expect(notice(editor_page)).to_contain_text("Plat 2024/17 was returned")
    expect(field(editor_page)).to_have_attribute("aria-invalid", "true")
    expect(steps(editor_page)).to_have_count(1)
    assert editor_page.input_value("#edit-comment") == "Too late"
    assert stored(town).bits == before.bits
    choose(editor_page, "2023/1")
    expect(editor_page.locator("#edit-record-note")).to_be_hidden()
    assert save(editor_page, "By the deed").status == 201


def test_the_form_is_sent_once_its_record_is_chosen(
    editor_page: Page, app: Flask, live_server: str, town: Engine, accounts: People, plat: int
) -> None:
    page, before = editor_page, stored(town)
    open_form(page, live_server, "A")
    drag(page, handle(page, name_of(3, 2)), 20, -12)
    page.get_by_label("Reason").fill("As platted")
    button = page.get_by_role("button", name="Save edit")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_accessible_description(f"{WANTED}: choose one first.")
    button.click(force=True)
    expect(field(page)).to_be_focused()
    expect(page.locator("#edit-record-note")).to_contain_text(WANTED)
    assert stored(town).bits == before.bits
    choose(page, "2024/17")
    set_state(app, plat, "returned")
    with page.expect_navigation():
        button.click()
    expect(page.locator("#edit-record-note")).to_contain_text("Plat 2024/17 was returned")
    expect(steps(page)).to_have_count(1)
    expect(page.get_by_label("Reason")).to_have_value("As platted")
    set_state(app, plat, "in_work")
    with page.expect_navigation():
        button.click()
    expect(page.locator(".notice-good")).to_contain_text("Saved as edit")
    assert records_of(town, accounts.editor.email) == [plat]
    assert {name for name, version in stored(town).versions.items() if version == 2} == {"A", "B", "C"}
