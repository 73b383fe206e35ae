"""What a person does at the editor, on the map page and in the form: look, drag, press keys, save."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Request, Response, Route, expect

from tests.waiting import until

HANDLE_PX = 12  # half of a handle's target
GLIDING = ".leaflet-pan-anim, .leaflet-zoom-anim"  # a map that is on its way somewhere


def open_map(page: Page, base_url: str, parcel: str) -> None:
    """The map page at a parcel, loaded, ready to move points."""
    page.goto(f"{base_url}/?parcel={parcel}")
    expect(page.locator(".panel-head .chip")).to_contain_text("version")
    page.keyboard.press("m")


def open_form(page: Page, base_url: str, parcel: str) -> None:
    """The admin's form of a parcel, with its points on the map."""
    page.goto(f"{base_url}/admin/parcel/edit/?id={parcel}")
    expect(page.locator(".handle-point").first).to_be_visible()


def handle(page: Page, point: str) -> Locator:
    """The handle of a point, by the name the page gives it."""
    return page.locator(f'.handle-point[data-points="{point}"]')


def step_px(page: Page, one: str, other: str, steps: int) -> float:
    """Pixels eastward in one step of the town, from two points that lie so many steps apart."""
    places = []
    for point in (one, other):
        expect(handle(page, point)).to_be_visible()
        box = handle(page, point).bounding_box()
        assert box is not None
        places.append(box["x"])
    return (places[1] - places[0]) / steps


def drag(page: Page, what: Locator, dx: float, dy: float, *, key: str | None = None) -> None:
    """Drag a handle by pixels in several moves, as a hand does; `key` is held meanwhile."""
    expect(what).to_be_visible()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + HANDLE_PX, box["y"] + HANDLE_PX
    page.mouse.move(x, y)
    page.mouse.down()
    if key:
        page.keyboard.down(key)
    for step in range(1, 6):
        page.mouse.move(x + dx * step / 5, y + dy * step / 5)
    page.mouse.up()
    if key:
        page.keyboard.up(key)


def pixel_of(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place in degrees lies on the page, by the view that the address tells."""
    page.wait_for_url(re.compile("#"))
    told = re.search(r"#([\d.]+)/([-\d.]+)/([-\d.]+)", page.url)
    box = page.locator("#parcel-map").bounding_box()
    assert told is not None
    assert box is not None
    zoom, lat, lon = map(float, told.groups())
    (x, y), (middle_x, middle_y) = _mercator(zoom, *place), _mercator(zoom, lon, lat)
    return box["x"] + box["width"] / 2 + x - middle_x, box["y"] + box["height"] / 2 + y - middle_y


def _mercator(zoom: float, lon: float, lat: float) -> tuple[float, float]:
    world = 256 * 2**zoom
    return (lon + 180) / 360 * world, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * world


def click_place(page: Page, place: tuple[float, float], *, key: str | None = None) -> None:
    """Click a place of the map, given in degrees; `key` is held meanwhile."""
    if key:
        page.keyboard.down(key)
    page.mouse.click(*pixel_of(page, place))
    if key:
        page.keyboard.up(key)


def steps(page: Page) -> Locator:
    """The list of steps not saved yet."""
    return page.locator(".steps li")


def save(page: Page, reason: str) -> Response:
    """Give the reason and press Ctrl+S; the server's answer."""
    page.fill("#edit-comment", reason)
    return answer_to(page, lambda: page.keyboard.press("Control+s"))


def is_edit(request: Request) -> bool:
    """Is it sent to be saved, and not to hear what it would do?"""
    return request.url.endswith("/api/edits") and '"dry_run":true' not in (request.post_data or "")


def answer_to(page: Page, act: Callable[[], None]) -> Response:
    """The server's answer to the edit that an act sends; the dry runs that the page makes meanwhile are none."""
    with page.expect_response(lambda response: is_edit(response.request)) as info:
        act()
    if not info.value.ok:
        sys.stderr.write(info.value.text())  # shown where a test fails for it
    return info.value


def intercept(page: Page, url: str, handler: Callable[[Route], object]) -> None:
    """Let a handler answer what an open page asks of an address, from its very next request on.

    After `page.route` alone a busy page still sends some past the handler: Chromium tells its process later of it, and
    lets a key that is pressed overtake the news. So the page asks until one of its requests is held.
    """
    page.route(url, handler)
    page.route("**/is-held", lambda route: route.fulfill(status=204))
    page.evaluate("async () => { while ((await fetch('/is-held')).status !== 204); }")
    page.unroute("**/is-held")


def wait_until(page: Page, condition: Callable[[], object]) -> None:
    """Look at something besides the page, such as the database, until it is so; the page goes on meanwhile."""
    until(condition, lambda: page.wait_for_timeout(20))


def notice(page: Page) -> Locator:
    """What the editor says."""
    return page.locator(".map-notice")
