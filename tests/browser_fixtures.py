"""Real Chromium through Playwright; a page that reported an error fails its test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from spatial_admin.local.system_packages import find_browser
from tests.accounts import Person
from tests.server import TestServer

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# What comes is awaited as long as an action is: a busy machine is no fault of a page.
PATIENCE_MS = 60_000
STORED = "local_storage,indexeddb,cache_storage,service_workers,file_systems"
# Chromium reports every answer above 399 as a console error; a refused edit is one, and is meant to be.
EXPECTED = "Failed to load resource"


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright itself, once a session."""
    expect.set_options(timeout=PATIENCE_MS)
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


class Profiles:
    """Browser profiles, emptied and lent again: a new one would fetch and compile the 250 files of a page anew."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser, self._origin = browser, origin
        self._free: list[BrowserContext] = []

    def page(self) -> Page:
        """A page, 1440x900, in a profile of its own (cookies, storage)."""
        if not self._free:
            context = self._browser.new_context(viewport={"width": 1440, "height": 900})
            context.set_default_timeout(PATIENCE_MS)
            return context.new_page()
        page = self._free.pop().new_page()
        cleaning = page.context.new_cdp_session(page)
        cleaning.send("Storage.clearDataForOrigin", {"origin": self._origin, "storageTypes": STORED})
        cleaning.detach()
        return page

    def take_back(self, context: BrowserContext) -> None:
        """Close the pages of a profile, and forget what was set."""
        context.unroute_all()
        for page in context.pages:
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        context.set_offline(False)
        self._free.append(context)


@pytest.fixture(scope="session")
def profiles(browser: Browser, test_server: TestServer) -> Profiles:
    """Profiles for whoever a test needs at a browser."""
    return Profiles(browser, test_server.url)


@pytest.fixture
def page(profiles: Profiles) -> Iterator[Page]:
    """A page, 1440x900, in a profile of its own; script errors and refused resources (CSP) fail the test at its end."""
    page = profiles.page()
    problems = watch(page)
    yield page
    profiles.take_back(page.context)
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
