"""A reference layer: a surveyor's file is loaded, snapped to bit by bit, and goes with the draft wherever that goes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People, Person
from tests.browser.acting import drag, handle, notice, open_map, pixel_of, save, steps, wait_until
from tests.browser.town import name_of, place, stored
from tests.pictures import keep_picture

TO_UTM = pyproj.Transformer.from_crs(4326, 32631, always_xy=True)
DROP = """
([name, content]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([content], name));
  const map = document.getElementById('parcel-map');
  for (const kind of ['dragover', 'drop']) map.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}
"""


def survey(tmp_path: Path, points: dict[str, tuple[float, float]]) -> Path:
    """A table as an instrument writes it: UTM, semicolons and decimal commas."""
    rows = ["Punkt;Ost;Nord;Code"]
    for name, lonlat in points.items():
        x, y = TO_UTM.transform(*lonlat)
        rows.append(f"{name};{x:.4f};{y:.4f};fence".replace(".", ","))
    path = tmp_path / "survey 118.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def panel(page: Page) -> Locator:
    """The panel of layers, opened."""
    if not page.locator("#layers-panel").is_visible():
        page.get_by_role("button", name=re.compile("^Layers")).click()
    return page.get_by_role("group", name="Layers", exact=True)


def kept(engine: Engine) -> list[Any]:
    """What the server keeps of reference layers."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT content FROM reference_layer ORDER BY id")).scalars()
        return [json.loads(content) for content in found]


