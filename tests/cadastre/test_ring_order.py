from __future__ import annotations

from spatial_admin.cadastre.ring_order import arranged, is_counterclockwise
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import rings_of, square

CLOCKWISE = [[[[10, 10], [10, 0], [0, 0], [0, 10]]]]


def test_counterclockwise_is_told_far_from_the_origin_too() -> None:
    ((ring,),) = shape_of_rings(square(5e6, 6e6, 0.01, 0.01))
    assert is_counterclockwise(ring)
    assert not is_counterclockwise(ring[::-1])


def test_a_ring_begins_and_runs_as_the_one_it_comes_from() -> None:
    grown = shape_of_rings([[[[0, 0], [20, 0], [20, 10], [10, 10], [0, 10]]]])
    ring = [[10, 10], [20, 10], [20, 0], [0, 0], [0, 10]]
    assert rings_of(arranged(grown, [shape_of_rings(CLOCKWISE)])) == [[ring]]


def test_where_its_first_point_is_gone_it_begins_at_the_first_that_is_left() -> None:
    ((cut,),) = arranged(shape_of_rings([[[[10, 5], [10, 0], [0, 0], [0, 5]]]]), [shape_of_rings(CLOCKWISE)])
    assert cut.tolist() == [[10, 0], [0, 0], [0, 5], [10, 5]]


def test_a_ring_equal_to_its_model_is_the_very_array() -> None:
    model = shape_of_rings(CLOCKWISE)
    ((ring,),) = arranged(shape_of_rings([[CLOCKWISE[0][0][::-1]]]), [model])
    assert ring is model[0][0]


def test_the_first_model_counts_and_parts_are_in_its_order() -> None:
    first, second = shape_of_rings(square(50, 0) + square(0, 0)), shape_of_rings(square(90, 0))
    mixed = (*second, *shape_of_rings(square(0, 0)), *shape_of_rings(square(50, 0)))
    assert rings_of(arranged(mixed, [first, second])) == square(50, 0) + square(0, 0) + square(90, 0)


def test_holes_are_in_the_order_of_the_model_and_run_as_they_did() -> None:
    holes = [[[1, 1], [2, 1], [2, 2]], [[5, 5], [5, 6], [6, 6]]]  # the first the same way as the exterior ring
    model = shape_of_rings([[square(0, 0)[0][0], *holes]])
    turned = shape_of_rings([[square(0, 0)[0][0], holes[1][::-1], holes[0][::-1]]])
    assert rings_of(arranged(turned, [model])) == rings_of(model)


def test_a_ring_of_nowhere_begins_at_its_lowest_leftmost_point_and_runs_as_the_first_model() -> None:
    far = shape_of_rings([[[[60, 10], [60, 0], [50, 0], [50, 10]]]])
    assert rings_of(arranged(far, [shape_of_rings(square(0, 0))])) == square(50, 0)
    assert rings_of(arranged(far, [shape_of_rings(CLOCKWISE)])) == [[[[50, 0], [50, 10], [60, 10], [60, 0]]]]
