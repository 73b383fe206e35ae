"""The same words mean the same in Python and in SQL: regions, cells, scales and areas, on real PostGIS."""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pyogrio
import pytest
import shapely
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Shape, shape_box
from spatial_admin.cadastre.difference import changed_region
from spatial_admin.cadastre.overlap import NOISE_WIDTH_M, common_area_on, mean_width_m
from spatial_admin.cadastre.precision import Box, Ground, cells_of
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.shapes import polygons_of, shape_of_polygons, shape_of_rings, wkb_of_shape
from spatial_admin.errors import InvalidOperation
from spatial_admin.settings import Settings
from tests.cadastre.fabric import DEGREES, METRIC, square
from tests.cadastre.random_fabric import points_of, random_fabric
from tests.database import ROOT, TestCluster

SRIDS = (4326, 5514, 2263)  # degrees; metres with negative coordinates; feet
Pair = tuple[Shape, Shape]


def migration(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "migrations" / "versions" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=SRIDS)
def stored(request: pytest.FixtureRequest, cluster: TestCluster) -> Iterator[tuple[Ground, Connection]]:
    """A database whose functions the product's own migration made for an SRID, and the ground they must agree with."""
    name = cluster.create_empty()
    app = Flask("migration of the ground")
    app.config["SETTINGS"] = Settings("", "", "", srid=request.param)
    engine = create_engine(cluster.owner_url(name))
    with app.app_context(), engine.connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            migration("0001_ground").upgrade()
        guards = (ROOT / "migrations" / "sql" / "0003_guards.sql").read_text(encoding="utf-8")
        function = re.search(r"CREATE FUNCTION common_area_m2.*?\n\$body\$;", guards, re.DOTALL)
        assert function is not None
        connection.exec_driver_sql(function[0])
        connection.exec_driver_sql("SET jit = off")  # as in the triggers and in the service
        yield ground_of(request.param), connection
    engine.dispose()
    cluster.drop(name)


def box_in_sql(connection: Connection, old: Shape | None, new: Shape | None) -> Box | None:
    query = text(
        "SELECT ST_XMin(region), ST_YMin(region), ST_XMax(region), ST_YMax(region) "
        "FROM changed_region(ST_GeomFromWKB(:old), ST_GeomFromWKB(:new)) AS region"
    )
    values = {"old": wkb_of_shape(old) if old else None, "new": wkb_of_shape(new) if new else None}
    west, south, east, north = connection.execute(query, values).one()
    return None if west is None else (west, south, east, north)


def placed(ground: Ground, shape: Shape) -> Shape:
    """A shape of the test's plane at a place where coordinates are long, in the units of the ground."""
    if ground.is_geographic:
        return shape
    return tuple(
        tuple(ring / ground.metres_per_unit + (-740_123.4567, -1_040_987.6543) for ring in part) for part in shape
    )


def edits_of_random_fabrics(ground: Ground, count: int) -> list[Pair]:
    """Old and new shape of every parcel that some random moves, inserts and removals change."""
    pairs: list[Pair] = []
    step = 1e-5 if ground.is_geographic else 1.0
    for seed in range(count):
        random = np.random.default_rng(seed)
        fabric = random_fabric(DEGREES if ground.is_geographic else METRIC, seed)
        points = sorted(set().union(*(points_of(parcel.shape) for parcel in fabric.parcels.values())))
        for index in random.integers(0, len(points), 3):
            at = points[index]
            to = [at[0] + step * random.uniform(-2, 2), at[1] + step * random.uniform(-2, 2)]
            for operation in ({"op": "move_point", "at": list(at), "to": to}, {"op": "remove_point", "at": list(at)}):
                try:
                    changes = fabric.edit([operation], judged=False).changes
                except InvalidOperation:
                    continue
                pairs += [(placed(ground, c.row.shape), placed(ground, c.shape)) for c in changes]
    return pairs


