"""Editing in a browser: 500 parcels of 48 points in view, then a road parcel of 19,208 vertices.

What is measured: from the key press until points can be dragged, the elements that it adds, panning, frames of a drag, undo.
The limit of the first three is leaflet-geoman over the same parcels with 50 of them made editable (edit_mode_geoman.js);
it is installed by npm for the time of the run, where it can be. Times are those of the page's main thread; a frame's is
the time of its scripts, beside the 16.7 ms that it has. Needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Route, ViewportSize, sync_playwright

from benchmarks._dragging import FRAME_MS, TIME_FRAMES, drag_frames
from benchmarks._fabric import GRID, ring_of, town
from benchmarks._report import head, line
from benchmarks._web_server import serving
from benchmarks.edit_road import lay_road, parcels_at_points
from spatial_admin.local.browser_packages import node_and_npm
from spatial_admin.local.system_packages import find_browser
from tests.browser.acting import click_place
from tests.browser_fixtures import FLAGS
from tests.database import TestCluster

COLUMNS, ROWS, PER_SIDE, EDITABLE = 25, 20, 12, 50
ROUNDS, UNDOS = 5, 10
PEERS = ("leaflet@1.9.4", "@geoman-io/leaflet-geoman-free@2.20.2")
ORIGIN = "http://peer.example"
SIZE: ViewportSize = {"width": 1440, "height": 900}
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
ELEMENTS = "document.querySelectorAll('*').length"


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    head()
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or find_browser()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        among_many(cluster, browser)
        on_a_road(cluster, browser)
        browser.close()
    cluster.close()
    return 0


class Watch:
    """Time that a page's main thread is busy."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("Performance.enable")

    def busy_ms(self) -> float:
        """Since the page was made."""
        told = self.session.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) * 1e3 for metric in told if metric["name"] == "TaskDuration")

    def of(self, work: Callable[[], object]) -> float:
        """What `work` and the painting after it take."""
        before = self.busy_ms()
        work()
        self.page.evaluate(PAINTED)
        return self.busy_ms() - before


