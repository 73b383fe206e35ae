"""insert_point: a new point on the boundary between two neighbours of a ring. Inverse: remove_point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import (
    insert_between,
    node_around,
    node_point,
    node_segment,
    points_on_segment,
    positions_along,
    reach,
)
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.precision import Ground, Point


@dataclass(frozen=True, slots=True)
class InsertPoint(Operation):
    """Insert `at` into every ring in which the two points of `between` are consecutive, in either direction."""

    between: tuple[Position, Position]
    at: Position
    name: str = "insert_point"

    def positions(self) -> Sequence[Position]:
        """The two ends and the new point."""
        return *self.between, self.at

    def apply(self, to: Replay) -> None:
        """Node the ends and the segment first: what neighbours have on it decides which piece the point falls into."""
        coverage = to.coverage
        a, b = to.existing(self.between[0]), to.existing(self.between[1])
        new = to.place(self.at)
        if a == b or new in (a, b):
            raise to.refused("the new point and the two ends must be three different points")
        coverage.widen([reach(coverage.ground, [a, b])])
        sides = [place for place in coverage.occurrences(a) if b in coverage.neighbours(place)]
        if not sides:
            raise to.refused(f"{list(a)} and {list(b)} follow each other in no ring")
        coverage.operated.update(place.parcel_id for place in sides)
        for level in sorted({coverage.level_of(place.parcel_id) for place in sides}):
            _insert(coverage, level, (a, b), new)


def _insert(coverage: Coverage, level: str, ends: tuple[Point, Point], new: Point) -> None:
    for end in ends:
        node_point(coverage, level, end)  # so that a neighbour who has no vertex there takes part as well
    path = [ends[0], *node_segment(coverage, level, *ends), ends[1]]
    if new not in path:  # else noding has put it there: a neighbour had this very point
        start, end = _piece(coverage.ground, path, new)
        given = insert_between(coverage, level, start, end, [new])
        if not points_on_segment(coverage.ground, start, end, np.array([new])):
            coverage.operated.update(
                given
            )  # a bend changes whoever has the segment; a point on the line only nodes him
        node_around(coverage, level, new, is_new=True)


def _piece(ground: Ground, path: list[Point], new: Point) -> tuple[Point, Point]:
    # The segment of a noded path whose stretch of a-b holds the nearest position of the new point.
    position, _ = positions_along(ground, path[0], path[-1], np.array([*path, new]))
    index = int(np.searchsorted(position[:-1], position[-1], side="right"))
    index = min(max(index, 1), len(path) - 1)
    return path[index - 1], path[index]
