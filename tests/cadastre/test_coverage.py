from __future__ import annotations

import numpy as np
import pytest

from spatial_admin.cadastre.coverage import Coverage, Occurrence, is_same_json, shape_box
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import METRIC, Fabric, parcel_of, rings_of, square

HOLE = [[2.0, 2.0], [2.0, 4.0], [4.0, 4.0]]


def window(fabric: Fabric) -> Coverage:
    coverage = Coverage(fabric.ground, fabric.read)
    coverage.widen([(-1000, -1000, 1000, 1000)])
    return coverage


def lots() -> Fabric:
    return Fabric.of_rings(METRIC, {"A": [[square(0, 0)[0][0], HOLE]], "B": square(10, 0)})


def test_a_box_within_one_that_was_read_is_not_read_again() -> None:
    fabric = lots()
    coverage = Coverage(METRIC, fabric.read)
    coverage.widen([(0, 0, 5, 5), (100, 100, 101, 101)])
    coverage.widen([(1, 1, 4, 4)])
    assert fabric.reads == 1
    assert set(coverage.before) == {"A"}
    coverage.widen([(4, 4, 12, 5)])
    assert fabric.reads == 2
    assert set(coverage.before) == {"A", "B"}


def test_every_place_of_a_point_is_found() -> None:
    coverage = window(lots())
    assert coverage.occurrences((10.0, 10.0)) == [Occurrence("A", 0, 0, 2), Occurrence("B", 0, 0, 3)]
    assert coverage.occurrences((2.0, 4.0)) == [Occurrence("A", 0, 1, 1)]
    assert not coverage.has_point((10.0, 10.000000001))


def test_the_neighbours_of_the_first_point_are_the_last_and_the_second() -> None:
    coverage = window(lots())
    assert coverage.neighbours(Occurrence("A", 0, 0, 0)) == ((0.0, 10.0), (10.0, 0.0))
    assert coverage.neighbours(Occurrence("A", 0, 0, 3)) == ((10.0, 10.0), (0.0, 0.0))


def test_replacing_a_point_leaves_what_was_read_and_the_other_rings_themselves() -> None:
    coverage = window(lots())
    coverage.move_points({(10.0, 10.0): (11.0, 12.0)})
    before, after = coverage.before["A"].shape, coverage.shapes["A"]
    assert rings_of(before)[0][0] == square(0, 0)[0][0]
    assert after[0][1] is before[0][1]
    assert coverage.touched() == ["A", "B"]
    assert coverage.operated == {"A", "B"}


def test_a_box_grows_with_what_an_operation_adds_and_never_shrinks() -> None:
    coverage = window(lots())
    coverage.move_points({(20.0, 10.0): (30.0, 40.0)})
    assert coverage.box_of("B") == (10, 0, 30, 40)
    coverage.move_points({(30.0, 40.0): (20.0, 10.0)})
    assert coverage.box_of("B") == (10, 0, 30, 40)


def test_points_in_a_box_are_those_of_the_level() -> None:
    fabric = lots()
    fabric.parcels["U"] = parcel_of(METRIC, 9, "U", shape_of_rings(square(1, 1, 2, 2)), level="units")
    points = window(fabric).points_in((0, 0, 3, 3), "parcels")
    assert sorted(map(tuple, np.unique(points, axis=0).tolist())) == [(0.0, 0.0), (2.0, 2.0)]
    assert window(fabric).points_in((50, 50, 51, 51), "parcels").shape == (0, 2)


def test_the_envelope_of_a_shape_holds_all_its_parts() -> None:
    assert shape_box(shape_of_rings([square(0, 0)[0], square(-5, 30)[0]])) == (-5, 0, 10, 40)


@pytest.mark.parametrize(
    ("a", "b", "is_same"),
    [
        (1, True, False),
        ({"a": [0]}, {"a": [False]}, False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
        ({"a": {"b": [1, {"c": "d"}]}}, {"a": {"b": [1, {"c": "d"}]}}, True),
    ],
)
def test_values_are_the_same_as_json_says_and_not_as_python_says(a: object, b: object, is_same: bool) -> None:
    assert is_same_json(a, b) is is_same