def special_pairs() -> list[tuple[str, Pair]]:
    """By what is special: each pair as old and new shape."""
    ring = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [5.0, 11.0], [0.0, 10.0]]
    hole = [[2.0, 2.0], [2.0, 4.0], [4.0, 4.0]]
    other = [[6.0, 6.0], [6.0, 8.0], [8.0, 8.0]]
    far = square(30, 30)[0][0]

    def pair(old: list[list[list[list[float]]]], new: list[list[list[list[float]]]]) -> Pair:
        return shape_of_rings(old), shape_of_rings(new)

    moved = [[-1.0, -2.0], *ring[1:]]
    return [
        ("the first point moves", pair([[ring]], [[moved]])),
        ("the last point moves", pair([[ring]], [[[*ring[:-1], [-1.0, 12.0]]]])),
        ("first and last move", pair([[ring]], [[[[-1.0, 0.0], *ring[1:-1], [-1.0, 12.0]]]])),
        ("every point moves", pair([[ring]], [[[[x + 1, y + 1] for x, y in ring]]])),
        ("a point comes before the first", pair([[ring]], [[[[-1.0, 5.0], *ring]]])),
        ("a point comes after the first", pair([[ring]], [[[ring[0], [5.0, -1.0], *ring[1:]]]])),
        ("the first point goes", pair([[ring]], [[ring[1:]]])),
        ("the ring begins elsewhere", pair([[ring]], [[ring[2:] + ring[:2]]])),
        ("the ring runs the other way", pair([[ring]], [[ring[::-1]]])),
        ("the ring begins elsewhere and a point moves", pair([[ring]], [[moved[2:] + moved[:2]]])),
        ("a hole comes", pair([[ring]], [[ring, hole]])),
        ("a hole goes", pair([[ring, hole, other]], [[ring, other]])),
        ("holes change places", pair([[ring, hole, other]], [[ring, other, hole]])),
        ("a hole becomes another", pair([[ring, hole]], [[ring, other]])),
        ("shell and hole change", pair([[ring, hole]], [[moved, other]])),
        ("a part comes", pair([[ring]], [[ring], [far]])),
        ("a part goes", pair([[ring], [far]], [[far]])),
        ("a part becomes another", pair([[ring], [far]], [[ring], square(50, 0)[0]])),
        ("nothing changes", pair([[ring, hole]], [[ring, hole]])),
    ]


