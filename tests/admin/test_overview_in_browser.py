"""The first page of the site as it is seen: bars begin at one place, however long a name is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from sqlalchemy import Engine, text

from tests.accounts import People
from tests.browser_fixtures import sign_in_page

LONG = "Planned unit development with mixed residential and neighbourhood commercial use"
FOUND = """
WITH district AS (
  INSERT INTO zoning_district (code, name, geom)
  SELECT v.code, v.name, p.geom FROM (VALUES ('PUD-R/C', :long, '5'), ('R1', 'Homes', '6')) AS v (code, name, parcel)
  JOIN parcel AS p ON p.parcel_id = v.parcel RETURNING id, code, geom),
lot AS (INSERT INTO parcel_zoning (parcel, district, share)
  SELECT p.id, d.id, 1 FROM district AS d JOIN parcel AS p ON p.geom = d.geom
  ON CONFLICT (parcel, district) DO UPDATE SET share = 1 RETURNING parcel)
INSERT INTO finding (rule, fingerprint, parcels, measure, severity)
SELECT 'missing_number', 'missing_number:' || parcel, ARRAY[parcel], NULL, 'notice' FROM lot
"""


@pytest.mark.parametrize("width", [1440, 1024, 360])
def test_bars_begin_at_one_place_beside_the_long_name_of_a_district(
    page: Page, live_server: str, block: Engine, accounts: People, width: int
) -> None:
    with block.begin() as connection:
        connection.execute(text(FOUND), {"long": LONG})
    sign_in_page(page, live_server, accounts.viewer)
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(f"{live_server}/admin/")
    assert page.get_by_role("link", name=LONG).count() == 1
    begins, widths = (
        page.locator(".counts meter").evaluate_all(f"all => all.map(one => one.getBoundingClientRect().{side})")
        for side in ("left", "width")
    )
    assert len(begins) > 4, "by severity, rule, age and area"
    assert max(begins) - min(begins) < 1
    assert min(widths) > 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
