"""What an edit of many operations reads, put together: the block at once instead of every corner by itself.

Not for small edits: whatever is read under SERIALIZABLE is one more row that somebody else may write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from spatial_admin.cadastre.box_index import BoxIndex
from spatial_admin.cadastre.precision import Box, Ground, box_around

MANY_OPERATIONS: Final = 20
FILLED: Final = 2.0  # a hull is read whole where it is at most so many times as large as what is wanted of it

FEW_PLACES: Final = 4
NEAR_M: Final = 60.0  # all that is read is locked: what lies between far places is left to others


@dataclass(frozen=True, slots=True)
class Places:
    """Places near each other, and how far beyond the sides that come to them is looked (storage units east, north)."""

    boxes: tuple[Box, ...]
    margin: tuple[float, float]


def places_of(ground: Ground, boxes: Sequence[Box]) -> Places | None:
    """What is read first, where it is a few places near each other: whatever happens to points there changes the sides
    that come to them, and so these are read with them. None where it is more.
    """
    distinct = tuple(dict.fromkeys(boxes))
    if not 0 < len(distinct) <= FEW_PLACES:
        return None
    west, south, east, north = box_around(list(distinct))
    metres_east, metres_north = ground.scale_at(max(abs(south), abs(north)))
    if max((east - west) * metres_east, (north - south) * metres_north) > NEAR_M:
        return None
    reach_m = 2 * max(ground.node_within_m, ground.gap_width_m)
    return Places(distinct, (reach_m / metres_east, reach_m / metres_north))


def with_room(box: Box) -> Box:
    """The box with half its size more on each side: the next operation's points lie where this one's are moved to."""
    wide, high = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return box[0] - wide, box[1] - high, box[2] + wide, box[3] + high


def blocks_of(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that hold the given ones: where boxes meet and fill their hull, the hull; else each by itself."""
    return [box for group in _groups(boxes) for box in _together(group)]


def _together(group: list[Box]) -> list[Box]:
    hull = box_around(group)
    return [hull] if _area(hull) <= FILLED * sum(map(_area, group)) else group


def _groups(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes in groups that hang together."""
    index: BoxIndex[int] = BoxIndex()
    for number, box in enumerate(boxes):
        index.put(number, box)
    groups: list[list[Box]] = []
    reached: set[int] = set()
    for first in range(len(boxes)):
        if first in reached:
            continue
        reached.add(first)
        group = [first]
        for number in group:  # grows while it is walked
            fresh = [other for other in index.meeting(boxes[number]) if other not in reached]
            reached.update(fresh)
            group += fresh
        groups.append([boxes[number] for number in group])
    return groups


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
