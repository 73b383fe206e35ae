"""Every page of the site in Chromium: nothing refused by the content security policy, and usable by everybody."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text

from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from tests.accounts import People
from tests.browser_fixtures import sign_in_by_form, sign_in_page, watch
from tests.pictures import keep_picture

PAGES = [
    "/admin/", "/admin/parcel/", "/admin/parcel/edit/?id=5", "/admin/version/", "/admin/zoning_district/",
    "/admin/level/", "/admin/edit/", "/admin/edit/details/?id=1", "/admin/edit/undo/?id=1", "/admin/review/", "/admin/finding/", "/admin/finding/details/?id=1",
    "/admin/finding/step/accept/?rowid=1", "/admin/dispute/",
    "/admin/import_batch/", "/admin/staged_parcel/", "/admin/account/", "/admin/account/new/", "/admin/record/",
    "/admin/record/new/", "/admin/record/details/?id=1", "/admin/record/edit/?id=1", "/admin/database/", "/admin/waiting/",
    "/admin/four-eyes/", "/nowhere",
]  # fmt: skip
# Controls without a name for a screen reader, small targets (in text and alone they may be small: WCAG 2.5.8), text that
# is hard to read on what is behind it (WCAG 1.4.3), and what is wrong with the page's frame.
FAULTS = """() => {
  const faults = [];
  const paper = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      paper.clearRect(0, 0, 1, 1);
      paper.fillStyle = colour;
      paper.fillRect(0, 0, 1, 1);
      known.set(colour, [...paper.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(colour);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (let each = e; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const shown = (e) => e.checkVisibility() && !e.closest('[aria-hidden="true"]');
  const named = (e) => e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')
    || e.textContent.trim() || e.title || e.value;
  for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea')) {
    if (!shown(e)) continue;
    const isField = e.matches('input, select, textarea');
    if (!(isField ? e.labels?.length || e.getAttribute('aria-label') : named(e))) faults.push('no name: ' + e.outerHTML.slice(0, 120));
    const box = (e.closest('label.pick, label.check') ?? e).getBoundingClientRect();
    const isInText = e.matches('td a, p a, dd a, .site-links a, th a, .form-field input[type=checkbox], .brand');
    if (!isInText && (box.width < 24 || box.height < 24)) faults.push(`target ${box.width}x${box.height}: ` + e.outerHTML.slice(0, 120));
  }
  for (const e of document.querySelectorAll('body *')) {
    const isText = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!isText || !shown(e) || e.closest('.leaflet-container, option, script, :disabled, [aria-disabled="true"]')) continue;
    const [high, low] = [getComputedStyle(e).color, null].map((c) => luminance(c ? rgba(c) : ground(e))).sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ` + e.outerHTML.slice(0, 120));
  }
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
  if (!document.documentElement.lang) faults.push('no language');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) faults.push('ids repeat');
  for (const e of document.querySelectorAll('[aria-describedby]'))
    for (const id of e.getAttribute('aria-describedby').split(' ')) if (!document.getElementById(id)) faults.push('describes nothing: ' + id);
  for (const e of document.querySelectorAll('html, .site-main, .table-frame, .site-nav'))
    if (e.scrollWidth > (window.innerWidth < 400 ? e.clientWidth : window.innerWidth)) faults.push('scrolls sideways: ' + e.className);
  return faults;
}"""


@pytest.fixture
def finding(block: Engine) -> Engine:
    with block.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO finding (rule, fingerprint, parcels, measure, severity) "
                "SELECT 'overlap', 'overlap:1', ARRAY[min(id), max(id)], 2.5, 'error' FROM parcel"
            )
        )
    return block


@pytest.fixture
def record(app: Flask) -> int:
    with app.app_context():
        return create_record(NewRecord(type="plat", received=date(2024, 3, 1), number="2024/17"), None)


WAYS: list[tuple[Literal["light", "dark"], int]] = [("dark", 360), ("light", 360), ("dark", 1440), ("light", 1440)]


def test_every_page_is_clean_and_usable(
    browser: Browser, live_server: str, finding: Engine, record: int, accounts: People
) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems = watch(page)
    sign_in_by_form(page, live_server, accounts.administrator)
    faults = {}
    for number, path in enumerate(PAGES):
        # Loaded in one way, another from page to page, and looked at in all.
        for turn, (scheme, width) in enumerate(WAYS[number % 4 :] + WAYS[: number % 4]):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            if turn == 0:
                page.goto(live_server + path)
            if found := [*page.evaluate(FAULTS), *problems]:
                faults[path, scheme, width] = found
            problems.clear()
    context.close()
    assert not faults


def test_the_queue_shows_twenty_five_findings_and_stays_within_a_narrow_window(
    page: Page, live_server: str, finding: Engine, accounts: People
) -> None:
    with finding.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO finding (rule, fingerprint, parcels, measure, severity) "
                "SELECT 'gap', 'gap:' || n, (SELECT ARRAY[min(id), max(id)] FROM parcel), n, 'warning' FROM generate_series(1, 40) AS n"
            )
        )
    sign_in_page(page, live_server, accounts.reviewer)
    page.goto(f"{live_server}/admin/finding/")
    rows = "() => [...document.querySelectorAll('tbody tr')].filter((row) => row.getBoundingClientRect().bottom <= window.innerHeight)"
    assert page.evaluate(f"({rows})().length") >= 25
    assert page.evaluate(f"Math.max(...({rows})().map((row) => row.getBoundingClientRect().height))") <= 30
    keep_picture(page, "findings")
    page.set_viewport_size({"width": 390, "height": 844})
    first = page.locator("tbody tr").first
    expect(first).to_have_css("display", "flex")
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('td.col-measure'), '::before').content")
        == '"Measure"'
    )


def test_a_narrow_list_is_ordered_by_keys_that_are_seen(
    page: Page, live_server: str, finding: Engine, accounts: People
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in_page(page, live_server, accounts.viewer)
    page.goto(f"{live_server}/admin/parcel/")
    order = page.locator("thead").get_by_role("link", name="Number")
    order.focus()
    expect(order).to_be_in_viewport()
    box = order.bounding_box()
    assert box is not None
    assert box["height"] >= 24
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("sort="))
    expect(page.locator("thead th[aria-sort]")).to_have_text("Number")


def test_choosing_above_a_list_shows_it_at_once(
    page: Page, live_server: str, finding: Engine, accounts: People
) -> None:
    sign_in_page(page, live_server, accounts.viewer)
    page.goto(f"{live_server}/admin/finding/")
    assert page.locator("tbody tr td.col-rule").count() == 1
    page.select_option("select[name=status]", "fixed")
    page.wait_for_url(re.compile("status=fixed"))
    assert "Nothing matches" in page.inner_text("tbody")
    expect(page.locator(".filter.is-changed b")).to_have_text("fixed")
    page.get_by_role("link", name="Status as usual").click()
    assert page.locator("tbody tr td.col-rule").count() == 1


def test_double_click_on_save_is_one_edit(page: Page, live_server: str, block: Engine, accounts: People) -> None:
    sign_in_page(page, live_server, accounts.editor)
    page.goto(f"{live_server}/admin/parcel/edit/?id=5")
    page.fill("input[name=number]", "twice")
    page.fill("input[name=comment]", "double click")
    page.dblclick("text=Save edit")
    page.wait_for_selector(".notice-good")
    with block.connect() as connection:
        assert connection.execute(text("SELECT number, version FROM parcel WHERE parcel_id = '5'")).one() == (
            "twice",
            2,
        )


def test_refusal_is_read_first(page: Page, live_server: str, block: Engine, accounts: People) -> None:
    sign_in_page(page, live_server, accounts.editor)
    page.goto(f"{live_server}/admin/parcel/edit/?id=5")
    with block.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'theirs' WHERE parcel_id = '5'"))
    page.fill("input[name=number]", "mine")
    page.fill("input[name=comment]", "late")
    page.click("text=Save edit")
    page.wait_for_selector("#problem")
    assert "Somebody else changed it" in page.inner_text("#problem")
    assert page.input_value("input[name=number]") == "mine"


def test_an_account_with_one_role_of_four_is_saved(page: Page, live_server: str, accounts: People) -> None:
    sign_in_page(page, live_server, accounts.administrator)
    page.goto(f"{live_server}/admin/account/edit/?id={accounts.viewer.account_id}")
    page.get_by_label("viewer: sees").uncheck()
    page.get_by_label("reviewer: judges").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text(f"Saved {accounts.viewer.email}.")


def test_signing_out_leads_to_the_sign_in_page(page: Page, live_server: str, accounts: People) -> None:
    sign_in_by_form(page, live_server, accounts.viewer)
    page.goto(f"{live_server}/admin/")
    page.click("text=Sign out")
    page.wait_for_url(re.compile("/login"))
    keep_picture(page, "sign-in")
    page.goto(f"{live_server}/admin/")
    assert "/login" in page.url
