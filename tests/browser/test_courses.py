"""Numbers as well as the mouse: lengths and bearings that are shown, and those that are typed."""

from __future__ import annotations

import json
import re

import pyproj
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.acting import HANDLE_PX, click_place, handle, notice, open_map, save, steps, wait_until
from tests.browser.town import name_of, place, stored
from tests.pictures import keep_picture

GEOD = pyproj.Geod(ellps="WGS84")


def test_the_sides_of_a_lot_are_listed_and_a_click_on_one_names_both_neighbours(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("v")
    page.get_by_role("tab", name="Sides").click()
    sides = page.get_by_role("list", name="Sides").get_by_role("listitem")
    expect(sides).to_have_count(4)
    metres = GEOD.inv(*place(0, 0), *place(3, 0))[2]
    expect(sides.first).to_contain_text(f"{metres:.2f} m · N 90°00′00″ E")
    expect(page.get_by_role("tabpanel", name="Sides")).to_contain_text("true north")
    page.get_by_role("button", name=re.compile("between A and B$")).press("Enter")
    expect(page.get_by_role("tabpanel").get_by_role("status")).to_contain_text("between A and B")
    page.get_by_label("Bearings", exact=True).select_option("gon")
    expect(sides.first).to_contain_text("m · 100.0000 gon")

    page.get_by_role("tab", name="Attributes").click()
    page.locator("#parcel-map").focus()
    page.keyboard.press("e")
    middle = (sum(x) / 2 for x in zip(place(0, 2), place(3, 2), strict=True))
    x, y = middle
    click_place(page, (x, y))
    expect(page.get_by_role("tabpanel").get_by_role("status")).to_contain_text("between A and C")
    expect(page.get_by_label("Lengths and bearings on the map")).to_be_checked()
    page.get_by_role("button", name="Select the neighbour B").click()
    expect(page.locator(".panel-head h1")).to_have_text("B")
    page.reload()
    page.get_by_role("tab", name="Sides").click()
    expect(sides.first).to_contain_text("gon")
    assert stored(town) == before


def test_a_corner_is_moved_and_a_point_inserted_by_numbers_typed_with_the_mouse_and_without(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    field = page.get_by_role("textbox", name="Distance, bearing or coordinate")

    # In the middle of a drag, due east: the button may be let go while the number is typed.
    _hold(page, name_of(3, 2), 60)
    page.keyboard.type("0.5")
    expect(field).to_have_value("0.5")
    page.mouse.up()
    expect(steps(page)).to_have_count(0)
    page.keyboard.type(" xyz")
    page.keyboard.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".typed-field")).to_contain_text("Type a distance")
    field.fill("0.5")
    page.keyboard.press("Enter")
    expect(field).to_be_hidden()
    expect(steps(page)).to_have_text(re.compile(r"Move point shared by A, B, C, 0\.50 m"))

    # By keys alone: a corner that has the focus, and the small handle of the side from (0, 0) to (3, 0).
    handle(page, name_of(0, 0)).focus()
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(handle(page, name_of(0, 0))).to_be_focused()
    page.keyboard.type("1.25 S 30 00 00 W")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(2)
    page.locator(f'.handle-middle[data-points="{name_of(3, 0)} {name_of(3, 2)}"]').focus()
    page.keyboard.type("5.2")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(3)
    with page.expect_request(lambda request: request.url.endswith("/api/edits")) as sent:
        assert save(page, "Re-measured").status == 201
    operations = json.loads(sent.value.post_data or "")["operations"]
    after = stored(town)
    assert after.differing(before) == {"A", "B", "C"}
    corner, low, inserted = operations[0]["to"], operations[1]["to"], operations[2]["at"]
    for pair, names in ((corner, "ABC"), (low, "A"), (inserted, "AB")):
        assert all(tuple(pair) in after.points(name) for name in names)
    azimuth, _, metres = GEOD.inv(*place(3, 2), *corner)
    assert abs(metres - 0.5) < 1e-3
    assert abs(azimuth - 90) < 0.5
    azimuth, _, metres = GEOD.inv(*place(0, 0), *low)
    assert abs(metres - 1.25) < 1e-3
    assert abs(azimuth % 360 - 210) < 0.1
    assert abs(GEOD.inv(*place(3, 0), *inserted)[2] - 5.2) < 1e-3
    assert after.has_no_overlap()