def test_surveyed_points_are_loaded_snapped_to_exactly_and_go_with_the_draft_when_it_is_saved(
    editor_page: Page, live_server: str, town: Engine, tmp_path: Path
) -> None:
    page, before = editor_page, stored(town)
    west, south = place(3, 0)
    monument = (west + 2.13e-5, south - 3.07e-5)
    file = survey(tmp_path, {"M14": monument, "M15": place(12, 2)})
    open_map(page, live_server, "A")
    panel(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load a reference file").click()
    chooser.value.set_files(file)
    dialog = page.get_by_role("dialog", name="Load survey 118.csv")
    expect(dialog.get_by_label("Divided by")).to_have_value(";")
    expect(dialog.get_by_label("East, longitude")).to_have_value("Ost")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Punkt")
    expect(dialog.locator("tbody tr")).to_have_count(2)
    dialog.get_by_role("button", name="Load").click()
    expect(dialog.get_by_role("alert")).to_contain_text("no feature lies where parcels are stored, read as WGS 84")
    dialog.get_by_label("CRS").fill("EPSG:32631")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(notice(page)).to_contain_text("survey 118.csv: 2 features of WGS 84 / UTM zone 31N")
    expect(page.get_by_role("switch", name=re.compile("survey 118"))).to_be_checked()
    keep_picture(page, "reference")
    page.keyboard.press("Escape")

    page.keyboard.press("m")
    (layer,) = kept(town)
    number = next(f["parts"][0][0] for f in layer["features"] if f["name"] == "M14")
    exact = tuple(layer["points"][number][:2])
    corner = handle(page, name_of(3, 0))
    (x, y), (to_x, to_y) = pixel_of(page, place(3, 0)), pixel_of(page, exact)
    drag(page, corner, to_x - x + 3, to_y - y - 3)
    expect(steps(page)).to_have_count(1)

    expect(page.locator(".status-bar")).to_contain_text("kept on the server")
    wait_until(page, lambda: drafts_of_layers(town) == drafts(town))
    page.goto(f"{live_server}/?parcel=A")
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    expect(panel(page).get_by_role("button", name="Load a reference file")).to_be_visible()
    expect(page.get_by_role("switch", name=re.compile("survey 118"))).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_count(1)
    expect(panel(page).get_by_role("switch", name=re.compile("survey 118"))).to_be_checked()
    page.keyboard.press("Escape")
    assert save(page, "Monument 14 set").status == 201
    after = stored(town)
    for lot in ("A", "B"):
        assert exact in after.points(lot), "the very doubles of the layer"
        assert place(3, 0) not in after.points(lot)
    assert before.differing(after) == {"A", "B"}

    expect(panel(page).get_by_role("switch", name=re.compile("survey 118"))).to_have_count(0)
    wait_until(page, lambda: kept(town) == [])


def test_a_geopackage_is_loaded_in_its_own_crs_and_snapped_to_bit_by_bit(
    editor_page: Page, live_server: str, town: Engine, tmp_path: Path
) -> None:
    page, before = editor_page, stored(town)
    west, south = place(3, 0)
    surveyed = [(west + 2.13e-5, south - 3.07e-5), place(12, 2)]
    path = tmp_path / "monuments.gpkg"
    shapes = shapely.to_wkb(shapely.points([TO_UTM.transform(*lonlat) for lonlat in surveyed]))
    columns = [np.array(["M14", "M15"], object)]
    pyogrio.raw.write(path, shapes, columns, ["name"], geometry_type="Point", crs="EPSG:32631", driver="GPKG")
    open_map(page, live_server, "A")
    panel(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load a reference file").click()
    chooser.value.set_files(path)
    expect(notice(page)).to_contain_text("monuments.gpkg: 2 features of WGS 84 / UTM zone 31N")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(panel(page).get_by_role("switch", name=re.compile("monuments.gpkg"))).to_be_checked()
    page.keyboard.press("Escape")
    (layer,) = kept(town)
    exact = {f["name"]: tuple(layer["points"][f["parts"][0][0]][:2]) for f in layer["features"]}

    page.keyboard.press("m")
    (x, y), (to_x, to_y) = pixel_of(page, place(3, 0)), pixel_of(page, exact["M14"])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x + 3, to_y - 3, steps=4)
    expect(page.locator(".status-bar .snapping")).to_have_text("Snapping on · M14")
    page.mouse.up()
    expect(steps(page)).to_have_count(1)
    assert save(page, "Monument 14 set").status == 201
    after = stored(town)
    for lot in ("A", "B"):
        assert exact["M14"] in after.points(lot), "the very doubles of the layer"
        assert place(3, 0) not in after.points(lot)
    assert before.differing(after) == {"A", "B"}
    wait_until(page, lambda: kept(town) == [])


def test_a_file_that_is_dropped_is_drawn_by_and_switched_off(editor_page: Page, live_server: str, town: Engine) -> None:
    page = editor_page
    corners = [
        [place(12, 1)[0], place(12, 1)[1]],
        [2.3212345678, 48.6702345678],
        [2.32134, 48.67026],
        [2.32132, 48.67012],
    ]
    line = {
        "type": "Feature",
        "properties": {"name": "ditch"},
        "geometry": {"type": "LineString", "coordinates": corners},
    }
    open_map(page, live_server, "F")
    page.evaluate(DROP, ["ditch.geojson", json.dumps({"type": "FeatureCollection", "features": [line]})])
    expect(notice(page)).to_contain_text("ditch.geojson: 1 feature of WGS 84")
    page.evaluate(DROP, ["broken.geojson", '{"type": "FeatureCollection", "features": [{]}'])
    expect(notice(page)).to_contain_text("broken.geojson could not be loaded")

    keep = panel(page).get_by_role("button", name="Keep ditch.geojson")
    keep.press("Enter")
    expect(keep).to_have_attribute("aria-pressed", "true")
    expect(keep).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#parcel-map").focus()
    page.keyboard.press("d")
    for corner in corners:
        (x, y) = pixel_of(page, (corner[0], corner[1]))
        page.mouse.click(x + 4, y + 2)
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(1)
    assert save(page, "Along the ditch").status == 201
    after = stored(town)
    (new,) = set(after.versions) - {"A", "B", "C", "D", "E", "F"}
    snapped = {place(12, 1), (2.321234568, 48.670234568), (2.32134, 48.67026), (2.32132, 48.67012)}
    assert set(after.points(new)) == snapped, "to the grid of new points, and the corner of F to the bit"

    switch = panel(page).get_by_role("switch", name=re.compile("ditch"))
    switch.uncheck()
    page.reload()
    expect(panel(page).get_by_role("switch", name=re.compile("ditch"))).not_to_be_checked()
    assert len(kept(town)) == 1, "what is kept outlives the edit"
    page.get_by_role("button", name="Remove ditch.geojson").click()
    expect(page.get_by_role("switch", name=re.compile("ditch"))).to_have_count(0)
    expect(page.get_by_role("button", name="Load a reference file")).to_be_focused()
    assert kept(town) == []


def test_a_layer_goes_with_the_draft_to_another_computer_and_when_that_is_discarded(
    editor_page: Page, live_server: str, town: Engine, accounts: People, another_page: Callable[[Person], Page]
) -> None:
    page = editor_page
    open_map(page, live_server, "A")
    page.evaluate(DROP, ["wall.csv", f"point,lon,lat\nW1,{place(3, 0)[0]},{place(3, 0)[1]}\n"])
    page.get_by_role("dialog").get_by_role("button", name="Load").click()
    expect(panel(page).get_by_role("switch", name=re.compile("wall.csv.*with this edit"))).to_be_checked()
    page.keyboard.press("Escape")
    assert drafts_of_layers(town) == [None], "there is no draft yet"
    _nudge(page)
    wait_until(page, lambda: drafts_of_layers(town) == drafts(town) != [])
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(0)
    wait_until(page, lambda: (drafts(town), drafts_of_layers(town)) == ([], [None]))
    expect(panel(page).get_by_role("switch", name=re.compile("wall.csv"))).to_be_checked()
    page.keyboard.press("Escape")
    _nudge(page)
    wait_until(page, lambda: drafts_of_layers(town) == drafts(town) != [])

    other = another_page(accounts.editor)
    other.goto(f"{live_server}/?parcel=B")
    other.get_by_role("button", name="Continue").click()
    expect(steps(other)).to_have_count(1)
    expect(panel(other).get_by_role("switch", name=re.compile("wall.csv.*with this edit"))).to_be_checked()
    other.keyboard.press("Escape")
    other.get_by_role("button", name="Discard").click()
    other.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(panel(other).get_by_role("switch", name=re.compile("wall.csv"))).to_have_count(0)
    wait_until(other, lambda: (drafts(town), kept(town)) == ([], []))


def _nudge(page: Page) -> None:
    handle(page, name_of(0, 0)).focus()
    page.keyboard.press("ArrowLeft")
    expect(steps(page)).to_have_count(1)


def drafts_of_layers(engine: Engine) -> list[int | None]:
    """Which draft each layer goes with."""
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT draft_id FROM reference_layer ORDER BY id")).scalars())


def drafts(engine: Engine) -> list[int]:
    """The drafts that the server keeps."""
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT id FROM draft ORDER BY id")).scalars())
