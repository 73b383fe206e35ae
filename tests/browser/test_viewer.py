"""What somebody sees who may only look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People, Person
from tests.browser.town import place, stored


def test_a_viewer_reads_the_map_and_can_change_nothing(
    town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    before = stored(town)
    page = another_page(accounts.viewer)
    page.goto(f"{live_server}/?parcel=A")
    expect(page.locator(".panel-head h1")).to_have_text("A")
    expect(page.get_by_role("button", name="Select")).to_be_visible()
    expect(page.get_by_role("button", name="Move point")).to_have_count(0)
    expect(page.get_by_label("Number", exact=True)).to_be_disabled()
    expect(page.locator(".status-bar")).to_contain_text("Read only")
    for key in ("m", "i", "x"):
        page.keyboard.press(key)
    expect(page.locator(".handle")).to_have_count(0)
    expect(page.locator(".save-bar")).to_be_hidden()
    expect(page.get_by_role("tab")).to_have_text(["Attributes", "Sides", "History"])
    assert stored(town).bits == before.bits


def test_a_viewer_clicks_a_lot_on_the_map_and_reads_it(
    town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    page = another_page(accounts.viewer)
    page.goto(f"{live_server}/?parcel=A")
    expect(page.locator(".panel-head h1")).to_have_text("A")
    page.keyboard.press("Escape")
    expect(page.locator(".panel-head h1")).to_have_text("None selected")
    box = page.locator("#parcel-map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".panel-head h1")).to_have_text("A")
    assert "parcel=A" in page.url


def test_a_link_leads_to_a_finding_and_marks_it_until_escape(
    town: Engine, accounts: People, live_server: str, another_page: Callable[[Person], Page]
) -> None:
    """As the list of findings links: `?parcel=ID&finding=ID`."""
    lon, lat = place(3, 1)
    with town.begin() as connection:
        number = connection.execute(
            text(
                "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status) "
                "SELECT 'overlap', 'overlap:1', array_agg(id ORDER BY parcel_id), "
                "ST_Expand(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 1e-6), 0.03, 'error', 'open' "
                "FROM parcel WHERE parcel_id IN ('A', 'B') RETURNING id"
            ),
            {"lon": lon, "lat": lat},
        ).scalar_one()
    page = another_page(accounts.viewer)
    page.goto(f"{live_server}/?finding={number}")
    expect(page.locator(".map-notice")).to_contain_text("Overlap of A and B, 0.03 m², open")
    expect(page.locator(".panel-head h1")).to_have_text("A")
    zoom, north, east = map(float, page.url.split("#")[1].split("/"))
    assert zoom >= 20
    assert (east, north) == pytest.approx((lon, lat), abs=1e-5)
    assert f"finding={number}" in page.url
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "finding" not in url)
    page.goto("about:blank")
    page.goto(f"{live_server}/?finding=999999")
    expect(page.locator(".map-notice")).to_contain_text("is not there")
