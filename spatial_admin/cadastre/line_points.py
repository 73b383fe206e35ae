"""Line points: what lies on a straight boundary between two corners, and follows when one of the corners moves.

A point is a line point of a ring when it lies within 1 mm of the line between its neighbours there, in the storage CRS.
A straight boundary is followed from a moved point from one line point to the next, on whatever ring of the level runs
straight over it: where lots end at a T-junction from both sides in turn, no single ring need have the whole of it. It
ends at its corner, the first point that is a line point of none of them. Where line points follow each other in a bend
too wide for each to notice, it ends where those passed would lie farther than 1 mm from the line to the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import distances_m, node_around, positions_along, reach
from spatial_admin.cadastre.precision import Box, Frame, Ground, Point, boxes_meet
from spatial_admin.cadastre.read_ahead import with_room

LINE_POINT_M: Final = 0.001


@dataclass(frozen=True, slots=True)
class StraightBoundary:
    """A straight boundary of one level as seen from the moved point: its line points in order, then its corner."""

    level: str
    points: tuple[Point, ...]
    corner: Point


def carried_points(coverage: Coverage, old: Point, new: Point) -> dict[Point, Point]:
    """Where the line points between a corner that moves and the next corners go, each snapped to the grid once.

    A line point moves by as much of the corner's move as its position says: all of it at the corner, nothing at the
    next one; so what is straight stays straight, and what is up to 1 mm off the line stays that far off. The boundaries
    are noded first; the moved point itself must be.
    """
    found: dict[Point, Point] = {}
    lines = _noded_lines(coverage, old)
    # Of two lines along each other the farther corner counts: the other ends at a point that is carried itself.
    for line in sorted(lines, key=lambda one: distances_m(coverage.ground, old, np.array([one.corner]))[0]):
        if line.points:
            found.update(_carried_along(coverage, line, old, new))
    return found


def node_points(
    coverage: Coverage, points: Iterable[Point], *, is_new: bool = False, towards: Point | None = None
) -> None:
    """Node around several points, each in every level that has it; what is near them is read together, and with it what
    is around `towards`, where they are about to go, if that is near too.
    """
    distinct = list(dict.fromkeys(points))
    places = {point: coverage.occurrences(point) for point in distinct}
    coverage.widen(
        [
            _around(
                coverage.ground,
                [point, *{end for place in places[point] for end in coverage.neighbours(place)}],
                towards,
            )
            for point in distinct
        ]
    )
    for point in distinct:
        for level in sorted({coverage.level_of(place.parcel_id) for place in coverage.occurrences(point)}):
            node_around(coverage, level, point, is_new=is_new)


def _around(ground: Ground, points: list[Point], towards: Point | None) -> Box:
    box = reach(ground, points)
    if towards is not None and boxes_meet(with_room(box), (*towards, *towards)):
        return reach(ground, [*points, towards])
    return box


def _noded_lines(coverage: Coverage, start: Point) -> list[StraightBoundary]:
    noded = {start}
    while True:
        lines = _lines_from(coverage, start)
        fresh = [point for line in lines for point in line.points if point not in noded]
        if not fresh:
            return lines
        # What a neighbour has on the line belongs to it, and may be what carries it on.
        node_points(coverage, fresh)
        noded.update(fresh)


def _lines_from(coverage: Coverage, start: Point) -> list[StraightBoundary]:
    """Straight boundaries from a point, in every direction; none goes on where that of another level ends.

    A unit's corner ends none: units follow their ground parcel.
    """
    lines, ends = [], set()
    places = coverage.occurrences(start)
    grounds = {p.parcel_id for p in places if coverage.properties[p.parcel_id]["part_of"] is None}
    ending = {coverage.level_of(name) for name in grounds}
    firsts = {(coverage.level_of(p.parcel_id), first) for p in places for first in coverage.neighbours(p)}
    for level, first in sorted(firsts):
        line = _line(coverage, level, start, first)
        lines.append(line)
        if level in ending:
            ends.add(line.corner)
    return [_ended(line, ends) for line in lines]


def _ended(line: StraightBoundary, ends: set[Point]) -> StraightBoundary:
    for index, point in enumerate(line.points):
        if point in ends:
            return StraightBoundary(line.level, line.points[:index], point)
    return line


def _line(coverage: Coverage, level: str, start: Point, first: Point) -> StraightBoundary:
    sleeve = _Sleeve(coverage.ground.frame_at(start), first)
    path = [start, first]
    while (following := _straight_on(coverage, level, path[-2], path[-1])) is not None:
        sleeve.pass_by(path[-1])
        if following in path or not sleeve.leads_to(following):
            break
        path.append(following)
    return StraightBoundary(level, tuple(path[1:-1]), path[-1])


def _straight_on(coverage: Coverage, level: str, before: Point, point: Point) -> Point | None:
    """Where a ring of the level goes on from `before` straight over `point`; of several points the straightest."""
    ways = set()
    for place in coverage.occurrences(point):
        ends = coverage.neighbours(place)
        if before in ends and coverage.level_of(place.parcel_id) == level:
            after = ends[1] if ends[0] == before else ends[0]
            low, high = min(before, after), max(before, after)  # the same answer from both ends
            _, distance = positions_along(coverage.ground, low, high, np.array([point]))
            if distance[0] <= LINE_POINT_M:
                ways.add((float(distance[0]), after))
    return min(ways)[1] if ways else None


def _carried_along(coverage: Coverage, line: StraightBoundary, old: Point, new: Point) -> dict[Point, Point]:
    if new == line.corner:
        return dict.fromkeys(line.points, new)
    position, _ = positions_along(coverage.ground, old, line.corner, np.array(line.points))
    moved = np.array(line.points) + (1.0 - position)[:, None] * (np.array(new) - np.array(old))
    return {point: coverage.ground.snapped((x, y)) for point, (x, y) in zip(line.points, moved.tolist(), strict=True)}


class _Sleeve:
    """Directions from a point in which a line passes everything so far within 1 mm (after Zhao and Saalfeld 1997)."""

    def __init__(self, frame: Frame, towards: Point) -> None:
        self._frame = frame
        x, y = self._local(towards)
        self._axis = math.atan2(y, x)
        self._low, self._high = -math.pi, math.pi

    def pass_by(self, point: Point) -> None:
        """Narrow it by a point that the line has to pass."""
        half = math.asin(min(1.0, LINE_POINT_M / max(math.hypot(*self._local(point)), LINE_POINT_M)))
        angle = self._angle(point)
        self._low, self._high = max(self._low, angle - half), min(self._high, angle + half)

    def leads_to(self, point: Point) -> bool:
        """Does the line to this point pass all the others within 1 mm?"""
        return self._low <= self._angle(point) <= self._high

    def _angle(self, point: Point) -> float:
        x, y = self._local(point)
        return math.remainder(math.atan2(y, x) - self._axis, math.tau)

    def _local(self, point: Point) -> tuple[float, float]:
        east, north = self._frame.to_metres(np.array([point]))[0].tolist()
        return east, north
