"""The map page over more parcels than it loads: drawn from tiles, edited exactly, only what changed asked for again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.settings import Limits
from tests.accounts import People, Person, make_people
from tests.browser.acting import drag, handle, notice, save, steps
from tests.browser.tiled import (
    COLOUR_AT_MIDDLE,
    Box,
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

WEST, SOUTH, STEP, SIDE = 2.32, 48.67, 2e-4, 48
INSERT_LOTS = f"""
INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2)
SELECT 'L' || x || '-' || y, x || '/' || y, 'parcels', 'lot', ST_Multi(shape), ST_Area(shape::geography)
FROM generate_series(0, {SIDE - 1}) AS x, generate_series(0, {SIDE - 1}) AS y,
  LATERAL (SELECT ST_MakeEnvelope(round({WEST} + x * {STEP}, 7), round({SOUTH} + y * {STEP}, 7),
    round({WEST} + (x + 1) * {STEP}, 7), round({SOUTH} + (y + 1) * {STEP}, 7), 4326) AS shape) AS made
"""
# A district over the rows from the middle on, so that its limit crosses the map.
INSERT_ZONING = f"""
INSERT INTO zoning_district (code, name, geom)
SELECT 'C2', 'Highway Commercial',
  ST_Multi(ST_MakeEnvelope({WEST}, {SOUTH} + {SIDE // 2} * {STEP}, {WEST} + {SIDE} * {STEP}, {SOUTH} + {SIDE} * {STEP}, 4326))
"""


@pytest.fixture(scope="module")
def people(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> People:
    """More lots than the map loads at once, and accounts."""
    assert Limits().coverage_parcels < SIDE**2
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context():
        people = make_people()
    dispose(app)
    engine = create_engine(module_database_url)
    with engine.begin() as connection:
        connection.execute(text(INSERT_LOTS))
        connection.execute(text(INSERT_ZONING))
    engine.dispose()
    return people


@pytest.fixture
def database_url(module_database_url: str, people: People) -> str:
    """One database for all tests here: each works on lots of its own."""
    return module_database_url


@pytest.fixture
def accounts(people: People) -> People:
    return people


@pytest.fixture
def asked(page: Page, live_server: str, people: People) -> Iterator[list[str]]:
    """What the editor's page asks for, signed in; nothing is refused."""
    sign_in_page(page, live_server, people.editor)
    yield from requests_of(page, live_server)


def box_of(x: int, y: int, *, lots: int = 1) -> Box:
    """Degrees of a lot, or of a square of lots about it."""
    more = lots - 1
    return WEST + (x - more) * STEP, SOUTH + (y - more) * STEP, WEST + (x + lots) * STEP, SOUTH + (y + lots) * STEP


def go_to(page: Page, base_url: str, zoom: float, x: int, y: int) -> None:
    """The map with a lot in its middle, every tile there."""
    look_at(page, base_url, zoom, box_of(x, y))


def corner(x: int, y: int) -> str:
    """How the page names the south-western corner of a lot."""
    return f"{round(WEST + x * STEP, 7)!r},{round(SOUTH + y * STEP, 7)!r}"


def test_a_lot_is_picked_from_tiles_edited_and_only_its_tiles_are_asked_for_again(
    page: Page, live_server: str, asked: list[str]
) -> None:
    go_to(page, live_server, 17, 10, 10)
    assert coverages(asked) == []
    click_middle(page)
    expect(page.locator(".panel-head h1")).to_have_text("10/10")
    page.keyboard.press("z")
    page.keyboard.press("m")
    drag(page, handle(page, corner(11, 11)), 40, -30)
    in_view = set(tiles(asked))
    expect(steps(page)).to_contain_text("10/10, 10/11, 11/10, 11/11")
    asked.clear()
    with page.expect_response(lambda response: ".mvt" in response.url):
        assert save(page, "Fence as built").status == 201
    expect(notice(page)).to_contain_text("4 parcels changed")
    again = tiles(asked)
    # Once; or twice, where the map's usual question met the edit on its way and was told of it first.
    assert again
    assert max(Counter(again).values()) <= 2
    assert set(again) <= in_view
    assert all(shows(tile, box_of(11, 11, lots=2)) for tile in again)
    page.keyboard.press("Escape")
    click_middle(page)
    expect(page.locator(".panel-head .chip")).to_have_text("version 2")


def test_layers_are_switched_by_key_explained_remembered_and_sent_in_a_link(
    page: Page, live_server: str, asked: list[str], another_page: Callable[[Person], Page], people: People
) -> None:
    go_to(page, live_server, 18, 36, 36)
    bare = page.evaluate(COLOUR_AT_MIDDLE)
    page.keyboard.press("l")
    expect(page.get_by_role("switch", name="Parcels")).to_be_focused()
    expect(page.get_by_role("switch", name="Zoning")).not_to_be_checked()
    page.get_by_role("switch", name="Zoning").press("Space")
    expect(page.get_by_role("list", name="Legend of zoning")).to_have_text("C2Highway Commercial")
    zoned = page.evaluate(COLOUR_AT_MIDDLE)
    assert zoned != bare
    page.keyboard.press("Escape")
    button = page.get_by_role("button", name="Layers: Parcels · Labels · Zoning · Findings")
    expect(button).to_be_focused()
    expect(page.locator("#layers-panel")).to_be_hidden()
    page.keyboard.press("Shift+L")
    expect(page.get_by_role("button", name="Layers: Parcels · Zoning · Findings")).to_be_visible()
    link = page.url
    assert "layers=parcels,zoning,findings" in link
    go_to(page, live_server, 18, 36, 36)
    assert page.evaluate(COLOUR_AT_MIDDLE) == zoned
    colleague = another_page(people.viewer)
    colleague.goto(link)
    is_complete(colleague)
    expect(colleague.get_by_role("button", name="Layers: Parcels · Zoning · Findings")).to_be_visible()
    assert colleague.evaluate(COLOUR_AT_MIDDLE) == zoned
    assert coverages(asked) == []


def test_what_a_colleague_changes_is_drawn_by_asking_for_its_tiles_only(
    page: Page, live_server: str, asked: list[str], engine: Engine
) -> None:
    go_to(page, live_server, 17, 30, 30)
    before = page.evaluate(COLOUR_AT_MIDDLE)
    many = len(set(tiles(asked)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET kind = 'water' WHERE parcel_id = 'L30-30'"))
    asked.clear()
    with page.expect_response(lambda response: ".mvt" in response.url):
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_function(f"before => ({COLOUR_AT_MIDDLE})() !== before", arg=before)
    assert 0 < len(tiles(asked)) < many
    assert all(shows(tile, box_of(30, 30)) for tile in tiles(asked))
    asked.clear()
    with page.expect_response(lambda response: "/tiles/changes" in response.url):
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    assert tiles(asked) == []


def test_more_lots_than_can_be_loaded_in_view_load_only_around_the_one_that_is_picked(
    page: Page, live_server: str, asked: list[str]
) -> None:
    go_to(page, live_server, 15.5, 24, 24)
    click_middle(page)
    expect(page.locator(".panel-head h1")).to_have_text("24/24")
    assert len(coverages(asked)) == 1
    page.keyboard.press("m")
    expect(page.locator(".handle-point")).to_have_count(4)


def test_a_viewer_picks_a_lot_by_key_from_tiles(
    page: Page, live_server: str, people: People, another_page: Callable[[Person], Page]
) -> None:
    viewer = another_page(people.viewer)
    go_to(viewer, live_server, 18, 40, 40)
    viewer.locator("#parcel-map").focus()
    viewer.keyboard.press("Enter")
    expect(viewer.locator(".panel-head h1")).to_have_text("40/40")
    assert "parcel=L40-40" in viewer.url
    viewer.keyboard.press("m")
    expect(viewer.locator(".handle")).to_have_count(0)


def test_without_a_connection_the_map_stays_and_comes_back_by_itself(
    page: Page, live_server: str, people: People
) -> None:
    sign_in_page(page, live_server, people.editor)
    go_to(page, live_server, 17, 20, 20)
    shown = page.evaluate(COLOUR_AT_MIDDLE)
    page.context.set_offline(True)
    tried: list[str] = []
    page.on("request", lambda request: tried.append(request.url))
    page.locator("#parcel-map").focus()
    page.keyboard.press("Equal")
    expect(notice(page)).to_contain_text("cannot be reached")
    assert page.evaluate(COLOUR_AT_MIDDLE) == shown
    page.wait_for_timeout(1500)
    assert len(tiles([url.removeprefix(live_server) for url in tried])) < 20
    page.context.set_offline(False)
    expect(notice(page)).to_have_text("")


def test_the_past_is_not_drawn_over_tiles_of_today(
    page: Page, live_server: str, asked: list[str], engine: Engine
) -> None:
    with engine.begin() as connection:
        moment = connection.execute(text("SELECT clock_timestamp()")).scalar_one().isoformat().replace("+", "%2B")
    page.goto("about:blank")
    asked.clear()
    page.goto(f"{live_server}/?at={moment}&parcel=L5-5")
    expect(page.locator(".panel-head h1")).to_have_text("5/5")
    assert tiles(asked) == []
    expect(page.locator(".leaflet-ground-pane")).to_have_count(0)
