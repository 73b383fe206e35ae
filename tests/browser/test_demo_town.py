"""What a new user sees first: the demo town on the map, in the form, in the lists, signed in as its own people would be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin import demo
from spatial_admin.factory import create_app
from spatial_admin.services.database.load_demo import load_demo
from tests.accounts import People
from tests.browser.acting import drag, handle, open_form, open_map, steps
from tests.browser_fixtures import sign_in_page
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.pictures import keep_picture

# A corner of as many lots as have one in common, all simple, of a common size and without findings; and one of the lots.
CORNER = text("""
    WITH point AS (
        SELECT DISTINCT ST_X(dumped.geom) AS x, ST_Y(dumped.geom) AS y, parcel_id,
               kind = 'lot' AND area_m2 BETWEEN 350 AND 900 AND ST_NPoints(parcel.geom) <= 9
                   AND NOT EXISTS (SELECT FROM finding WHERE parcel.id = ANY (finding.parcels)) AS is_simple
        FROM parcel, ST_DumpPoints(parcel.geom) AS dumped WHERE level = 'parcels' AND end_lifespan_version IS NULL)
    SELECT x, y, min(parcel_id), count(*) FROM point GROUP BY x, y HAVING bool_and(is_simple)
    ORDER BY count(*) DESC, min(parcel_id) LIMIT 1""")


@pytest.fixture(scope="module")
def filled(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with the town, filled once for all processes."""

    def fill(name: str) -> None:
        app = create_app(settings_over(cluster.app_url(name), cluster, tmp_path_factory.mktemp("home")))
        with app.app_context():
            load_demo(2_000, owner_url=cluster.owner_url(name))
        dispose(app)

    name = cluster.filled("town", fill, *sorted(Path(demo.__file__).parent.glob("*.py")))
    yield name
    cluster.drop(name)


@pytest.fixture
def database_url(cluster: TestCluster, filled: str) -> str:
    return cluster.app_url(filled)


def test_the_town_is_found_edited_and_listed(page: Page, engine: Engine, live_server: str, accounts: People) -> None:
    with engine.connect() as connection:
        x, y, parcel, lots = connection.execute(CORNER).one()
    sign_in_page(page, live_server, accounts.administrator)
    open_map(page, live_server, parcel)
    page.keyboard.press("k")  # line points stay: this corner alone
    drag(page, handle(page, f"{x!r},{y!r}"), 14, -10, key="Alt")
    expect(steps(page)).to_have_count(1)
    expect(page.locator("tr[data-parcel]")).to_have_count(lots)
    expect(page.locator(".foreseen")).to_contain_text("No new overlap, no new gap")
    page.fill("#edit-comment", "Monument 14 re-measured")
    keep_picture(page, "map")
    page.emulate_media(color_scheme="dark")
    keep_picture(page, "map-dark")
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    open_form(page, live_server, parcel)
    page.get_by_role("button", name="Line points follow").click()
    drag(page, handle(page, f"{x!r},{y!r}"), 14, -10, key="Alt")
    expect(page.locator("tr[data-parcel]")).to_have_count(lots)
    keep_picture(page, "form")
    page.get_by_role("button", name="Undo", exact=True).click()
    page.goto(f"{live_server}/admin/parcel/")
    expect(page.locator(".total")).to_have_text(re.compile(r"^2.\d{3}$"))
    keep_picture(page, "parcels")
    page.goto(f"{live_server}/admin/finding/")
    expect(page.locator("td.col-rule")).to_contain_text(["Stack", "Overlap"])
