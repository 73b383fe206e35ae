"""What tests see of a map that is drawn from tiles: which are asked for, whether any is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import shapely
from playwright.sync_api import Page, expect

from spatial_admin.cadastre.tile_grid import BUFFER, EXTENT, Tile

Box = tuple[float, float, float, float]
# Whether a grid of places on the map lies under tiles that are there; in how many pictures in a row one did not. Pictures
# and not seconds: of a machine that stands still nobody sees any.
WATCH_FOR_BLANKS = """
() => {
  const seen = { longest: 0, now: 0 };
  const map = document.getElementById('parcel-map').getBoundingClientRect();
  const places = [0.1, 0.3, 0.5, 0.7, 0.9].flatMap((u) => [0.1, 0.5, 0.9].map((v) => [map.x + u * map.width, map.y + v * map.height]));
  const look = () => {
    const tiles = [...document.querySelectorAll('.leaflet-ground-pane canvas.leaflet-tile-loaded')].map((each) => each.getBoundingClientRect());
    const isCovered = places.every(([x, y]) => tiles.some((t) => t.left <= x && x <= t.right && t.top <= y && y <= t.bottom));
    seen.now = isCovered ? 0 : seen.now + 1;
    seen.longest = Math.max(seen.longest, seen.now);
    requestAnimationFrame(look);
  };
  look();
  window.blanks = seen;
}
"""
COLOUR_AT_MIDDLE = """
() => {
  const map = document.getElementById('parcel-map').getBoundingClientRect();
  const [x, y] = [map.x + map.width / 2, map.y + map.height / 2];
  for (const canvas of [...document.querySelectorAll('.leaflet-ground-pane canvas')].reverse()) {
    const box = canvas.getBoundingClientRect();
    if (x < box.left || x >= box.right || y < box.top || y >= box.bottom) continue;
    const scale = canvas.width / box.width;
    return [...canvas.getContext('2d').getImageData((x - box.left) * scale, (y - box.top) * scale, 1, 1).data].join();
  }
  return '';
}
"""


def requests_of(page: Page, base_url: str) -> Iterator[list[str]]:
    """A fixture's body: the paths that a page asks for from now on; nothing may be refused."""
    paths: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: paths.append(request.url.removeprefix(base_url)))
    page.on("response", lambda response: refused.append(response.url) if response.status >= 400 else None)
    yield paths
    assert refused == []


def look_at(page: Page, base_url: str, zoom: float, box: Box) -> None:
    """The map with a box in its middle, every tile there."""
    west, south, east, north = box
    page.goto("about:blank")
    page.goto(f"{base_url}/#{zoom}/{(south + north) / 2:.6f}/{(west + east) / 2:.6f}")
    is_complete(page)


def tiles(paths: list[str]) -> list[Tile]:
    """The tiles among them."""
    found = [re.match(r"/tiles/parcels/(\d+)/(\d+)/(\d+)\.mvt", path) for path in paths]
    return [Tile(*map(int, match.groups())) for match in found if match]


def shows(tile: Tile, box: Box) -> bool:
    """Is something of the box in the tile, or in what it draws of its neighbours?"""
    return bool(shapely.box(*tile.box(BUFFER / EXTENT)).intersects(shapely.box(*box)))


def coverages(paths: list[str]) -> list[str]:
    return [path for path in paths if path.startswith("/api/coverage")]


def is_complete(page: Page) -> None:
    """Wait until the map shows its own tile everywhere."""
    expect(page.locator("#parcel-map")).to_have_attribute("aria-busy", "false")


def click_middle(page: Page) -> None:
    box = page.locator("#parcel-map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
