from __future__ import annotations

import pytest

from spatial_admin.cadastre.operations import parse_operations, replay
from spatial_admin.cadastre.operations.positions import LonLatPosition, StoragePosition
from spatial_admin.cadastre.operations.update import merge_patch
from spatial_admin.errors import UnknownPoint
from tests.cadastre.fabric import METRIC, Fabric, new_ids, rings_of, square

LONLAT = {"lon": 14.1, "lat": 50.2}


def two_lots() -> Fabric:
    return Fabric.of_rings(METRIC, {"A": square(0, 0), "B": square(10, 0), "far": square(500, 500)})


def test_what_is_near_all_named_points_is_read_in_one_go() -> None:
    fabric = two_lots()
    outcome = fabric.edit(
        [{"op": "move_point", "at": [0, 0], "to": [-0.1, 0]}, {"op": "remove_point", "at": [510, 510]}]
    )
    assert set(outcome.coverage.before) == {"A", "B", "far"}
    assert fabric.reads <= 4  # the named points; then what meets the segments of each as they were and become


def test_what_is_far_is_not_read() -> None:
    outcome = two_lots().edit([{"op": "move_point", "at": [0, 0], "to": [-0.1, 0]}])
    assert "far" not in outcome.coverage.before


def test_the_receipt_knows_where_each_given_position_is_stored() -> None:
    outcome = two_lots().edit(
        [
            {"op": "move_point", "at": [10, 10], "to": LONLAT},
            {"op": "insert_point", "between": [[0, 0], [10, 0]], "at": [5, -0.00004]},
            {"op": "move_point", "at": [5, -0.00004], "to": [5, -1]},
        ],
        {(14.1, 50.2): (11.00004, 12.00006)},
    )
    assert outcome.run.given == {
        LonLatPosition(14.1, 50.2): (11.0, 12.0001),
        StoragePosition(5, -0.00004): (5.0, -1.0),
        StoragePosition(5, -1): (5.0, -1.0),
    }


def test_a_removed_point_is_not_in_the_receipt() -> None:
    outcome = two_lots().edit(
        [
            {"op": "insert_point", "between": [[0, 0], [10, 0]], "at": [5, -1]},
            {"op": "insert_point", "between": [[0, 0], [0, 10]], "at": [-1, 5]},
            {"op": "remove_point", "at": [5, -1]},
        ]
    )
    assert outcome.run.given == {StoragePosition(-1, 5): (-1.0, 5.0)}


def test_points_that_move_together_keep_their_names_apart() -> None:
    # [2, 0] is carried to where [4, 0] was, and [4, 0] on to [8, 0]; the first operation names [2, 0] by what it was given.
    fabric = Fabric.of_rings(METRIC, {"A": [[[[0, 0], [4, 0], [8, 0], [8, 10], [0, 10]]]]})
    outcome = fabric.edit(
        [
            {"op": "insert_point", "between": [[0, 0], [4, 0]], "at": [2, 0]},
            {"op": "move_point", "at": [8, 0], "to": [16, 0], "carry_line_points": True},
            {"op": "move_point", "at": [2, 0], "to": [4, -1]},
            {"op": "move_point", "at": [8, 0], "to": [16, -1]},
        ]
    )
    assert rings_of(outcome.change_of("A").shape) == [[[[0, 0], [4, -1], [8, 0], [16, -1], [8, 10], [0, 10]]]]
    assert outcome.run.given[StoragePosition(4, 0)] == (8.0, 0.0)


def test_what_lies_along_a_carried_line_is_read_in_few_reads() -> None:
    lots = {f"X{i}": square(10 * i, 0) for i in range(20)}
    fabric = Fabric.of_rings(METRIC, {**lots, "R": [[[[0, -10], [200, -10], [200, 0], [0, 0]]]]})
    fabric.edit([{"op": "move_point", "at": [200, 0], "to": [200, 6], "carry_line_points": True}])
    assert fabric.reads <= 5  # the point, its line, the points on it; the same where they arrive


def test_lonlat_positions_are_transformed_together_and_once() -> None:
    asked: list[list[tuple[float, float]]] = []
    fabric = two_lots()
    coverage = fabric.edit([]).coverage
    steps = parse_operations(
        [
            {"op": "move_point", "at": [10, 10], "to": LONLAT},
            {"op": "move_point", "at": LONLAT, "to": {"lon": 1, "lat": 2}},
        ]
    )

    def to_storage(pairs: object) -> list[tuple[float, float]]:
        asked.append(list(pairs))  # type: ignore[call-overload]  # a sequence of pairs
        return [(11.0, 11.0), (12.0, 12.0)]

    replay(coverage, steps, to_storage, new_ids())
    assert asked == [[(14.1, 50.2), (1.0, 2.0)]]
    assert [12.0, 12.0] in rings_of(coverage.shapes["A"])[0][0]


def test_the_same_operations_on_the_same_rows_come_to_the_same_bytes() -> None:
    steps = [
        {"op": "insert_point", "between": [[10, 0], [10, 10]], "at": [11, 5]},
        {"op": "move_point", "at": [10, 0], "to": [10.5, -1]},
        {"op": "remove_point", "at": [0, 10]},
    ]
    one, two = (two_lots().edit(steps) for _ in range(2))
    for first, second in zip(one.changes, two.changes, strict=True):
        assert [r.tobytes() for p in first.shape for r in p] == [r.tobytes() for p in second.shape for r in p]
        assert (first.region, first.area_m2) == (second.region, second.area_m2)


def test_a_refusal_leaves_what_was_read_as_it_was() -> None:
    fabric = two_lots()
    before = {name: rings_of(parcel.shape) for name, parcel in fabric.parcels.items()}
    with pytest.raises(UnknownPoint):
        fabric.edit(
            [{"op": "move_point", "at": [10, 10], "to": [11, 11]}, {"op": "move_point", "at": [1, 1], "to": [2, 2]}]
        )
    assert {name: rings_of(parcel.shape) for name, parcel in fabric.parcels.items()} == before


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, {"a": {"b": "c"}}, {"a": {"b": "c"}}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_the_examples_of_rfc_7396_say(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result
