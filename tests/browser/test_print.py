"""A sheet printed to true scale, as a person makes it, and measured in the PDF that the browser writes."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pyproj
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine

from tests.browser.acting import GLIDING, intercept, open_map
from tests.browser.pdf_paths import Path, page_sizes_mm, paths_mm
from tests.browser.town import place, stored
from tests.pictures import keep_picture

WITHIN = 0.005
GEOD = pyproj.Geod(ellps="WGS84")


def card_of(page: Page) -> Locator:
    """What a sheet is asked for."""
    return page.get_by_role("region", name="Print to scale")


def sheet_of(page: Page) -> Locator:
    """The sheet over the page."""
    return page.get_by_role("dialog", name="Sheet to print")


def printed(page: Page) -> bytes:
    """What the browser would send to the printer."""
    return page.pdf(prefer_css_page_size=True, print_background=False)


def sides_of(path: Path) -> list[float]:
    """Lengths of a closed path, millimetres."""
    return [math.dist(a, b) for a, b in pairwise(path)]


def mm_of(one: tuple[int, int], other: tuple[int, int], scale: int) -> float:
    """Between two corners of the town, on paper."""
    (lon, lat), (to_lon, to_lat) = place(*one), place(*other)
    return float(GEOD.inv(lon, lat, to_lon, to_lat)[2]) * 1000 / scale


def has_rectangle(paths: list[Path], width: float, height: float) -> bool:
    """Is one of the paths a rectangle of that size?"""
    wanted = sorted([width, height, width, height])
    return any(
        len(path) == 5
        and all(math.isclose(a, b, rel_tol=WITHIN) for a, b in zip(sorted(sides_of(path)), wanted, strict=True))
        for path in paths
    )


def test_a_sheet_of_the_selected_parcel_is_true_to_scale(editor_page: Page, live_server: str, town: Engine) -> None:
    page, before = editor_page, stored(town)
    page.emulate_media(color_scheme="dark")
    open_map(page, live_server, "A")
    page.keyboard.press("p")
    expect(card_of(page).get_by_label("Scale")).to_be_focused()
    expect(card_of(page).get_by_label("Scale")).to_have_value("200")
    expect(card_of(page).get_by_label("Title")).to_have_value("Parcel A")
    expect(page.get_by_role("button", name="Sheet: drag it")).to_be_visible()
    card_of(page).get_by_label("Title").fill("Lot A, before the split")
    page.keyboard.press("Enter")
    sheet = sheet_of(page)
    expect(sheet).to_contain_text("Lot A, before the split")
    for words in (
        "Scale 1 : 200",
        "1 cm on paper is 2 m",
        "WGS 84 (EPSG:4326)",
        "True north",
        "no survey",
        "editor@example.org",
    ):
        expect(sheet).to_contain_text(words)
    expect(sheet.locator(".sheet .paper")).to_have_css("fill", "rgb(255, 255, 255)")
    pdf = printed(page)
    assert [(round(width), round(height)) for width, height in page_sizes_mm(pdf)] == [(297, 210)]
    paths = paths_mm(pdf)
    assert has_rectangle(paths, mm_of((0, 0), (3, 0), 200), mm_of((0, 0), (0, 2), 200))
    assert has_rectangle(paths, 10.0, 1.6), "a fifth of the scale bar of 10 m"
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(card_of(page)).to_be_visible()
    page.keyboard.press("p")
    assert stored(town) == before


def test_the_frame_is_moved_and_paper_scale_and_lengths_are_chosen(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.get_by_role("button", name="Print to scale").click()
    card = card_of(page)
    card.get_by_label("Paper").select_option("Letter")
    card.get_by_label("Orientation").select_option("portrait")
    card.get_by_label("Scale").select_option("200")
    card.get_by_label("Lengths").select_option("all")
    grip = page.get_by_role("button", name="Sheet: drag it")
    expect(grip).to_be_visible()
    expect(page.locator(GLIDING)).to_have_count(0)
    first = grip.bounding_box()
    assert first is not None
    x, y = first["x"] + 18, first["y"] + 18
    page.mouse.move(x, y)
    page.mouse.down()
    with page.expect_response(re.compile("/api/positions")):
        page.mouse.move(x + 30, y - 40, steps=4)
        page.mouse.up()
    moved = grip.bounding_box()
    assert moved is not None
    assert (moved["x"] - first["x"], moved["y"] - first["y"]) == (30, -40)
    with page.expect_response(re.compile("/api/positions")):
        page.keyboard.press("ArrowRight")
    card.get_by_role("button", name="Show sheet").click()
    sheet = sheet_of(page)
    expect(sheet).to_contain_text("Letter, 1 : 200")
    expect(sheet.locator(".number", has_text=re.compile("^B$"))).to_have_count(1)
    expect(sheet.locator(".length").first).to_be_visible()
    pdf = printed(page)
    assert [(round(width, 1), round(height, 1)) for width, height in page_sizes_mm(pdf)] == [(215.9, 279.4)]
    keep_picture(page, "sheet")
    page.get_by_role("button", name="Back to the map").click()
    page.get_by_role("button", name="Cancel").click()
    expect(card).to_be_hidden()
    expect(grip).to_be_hidden()
    page.keyboard.press("p")
    expect(card).to_be_visible()
    page.locator("#parcel-map").focus()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator(".panel-head h1")).to_have_text("A")


def test_too_many_parcels_are_refused_with_what_helps(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.keyboard.press("p")
    problem = {"type": "too_many_parcels", "title": "Too many parcels", "status": 422, "detail": "2,000 at most"}

    def refuse(route: Route) -> None:
        route.fulfill(status=422, json=problem, headers={"Content-Type": "application/problem+json"})

    intercept(page, "**/api/coverage?**", refuse)
    page.keyboard.press("Enter")
    expect(card_of(page)).to_contain_text("Choose a larger scale or smaller paper")
    expect(sheet_of(page)).to_have_count(0)
