from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_admin.cadastre.coverage import Coverage, Ring, Shape
from spatial_admin.cadastre.difference import changed_region, differences, tidy
from spatial_admin.cadastre.differing_path import differing_paths
from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import METRIC, Fabric, rings_of, square

HOLE = [[2.0, 2.0], [2.0, 4.0], [4.0, 4.0]]


def window(**parts: object) -> Coverage:
    coverage = Coverage(METRIC, Fabric.of_rings(METRIC, parts).read)
    coverage.widen([(-100, -100, 100, 100)])
    return coverage


def segments(shape: Shape) -> list[tuple[float, ...]]:
    closed = [[*ring, ring[0]] for part in rings_of(shape) for ring in part]
    return [(*min(a, b), *max(a, b)) for ring in closed for a, b in itertools.pairwise(ring)]


def plain_region(old: Shape, new: Shape) -> Box | None:
    """The definition, written down without a thought for speed."""
    before, after = segments(old), segments(new)
    for one in list(before):
        if one in after:
            before.remove(one)
            after.remove(one)
    only = np.array(before + after).reshape(-1, 2)
    return (*only.min(axis=0).tolist(), *only.max(axis=0).tolist()) if len(only) else None


COORDINATES = st.integers(-4, 4).map(float)
RINGS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=9, unique=True)
SHAPES = st.lists(st.lists(RINGS, min_size=1, max_size=2), min_size=1, max_size=2).map(shape_of_rings)


def distinct(shape: Shape) -> bool:
    return len({ring.tobytes() for part in shape for ring in part}) == sum(map(len, shape))


@settings(deadline=None, max_examples=300)
@given(old=SHAPES.filter(distinct), new=SHAPES.filter(distinct))
def test_a_changed_region_is_what_its_definition_says(old: Shape, new: Shape) -> None:
    assert changed_region(old, new) == plain_region(old, new)


@settings(deadline=None, max_examples=300)
@given(ring=RINGS, data=st.data())
def test_a_changed_region_of_one_edited_ring_is_what_its_definition_says(
    ring: list[tuple[float, float]], data: st.DataObject
) -> None:
    new = list(ring)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(new) - 1))
        point = (data.draw(COORDINATES) + 0.5, data.draw(COORDINATES))
        new[index : index + data.draw(st.integers(0, 1))] = [point]
    old_shape, new_shape = shape_of_rings([[ring]]), shape_of_rings([[new]])
    assert changed_region(old_shape, new_shape) == plain_region(old_shape, new_shape)


def long_ring(points: int = 400) -> Ring:
    angle = np.linspace(0, 6, points)
    return np.column_stack([1000 * np.cos(angle), 1000 * np.sin(angle)])


@pytest.mark.parametrize("index", [0, 1, 57, 398, 399])
def test_the_path_that_differs_is_short_wherever_the_point_is(index: int) -> None:
    old = long_ring()
    new = old.copy()
    new[index] += 1
    paths = differing_paths(old, new)
    assert paths is not None
    assert [len(path) for path in paths] == [3, 3]
    assert (paths[0][[0, 2]] == paths[1][[0, 2]]).all()
    assert paths[0][1].tolist() == old[index].tolist()


def test_an_inserted_and_a_removed_point_leave_paths_of_different_length() -> None:
    old = long_ring()
    inserted, removed = (
        differing_paths(old, new) for new in (np.insert(old, 9, [[1, 1]], axis=0), np.delete(old, 0, axis=0))
    )
    assert inserted is not None
    assert removed is not None
    assert [len(path) for path in inserted] == [2, 3]
    assert [len(path) for path in removed] == [3, 2]


def test_rings_without_a_common_point_have_no_common_path() -> None:
    assert differing_paths(long_ring(), long_ring() + 1) is None


def test_tidying_makes_equal_neighbours_one_and_keeps_where_the_ring_begins() -> None:
    coverage = window(A=square(0, 0))
    doubled = [[0, 0], [10, 0], [10, 0], [10, 10], [10, 10], [10, 10], [0, 10], [0, 0]]
    coverage.set_ring("A", 0, 0, np.array(doubled, dtype=float))
    assert tidy(coverage) == []
    assert rings_of(coverage.shapes["A"]) == square(0, 0)


def test_tidying_leaves_doubled_points_of_rings_that_nobody_touched() -> None:
    doubled = [[[[0, 0], [10, 0], [10, 0], [10, 10]], HOLE]]
    coverage = window(A=doubled)
    coverage.move_points({(2.0, 2.0): (2.5, 2.0)})
    assert tidy(coverage) == []
    assert rings_of(coverage.shapes["A"])[0][0] == doubled[0][0]


def test_a_ring_of_which_two_points_are_left_is_named_with_its_place() -> None:
    coverage = window(A=[[square(0, 0)[0][0], HOLE]])
    coverage.move_points({(4.0, 4.0): (2.0, 4.0)})
    (violation,) = tidy(coverage)
    assert (violation.rule, violation.parcels) == ("collapsed", ("A",))
    assert "a hole" in violation.message
    assert violation.place == {"type": "Point", "coordinates": [2.0, 2.0]}


def test_a_change_of_properties_has_no_region_and_keeps_the_shape_itself() -> None:
    fabric = Fabric.of_rings(METRIC, {"A": square(0, 0)})
    (change,) = fabric.edit([{"op": "update", "parcel_id": "A", "properties": {"number": "7"}}]).changes
    assert (change.change, change.region, change.is_operated) == ("attributes", None, True)
    assert change.shape is fabric.parcels["A"].shape
    assert change.area_m2 == fabric.parcels["A"].area_m2


def test_a_change_of_level_has_the_whole_envelope_as_its_region() -> None:
    fabric = Fabric.of_rings(METRIC, {"A": square(0, 0)})
    steps = [
        {"op": "update", "parcel_id": "A", "properties": {"level": "units"}},
        {"op": "move_point", "at": [0, 0], "to": [-1, 2]},
    ]
    (change,) = fabric.edit(steps).changes
    assert change.region == (-1, 0, 10, 10)


def test_a_ring_that_begins_elsewhere_is_no_change() -> None:
    coverage = window(A=square(0, 0))
    coverage.set_ring("A", 0, 0, np.roll(coverage.shapes["A"][0][0], 1, axis=0))
    assert differences(coverage) == []