def _hold(page: Page, point: str, dx: float) -> None:
    """Drag a point eastward by pixels, without snapping, and keep the button down."""
    box = handle(page, point).bounding_box()
    assert box is not None
    x, y = box["x"] + HANDLE_PX, box["y"] + HANDLE_PX
    page.mouse.move(x, y)
    page.mouse.down()
    page.keyboard.down("Alt")
    page.mouse.move(x + dx / 2, y)
    page.mouse.move(x + dx, y)
    page.keyboard.up("Alt")


def test_a_parcel_is_drawn_by_typing_alone_and_divided_by_a_typed_line(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    field = page.get_by_role("textbox", name="Distance, bearing or coordinate")
    page.keyboard.press("d")
    lon, lat = place(0, -3)
    for text in (f"{lon}, {lat}", "20 < 90", "15 N 0 00 00 E", "20 < 300 g"):
        page.keyboard.press("t")
        field.fill(text)
        page.keyboard.press("Enter")
        expect(field).to_be_hidden()
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Draw lot"))
    assert save(page, "By the deed").status == 201
    expect(notice(page)).to_contain_text("Saved as edit")  # until then keys belong to the field of the reason
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    corners = after.points(born)[:-1]
    assert (lon, lat) in corners
    area, perimeter = GEOD.geometry_area_perimeter(after.shapes[born])
    assert abs(abs(area) - 300) < 0.01
    assert abs(perimeter - 70) < 0.002
    assert all(after.bits[name] == bits for name, bits in before.bits.items())

    page.locator("#parcel-map").focus()
    page.keyboard.press("c")
    page.keyboard.press("t")
    field.fill(f"{lon + 1e-4}, {lat}")
    page.keyboard.press("Enter")
    page.keyboard.press("t")
    field.fill("15 N")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_text(re.compile("Split"))
    assert save(page, "Two halves").status == 201
    (piece,) = set(stored(town).versions) - set(after.versions)
    assert stored(town).has_no_overlap()
    assert abs(GEOD.geometry_area_perimeter(stored(town).shapes[piece])[0]) > 100


def test_a_parcel_is_drawn_from_a_deed_whose_misclosure_is_shown_and_adjusted(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "A")
    page.keyboard.press("d")
    card = page.get_by_role("region", name="Tool")
    card.get_by_text("Courses or coordinates").click()
    courses = card.get_by_role("textbox", name=re.compile("A bearing and a distance"))
    courses.fill("90 20.00")
    expect(card).to_contain_text("Where do the courses begin?")
    click_place(page, place(0, 0))
    courses.fill("S 00 00 00 E 15.00\n90-00-00 20.03\nN 0 E 15.00\n300g 65.6168 ft")
    expect(card.get_by_role("status").first).to_contain_text(
        re.compile(r"Misclosure 0\.03\d m · .* W, 1 : 2\d\d\d of 70\.03 m")
    )
    expect(card).to_contain_text("Say above how the outline is closed")
    expect(card.get_by_role("button", name="Draw")).to_have_attribute("aria-disabled", "true")
    keep_picture(page, "deed")
    card.get_by_role("radio", name=re.compile("Compass rule")).check()
    expect(card).to_contain_text(re.compile(r"300\.\d m², 4 points"))
    card.get_by_role("textbox", name="Number").fill("77")
    page.reload()  # what is typed and not drawn yet is typed still
    expect(courses).to_have_value("S 00 00 00 E 15.00\n90-00-00 20.03\nN 0 E 15.00\n300g 65.6168 ft")
    expect(card.get_by_role("textbox", name="Number")).to_have_value("77")
    expect(card).to_contain_text(re.compile(r"300\.\d m², 4 points"))
    courses.press("Control+Enter")
    drawn = re.compile(r"Draw lot 77, from a traverse, misclosure 0\.03\d m \(1 : 2\d+\) adjusted by the compass rule")
    expect(steps(page)).to_have_text(drawn)
    expect(page.locator(".status-bar .unsaved")).to_contain_text("kept on the server")
    page.reload()
    page.get_by_role("region", name="Unsaved draft").get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_text(drawn)
    assert save(page, "Deed 1911/77").status == 201
    after = stored(town)
    (born,) = set(after.versions) - set(before.versions)
    corners = after.points(born)[:-1]
    assert len(corners) == 4
    assert place(0, 0) in corners
    # 0.03 m east are shared out over 70.03 m: of them the first course of 15 m bears 6.4 mm.
    low = min(corners)
    assert abs(GEOD.inv(*place(0, 0), *low)[2] - 15) < 1e-3
    assert abs((place(0, 0)[0] - low[0]) * GEOD.inv(2.32, 48.67, 2.33, 48.67)[2] / 0.01 - 0.0064) < 5e-4
    assert after.has_no_overlap()


def test_courses_that_begin_beyond_the_view_are_shown_there(editor_page: Page, live_server: str, town: Engine) -> None:
    page, before = editor_page, stored(town)
    open_map(page, live_server, "F")
    page.locator("#parcel-map").focus()
    page.keyboard.press("d")
    card = page.get_by_role("region", name="Tool")
    card.get_by_text("Courses or coordinates").click()
    lon, lat = place(0, 200)
    text = card.get_by_role("textbox", name=re.compile("A bearing and a distance"))
    text.fill(f"{lon:.6f}, {lat:.6f}")
    address = page.url
    expect(card).to_contain_text("An outline has three corners or more")
    text.fill(f"{lon:.6f}, {lat:.6f}\nN 90 00 00 E 20\nS 00 00 00 E 20\nN 90 00 00 W 20")
    expect(card).to_contain_text("Misclosure 20.0")
    wait_until(page, lambda: abs(float(page.url.rsplit("/", 2)[1]) - lat) < 0.0005)
    assert page.url != address
    card.get_by_label("One more side back to the start").check()
    text.press("Control+Enter")
    expect(steps(page)).to_have_count(1)
    assert save(page, "A lot of its own").status == 201
    (new,) = set(stored(town).versions) - set(before.versions)
    assert (round(lon, 6), round(lat, 6)) in stored(town).points(new)


def test_coordinates_of_a_named_crs_are_searched_and_pasted(editor_page: Page, live_server: str, town: Engine) -> None:
    page, before = editor_page, stored(town)
    to_utm = pyproj.Transformer.from_crs(4326, 32631, always_xy=True)
    corners = [to_utm.transform(*place(*corner)) for corner in [(12, 1), (13, 1), (13, 3), (12, 3)]]
    open_map(page, live_server, "F")
    search = page.get_by_role("combobox", name="Parcel number")
    search.fill(f"EPSG:32631 {corners[0][0]:.3f} {corners[0][1]:.3f}")
    found = page.locator("#search-results [role=option]")
    expect(found).to_contain_text("Go to this place")
    search.press("Enter")
    expect(search).not_to_be_focused()
    search.fill(f"EPSG:32631 {corners[0][1]:.3f} {corners[0][0]:.3f}")
    expect(page.locator("#search-results")).to_contain_text("lies outside of where EPSG:32631")
    search.fill(f"{corners[0][0]:.3f}, {corners[0][1]:.3f}")
    expect(found).to_contain_text("EPSG:32631")
    search.press("Escape")

    page.locator("#parcel-map").focus()
    page.keyboard.press("d")
    card = page.get_by_role("region", name="Tool")
    card.get_by_text("Courses or coordinates").click()
    card.get_by_role("combobox", name="CRS").fill("EPSG:99999")
    text = card.get_by_role("textbox", name=re.compile("A bearing and a distance"))
    text.fill("\n".join(f"P{n} {x:.6f} {y:.6f}" for n, (x, y) in enumerate(corners)))
    expect(card).to_contain_text("EPSG:99999 is not known")
    card.get_by_role("combobox", name="CRS").fill("EPSG:32631")
    expect(card).to_contain_text("4 points")
    text.press("Control+Enter")
    expect(steps(page)).to_have_text(re.compile("from coordinates of EPSG:32631"))
    assert save(page, "Strip between the two parts").status == 201
    after = stored(town)
    (new,) = set(after.versions) - set(before.versions)
    # A ten-thousandth of a millimetre of the given digits is below the grid: the corners of F are met to the bit.
    assert set(after.points(new)) == {place(12, 1), place(13, 1), place(13, 3), place(12, 3)}
    assert after.has_no_overlap()
