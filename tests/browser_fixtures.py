"""Real Chromium through Playwright; a page that reported an error fails its test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from spatial_admin.local.system_packages import find_browser
from tests.accounts import Person

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Chromium reports every answer above 399 as a console error; a refused edit is one, and is meant to be.
EXPECTED = "Failed to load resource"


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright itself, once a session."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """Headless Chromium of the system (CHROMIUM names another)."""
    path = os.environ.get("CHROMIUM") or find_browser()
    if not path:
        pytest.fail("No Chromium is installed: apt-get install chromium (or name yours in CHROMIUM).", pytrace=False)
    browser = playwright_driver.chromium.launch(executable_path=path, args=FLAGS, headless=True)
    yield browser
    browser.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own (cookies, storage), 1440x900; for a second person take `browser.new_context()`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    """A page; script errors and refused resources (CSP) fail the test at its end."""
    page = browser_context.new_page()
    problems = watch(page)
    yield page
    assert not problems, "the page reported: " + "; ".join(problems)


def watch(page: Page) -> list[str]:
    """Collect what a page reports as errors, from now on."""
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and EXPECTED not in message.text:
            problems.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return problems


def sign_in_page(page: Page, base_url: str, person: Person) -> None:
    """Give the page's profile the session that signing in makes; no page is opened.

    Without the sign-in page, whose password check is slow on purpose, and without the map that follows it.
    """
    name, value = person.cookie()
    page.context.add_cookies([{"name": name, "value": value, "url": base_url}])


def sign_in_by_form(page: Page, base_url: str, person: Person) -> None:
    """Sign in through the sign-in page and wait for what follows."""
    page.goto(f"{base_url}/login")
    page.fill('input[name="email"]', person.email)
    page.fill('input[name="password"]', person.password)
    page.press('input[name="password"]', "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
