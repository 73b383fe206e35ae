"""From a dirty file to nothing in quarantine, through the pages alone."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser.acting import drag, handle, save, step_px, steps
from tests.browser.town import name_of, place
from tests.browser_fixtures import sign_in_page
from tests.jobs.workers import work_off

Corner = tuple[int, int]
REPAIRED, RENUMBERED, DRAWN, REJECTED = 2, 3, 4, 5


def polygon(name: str, *corners: Corner) -> dict[str, Any]:
    ring = [list(place(*corner)) for corner in (*corners, corners[0])]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"id": name, "owner": "Ash"}, "geometry": geometry}


FILE = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            polygon("G", (14, 0), (16, 0), (16, 2), (14, 2)),
            polygon("bow", (14, 3), (16, 5), (16, 3), (14, 5)),
            polygon("A", (17, 0), (19, 0), (19, 2), (17, 2)),
            polygon("tie", (20, 0), (22, 2), (22, 0), (20, 2)),
            polygon("far", (14, 6), (16, 8), (16, 6), (14, 8)),
        ],
    }
).encode()


def tally(page: Page) -> list[str]:
    """Rows, admitted, in quarantine, rejected, as the page says."""
    return [each.strip() for each in page.locator(".tally dd").all_inner_texts()]


def row_page(page: Page, number: int) -> None:
    expect(page.get_by_role("heading", name=f"Row {number}", exact=True)).to_be_visible()
    expect(page.locator("#row-map .leaflet-ground-pane canvas").first).to_be_attached()


def next_row(page: Page, number: int) -> None:
    row_page(page, number)
    page.keyboard.press("j")


def upload(app: Flask, page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/admin/import_batch/")
    page.get_by_role("link", name="Import a file").click()
    page.locator("#file").set_input_files({"name": "dirty.geojson", "mimeType": "application/json", "buffer": FILE})
    expect(page.get_by_text("3 of the first 5 cannot become parcels as they are")).to_be_visible()
    page.get_by_label("Field of the permanent id").select_option("id")
    page.get_by_label("Reason").fill("second delivery")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    work_off(app)
    expect(page.locator(".chip-done")).to_be_visible()


def repair(page: Page) -> None:
    row_page(page, REPAIRED)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    page.get_by_role("button", name="Propose a repair").click()
    expect(page.get_by_role("cell", name="6 (+1 −0)")).to_be_visible()
    page.get_by_label("Reason").fill("the crossing is a digitising error")
    page.get_by_role("button", name="Admit the repaired outline").click()
    expect(page.locator(".chip-admitted")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="the crossing is a digitising error")).to_be_visible()


def renumber(page: Page) -> None:
    row_page(page, RENUMBERED)
    parcel_id = page.get_by_label("Parcel id")
    expect(parcel_id).to_have_value("A-2")
    parcel_id.fill("A")
    page.get_by_label("Reason").fill("a lot of its own")
    page.get_by_role("button", name="Admit", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("A")
    expect(page.locator(".chip-quarantined")).to_be_visible()
    parcel_id.fill("A-9")
    page.get_by_role("button", name="Admit", exact=True).click()
    expect(page.locator(".chip-admitted")).to_be_visible()


def correct_on_the_map(page: Page) -> None:
    row_page(page, DRAWN)
    page.get_by_role("link", name="Edit on the map").click()
    expect(page.get_by_role("heading", name=f"Row {DRAWN} of import")).to_be_visible()
    wrong = handle(page, name_of(20, 2))
    expect(wrong).to_be_visible()
    step = step_px(page, name_of(20, 0), name_of(22, 0), 2)
    drag(page, wrong, step, 4.5 * step)  # three steps south: a degree of latitude is longer
    # The draft is gone on with another day, from the map: it is still that row's.
    expect(page.locator(".status-bar .unsaved")).to_contain_text("kept on the server")
    page.evaluate("history.replaceState(null, '', '/')")
    page.reload()
    page.get_by_role("region", name="Unsaved draft").get_by_role("button", name="Continue").click()
    expect(steps(page).first).to_contain_text(f"from row {DRAWN} of import")
    assert save(page, "corner as on the plat").status == 201


def test_a_dirty_file_is_uploaded_watched_and_every_refused_row_decided_about(
    app: Flask, town: Engine, page: Page, live_server: str, accounts: People
) -> None:
    sign_in_page(page, live_server, accounts.administrator)
    upload(app, page, live_server)
    assert tally(page) == ["5", "1", "4", "0"]
    page.get_by_role("link", name="Invalid geometry").click()
    page.get_by_role("link", name=str(REPAIRED), exact=True).click()
    repair(page)
    next_row(page, REPAIRED)
    renumber(page)
    next_row(page, RENUMBERED)
    correct_on_the_map(page)

    page.goto(f"{live_server}/admin/staged_parcel/")
    page.get_by_role("link", name=str(REJECTED), exact=True).click()
    row_page(page, REJECTED)
    page.get_by_label("Reason").fill("not of this county")
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.locator(".chip-rejected")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Import [0-9]+$")).click()
    assert tally(page) == ["5", "4", "0", "1"]

    with town.connect() as connection:
        counts = connection.execute(text("SELECT features, admitted, quarantined, rejected FROM import_batch")).one()
        assert tuple(counts) == (5, 4, 0, 1)
        rows = connection.execute(
            text(
                "SELECT s.row, d.what, d.reason, e.comment FROM row_decision AS d "
                "JOIN staged_parcel AS s ON s.id = d.staged_parcel LEFT JOIN edit AS e ON e.id = d.edit_id ORDER BY d.id"
            )
        ).all()
        assert [(row.row, row.what) for row in rows] == [
            (2, "admitted"),
            (3, "admitted"),
            (4, "admitted"),
            (5, "rejected"),
        ]
        assert all(row.reason == (row.comment or "not of this county") for row in rows)
        current = set(
            connection.execute(text("SELECT parcel_id FROM parcel WHERE end_lifespan_version IS NULL")).scalars()
        )
        assert current == {*"ABCDEFG", "bow", "A-9", "tie"}