def test_a_changed_region_is_the_same_box_in_both_to_the_bit(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    pairs = edits_of_random_fabrics(ground, 12)
    assert len(pairs) > 50
    for old, new in pairs:
        region = changed_region(old, new)
        assert region is not None
        assert box_in_sql(connection, old, new) == region


def test_a_changed_region_is_the_same_in_both_where_the_change_is_special(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    for what, (old, new) in special_pairs():
        old, new = placed(ground, old), placed(ground, new)  # noqa: PLW2901 (the same, elsewhere)
        region = changed_region(old, new)
        assert box_in_sql(connection, old, new) == region, what
        is_same = what in {
            "the ring begins elsewhere",
            "the ring runs the other way",
            "holes change places",
            "nothing changes",
        }
        assert (region is None) == is_same, what


def test_without_old_or_new_the_region_is_the_whole_envelope(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    shape = placed(ground, shape_of_rings(square(0.1, 0.2, 30.3, 40.4)))
    assert box_in_sql(connection, None, shape) == shape_box(shape)
    assert box_in_sql(connection, shape, None) == shape_box(shape)


def test_cells_are_the_same_numbers_in_both(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    random = np.random.default_rng(5)
    west, south, east, north = ground.extent
    corners = random.uniform((west, south), (east, north), (200, 2))
    sizes = random.uniform(0, 7 * ground.cell_size, (200, 2)) * random.integers(0, 2, (200, 2))
    boxes = np.hstack([corners, corners + sizes]).tolist()
    edge = ground.cell_size * 3  # on the line between two cells, on both sides of zero
    boxes += [[edge, edge, edge, edge], [-edge, -edge, -edge, -edge], [-edge, -edge, edge, edge], [0, 0, 0, 0]]
    query = text("SELECT cells_of(ST_MakeBox2D(ST_MakePoint(:w, :s), ST_MakePoint(:e, :n)))")
    for w, s, e, n in boxes:
        cells = connection.execute(query, {"w": w, "s": s, "e": e, "n": n}).scalar_one()
        assert cells == cells_of((w, s, e, n), ground.cell_size)
        assert cells == sorted(cells)


def test_metres_per_unit_are_the_same_in_both(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    for latitude in np.random.default_rng(6).uniform(-85, 85, 100).tolist():
        row = connection.execute(text("SELECT east, north FROM ground_scale(:latitude)"), {"latitude": latitude}).one()
        assert tuple(row) == pytest.approx(ground.scale_at(latitude), rel=1e-14)


def test_areas_are_the_same_in_both(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    query = text("SELECT ground_area_m2(ST_GeomFromWKB(:wkb))")
    for seed in range(10):
        fabric = random_fabric(DEGREES if ground.is_geographic else METRIC, seed)
        for parcel in fabric.parcels.values():
            shape = placed(ground, parcel.shape)
            area = connection.execute(query, {"wkb": wkb_of_shape(shape)}).scalar_one()
            assert area == pytest.approx(shape_area_m2(ground, shape), rel=1e-9)


def test_common_areas_are_the_same_in_both(stored: tuple[Ground, Connection]) -> None:
    ground, connection = stored
    query = text("SELECT common_area_m2(ST_GeomFromWKB(:a), ST_GeomFromWKB(:b))")
    random = np.random.default_rng(7)
    counted = 0
    for seed in range(6):
        fabric = random_fabric(DEGREES if ground.is_geographic else METRIC, seed)
        shapes = [placed(ground, parcel.shape) for parcel in fabric.parcels.values()]
        for a, b in itertools.pairwise(shapes):
            shift = random.uniform(-1, 1, 2) * (1e-5 if ground.is_geographic else 1 / ground.metres_per_unit)
            moved = tuple(tuple(ring + shift for ring in part) for part in b)
            in_sql = connection.execute(query, {"a": wkb_of_shape(a), "b": wkb_of_shape(moved)}).scalar_one()
            common = common_area_on(ground, polygons_of(a), polygons_of(moved))
            expected = common.area_m2 if mean_width_m(common.shape) > NOISE_WIDTH_M else 0.0
            assert in_sql == pytest.approx(expected, rel=1e-7, abs=1e-7)
            counted += in_sql > 0
    assert counted > 10


@pytest.fixture(scope="module")
def road(shared_data: Path) -> Shape:
    """The road parcel of Dakota: 19,208 vertices in one shell and six holes."""
    source = f"/vsizip/{shared_data}/parcels/us_mn_dakota_parcels_26915.zip"
    geometries = shapely.from_wkb(pyogrio.raw.read(source)[2])
    return shape_of_polygons(max(geometries, key=shapely.get_num_coordinates))


@pytest.mark.parametrize(
    ("where", "ring", "index"),
    [("the first point", 0, 0), ("a point", 0, 6000), ("the last point", 0, -1), ("a point of a hole", 1, 1000)],
)
def test_a_point_of_the_road_changes_the_same_small_region_in_both(
    stored: tuple[Ground, Connection], road: Shape, where: str, ring: int, index: int
) -> None:
    _, connection = stored
    rings = list(road[0])
    rings[ring] = rings[ring].copy()
    rings[ring][index] += 0.25
    region = changed_region(road, (tuple(rings),))
    assert region is not None
    assert region[2] - region[0] < 1000, where
    assert box_in_sql(connection, road, (tuple(rings),)) == region
