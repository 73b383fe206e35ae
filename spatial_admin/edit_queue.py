"""Taking turns at a place where editors keep beating each other (docs/guards.md). Nothing rests on it but speed.

LOCK TABLE on empty tables (migration 0004) is the one lock that can be had before the snapshot of a SERIALIZABLE
transaction: whoever gets it then sees all that was committed before. Waiting for a cell instead only ends in the next
serialization failure. Who comes new shares the queue of the place, which costs nothing while nobody was beaten there;
who was beaten takes it alone. PostgreSQL serves both in the order in which they came: newcomers wait behind who was
beaten, who waits for those that run already.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from spatial_admin.cadastre.precision import Ground, Point, cells_of

QUEUES: Final = 64  # tables of migration 0004; unrelated places may share one
MOST: Final = 8  # who would take more of them would stop the town: he tries again after a pause
CELLS_A_SIDE: Final = 4  # a queue is of squares of 400 m: what one move takes lies in few queues
LOCK: Final = "LOCK TABLE {queues} IN {mode} MODE"
ROW_BITS: Final = 31  # of a cell's number, as `cells_of` packs it


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


def turn(queues: frozenset[int], wait_ms: int, *, is_beaten: bool) -> str:
    """The statements that wait for a turn, at most so long; they must come before anything that takes a snapshot.

    Always in the same order, so that two who want several queues do not wait for each other.
    """
    if not is_worth_waiting(queues):
        return ""
    names = ", ".join(f"edit_queue.queue_{number}" for number in sorted(queues))
    lock = LOCK.format(queues=names, mode="EXCLUSIVE" if is_beaten else "ROW SHARE")
    return f"SET LOCAL statement_timeout = {wait_ms}; SET LOCAL lock_timeout = {wait_ms}; {lock}; "
