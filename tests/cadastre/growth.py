"""How a cost grows with what is given: a ratio of processor times of one run, never a time."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 3


def least_growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How many times the processor time of `small` `large` takes: the least of some pairs, each measured side by side.

    The least, because a busy machine can lengthen one half of a pair, while a cost that grows too fast is in them all.
    """
    return min(_thread_seconds(large) / _thread_seconds(small) for _ in range(ROUNDS))


def _thread_seconds(work: Callable[[], object]) -> float:
    """The shorter of two runs: the first may pay for a cache."""
    taken = []
    for _ in range(2):
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return min(taken)
