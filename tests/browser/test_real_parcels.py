"""A real cadastre (Épinay): a corner of three parcels moved on the map and in the form, and nothing else by a bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Page
from sqlalchemy import Engine

from spatial_admin.factory import create_app
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits
from tests.accounts import People
from tests.browser.acting import drag, handle, open_form, open_map, save
from tests.browser.town import Stored, changes_of, edits_of, stored
from tests.browser_fixtures import sign_in_page
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of

Point = tuple[float, float]


@pytest.fixture(scope="module")
def imported(
    cluster: TestCluster, module_database_url: str, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with the parcels of Épinay-sur-Orge, imported as the product does."""
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context():
        import_parcels(shared_data / "parcels" / "fr_epinay_91216_parcelles.geojson", ImportOptions(), limits=Limits())
    dispose(app)
    return name_of(module_database_url)


@pytest.fixture
def database_url(cluster: TestCluster, imported: str) -> Iterator[str]:
    """A copy of it for each test."""
    name = cluster.copy(imported)
    yield cluster.app_url(name)
    cluster.drop(name)


@pytest.fixture
def cadastre(engine: Engine) -> Engine:
    return engine


def corner_of_three(state: Stored) -> tuple[Point, list[str]]:
    """A corner that exactly three parcels of ordinary size share, its neighbours farther than a drag."""
    users: dict[Point, set[str]] = defaultdict(set)
    for name, shape in state.shapes.items():
        for x, y in shapely.get_coordinates(shape):
            users[(float(x), float(y))].add(name)
    for point, names in sorted(users.items()):
        if len(names) == 3 and all(is_roomy(state.shapes[name], point) for name in names):
            return point, sorted(names)
    raise AssertionError("the file has no such corner")


def is_roomy(shape: shapely.MultiPolygon, point: Point) -> bool:
    west, south, east, north = shape.bounds
    others = [other for other in shapely.get_coordinates(shape) if tuple(other) != point]
    apart = min(float(shapely.distance(shapely.Point(point), shapely.Point(other))) for other in others)
    return max(east - west, north - south) < 1e-3 and apart > 6e-5


def check_only_the_corner_moved(before: Stored, after: Stored, corner: Point, names: list[str]) -> None:
    assert after.differing(before) == set(names)
    assert {name for name in names if after.versions[name] == before.versions[name] + 1} == set(names)
    new = [set(after.points(name)) - set(before.points(name)) for name in names]
    assert len(new[0]) == 1
    assert new[0] == new[1] == new[2]
    for name in names:
        assert set(before.points(name)) - set(after.points(name)) == {corner}
        assert len(after.points(name)) == len(before.points(name))
        rings = [len(part.interiors) for part in before.shapes[name].geoms]
        assert [len(part.interiors) for part in after.shapes[name].geoms] == rings
    together = [shapely.union_all([state.shapes[name] for name in names]) for state in (before, after)]
    assert together[0].equals_exact(together[1], 1e-9, normalize=True), "a gap or an overlap has opened"


def test_a_corner_of_three_real_parcels_moves_on_the_map_page(
    cadastre: Engine, page: Page, live_server: str, accounts: People
) -> None:
    before = stored(cadastre)
    corner, names = corner_of_three(before)
    sign_in_page(page, live_server, accounts.editor)
    open_map(page, live_server, names[0])
    drag(page, handle(page, f"{corner[0]!r},{corner[1]!r}"), 9, -7, key="Alt")
    assert save(page, "Monument re-measured").status == 201
    check_only_the_corner_moved(before, stored(cadastre), corner, names)
    assert edits_of(cadastre, accounts.editor.email) == ["Monument re-measured"]


def test_a_corner_of_three_real_parcels_moves_in_the_form(
    cadastre: Engine, page: Page, live_server: str, accounts: People
) -> None:
    before = stored(cadastre)
    corner, names = corner_of_three(before)
    sign_in_page(page, live_server, accounts.editor)
    open_form(page, live_server, names[1])
    drag(page, handle(page, f"{corner[0]!r},{corner[1]!r}"), -8, 6, key="Alt")
    page.get_by_label("Reason").fill("Monument re-measured")
    with page.expect_navigation():
        page.get_by_role("button", name="Save edit").click()
    check_only_the_corner_moved(before, stored(cadastre), corner, names)
    assert changes_of(cadastre, names[2])[-1] == "geometry"
