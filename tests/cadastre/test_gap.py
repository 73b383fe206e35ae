"""Gaps that an edit opens, keeps and closes."""

from __future__ import annotations

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
