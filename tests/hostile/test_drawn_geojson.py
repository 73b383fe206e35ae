"""The polygons of the GeoJSON test suites as rings to draw: what is well-formed is accepted, nothing is a 5xx."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from spatial_admin.factory import create_app
from tests.accounts import make_people
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile" / "geojson"
THOUSANDTH, LARGE = 1e-3, 0.1  # degrees from which a polygon is drawn at a thousandth of its size
# What of a file's polygons can be drawn. A ring need not be closed here and may run either way, so what is bad GeoJSON
# for that alone makes a good parcel.
ACCEPTED = {
    "invalid_exterior_not_ccw": 1, "invalid_interior_not_cw": 1, "invalid_unclosed": 1, "invalid_geometry_wrong_geometry_type": 1,
    "problematic_duplicate_nodes": 1, "problematic_excessive_vertices": 1, "problematic_holes": 1,
    "problematic_multitype_geometry_with_just_one_geometry": 1, "valid_feature_null_properties": 1,
    "valid_geometry_multipolygon": 1, "valid_geometry_polygon": 1, "bad-polygon-interiorring-rhr": 1, "different-first-last": 1,
    "featurecollection-type-case": 1, "polygon_winding_order": 1, "good-featurecollection-extensions": 1,
    "good-featurecollection": 1, "multipolygon": 1, "mapshaper_openring": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def client(
    module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    app.config["TESTING"] = False
    with app.app_context():
        yield app.test_client()
    dispose(app)


@pytest.fixture(scope="module")
def editor(client: FlaskClient) -> dict[str, str]:
    return make_people().editor.bearer


def coordinates_in(value: Any) -> Iterator[Any]:
    """Every member `coordinates`, however deep."""
    if isinstance(value, dict):
        if "coordinates" in value:
            yield value["coordinates"]
        for inner in value.values():
            yield from coordinates_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from coordinates_in(inner)


def scale_of(value: Any) -> float:
    numbers = list(numbers_in(value))
    wide = max(numbers[::2], default=0) - min(numbers[::2], default=0)
    return THOUSANDTH if wide > LARGE else 1.0


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for inner in value:
            yield from numbers_in(inner)
    elif isinstance(value, int | float):
        yield value


def first_position(value: Any) -> list[float] | None:
    while isinstance(value, list) and value:
        if not isinstance(value[0], list):
            return value if all(isinstance(number, int | float) for number in value) else None
        value = value[0]
    return None


def as_rings(value: Any, origin: list[float] | None, scale: float) -> Any:
    """Pairs of numbers as lon/lat, drawn together towards the first one; anything else as it is."""
    if isinstance(value, list):
        if len(value) == 2 and origin and all(isinstance(number, int | float) for number in value):
            lon, lat = (o + (v - o) * scale for v, o in zip(value, origin, strict=False))
            return {"lon": lon, "lat": lat}
        return [as_rings(inner, origin, scale) for inner in value]
    return value


def files() -> list[Any]:
    paths = [path for path in sorted(FOLDER.rglob("*json")) if path.name != "tippecanoe_loop.json"]  # two documents
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.parametrize("path", files())
def test_polygons_of_a_file_are_drawn_or_refused(client: FlaskClient, editor: dict[str, str], path: Path) -> None:
    drawn = 0
    for coordinates in coordinates_in(json.loads(path.read_text(encoding="utf-8"))):
        # A square degree is more than one parcel may cover.
        rings = as_rings(coordinates, first_position(coordinates), scale_of(coordinates))
        answer = client.post("/api/edits", json=draw(rings), headers=editor)
        assert answer.status_code == 201 or 400 <= answer.status_code < 500, answer.get_data(as_text=True)
        drawn += answer.status_code == 201
    assert drawn == ACCEPTED.get(path.stem, 0)


def test_a_square_degree_is_refused_with_words(client: FlaskClient, editor: dict[str, str]) -> None:
    rings = as_rings([[[100, 0], [101, 0], [101, 1], [100, 1]]], [100, 0], 1)
    answer = client.post("/api/edits", json=draw(rings), headers=editor)
    assert answer.status_code == 422
    assert "the most that one parcel may cover" in answer.get_json()["detail"]


# On a level where parcels may overlap: several files hold the same polygon.
def draw(rings: Any) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        "operations": [{"op": "draw", "kind": "lot", "level": "easements", "rings": rings}],
    }
