"""What holds for every drawing on random fabrics; and that the cost of many positions grows with their number only."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.operations.positions import StoragePosition
from spatial_admin.cadastre.operations.replay import Replay
from spatial_admin.cadastre.overlap import TOLERANCE_M2, common_area_on
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import polygons_in, polygons_of
from spatial_admin.errors import InvalidOperation
from tests.cadastre.fabric import DEGREES, METRIC, Fabric, rings_of, square
from tests.cadastre.growth import least_growth
from tests.cadastre.random_fabric import points_of, random_fabric

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
STEP_M = 2e-4  # two steps of the grid: what snapping may move


def draw(rings: Any, **members: Any) -> dict[str, Any]:
    return {"op": "draw", "kind": "lot", "parcel_id": "N", "rings": rings, **members}


def star(ground: Ground, fabric: Fabric, seed: int) -> list[list[float]]:
    random = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(fabric.polygons()).tolist()
    x, y = random.uniform(west, east), random.uniform(south, north)
    angles = np.sort(random.uniform(0, math.tau, int(random.integers(3, 9))))
    reach = random.uniform(0.1, 0.8, len(angles))
    return [
        [x + (east - west) * r * math.cos(a), y + (north - south) * r * math.sin(a)]
        for a, r in zip(angles, reach, strict=True)
    ]


@pytest.mark.parametrize("ground", [METRIC, DEGREES], ids=["metric", "degrees"])
@PROPERTY
@given(seed=st.integers(0, 2**31))
def test_a_filled_parcel_takes_the_free_part_of_what_is_drawn_and_the_points_of_its_neighbours(
    ground: Ground, seed: int
) -> None:
    fabric = random_fabric(ground, seed)
    gone = sorted(fabric.parcels)[seed % len(fabric.parcels)]
    free = fabric.with_changes(fabric.edit([{"op": "retire", "parcel_id": gone}]).changes)
    ring = star(ground, free, seed)
    assume(shapely.Polygon(ring).is_valid)
    frame = ground.frame_of(shapely.Polygon(ring).bounds)
    expected = shapely.Polygon(ring).difference(shapely.union_all(free.polygons()))
    there = shapely.transform(expected, frame.to_metres)
    if there.area < TOLERANCE_M2:
        with pytest.raises(InvalidOperation, match="nothing is left"):
            free.edit([draw([ring], fill=True)])
        return
    outcome = free.edit([draw([ring], fill=True)])
    assert outcome.violations == []
    assert {change.change for change in outcome.changes} <= {"created", "noded"}
    after = free.with_changes(outcome.changes)
    check_against_neighbours(ground, after)
    made = points_of(after.parcels["N"].shape) - set().union(*(points_of(p.shape) for p in free.parcels.values()))
    assert all(point == ground.snapped(point) for point in made)
    drawn = shapely.transform(polygons_of(after.parcels["N"].shape), frame.to_metres)
    # It differs from what was drawn by the noding distance at most, and by dropped slivers.
    assert all(piece.area < TOLERANCE_M2 for piece in polygons_in(there.buffer(-0.02).difference(drawn.buffer(STEP_M))))
    assert drawn.buffer(-0.02).difference(there.buffer(STEP_M)).area < 1e-6


def check_against_neighbours(ground: Ground, fabric: Fabric) -> None:
    """No overlap above tolerance, and every edge along a neighbour is his own."""
    drawn = polygons_of(fabric.parcels["N"].shape)
    assert drawn.is_valid
    for name, parcel in fabric.parcels.items():
        if name != "N":
            assert not common_area_on(ground, drawn, polygons_of(parcel.shape)).counts
    frame = ground.frame_of(drawn.bounds)
    shapes = [shapely.transform(polygons, frame.to_metres) for polygons in fabric.polygons()]
    faults = shapely.coverage_invalid_edges(shapes)
    index = list(fabric.parcels).index("N")
    assert shapely.length(faults[index]) < 0.05


@pytest.mark.parametrize("ground", [METRIC, DEGREES], ids=["metric", "degrees"])
@PROPERTY
@given(seed=st.integers(0, 2**31))
def test_a_lot_that_is_drawn_again_a_few_millimetres_off_is_the_lot_it_was(ground: Ground, seed: int) -> None:
    fabric = random_fabric(ground, seed)
    surrounded = [
        name for name, parcel in fabric.parcels.items() if is_surrounded(fabric, points_of(parcel.shape), name)
    ]
    assume(surrounded)
    name = surrounded[seed % len(surrounded)]
    random = np.random.default_rng(seed)
    free = fabric.with_changes(fabric.edit([{"op": "retire", "parcel_id": name}]).changes)
    off = 0.003 / (111_200 if ground.is_geographic else 1)
    parts = [
        [[[x + random.uniform(-off, off), y + random.uniform(-off, off)] for x, y in ring] for ring in part]
        for part in rings_of(fabric.parcels[name].shape)
    ]
    outcome = free.edit([draw(parts, fill=True)])
    assert outcome.violations == []
    shape = outcome.change_of("N").shape
    assert points_of(shape) >= points_of(fabric.parcels[name].shape)
    assert polygons_of(shape).area == pytest.approx(polygons_of(fabric.parcels[name].shape).area, rel=1e-6)


def is_surrounded(fabric: Fabric, points: set[tuple[float, float]], name: str) -> bool:
    others = set().union(*(points_of(p.shape) for other, p in fabric.parcels.items() if other != name))
    return points <= others


def circle(count: int) -> list[list[float]]:
    return [
        [5000 + 3000 * math.cos(math.tau * i / count), 5000 + 3000 * math.sin(math.tau * i / count)]
        for i in range(count)
    ]


@pytest.mark.parametrize("fill", [False, True])
def test_ten_thousand_positions_cost_some_ten_times_what_a_thousand_do(fill: bool) -> None:
    lots = {f"{i}-{j}": square(i * 200, j * 200, 200, 200) for i in range(15) for j in range(50)}
    fabric = Fabric.of_rings(METRIC, lots if fill else {"far": square(-9000, 0)})
    # A search of every point for every point would be a hundred times.
    assert least_growth(partial(draw_circle, fabric, fill, 1_000), partial(draw_circle, fabric, fill, 10_000)) < 50


def draw_circle(fabric: Fabric, fill: bool, count: int) -> None:
    assert fabric.edit([draw([circle(count)], fill=fill)]).violations == []


def test_positions_placed_together_are_the_points_that_they_are_one_by_one() -> None:
    fabric = Fabric.of_rings(METRIC, {"A": [[[[0.00003, 0], [10, 0], [10, 10.00007]]]]})
    positions = [StoragePosition(*p) for p in ((0.00003, 0.0), (10, 10.00007), (10, 10.00006), (5.00004, 5.0))]
    placed = []
    for together in (True, False):
        coverage = Coverage(METRIC, fabric.read)
        coverage.widen([(-1, -1, 11, 11)])
        run = Replay(coverage, {}, lambda: "new")
        placed.append(run.place_all(positions) if together else [run.place(position) for position in positions])
        assert list(run.given.values()) == placed[-1]
    assert placed[0] == placed[1] == [(0.00003, 0.0), (10, 10.00007), (10, 10.0001), (5.0, 5.0)]


def test_a_window_tried_on_paper_leaves_the_first_as_it_is() -> None:
    fabric = Fabric.of_rings(METRIC, {"A": square(0, 0), "B": square(50, 0)})
    coverage = Coverage(METRIC, fabric.read)
    coverage.widen([(0, 0, 1, 1)])
    paper = coverage.copy()
    paper.move_points({(10.0, 10.0): (11.0, 11.0)})
    paper.properties["A"]["number"] = "other"
    paper.widen([(50, 0, 51, 1)])
    assert coverage.touched() == []
    assert set(coverage.shapes) == set(coverage.before) == {"A"}
    coverage.widen([(50, 0, 51, 1)])
    assert set(coverage.shapes) == {"A", "B"}
