"""Two editors at opposite ends of one road parcel of 19,208 points: neither waits for the other's version."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.settings import storage_srid
from spatial_admin.transaction import Outcome
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Point, move, save, versions_of
from tests.concurrency.race import race, receipts
from tests.waiting import PATIENCE_S

ROUNDS = 20
INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, geom) "
    "VALUES ('road', 'road', 'parcels', 'road', ST_GeomFromWKB(:wkb, :srid))"
)


@pytest.fixture
def road(engine: Engine, shared_data: Path) -> list[Point]:
    """Store the road network of the Dakota file; answers the points of its longest ring."""
    _, _, geometries, _ = pyogrio.raw.read(shared_data / "parcels" / "us_mn_dakota_parcels_26915.zip")
    shapes = shapely.from_wkb(geometries)
    largest = shapes[int(np.argmax(shapely.get_num_coordinates(shapes)))]
    to_storage = pyproj.Transformer.from_crs(26915, storage_srid(), always_xy=True)
    placed = shapely.transform(largest, lambda xy: np.column_stack(to_storage.transform(xy[:, 0], xy[:, 1])))
    with engine.begin() as connection:
        connection.execute(INSERT, {"wkb": shapely.to_wkb(_multi(placed)), "srid": storage_srid()})
    rings = [ring for part in shapely.get_parts(placed) for ring in (part.exterior, *part.interiors)]
    longest = max(rings, key=lambda ring: len(ring.coords))
    return [(float(x), float(y)) for x, y in longest.coords][:-1]


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(shapely.get_parts(shape).tolist())


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


def farthest_from(points: list[Point], start: Point) -> Point:
    return max(points, key=lambda p: (p[0] - start[0]) ** 2 + (p[1] - start[1]) ** 2)


def beside(end: Point, steps: int) -> Point:
    """A grid point some millimetres away, so that it can be named again by what it was given."""
    return round(end[0] + steps * 2e-8, 9), round(end[1] + steps * 1e-8, 9)


def test_both_save_with_rebase_again_and_again_and_neither_sees_a_conflict(
    app: Flask, engine: Engine, road: list[Point]
) -> None:
    west = min(road)
    ends = (west, farthest_from(road, west))
    together = threading.Barrier(2)

    def editor(end: Point) -> list[Outcome]:
        made: list[Outcome] = []
        at = end
        seen = 1  # what this editor saw when he opened the parcel; he never looks again
        for number in range(ROUNDS):
            together.wait(PATIENCE_S)
            to = beside(end, 1 + number % 2)
            made.append(save([move(at, to)], {"road": seen}, if_stale="rebase"))
            at = to
        return made

    results = race(app, *(lambda end=end: editor(end) for end in ends))
    outcomes = [outcome for one in results for outcome in one]
    assert len(receipts(outcomes)) == 2 * ROUNDS
    assert versions_of(engine) == {"road": 1 + 2 * ROUNDS}
    assert {p["parcel_id"] for o in outcomes for p in o.receipt["parcels"]} == {"road"}
    assert sum(o.receipt["rebased"] for o in outcomes) >= 2 * ROUNDS - 2  # all but the first of each, at most
    wrong = audit(engine, committed=[1, *(o.receipt["edit_id"] for o in outcomes)])
    assert [line for line in wrong if "acknowledged" not in line] == []
    with engine.connect() as connection:
        wkb = connection.execute(text("SELECT ST_AsBinary(geom) FROM parcel")).scalar_one()
    now = shapely.get_coordinates(shapely.from_wkb(bytes(wkb)))
    moved = {end: beside(end, 1 + (ROUNDS - 1) % 2) for end in ends}
    kept = {(float(x), float(y)) for x, y in now}
    assert kept.issuperset(moved.values())
    assert set(road) - kept == set(ends)  # not one other point has changed by a bit
