"""The page of a job follows it by itself, quietly, and stops when it has ended."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser_fixtures import sign_in_page

REPORT = text(
    "UPDATE job_run SET done = :done, per_second = 100, reported_at = clock_timestamp(), message = 'Writing parcels' WHERE id = :id"
)


def test_it_shows_how_far_the_job_is_without_being_loaded_anew(
    page: Page, live_server: str, accounts: People, engine: Engine
) -> None:
    with engine.begin() as connection:
        number = connection.execute(
            text("INSERT INTO job_run (kind, state, started_at, total, unit) VALUES ('edit', 'running', now(), 60000, 'operations') RETURNING id")
        ).scalar_one()  # fmt: skip
    sign_in_page(page, live_server, accounts.administrator)
    page.goto(f"{live_server}/admin/job/details/?id={number}")
    page.evaluate("window.isTheSame = true")
    said = page.locator("#job-said")
    with engine.begin() as connection:
        connection.execute(REPORT, {"id": number, "done": 30000})
    expect(page.locator("#job")).to_contain_text("30\u202f000 of 60\u202f000 operations")
    expect(page.locator("#job")).to_contain_text("100.0 a second")
    expect(page.locator("#job")).to_contain_text("about 5 min")
    expect(said).to_be_empty()
    page.locator("#job-stop").focus()
    with engine.begin() as connection:
        connection.execute(text("UPDATE job_run SET state = 'done', ended_at = now(), done = total"))
    expect(said).to_have_text("The job is done.")
    expect(page.locator("#job-stop")).to_have_count(0)
    assert page.evaluate("window.isTheSame")


def test_stopping_a_job_is_asked_in_the_page_and_survives_its_renewal(
    page: Page, live_server: str, accounts: People, engine: Engine
) -> None:
    with engine.begin() as connection:
        number = connection.execute(
            text("INSERT INTO job_run (kind, state, started_at, total, unit) VALUES ('edit', 'running', now(), 60000, 'operations') RETURNING id")
        ).scalar_one()  # fmt: skip
    asked = text("SELECT cancel_asked_at IS NOT NULL FROM job_run")
    sign_in_page(page, live_server, accounts.administrator)
    page.goto(f"{live_server}/admin/job/details/?id={number}")
    page.locator("#job-stop").press("Enter")
    dialog = page.get_by_role("dialog", name="Stop this job?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    with engine.connect() as connection:
        assert not connection.execute(asked).scalar_one()
    page.locator("#job-stop").press("Enter")
    with engine.begin() as connection:
        connection.execute(REPORT, {"id": number, "done": 30000})
    expect(page.locator("#job")).to_contain_text("30\u202f000 of 60\u202f000 operations")
    with page.expect_navigation():
        dialog.get_by_role("button", name="Stop the job").click()
    with engine.connect() as connection:
        assert connection.execute(asked).scalar_one()
