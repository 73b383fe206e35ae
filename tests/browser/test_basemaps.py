"""The operator's base maps: under the lines of parcels, asked for as the setting says."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from spatial_admin.settings import Settings
from tests.browser.acting import pixel_of, wait_until
from tests.browser.tiled import COLOUR_AT_MIDDLE, is_complete
from tests.browser.town import place
from tests.conftest import settings_over
from tests.database import TestCluster

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
WMS = {"name": "Orthophoto", "url": "https://maps.example.org/wms", "attribution": "Survey", "wms_layers": "ortho"}


# How opaque the selection is where the map has its middle; the surface of what is edited is the only one that paints it.
SELECTION_AT_MIDDLE = """
() => {
  const map = document.getElementById('parcel-map').getBoundingClientRect();
  const alphas = [...document.querySelectorAll('.leaflet-pane:not(.leaflet-ground-pane) > canvas')].filter((canvas) => canvas.getBoundingClientRect().width > 0).map((canvas) => {
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const [x, y] = [map.x + map.width / 2 + 9 - box.left, map.y + map.height / 2 + 9 - box.top];
    return canvas.getContext('2d').getImageData(x * scale, y * scale, 1, 1).data[3];
  });
  return Math.max(...alphas);
}
"""


@pytest.fixture
def settings(database_url: str, cluster: TestCluster, tmp_path: Path) -> Settings:
    """A deployment with a Web Map Service."""
    return replace(settings_over(database_url, cluster, tmp_path), basemaps=json.dumps([WMS]))


def test_a_web_map_service_lies_under_parcels_that_are_only_outlined(editor_page: Page, live_server: str) -> None:
    page = editor_page
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=PIXEL, content_type="image/png")

    page.route("https://maps.example.org/**", answer)
    lon, lat = place(1, 1)
    page.goto("about:blank")
    page.goto(f"{live_server}/#20/{lat}/{lon}")
    is_complete(page)
    assert not page.evaluate(COLOUR_AT_MIDDLE).endswith(",0")
    page.keyboard.press("l")
    page.get_by_label("Base map").select_option("Orthophoto")
    expect(page.locator(".leaflet-control-attribution")).to_have_text("Survey")
    expect(page.locator(".leaflet-tile-pane img.leaflet-tile-loaded")).not_to_have_count(0)
    query = {name.upper(): values for name, values in parse_qs(urlsplit(asked[0]).query).items()}
    assert (query["LAYERS"], query["REQUEST"], query["CRS"]) == (["ortho"], ["GetMap"], ["EPSG:3857"])
    assert page.evaluate(COLOUR_AT_MIDDLE) == "0,0,0,0"
    page.keyboard.press("Escape")
    page.mouse.click(*pixel_of(page, (lon, lat)))
    expect(page.locator(".panel-head .chip")).to_contain_text("version")
    wait_until(page, lambda: 0 < page.evaluate(SELECTION_AT_MIDDLE) < 128)
    page.keyboard.press("l")
    page.get_by_label("Base map").select_option("None")
    assert not page.evaluate(COLOUR_AT_MIDDLE).endswith(",0")
