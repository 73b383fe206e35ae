from __future__ import annotations

import pytest

from spatial_admin import edit_queue
from spatial_admin.cadastre.precision import cells_of
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.edit_queue import MOST, QUEUES, is_worth_waiting, queues_at, queues_of, turn

GROUND = ground_of(26915, extent=(-1e6, -1e6, 1e6, 1e6))


def test_what_one_move_of_lots_takes_lies_in_few_queues() -> None:
    for step in range(200):
        x, y = 37.0 * step - 3_000, 91.0 * step - 9_000
        met = queues_of(cells_of((x - 60, y - 60, x + 60, y + 60), GROUND.cell_size))
        assert len(met) <= 4
        assert met <= queues_at([(x, y)], GROUND), "it waits where it will take cells"


def test_a_town_is_spread_over_all_queues() -> None:
    assert queues_of(cells_of((-9_000, -9_000, 9_000, 9_000), GROUND.cell_size)) == frozenset(range(QUEUES))


def test_points_outside_the_extent_have_no_place() -> None:
    assert queues_at([(2e6, 0.0), (float("inf"), 0.0)], GROUND) == frozenset()
    assert queues_at([], GROUND) == frozenset()


def test_queues_are_locked_in_one_order_and_shared_by_who_comes_new() -> None:
    waiting = turn(frozenset({40, 3}), 700, is_beaten=False)
    assert waiting.endswith("LOCK TABLE edit_queue.queue_3, edit_queue.queue_40 IN ROW SHARE MODE; ")
    assert "lock_timeout = 700" in waiting


def test_who_was_beaten_takes_them_alone() -> None:
    assert "IN EXCLUSIVE MODE" in turn(frozenset({1}), 700, is_beaten=True)


def test_where_somebody_was_beaten_a_moment_ago_newcomers_queue_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_queue, "BEATEN_AT", {})
    begun = 1e6

    def mode_of(queues: set[int], after_s: float) -> str:
        waiting = turn(frozenset(queues), 700, is_beaten=False, clock=lambda: begun + after_s)
        return "alone" if "EXCLUSIVE" in waiting else "shared"

    assert mode_of({7}, 0) == "shared"
    turn(frozenset({7, 8}), 700, is_beaten=True, clock=lambda: begun)
    assert (mode_of({6, 7}, 0.5), mode_of({8}, 0.9), mode_of({9}, 0.5)) == ("alone", "alone", "shared")
    assert mode_of({7}, edit_queue.CROWDED_S) == "shared"
    assert mode_of({7}, 0.5) == "alone", "to queue is not to be beaten: it makes nobody wait for longer"


def test_nobody_stops_the_town_to_take_a_turn() -> None:
    for queues in (frozenset[int](), frozenset(range(MOST + 1))):
        assert not is_worth_waiting(queues)
        assert not turn(queues, 700, is_beaten=True)
