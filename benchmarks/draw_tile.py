"""The map's tiles in a browser: 5,000 parcels decoded and drawn, a place picked, a point dragged, tiles after an edit.

The limit of drawing and picking is the shortest program that does it with the same libraries, in the same page
(draw_tile.js). Needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks._dragging import TIME_FRAMES, drag_frames
from benchmarks._fabric import GRID, town
from benchmarks._report import head, line
from benchmarks._web_server import serving
from spatial_admin.local.system_packages import find_browser
from tests.browser_fixtures import FLAGS
from tests.database import TestCluster

SIDE, VERTICES, BLOCKS, ROUNDS, PICKS = 71, 11.4, 5, 5, 100
COLUMNS, ROWS = 25, 20  # lots in view


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    head()
    with (
        town(cluster, COLUMNS, ROWS) as (name, _),
        serving(cluster, name, workers=1, threads=4) as server,
        sync_playwright() as playwright,
    ):
        path = os.environ.get("CHROMIUM") or find_browser()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, extra_http_headers=server.headers)
        page = context.new_page()
        page.add_init_script(TIME_FRAMES)
        open_town(page, f"http://127.0.0.1:{server.port}")
        drawing(page)
        dragging(page)
        browser.close()
    cluster.close()
    return 0


def open_town(page: Page, base_url: str) -> None:
    """All lots in view, every tile there."""
    lon, lat = GRID.at(COLUMNS / 2, ROWS / 2)
    page.goto(f"{base_url}/#16/{lat}/{lon}")
    page.wait_for_selector("#parcel-map[aria-busy=false]")


def drawing(page: Page) -> None:
    """A tile decoded and drawn, drawn again, and picked in."""
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    options = {"side": SIDE, "vertices": VERTICES, "blocks": BLOCKS, "rounds": ROUNDS, "picks": PICKS}
    times: dict[str, Any] = page.evaluate(script, options)
    parcels = f"a tile of {SIDE**2:,} parcels, {times['bytes'] / 1024:.0f} KiB"
    limit = statistics.median(times["reference"])
    line(f"{parcels}: decoded and drawn (ms)", BLOCKS * ROUNDS, statistics.median(times["ours"]), limit, "<= 1")
    line(f"{parcels}: drawn again without one (ms)", BLOCKS * ROUNDS, statistics.median(times["again"]), limit, "<= 1")
    picks = times["picks"]
    line("… a place picked (ms)", BLOCKS * PICKS, mean(picks["ours"]), mean(picks["reference"]), "<= 1")


def dragging(page: Page) -> None:
    """A corner of four lots dragged over all lots in view, then saved."""
    x, y = GRID.at(COLUMNS // 2, ROWS // 2)
    middle = page.locator("#parcel-map").bounding_box()
    if middle is None:
        raise SystemExit("The page shows no map.")
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    page.wait_for_selector(".panel-head .chip")
    page.keyboard.press("m")
    drag_frames(page, f"{x!r},{y!r}", f"{COLUMNS * ROWS} parcels in view")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if ".mvt" in request.url else None)
    page.fill("#edit-comment", "Measured")
    with page.expect_response(lambda response: ".mvt" in response.url):
        page.keyboard.press("Control+s")
    page.wait_for_selector(".map-notice[data-kind=good]")
    line("requests for tiles after that edit, beside the tiles that it lies on", 1, len(asked), len(set(asked)), "1")


def mean(times: Sequence[float]) -> float:
    """Single picks are shorter than the browser's clock is fine."""
    return statistics.mean(times)


if __name__ == "__main__":
    sys.exit(main())
