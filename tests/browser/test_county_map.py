"""The map page over a whole county: from the state down to a lot without a blank, and an edit that redraws only its tiles.

200,000 parcels; SPATIAL_ADMIN_TEST_ALL=1 makes it a million.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin.factory import create_app
from spatial_admin.settings import storage_srid
from tests import county
from tests.accounts import People, make_people
from tests.browser.acting import GLIDING, click_place, drag, handle, notice, save
from tests.browser.tiled import (
    WATCH_FOR_BLANKS,
    click_middle,
    coverages,
    is_complete,
    look_at,
    requests_of,
    shows,
    tiles,
)
from tests.browser_fixtures import sign_in_page
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.waiting import until

LABEL, PARCELS = ("million", 1_000_000) if os.environ.get("SPATIAL_ADMIN_TEST_ALL") else ("county", 200_000)
MOST_BLANK_FRAMES = 60  # a second of a screen: the promise that the map makes to whoever moves it
LOT = 100_256  # a lot as any other, in the county's middle column; its neighbours are lots, too
DOWN = (
    "Shift+Equal",
    "Equal",
    "ArrowUp",
    "Shift+Equal",
    "ArrowRight",
    "Equal",
    "Equal",
    "ArrowDown",
    "Shift+Equal",
    "Minus",
)


@pytest.fixture(scope="module")
def county_of_its_own(cluster: TestCluster) -> Iterator[str]:
    """URL of a county that these tests may edit."""
    if storage_srid() != 4326:
        pytest.skip("the county of tests lies in EPSG:4326")
    name = cluster.filled(LABEL, lambda name: county.fill_county(cluster, name, PARCELS), Path(county.__file__))
    yield cluster.app_url(name)
    cluster.drop(name)


@pytest.fixture(scope="module")
def people(cluster: TestCluster, county_of_its_own: str, tmp_path_factory: pytest.TempPathFactory) -> People:
    app = create_app(settings_over(county_of_its_own, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context():
        people = make_people()
    dispose(app)
    return people


@pytest.fixture
def database_url(county_of_its_own: str, people: People) -> str:
    return county_of_its_own


@pytest.fixture
def asked(page: Page, live_server: str, people: People) -> Iterator[list[str]]:
    """What the editor's page asks for, signed in; nothing is refused."""
    sign_in_page(page, live_server, people.editor)
    yield from requests_of(page, live_server)


def box_of(number: int) -> tuple[float, float, float, float]:
    (x, y), half = county.place_of(number), county.STEP / 2
    return x - half, y - half, x + half, y + half


def test_from_the_state_down_to_a_lot_nothing_is_blank_and_no_point_is_loaded(
    page: Page, live_server: str, asked: list[str]
) -> None:
    look_at(page, live_server, 6, box_of(LOT))
    expect(page.locator(".map-hint")).to_contain_text("Click where you want to come nearer")
    page.evaluate(WATCH_FOR_BLANKS)
    page.locator("#parcel-map").focus()
    for key in DOWN:
        before = page.url
        page.keyboard.press(key)
        page.wait_for_url(lambda url, before=before: url != before)  # type: ignore[misc]
    is_complete(page)
    assert page.evaluate("blanks.longest") <= MOST_BLANK_FRAMES
    zooms = {tile.z for tile in tiles(asked)}
    assert min(zooms) < 7
    assert max(zooms) > 16
    assert len(zooms) > 5
    assert coverages(asked) == []


def test_by_clicks_and_by_keys_alone_one_comes_from_the_state_to_a_lot(
    page: Page, live_server: str, asked: list[str]
) -> None:
    look_at(page, live_server, 9, box_of(LOT))
    nearer(page, lambda: click_place(page, county.place_of(LOT)))
    page.locator("#parcel-map").focus()
    while "Click where" in page.locator(".map-hint").inner_text():
        nearer(page, lambda: page.keyboard.press("Enter"))
    page.keyboard.press("Enter")
    expect(page.locator(".panel-head .chip")).to_contain_text("version")


def nearer(page: Page, act: Callable[[], None]) -> None:
    """The map has come nearer by it, and rests."""
    before = float(page.url.partition("#")[2].partition("/")[0])
    act()
    until(lambda: float(page.url.partition("#")[2].partition("/")[0]) > before, lambda: page.wait_for_timeout(20))
    expect(page.locator(GLIDING)).to_have_count(0)
    is_complete(page)


def test_an_edit_in_the_county_asks_for_its_own_tiles_only(
    page: Page, live_server: str, asked: list[str], engine: Engine
) -> None:
    look_at(page, live_server, 17, box_of(LOT))
    click_middle(page)
    expect(page.locator(".panel-head .chip")).to_have_text("version 1")
    page.keyboard.press("z")
    page.keyboard.press("m")
    with engine.connect() as connection:
        x, y = connection.execute(
            text("SELECT ST_XMax(geom), ST_YMax(geom) FROM parcel WHERE parcel_id = :lot"), {"lot": f"P-{LOT:07}"}
        ).one()
    drag(page, handle(page, f"{x!r},{y!r}"), 30, -20)
    in_view = set(tiles(asked))
    asked.clear()
    with page.expect_response(lambda response: ".mvt" in response.url):
        assert save(page, "Fence as built").status == 201
    expect(notice(page)).to_contain_text("4 parcels changed")
    again = tiles(asked)
    assert 0 < len(again) == len(set(again))
    assert set(again) <= in_view
    about = (x - county.STEP, y - county.STEP, x + county.STEP, y + county.STEP)
    assert all(shows(tile, about) for tile in again)
