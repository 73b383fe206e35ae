"""Reading a parcel beside the map: what it is, what it was, where it came from, and what an edit would do to it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from tests.accounts import People
from tests.browser.acting import drag, handle, notice, open_map, save, step_px, steps
from tests.browser.town import changes_of, name_of, place, stored
from tests.pictures import keep_picture

ZONING = """
WITH district AS (INSERT INTO zoning_district (code, name, geom)
  SELECT 'R2', 'Residential', geom FROM parcel WHERE parcel_id = 'A' RETURNING id)
INSERT INTO parcel_zoning (parcel, district, share) SELECT p.id, d.id, 0.824 FROM parcel p, district d WHERE p.parcel_id = 'A'
"""


# G lies on F by a tenth of it, and that is known.
OVERLAPPING = """
WITH g AS (INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2)
  SELECT 'G', 'G', 'parcels', 'lot', ST_Multi(box), ST_Area(box::geography)
  FROM (SELECT ST_MakeEnvelope(:w, :s, :e, :n, 4326) AS box) AS b RETURNING id, geom)
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status)
SELECT 'overlap', 'overlap:' || f.id || ':' || g.id, ARRAY[f.id, g.id], common, ST_Area(common::geography), 'error', 'open'
FROM g, parcel AS f, ST_Intersection(f.geom, g.geom) AS common WHERE f.parcel_id = 'F'
"""
Post = Callable[..., None]


@pytest.fixture
def post(town: Engine, editor_page: Page, live_server: str, accounts: People) -> Post:
    """Save an edit as a program does."""

    def post(comment: str, seen: dict[str, int], *operations: dict[str, Any], **more: Any) -> None:
        body = {"key": str(uuid.uuid4()), "comment": comment, "seen": seen, "operations": operations, **more}
        answer = editor_page.request.post(f"{live_server}/api/edits", data=body, headers=accounts.editor.bearer)
        assert answer.status == 201, answer.text()

    return post


@pytest.fixture
def past(town: Engine, app: Flask, post: Post) -> Engine:
    """A loses its corner by a survey and then only receives a point, because C beside it is split."""
    with app.app_context():
        survey = create_record(
            NewRecord(type="survey", received=date(2024, 3, 1), number="2024-118", title="Close"), None
        )

    post(
        "Monument 14 re-measured",
        {"A": 1},
        {"op": "move_point", "at": place(0, 0), "to": place(1, 1)},
        {"op": "update", "parcel_id": "A", "properties": {"legal_area_m2": 500, "legal_area_text": "5 a"}},
        record_id=survey,
    )
    post(
        "Partition",
        {"C": 1},
        {"op": "split", "parcel_id": "C", "line": [place(1, 2), place(1, 4)], "into": [None, "C2"]},
    )
    with town.begin() as connection:
        connection.execute(text(ZONING))
    return town


def test_a_parcel_is_read_with_its_areas_zoning_last_edit_and_record(
    editor_page: Page, live_server: str, past: Engine
) -> None:
    page = editor_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server}/?parcel=A")
    facts = page.locator(".facts")
    expect(facts).to_contain_text("500.0 m², written “5 a”")
    expect(facts).to_contain_text("Computed, ellipsoidal")
    expect(facts.locator(".warn")).to_contain_text(re.compile(r"^−\d+\.\d m², −\d+\.\d % \(more than 1 %\)$"))
    expect(facts.get_by_role("listitem")).to_have_text("R2Residential82.4 %")
    expect(facts).to_contain_text(re.compile(r"Perimeter\d+\.\d\d m"))
    expect(facts).to_contain_text("Monument 14 re-measured")
    expect(facts).not_to_contain_text("Part of")
    expect(facts).not_to_contain_text("Unit")
    facts.get_by_role("button", name="Copy Legal area").focus()
    page.keyboard.press("Enter")
    expect(facts).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "500.0 m², written “5 a”"
    facts.get_by_role("link", name="Survey 2024-118").click()
    expect(page.locator("main")).to_contain_text("2024-118")
    page.go_back()
    facts.get_by_role("link", name=re.compile(r"^Edit \d+")).click()
    expect(page.locator("main")).to_contain_text("Monument 14 re-measured")


def test_earlier_shapes_are_slid_through_and_one_comes_back(editor_page: Page, live_server: str, past: Engine) -> None:
    page, before = editor_page, stored(past)
    page.goto(f"{live_server}/?parcel=A")
    page.get_by_role("tab", name="History").click()
    versions = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(versions).to_have_text(
        [re.compile("^Version 3only received"), re.compile("^Version 2"), re.compile("^Version 1")]
    )
    expect(versions.nth(1)).to_contain_text(re.compile(r"boundary changed\d+\.\d m² \(−\d+\.\d\)"))
    expect(versions.nth(1)).to_contain_text("Monument 14 re-measured")
    expect(versions.nth(1).get_by_role("link", name="Survey 2024-118")).to_be_visible()
    slider = page.get_by_role("slider", name="Shape on the map")
    slider.focus()
    with page.expect_response(lambda answer: "at_version=A%3A1" in answer.url):
        for key in ("ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
    expect(page.locator(".slider-said")).to_contain_text("Version 1, ")
    keep_picture(page, "history")
    assert "since then −" in (slider.get_attribute("aria-valuetext") or "")
    page.get_by_role("button", name="Restore version 1").click()
    expect(steps(page)).to_have_text(re.compile("Restore A as it was at version 1"))
    expect(page.locator(".status-bar")).to_contain_text("kept on the server")
    page.goto(f"{live_server}/?parcel=A")
    page.get_by_role("button", name="Continue").click()
    expect(steps(page)).to_have_text(re.compile("Restore A as it was at version 1"))
    assert save(page, "The monument stands").status == 201
    after = stored(past)
    assert after.differing(before) == {"A"}
    assert place(0, 0) in after.points("A")
    assert place(1, 1) not in after.points("A")
    assert changes_of(past, "A") == ["created", "geometry", "noded", "geometry"]
    page.get_by_role("tab", name="History").click()
    expect(versions).to_have_count(3)
    page.get_by_label("1 version that only received a point").check()
    expect(versions).to_have_count(4)
    expect(page.get_by_label("1 version that only received a point")).to_be_focused()


def test_a_version_whose_ground_is_taken_is_refused_at_its_place(
    editor_page: Page, live_server: str, past: Engine, post: Post
) -> None:
    post("Garden", {}, {"op": "draw", "kind": "lot", "rings": [[place(0, 0), place(1, 0), place(1, 1)]], "number": "G"})
    page, before = editor_page, stored(past)
    page.goto(f"{live_server}/?parcel=A")
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Restore version 1").click()
    expect(notice(page)).to_contain_text("Version 1 cannot come back as it was: 1 place would break a rule")
    expect(steps(page)).to_have_count(0)
    page.get_by_role("tab", name="This edit").click()
    expect(page.locator(".refusal")).to_contain_text("Overlap")
    assert stored(past).bits == before.bits


def test_lineage_is_walked_by_keyboard_to_a_child_and_to_the_last_shape_of_a_retired_parent(
    editor_page: Page, live_server: str, past: Engine, post: Post
) -> None:
    post(
        "Two again",
        {"C2": 1},
        {"op": "split", "parcel_id": "C2", "line": [place(0, 3), place(1, 3)], "into": ["W", "E2"]},
    )
    page = editor_page
    page.goto(f"{live_server}/?parcel=W")
    page.get_by_role("tab", name="History").click()
    tree = page.get_by_role("tree", name="Lineage")
    expect(tree.get_by_role("treeitem")).to_have_count(2)
    tree.get_by_role("treeitem", name="Came from").focus()
    page.keyboard.press("ArrowRight")
    parent = tree.get_by_role("treeitem", name=re.compile("^C2?, split, .*retired$"))
    expect(parent).to_be_focused()
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("as it last was. It was retired on")
    expect(page.locator(".panel-head h1")).to_have_text("W")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(tree.get_by_role("treeitem", name=re.compile("^C, split"))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(parent).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(parent).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(".panel-head h1")).to_have_text("C")
    expect(tree.get_by_role("treeitem", name=re.compile("^C2, split, .*retired$"))).to_be_visible()


def test_findings_that_an_edit_closes_or_would_be_refused_for_are_told_before_it_is_saved(
    editor_page: Page, live_server: str, town: Engine
) -> None:
    west, south = place(13, 0)
    with town.begin() as connection:
        connection.execute(text(OVERLAPPING), {"w": west - 1e-5, "s": south, "e": west + 1e-4, "n": south + 1e-4})
    page, before = editor_page, stored(town)
    open_map(page, live_server, "G")
    foreseen = page.locator(".foreseen")
    page.get_by_role("button", name="Retire parcel").click()
    expect(foreseen).to_have_text(
        re.compile(r"^No new overlap, no new gap\. Closes 1 finding:overlap between F and G, 8\.1\d m²$")
    )
    foreseen.get_by_role("button", name=re.compile("^overlap between")).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: float(url.split("#")[1].split("/")[0]) > 20)
    page.keyboard.press("Control+z")
    expect(foreseen).to_have_count(0)
    page.goto(f"{live_server}/?parcel=F#20/48.6702/2.3211")
    expect(page.locator(".panel-head h1")).to_have_text("F")
    page.keyboard.press("m")
    drag(page, handle(page, name_of(12, 3)), -2 * step_px(page, name_of(12, 3), name_of(13, 3), 1), 0)
    expect(page.locator("tr[data-parcel=F] .n").nth(2)).to_have_text(re.compile(r"^\+\d"))
    expect(foreseen).to_contain_text(
        "It could not be saved: 1 place would break a rule.Overlap: Parcels D and F would overlap"
    )
    keep_picture(page, "refused")
    assert stored(town).bits == before.bits