def middle(values: list[float]) -> float:
    """The median of a few."""
    return sorted(values)[len(values) // 2]


def pan(page: Page) -> None:
    """Drag the map by hand, there."""
    page.mouse.move(500, 700)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(500 + step * 12, 700 - step * 8)
    page.mouse.up()


def among_many(cluster: TestCluster, browser: Browser) -> None:
    """500 parcels of 48 points in view, beside the peer."""
    with (
        town(cluster, COLUMNS, ROWS, PER_SIDE) as (name, _),
        serving(cluster, name, workers=1, threads=4) as server,
    ):
        context = browser.new_context(viewport=SIZE, extra_http_headers=server.headers)
        page = context.new_page()
        page.add_init_script(TIME_FRAMES)
        lon, lat = GRID.at(COLUMNS / 2, ROWS / 2)
        begun, added, panned = [], [], []
        for round_ in range(ROUNDS):
            # An address that differs only behind the # would load nothing anew.
            page.goto(f"http://127.0.0.1:{server.port}/?round={round_}#16/{lat}/{lon}")
            page.wait_for_selector("#parcel-map[aria-busy=false]")
            watch = Watch(page)
            i, j = 8 + round_, 10
            click_place(page, GRID.at(i + 0.5, j + 0.5))
            page.wait_for_selector(f".panel-head:has-text('{i}-{j}') .chip")
            before = page.evaluate(ELEMENTS)
            begun.append(wall_ms(page, lambda: page.keyboard.press("m"), ".handle-point"))
            added.append(page.evaluate(ELEMENTS) - before)
            panned.append(watch.of(lambda: pan(page)))
        theirs = beside_geoman(browser)
        mode = f"{COLUMNS * ROWS} parcels of {4 * PER_SIDE} points"
        if theirs:
            line(f"{mode}: until points can be dragged (ms)", ROUNDS, middle(begun), middle(theirs["begun"]), "<= 0.35")
            line(f"{mode}: elements added", ROUNDS, middle(added), middle(theirs["added"]), "<= 0.35")
            line(f"{mode}: a pan while editing (ms)", ROUNDS, middle(panned), middle(theirs["panned"]), "<= 1")
        drag_and_undo(page, mode)
        context.close()


def wall_ms(page: Page, work: Callable[[], object], selector: str) -> float:
    """Until something is shown and painted."""
    begin = time.perf_counter()
    work()
    page.wait_for_selector(selector)
    page.evaluate(PAINTED)
    return (time.perf_counter() - begin) * 1e3


def drag_and_undo(page: Page, what: str) -> None:
    """A corner of four lots in many small moves, dropped; then undone and done again."""
    i, j = COLUMNS // 2, ROWS // 2
    page.keyboard.press("v")
    click_place(page, GRID.at(i + 0.5, j + 0.5))
    page.wait_for_selector(f".panel-head:has-text('{i}-{j}') .chip")
    page.keyboard.press("m")
    x, y = GRID.at(i, j)
    drag_frames(page, f"{x!r},{y!r}", what)
    watch = Watch(page)
    undo_and_redo(page, watch, what)


def undo_and_redo(page: Page, watch: Watch, what: str) -> None:
    """One line: the page's time for each."""
    times = [watch.of(partial(page.keyboard.press, key)) for key in ("Control+z", "Control+Shift+z") * UNDOS]
    line(f"{what}: undo or redo (ms)", len(times), middle(times), FRAME_MS)


def beside_geoman(browser: Browser) -> dict[str, list[float]] | None:
    """The same with the peer; None, and the reason, where it does not install."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*map(str, node_and_npm()[1]), "install", "--no-save", "--silent", "--prefix", folder, *PEERS]
        installed = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (a fixed command)
        if installed.returncode:
            print(f"leaflet-geoman: skipped, it does not install here: {installed.stderr.strip()[-200:]}")
            return None
        files = Path(folder) / "node_modules"
        context = browser.new_context(viewport=SIZE)
        context.route(f"{ORIGIN}/**", lambda route: answer(route, files))
        page = context.new_page()
        found: dict[str, list[float]] = {"begun": [], "added": [], "panned": []}
        for _ in range(ROUNDS):
            page.goto(f"{ORIGIN}/")
            page.evaluate(Path(__file__).with_name("edit_mode_geoman.js").read_text(encoding="utf-8"), rings())
            page.evaluate(PAINTED)
            before = page.evaluate(ELEMENTS)
            watch = Watch(page)
            found["begun"].append(wall_ms(page, lambda: page.evaluate("edit()"), ".marker-icon"))
            found["added"].append(page.evaluate(ELEMENTS) - before)
            found["panned"].append(watch.of(lambda: pan(page)))
        context.close()
        return found


def rings() -> dict[str, Any]:
    """The same parcels, for the peer."""
    lots = [(i, j) for j in range(ROWS) for i in range(COLUMNS)]
    lon, lat = GRID.at(COLUMNS / 2, ROWS / 2)
    shapes = [[[y, x] for x, y in ring_of(i, j, PER_SIDE)] for i, j in lots]
    return {"rings": shapes, "centre": [lat, lon], "zoom": 16, "editable": EDITABLE}


def answer(route: Route, files: Path) -> None:
    """A page with the peer's own files, and those."""
    place = route.request.url.removeprefix(f"{ORIGIN}/")
    if place:
        route.fulfill(path=files / place) if (files / place).is_file() else route.fulfill(status=404, body="")
        return
    geoman = "@geoman-io/leaflet-geoman-free/dist"
    route.fulfill(
        content_type="text/html",
        body=f"""<!doctype html><link rel=stylesheet href=/leaflet/dist/leaflet.css>
        <link rel=stylesheet href=/{geoman}/leaflet-geoman.css><style>html,body,#map{{height:100%;margin:0}}</style>
        <div id=map></div><script src=/leaflet/dist/leaflet.js></script><script src=/{geoman}/leaflet-geoman.js></script>""",
    )


def on_a_road(cluster: TestCluster, browser: Browser) -> None:
    """The Dakota file's road of 19,208 vertices in view (a ring of that size where the file is not), a point of it dragged."""
    with town(cluster, 20, 20) as (name, engine):
        lay_road(cluster, name, engine)
        owners, sizes = parcels_at_points(engine)
        road = max(sizes, key=sizes.__getitem__)
        with serving(cluster, name, workers=1, threads=4) as server:
            context = browser.new_context(viewport=SIZE, extra_http_headers=server.headers)
            page = context.new_page()
            page.add_init_script(TIME_FRAMES)
            x, y = sorted(point for point, names in owners.items() if road in names)[sizes[road] // 2]
            what = f"a road of {sizes[road]:,} vertices"
            page.goto(f"http://127.0.0.1:{server.port}/?parcel={road}#18/{y}/{x}")
            page.wait_for_selector(".panel-head .chip")
            begun = wall_ms(page, lambda: page.keyboard.press("m"), ".handle-point")
            line(f"{what}: until points can be dragged (ms)", 1, begun, FRAME_MS)
            watch = Watch(page)
            line(f"{what}: a pan while editing (ms)", 1, watch.of(lambda: pan(page)), FRAME_MS)
            points = page.eval_on_selector_all(".handle-point", "all => all.map((one) => one.dataset.points)")
            drag_frames(page, points[len(points) // 2], what)
            undo_and_redo(page, watch, what)
            context.close()


if __name__ == "__main__":
    sys.exit(main())
