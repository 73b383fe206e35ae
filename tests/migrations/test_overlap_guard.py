"""Whom the deferred check asks: nobody is missed, whatever way land was gained by a change of one point."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import psycopg2
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy import Engine

from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, Point, store_lots, wkt_of

GRID: Final = Grid()
SQUARE_M2: Final = 111_195.0**2 * math.cos(math.radians(GRID.south))  # of a square degree there
CHECK: Final = "SET CONSTRAINTS parcel_overlap IMMEDIATE"
RESHAPE: Final = "UPDATE parcel SET geom = ST_GeomFromText(%s, 4326) WHERE parcel_id = %s"


def ring(*corners: tuple[float, float]) -> list[Point]:
    return [GRID.at(*corner) for corner in corners]


def waved(count: int) -> list[Point]:
    """A road below the row from 0 to 4 whose upper side has `count` points, as straight as the lots above it."""
    upper = [GRID.at(4 - 4 * k / count, 0) for k in range(count + 1)]
    return [*ring((0, -1), (4, -1)), *upper]


@pytest.fixture
def psql(engine: Engine, database_url: str) -> Iterator[Colleague]:
    """Somebody with a prompt, in a street: four lots, a road of 160 points, a hut in the field above, an island in it."""
    store_lots(
        engine,
        {f"lot-{i}": GRID.box(i, 0) for i in range(4)} | {"road": waved(160), "hut": GRID.box(1.4, 1.2, 0.1, 0.1)},
    )
    with Colleague(database_url) as colleague:
        yield colleague


def is_refused(psql: Colleague, name: str, wkt: str) -> bool:
    """Is the change of a boundary refused as an overlap? Nothing stays."""
    psql.run(RESHAPE, wkt, name)
    try:
        psql.run(CHECK)
    except psycopg2.Error as error:
        if error.pgcode != "SA010":
            raise
        return True
    finally:
        psql.rollback()
    return False


@pytest.mark.parametrize(
    ("what", "corners", "refused"),
    [
        ("into the field", ((1, 0), (2, 0), (2, 1.1), (1, 1)), False),
        ("around the hut as a whole", ((1, 0), (2, 0), (2, 1), (1.5, 3), (1, 1)), True),
        ("through the hut", ((1, 0), (2, 0), (2, 1), (1.45, 1.25), (1, 1)), True),
        ("as far as the hut", ((1, 0), (2, 0), (2, 1), (1.45, 1.2), (1, 1)), False),
        ("into the neighbour", ((1, 0), (2, 0), (2.2, 0.9), (1, 1)), True),
        ("away from the neighbour", ((1, 0), (2, 0), (1.8, 0.9), (1, 1)), False),
        ("into the road", ((1, 0), (1.5, -0.2), (2, 0), (2, 1), (1, 1)), True),
        ("along the road", ((1, 0), (1.5, 0), (2, 0), (2, 1), (1, 1)), False),
        ("away from the road", ((1, 0), (1.5, 0.2), (2, 0), (2, 1), (1, 1)), False),
        ("by the loss of a corner", ((1, 0), (2, 0), (2, 1)), False),
    ],
)
def test_land_that_is_gained_with_one_point_is_checked(
    psql: Colleague, what: str, corners: Sequence[tuple[float, float]], refused: bool
) -> None:
    assert is_refused(psql, "lot-1", wkt_of(ring(*corners))) == refused, what


def test_one_part_of_a_neighbour_may_lie_in_what_is_gained(engine: Engine, psql: Colleague) -> None:
    huts = MultiPolygon([Polygon(GRID.box(3.4, 1.2, 0.1, 0.1)), Polygon(GRID.box(8, 8))])
    psql.run(
        "INSERT INTO parcel (parcel_id, level, kind, geom) VALUES ('huts', 'parcels', 'lot', ST_GeomFromText(%s, 4326))",
        huts.wkt,
    )
    psql.commit()
    assert is_refused(psql, "lot-3", wkt_of(ring((3, 0), (4, 0), (4, 1), (3.5, 3), (3, 1))))


def test_what_shapely_finds_is_refused_and_nothing_else(psql: Colleague) -> None:
    dice, asked = random.Random(20261127), {True: 0, False: 0}
    lots = {
        name: shapely.from_wkb(bytes(wkb)) for name, wkb in psql.run("SELECT parcel_id, ST_AsBinary(geom) FROM parcel")
    }
    for _ in range(250):
        name = dice.choice([name for name in lots if name != "hut"])
        becomes = changed(lots[name], dice)
        overlap_m2 = most_in_common(becomes, name, lots) * SQUARE_M2
        if not becomes.is_valid or 0.005 < overlap_m2 < 0.02:
            continue
        expected = overlap_m2 > 0.01
        assert is_refused(psql, name, becomes.wkt) == expected, (name, becomes.wkt)
        asked[expected] += 1
    assert min(asked.values()) > 30


def changed(shape: shapely.Geometry, dice: random.Random) -> MultiPolygon:
    """One point of its ring moved, put in or taken out."""
    points = [(float(x), float(y)) for x, y in shapely.get_coordinates(shape)[:-1]]
    at = dice.randrange(len(points))
    x, y = points[at]
    there = (x + dice.uniform(-0.6, 0.6) * GRID.step, y + dice.uniform(-0.6, 0.6) * GRID.step)
    kind = dice.choice(("move", "insert", "remove"))
    points[at : at + 1] = {"move": [there], "insert": [points[at], there], "remove": []}[kind]
    return MultiPolygon([Polygon(points)])


def most_in_common(shape: MultiPolygon, name: str, lots: Mapping[str, shapely.Geometry]) -> float:
    """Square degrees."""
    if not shape.is_valid:
        return 0.0
    return max(float(shapely.area(shapely.intersection(shape, other))) for key, other in lots.items() if key != name)
