"""Lots to edit, and people signed in at real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page
from sqlalchemy import Engine

from tests.accounts import People, Person
from tests.browser.town import insert_lots
from tests.browser_fixtures import Profiles, sign_in_page, watch


@pytest.fixture
def town(engine: Engine) -> Engine:
    """The lots of tests.browser.town, stored; the connections to look at them."""
    insert_lots(engine)
    return engine


@pytest.fixture
def editor_page(town: Engine, page: Page, live_server: str, accounts: People) -> Page:
    """A page at which the editor is signed in."""
    sign_in_page(page, live_server, accounts.editor)
    return page


@pytest.fixture
def another_page(profiles: Profiles, live_server: str) -> Iterator[Callable[[Person], Page]]:
    """Make pages for other people, each in a browser profile of its own; their errors fail the test too."""
    pages: list[Page] = []
    problems: list[list[str]] = []

    def make(person: Person) -> Page:
        pages.append(profiles.page())
        problems.append(watch(pages[-1]))
        sign_in_page(pages[-1], live_server, person)
        return pages[-1]

    yield make
    for page in pages:
        profiles.take_back(page.context)
    assert not any(problems), problems
