from __future__ import annotations

from typing import Any

import numpy as np

from spatial_admin.cadastre.shapes import polygons_of, shape_of_rings
from spatial_admin.cadastre.union import union_of
from tests.cadastre.fabric import METRIC, rings_of, square


def test_shapes_that_are_edge_matched_need_no_point_made() -> None:
    union = union_of(METRIC, [shape_of_rings(square(0, 0)), shape_of_rings(square(10, 0))])
    assert union is not None
    assert union.made == ()
    assert rings_of(union.shape) == [[[[0, 0], [10, 0], [20, 0], [20, 10], [10, 10], [0, 10]]]]


def test_where_a_sliver_crosses_the_outline_one_point_is_made_on_the_grid() -> None:
    ours: Any = [[[[0, 0], [10, 0], [10.02, 0.5], [10, 1], [10, 10], [0, 10]]]]
    theirs: Any = [[[[10.013, 0], [20, 0], [20, 10], [10, 10], [10, 1]]]]
    union = union_of(METRIC, [shape_of_rings(ours), shape_of_rings(theirs)])
    assert union is not None
    (point,) = union.made
    assert point == METRIC.snapped(point)
    given = {tuple(p) for ring in (ours[0][0], theirs[0][0]) for p in ring}
    assert {tuple(p) for part in rings_of(union.shape) for ring in part for p in ring} <= given | {point}
    assert polygons_of(union.shape).is_valid


def test_shapes_that_cross_many_times_are_united_or_refused_but_never_invalid() -> None:
    random = np.random.default_rng(5)
    outcomes = set()
    for _ in range(40):
        line = [[10 + random.uniform(-0.004, 0.004), y] for y in np.linspace(0, 3, 12)]
        other = [[10 + random.uniform(-0.004, 0.004), y] for y in np.linspace(0, 3, 9)]
        union = union_of(
            METRIC,
            [shape_of_rings([[[[0, 0], *line, [0, 3]]]]), shape_of_rings([[[[20, 3], *other[::-1], [20, 0]]]])],
        )
        outcomes.add(union is not None)
        if union is not None:
            polygons = polygons_of(union.shape)
            assert polygons.is_valid
            assert abs(polygons.area - 60) < 0.05
    assert True in outcomes
