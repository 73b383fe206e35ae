"""What holds for every merge, on random fabrics: the parents' land, their points, and no new fault in the coverage."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import polygons_of
from tests.cadastre.fabric import DEGREES, METRIC, Fabric, rings_of, square
from tests.cadastre.growth import least_growth
from tests.cadastre.random_fabric import points_of, random_fabric

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def merge(*parcels: str, into: str | None = None) -> dict[str, Any]:
    return {"op": "merge", "parcels": list(parcels), "into": into or parcels[0]}


def in_metres(ground: Ground, fabric: Fabric) -> list[shapely.Geometry]:
    frame = ground.frame_of(tuple(shapely.total_bounds(fabric.polygons()).tolist()))
    return [shapely.transform(polygons, frame.to_metres) for polygons in fabric.polygons()]


def invalid_length(ground: Ground, fabric: Fabric) -> float:
    return float(shapely.length(shapely.coverage_invalid_edges(in_metres(ground, fabric))).sum())


@pytest.mark.parametrize("ground", [METRIC, DEGREES], ids=["metric", "degrees"])
@PROPERTY
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_a_merged_parcel_is_the_land_and_the_outline_of_its_parents(
    ground: Ground, data: st.DataObject, seed: int
) -> None:
    fabric = random_fabric(ground, seed)
    names = data.draw(st.lists(st.sampled_from(sorted(fabric.parcels)), min_size=2, max_size=12, unique=True))
    into = data.draw(st.sampled_from([*names, "new"]))
    outcome = fabric.edit([merge(*names, into=into)])
    assert outcome.violations == []
    change = outcome.change_of(into)
    total = sum(fabric.parcels[name].area_m2 for name in names)
    # In degrees the middle of two points is on their line but for the grid, and noding it moves what one has to another.
    assert change.area_m2 == pytest.approx(total, rel=1e-9, abs=0.005 if ground.is_geographic else 0)
    merged = polygons_of(change.shape)
    assert merged.is_valid
    points = set().union(*(points_of(fabric.parcels[name].shape) for name in names))
    assert points_of(change.shape) <= points  # no coordinate is computed
    frame = ground.frame_of(merged.bounds)
    outline = shapely.transform(merged.boundary, frame.to_metres)
    gone = points - points_of(change.shape)
    if gone:  # and what goes is not on the outline
        at = shapely.points(frame.to_metres(np.array(sorted(gone))))
        assert shapely.distance(at, outline).min() > ground.node_within_m
    after = fabric.with_changes(outcome.changes)
    assert invalid_length(ground, after) <= invalid_length(ground, fabric) + 1e-6
    assert {change.change for change in outcome.changes} <= {"retired", "geometry", "created", "noded"}


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_the_pieces_of_a_grid_give_the_block(columns: int) -> None:
    lots = {f"{i}-{j}": square(10 * i, 10 * j) for i in range(columns) for j in range(4)}
    outcome = Fabric.of_rings(METRIC, lots).edit([merge(*lots)])
    block = polygons_of(outcome.change_of("0-0").shape)
    assert block.equals(shapely.box(0, 0, 10 * columns, 40))
    assert len(block.geoms[0].exterior.coords) == 2 * (columns + 4) + 1  # the corners of the lots along it stay


def test_merging_bit_by_bit_and_at_once_come_to_the_same() -> None:
    lots = {f"{i}-{j}": square(10 * i, 10 * j) for i in range(3) for j in range(3)}
    fabric = Fabric.of_rings(METRIC, lots)
    at_once = fabric.edit([merge("0-0", "1-0", "2-0", "2-1")])
    one_by_one = fabric.edit([merge("0-0", "1-0"), merge("0-0", "2-0"), merge("0-0", "2-1")])
    assert rings_of(at_once.change_of("0-0").shape) == rings_of(one_by_one.change_of("0-0").shape)


def test_a_merge_relies_on_the_whole_geometry_of_every_parent() -> None:
    outcome = Fabric.of_rings(METRIC, {"A": square(0, 0), "B": square(10, 0)}).edit([merge("A", "B")])
    assert outcome.run.bound == {"A", "B"}


def test_two_hundred_lots_cost_about_ten_times_as_much_as_twenty() -> None:
    merges = []
    for columns in (4, 40):
        lots = {f"{i}-{j}": square(10 * i, 10 * j) for i in range(columns) for j in range(5)}
        merges.append(partial(Fabric.of_rings(METRIC, lots).edit, [merge(*lots)]))
    # Every lot tried against every other would be a hundred times.
    assert least_growth(*merges) < 50
