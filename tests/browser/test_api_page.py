"""The description of the API as a page: nothing cut off, no style or script of its own, everything by keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from flask import Flask
from playwright.sync_api import Page, expect

from spatial_admin.cadastre.operations.syntax import SYNTAX
from tests.accounts import People, Person
from tests.browser_fixtures import sign_in_page

# Elements wider than what holds them, and links that lead nowhere.
TOO_WIDE = "[...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && getComputedStyle(e).display !== 'inline').map(e => e.className || e.tagName)"
DEAD_ENDS = "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1)).filter(id => !document.getElementById(id))"
# Contrast of every text with the nearest ground that is painted behind it (WCAG 2.2, 1.4.3).
FAINT = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const faint = new Set();
  for (const e of document.querySelectorAll('.api *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) faint.add(e.className || e.tagName);
  }
  return [...faint];
}"""


WAYS: list[tuple[int, Literal["light", "dark"]]] = [
    (width, scheme) for width in (1440, 900, 390, 320) for scheme in ("light", "dark")
]


def test_page_fits_and_reads_at_every_width(page: Page, live_server: str, accounts: People) -> None:
    """The page has no script, so one that is made narrower is one that was loaded narrow."""
    sign_in_page(page, live_server, accounts.viewer)
    page.goto(f"{live_server}/api")
    for width, scheme in WAYS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(TOO_WIDE) == [], (width, scheme)
        assert page.evaluate(FAINT) == [], (width, scheme)
    assert page.evaluate(DEAD_ENDS) == []
    assert page.evaluate("document.scripts.length") == 0


def test_a_reader_gets_from_an_operation_to_its_fields_by_keys(
    another_page: Callable[[Person], Page], live_server: str, accounts: People
) -> None:
    page = another_page(accounts.viewer)
    page.goto(f"{live_server}/api")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.locator(".api-nav a", has_text="/api/edits").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#post-api-edits h3")).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("EditRequest")
    page.keyboard.press("Enter")
    expect(page.locator("#schema-editrequest h3")).to_be_in_viewport()
    before = page.evaluate("scrollY")
    page.keyboard.press("PageDown")
    page.wait_for_function("before => scrollY > before", arg=before)


def test_page_shows_every_route_and_operation(
    app: Flask, another_page: Callable[[Person], Page], live_server: str, accounts: People
) -> None:
    page = another_page(accounts.viewer)
    page.goto(f"{live_server}/admin/")
    page.get_by_role("link", name="API").click()
    document = page.request.get(f"{live_server}/api/openapi.json").json()
    operations = [(path, method) for path, methods in document["paths"].items() for method in methods]
    assert len(operations) > 10
    expect(page.locator(".route")).to_have_count(len(operations))
    for path, method in operations:
        expect(page.get_by_role("heading", name=f"{method.upper()} {path}", exact=True)).to_have_count(1)
    for name in SYNTAX:
        expect(page.get_by_role("heading", name=name, exact=True)).to_have_count(1)
