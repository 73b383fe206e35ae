"""Where two states of one ring differ: a short path, also in a ring of twenty thousand points."""

from __future__ import annotations

import numpy as np

from spatial_admin.cadastre.coverage import Ring


def differing_paths(old: Ring, new: Ring) -> tuple[Ring, Ring] | None:
    """The stretch in which two rings (not closed) differ, as two (n, 2) paths with the same first and last point.

    None where the rings have too little in common. Everything outside the stretch is equal to the bit.
    """
    if (old[0] != new[0]).any():
        rotated = _from_a_common_point(old, new)
        if rotated is None:
            return None
        old, new = rotated
    head, tail = _equal_ends(old, new)
    return _path(old, head - 1, tail), _path(new, head - 1, tail)


def _path(ring: Ring, start: int, tail: int) -> Ring:
    return ring[start : len(ring) - tail + 1] if tail else np.concatenate([ring[start:], ring[:1]])


def _equal_ends(old: Ring, new: Ring) -> tuple[int, int]:
    """How many points two rings share from the beginning, and how many of the rest from the end."""
    shorter = min(len(old), len(new))
    head = _equal_run(old[:shorter], new[:shorter])
    rest = shorter - head
    return head, _equal_run(old[::-1][:rest], new[::-1][:rest])


def _equal_run(a: Ring, b: Ring) -> int:
    same = (a[:, 0] == b[:, 0]) & (a[:, 1] == b[:, 1])
    return len(a) if same.all() else int(np.argmin(same))


def _from_a_common_point(old: Ring, new: Ring) -> tuple[Ring, Ring] | None:
    # The first point of a ring is moved like any other; from a point far from it the rest is equal as before.
    for start in dict.fromkeys((len(old) // 2, len(old) // 4, 3 * len(old) // 4)):
        there = np.flatnonzero((new[:, 0] == old[start, 0]) & (new[:, 1] == old[start, 1]))
        if len(there) == 1:
            return _starting_at(old, start), _starting_at(new, int(there[0]))
    return None


def _starting_at(ring: Ring, index: int) -> Ring:
    return np.concatenate([ring[index:], ring[:index]])
