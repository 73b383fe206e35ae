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
    expect(said).to_have_text("The job is done.", timeout=20_000)
    expect(page.locator("#job-stop")).to_have_count(0)
    assert page.evaluate("window.isTheSame")
