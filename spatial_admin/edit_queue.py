"""Taking turns at a place where editors keep beating each other (docs/guards.md). Nothing rests on it but speed.

LOCK TABLE on empty tables (migration 0004) is the one lock that can be had before the snapshot of a SERIALIZABLE
transaction: whoever gets it then sees all that was committed before. Waiting for a cell instead only ends in the next
serialization failure. Who comes new shares the queue of the place, which costs nothing while nobody was beaten there;
who was beaten takes it alone, and so does whoever comes there within a second: of a crowd that shares it all but one
would be beaten. PostgreSQL serves them in the order in which they came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from spatial_admin.cadastre.precision import Ground, Point, cells_of

QUEUES: Final = 64  # tables of migration 0004; unrelated places may share one
MOST: Final = 8  # who would take more of them would stop the town: he tries again after a pause
# A queue is of squares of 800 m. A crowd works in a block of houses: where that lay in several, one waited for each of
# them, one after the other, longest who worked where they meet.
CELLS_A_SIDE: Final = 8
CROWDED_S: Final = 1.0
LOCK: Final = "LOCK TABLE {queues} IN {mode} MODE"
ROW_BITS: Final = 31  # of a cell's number, as `cells_of` packs it


BEATEN_AT: Final[dict[int, float]] = {}  # by queue: when somebody whom this process serves was beaten there last


def queues_of(cells: Iterable[int]) -> frozenset[int]:
    """The queues of conflict cells."""
    places = {((cell >> ROW_BITS) // CELLS_A_SIDE, cell % 2**ROW_BITS // CELLS_A_SIDE) for cell in cells}
    return frozenset((7 * column + row) % QUEUES for column, row in places)


def queues_at(points: Iterable[Point], ground: Ground) -> frozenset[int]:
    """The queues of the cells in which points lie, and of those around: what an edit of lots will take, as far as it
    can be told before anything is read.
    """
    side = ground.cell_size
    boxes = {(x - side, y - side, x + side, y + side) for x, y in points if ground.contains((x, y))}
    return queues_of(cell for box in boxes for cell in cells_of(box, side))


def is_worth_waiting(queues: frozenset[int]) -> bool:
    """Can a turn be taken in these queues?"""
    return 0 < len(queues) <= MOST


def turn(queues: frozenset[int], wait_ms: int, *, is_beaten: bool, clock: Callable[[], float] = time.monotonic) -> str:
    """The statements that wait for a turn, at most so long; they must come before anything that takes a snapshot.

    Always in the same order, so that two who want several queues do not wait for each other.
    """
    if not is_worth_waiting(queues):
        return ""
    now = clock()
    if is_beaten:
        BEATEN_AT.update(dict.fromkeys(queues, now))
    is_alone = is_beaten or any(now - BEATEN_AT.get(number, -CROWDED_S) < CROWDED_S for number in queues)
    names = ", ".join(f"edit_queue.queue_{number}" for number in sorted(queues))
    lock = LOCK.format(queues=names, mode="EXCLUSIVE" if is_alone else "ROW SHARE")
    return f"SET LOCAL statement_timeout = {wait_ms}; SET LOCAL lock_timeout = {wait_ms}; {lock}; "
