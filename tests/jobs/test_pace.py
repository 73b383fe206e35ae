"""The pace of work is that of the last minute."""

from __future__ import annotations

import pytest

from spatial_admin.jobs.pace import WINDOW_S, Pace


def test_nothing_is_said_before_two_seconds() -> None:
    pace = Pace()
    assert pace.note(0, 10.0) is None
    assert pace.note(500, 11.0) is None
    assert pace.note(1000, 12.0) == 500


def test_a_slow_beginning_is_forgotten_after_a_minute() -> None:
    pace = Pace()
    for second in range(101):
        told = pace.note(min(second, 20) + 100 * max(0, second - 20), float(second))
    assert told == pytest.approx(100, rel=0.02)


def test_work_that_stands_still_comes_to_a_pace_of_zero() -> None:
    pace = Pace()
    pace.note(0, 0.0)
    pace.note(100, 10.0)
    assert pace.note(100, 40.0) == 2.5
    assert pace.note(100, 10.0 + WINDOW_S) == 0


def test_work_that_begins_again_is_measured_again() -> None:
    pace = Pace()
    pace.note(0, 0.0)
    pace.note(900, 30.0)
    assert pace.note(5, 31.0) is None
    assert pace.note(25, 33.0) == 10
