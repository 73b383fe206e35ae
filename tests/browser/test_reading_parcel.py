"""Reading a parcel beside the map: what it is, what it was, where it came from, and what an edit would do to it."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin.services.create_record import create_record
from spatial_admin.services.parse_record import NewRecord
from tests.accounts import People
from tests.browser.town import place

ZONING = """
WITH district AS (INSERT INTO zoning_district (code, name, geom)
  SELECT 'R2', 'Residential', geom FROM parcel WHERE parcel_id = 'A' RETURNING id)
INSERT INTO parcel_zoning (parcel, district, share) SELECT p.id, d.id, 0.824 FROM parcel p, district d WHERE p.parcel_id = 'A'
"""


@pytest.fixture
def past(town: Engine, app: Flask, editor_page: Page, live_server: str, accounts: People) -> Engine:
    """A loses its corner by a survey and then only receives a point, because C beside it is split."""
    with app.app_context():
        survey = create_record(
            NewRecord(type="survey", received=date(2024, 3, 1), number="2024-118", title="Close"), None
        )

    def post(comment: str, seen: dict[str, int], *operations: dict[str, Any], **more: Any) -> None:
        body = {"key": str(uuid.uuid4()), "comment": comment, "seen": seen, "operations": operations, **more}
        answer = editor_page.request.post(f"{live_server}/api/edits", data=body, headers=accounts.editor.bearer)
        assert answer.status == 201, answer.text()

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
