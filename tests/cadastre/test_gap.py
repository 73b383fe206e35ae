"""Gaps that an edit opens, keeps and closes."""

from __future__ import annotations

from spatial_admin.cadastre.gap import covers_the_same
from tests.cadastre.fabric import METRIC, Fabric

# B's side bulges away from A's straight one: a gap of 0.2 m, 1 m2.
SIDE_BY_SIDE = Fabric.of_rings(
    METRIC,
    {
        "A": [[[[0, 0], [10, 0], [10, 10], [0, 10]]]],
        "B": [[[[10, 0], [20, 0], [20, 10], [10, 10], [10.2, 5]]]],
    },
)


def test_moving_the_point_back_onto_the_neighbour_closes_the_gap_between_both() -> None:
    outcome = SIDE_BY_SIDE.edit([{"op": "move_point", "at": [10.2, 5], "to": [10, 5]}])
    assert outcome.verdict.gone == [("gap", ("A", "B"))]
    assert not outcome.verdict.found
    assert not outcome.verdict.violations


def test_a_gap_that_only_becomes_narrower_is_not_closed() -> None:
    outcome = SIDE_BY_SIDE.edit([{"op": "move_point", "at": [10.2, 5], "to": [10.1, 5]}])
    assert outcome.verdict.gone == []


def test_opening_and_closing_a_gap_name_the_same_parcels() -> None:
    closed = SIDE_BY_SIDE.edit([{"op": "move_point", "at": [10.2, 5], "to": [10, 5]}])
    shut = SIDE_BY_SIDE.with_changes(closed.changes)
    # Only the neighbour's own side can open it again: the point is shared now, so both would follow.
    assert [one.rule for one in shut.edit([{"op": "move_point", "at": [10, 5], "to": [10.2, 5]}]).verdict.found] == []


def test_a_shared_side_that_moves_is_seen_to_leave_no_gap_whichever_way_its_rings_are_stored() -> None:
    # A's ring runs the other way, and C has a hole in which A and B do not lie.
    a, b = [[0, 0], [0, 10], [10, 10], [10, 0]], [[10, 0], [20, 0], [20, 10], [10, 10]]
    c, hole = [[0, 10], [10, 10], [20, 10], [20, 20], [0, 20]], [[5, 14], [5, 16], [9, 16]]
    lots = Fabric.of_rings(METRIC, {"A": [[a]], "B": [[b]], "C": [[c, hole]]})
    shared = lots.edit([{"op": "move_point", "at": [10, 10], "to": [11, 11]}])
    assert covers_the_same(shared.coverage, "parcels", ["A", "B", "C"])
    assert not covers_the_same(shared.coverage, "parcels", ["A", "B"])
    open_side = lots.edit([{"op": "move_point", "at": [20, 0], "to": [21, 0]}])
    assert not covers_the_same(open_side.coverage, "parcels", ["B"])
    grown_hole = lots.edit([{"op": "move_point", "at": [9, 16], "to": [9, 17]}])
    assert not covers_the_same(grown_hole.coverage, "parcels", ["C"])
