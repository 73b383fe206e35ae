from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import (
    insert_between,
    node_segment,
    passing_segments,
    points_on_segment,
    positions_along,
    reach,
)
from tests.cadastre.fabric import DEGREES, METRIC, Fabric, rings_of, square


def window(rings: dict[str, object]) -> Coverage:
    fabric = Fabric.of_rings(METRIC, rings)
    coverage = Coverage(METRIC, fabric.read)
    coverage.widen([(-100, -100, 100, 100)])
    return coverage


def test_positions_are_shares_of_the_segment_and_stop_at_its_ends() -> None:
    position, distance = positions_along(METRIC, (0, 0), (10, 0), np.array([[2.5, 1], [-3, 4], [13, 4], [10, 0]]))
    assert position.tolist() == [0.25, 0, 1, 1]
    assert distance.tolist() == [1, 5, 5, 0]


def test_a_segment_of_no_length_has_everything_at_its_beginning() -> None:
    position, distance = positions_along(METRIC, (1, 1), (1, 1), np.array([[4.0, 5.0]]))
    assert (position.tolist(), distance.tolist()) == ([0], [5])


def test_points_on_a_segment_come_in_its_order_and_twice_given_once() -> None:
    points = np.array(
        [[7, 0.005], [3, -0.009], [5, 0.011], [0.005, 0], [9.995, 0], [0, 0], [10, 0], [3, -0.009], [20, 0]]
    )
    assert list(points_on_segment(METRIC, (0, 0), (10, 0), points)) == [(3, -0.009), (7, 0.005)]
    assert list(points_on_segment(METRIC, (10, 0), (0, 0), points)) == [(7, 0.005), (3, -0.009)]
    assert points_on_segment(METRIC, (0, 0), (10, 0), np.empty((0, 2))) == {}


PLACES = st.tuples(st.floats(-1e-3, 1e-3), st.floats(-1e-3, 1e-3)).map(lambda p: (14 + p[0], 50 + p[1]))


@settings(deadline=None, max_examples=150)
@given(a=PLACES, b=PLACES, shares=st.lists(st.tuples(st.floats(0, 1), st.floats(-0.02, 0.02)), max_size=6))
def test_both_directions_of_a_segment_get_the_same_points(
    a: tuple[float, float], b: tuple[float, float], shares: list[tuple[float, float]]
) -> None:
    line = np.array(b) - a
    points = np.array([np.array(a) + share * line + (0, off / 111_200) for share, off in shares]).reshape(-1, 2)
    forwards, backwards = (points_on_segment(DEGREES, *ends, points) for ends in ((a, b), (b, a)))
    assert list(forwards) == list(backwards)[::-1]
    assert forwards == backwards  # distances to the last bit


def test_a_path_is_inserted_in_every_ring_and_direction_of_the_level() -> None:
    coverage = window({"A": square(0, 0), "B": square(10, 0), "M": [square(0, 10)[0], square(30, 0)[0]]})
    assert sorted(insert_between(coverage, "parcels", (10, 0), (10, 10), [(10, 3), (10, 6)])) == ["A", "B"]
    assert rings_of(coverage.shapes["A"])[0][0][1:5] == [[10, 0], [10, 3], [10, 6], [10, 10]]
    assert rings_of(coverage.shapes["B"])[0][0] == [[10, 0], [20, 0], [20, 10], [10, 10], [10, 6], [10, 3]]
    assert insert_between(coverage, "parcels", (10, 0), (10, 10), [(10, 5)]) == []
    assert insert_between(coverage, "units", (0, 0), (10, 0), [(5, 0)]) == []


def test_a_segment_gets_the_points_that_lie_on_it_but_none_that_its_own_ring_has() -> None:
    own = [[0.0, 0.0], [20.0, 0.0], [20.0, 5.0], [5.0, 0.008], [5.0, 5.0], [0.0, 5.0]]
    coverage = window(
        {"A": [[own]], "C": [[[[0, -10], [20, -10], [20, 0], [0, 0]]]], "D": [[[[8, 0], [9, -1], [7, -1]]]]}
    )
    assert node_segment(coverage, "parcels", (0, 0), (20, 0)) == [(8, 0)]
    assert [8, 0] in rings_of(coverage.shapes["C"])[0][0]
    assert [5, 0.008] not in rings_of(coverage.shapes["C"])[0][0]


def test_a_segment_passes_a_point_that_is_not_near_its_ends() -> None:
    coverage = window({"A": square(0, 0), "C": [[[[0, -10], [20, -10], [20, 0], [0, 0]]]]})
    segment = passing_segments(coverage, "parcels", (10.0, 0.0))
    assert [(s.place.parcel_id, s.a, s.b, s.distance_m) for s in segment] == [("C", (20, 0), (0, 0), 0)]
    assert passing_segments(coverage, "parcels", (19.995, 0.0)) == []
    assert passing_segments(coverage, "parcels", (15.0, 0.02)) == []
    assert passing_segments(coverage, "units", (10.0, 0.0)) == []


@pytest.mark.parametrize(("gap_width_m", "node_within_m"), [(0.5, 0.01), (0.001, 0.05)])
def test_what_is_read_reaches_as_far_as_noding_and_gaps_look(gap_width_m: float, node_within_m: float) -> None:
    ground = type(METRIC)(
        26915,
        (-1e6, -1e6, 1e6, 1e6),
        10_000,
        100.0,
        is_geographic=False,
        node_within_m=node_within_m,
        gap_width_m=gap_width_m,
    )
    far = max(gap_width_m, node_within_m)
    assert reach(ground, [(0.0, 0.0), (5.0, -3.0)]) == (-far, -3 - far, 5 + far, far)
