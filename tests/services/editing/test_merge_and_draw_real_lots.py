"""merge, and draw with fill, between real lots: those of Épinay, 4,241 in lon/lat."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from spatial_admin.cadastre.coverage import Ring
from spatial_admin.cadastre.shapes import shape_of_polygons
from spatial_admin.factory import create_app
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits
from tests.concurrency.audit import overlaps
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

FILE = "fr_epinay_91216_parcelles.geojson"
SOMEBODY = Author(None, "somebody@example.org")
CURRENT = (
    "SELECT parcel_id, version, ST_AsBinary(geom) FROM parcel WHERE end_lifespan_version IS NULL ORDER BY parcel_id"
)
DEGREE_M = np.array([73_300.0, 111_200.0])  # at 48.7 degrees north

Lots = dict[str, tuple[int, shapely.Geometry]]


@pytest.fixture(scope="module", autouse=True)
def town(
    module_database_url: str, cluster: TestCluster, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context():
        import_parcels(shared_data / "parcels" / FILE, ImportOptions(), limits=Limits())
        yield app
    dispose(app)


@pytest.fixture(scope="module")
def engine(module_database_url: str) -> Iterator[Engine]:
    engine = create_engine(module_database_url)
    yield engine
    engine.dispose()


def current(engine: Engine) -> Lots:
    with engine.connect() as connection:
        rows = connection.execute(text(CURRENT)).all()
    return {name: (version, shapely.from_wkb(bytes(wkb))) for name, version, wkb in rows}


def save(operations: list[dict[str, Any]], lots: Lots) -> dict[str, Any]:
    named = {name for op in operations for name in [op.get("parcel_id"), *op.get("parcels", [])] if name in lots}
    seen = {name: lots[name][0] for name in named}
    body = {"key": str(uuid.uuid4()), "seen": seen, "operations": operations}
    return edit_boundaries(parse_edit_request(body, Limits()), SOMEBODY).receipt


def enclosed(lots: Lots) -> list[str]:
    """Lots all of whose points are points of others too: no street, no edge of the town."""
    owners: dict[tuple[float, float], set[str]] = {}
    for name, (_, geometry) in lots.items():
        for point in map(tuple, shapely.get_coordinates(geometry).tolist()):
            owners.setdefault(point, set()).add(name)
    shared = {point for point, names in owners.items() if len(names) > 1}
    return [name for name, (_, g) in lots.items() if set(map(tuple, shapely.get_coordinates(g).tolist())) <= shared]


def shaken(random: np.random.Generator, ring: Ring) -> list[list[float]]:
    """The ring with every point up to 4 mm off each way."""
    off: list[list[float]] = (ring + random.uniform(-0.004, 0.004, ring.shape) / DEGREE_M).tolist()
    return off


def areas_m2(geometry: shapely.Geometry) -> float:
    return float(shapely.area(shapely.transform(geometry, lambda c: (c - (2.3, 48.68)) * DEGREE_M)))


def test_lots_drawn_again_by_a_shaky_hand_are_the_lots_they_were(engine: Engine) -> None:
    lots = current(engine)
    random = np.random.default_rng(3)
    chosen = enclosed(lots)[::120]
    assert len(chosen) > 10
    for number, name in enumerate(chosen):
        geometry = lots[name][1]
        rings = [[shaken(random, ring) for ring in part] for part in shape_of_polygons(geometry)]
        new = {"op": "draw", "kind": "lot", "parcel_id": f"again-{number}", "rings": rings, "fill": True}
        receipt = save([{"op": "retire", "parcel_id": name}, new], lots)
        assert {p["change"] for p in receipt["parcels"]} <= {"retired", "created", "noded"}
        drawn = current(engine)[f"again-{number}"][1]
        before, after = (set(map(tuple, shapely.get_coordinates(g).tolist())) for g in (geometry, drawn))
        assert before <= after
        assert areas_m2(shapely.symmetric_difference(drawn, geometry)) < 0.01


def test_generous_outlines_take_what_is_free_and_nothing_of_anybody(engine: Engine) -> None:
    lots = current(engine)
    with engine.connect() as connection:
        old = overlaps(connection)
    for number, name in enumerate(enclosed(lots)[37::150]):
        geometry = lots[name][1]
        around = shapely.box(*shapely.buffer(geometry, 2e-5).bounds)
        ring = shapely.get_coordinates(around).tolist()[:-1]
        wide = f"wide-{number}"
        new = {"op": "draw", "kind": "lot", "parcel_id": wide, "number": wide, "rings": [ring], "fill": True}
        receipt = save([{"op": "retire", "parcel_id": name}, new], lots)
        assert receipt["findings"]["opened"] == []
        drawn = current(engine)[wide][1]
        assert areas_m2(shapely.difference(geometry, drawn)) < 0.01
    with engine.connect() as connection:
        assert overlaps(connection) == old


def shares_a_line(lots: Lots, a: str, b: str) -> bool:
    return bool(shapely.relate(lots[a][1], lots[b][1])[4] == "1")


def test_neighbours_are_merged_on_the_points_they_have(engine: Engine) -> None:
    lots = current(engine)
    names = list(lots)
    tree = shapely.STRtree([geometry for _, geometry in lots.values()])
    merged = 0
    taken: set[str] = set()
    for name in names[::150]:
        meeting = tree.query(lots[name][1], predicate="intersects")
        group = [names[i] for i in meeting if names[i] != name and shares_a_line(lots, name, names[i])]
        group = [name, *group[:4]]
        if len(group) < 3 or not taken.isdisjoint(group):
            continue
        taken.update(group)
        receipt = save([{"op": "merge", "parcels": group, "into": name}], lots)
        merged += 1
        found = {p["parcel_id"]: p for p in receipt["parcels"]}
        assert {found[n]["change"] for n in group[1:]} == {"retired"}
        total = sum(found[n]["area_m2_before"] for n in group)
        # Two corners 11 mm apart on a line of 12 m: noding one of them into it moves the line, by a centimetre at most.
        assert found[name]["area_m2_after"] == pytest.approx(total, rel=1e-6, abs=0.1)
        points = set(map(tuple, shapely.get_coordinates([lots[n][1] for n in group]).tolist()))
        assert set(map(tuple, shapely.get_coordinates(current(engine)[name][1]).tolist())) <= points
    assert merged > 15
