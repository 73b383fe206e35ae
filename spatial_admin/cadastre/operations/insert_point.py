"""insert_point: a new point on the boundary between two neighbours of a ring. Inverse: remove_point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatial_admin.cadastre.noding import insert_between, node_around, node_segment, positions_along
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Replay
from spatial_admin.cadastre.precision import Ground, Point


@dataclass(frozen=True, slots=True)
class InsertPoint:
    """Insert `at` into every ring in which the two points of `between` are consecutive, in either direction."""

    between: tuple[Position, Position]
    at: Position
    name: str = "insert_point"

    def positions(self) -> Sequence[Position]:
        """The two ends and the new point."""
        return *self.between, self.at

    def parcels(self) -> Sequence[str]:
        """None: everybody who has the segment gets the point."""
        return ()

    def apply(self, to: Replay) -> None:
        """Node the segment first: what a neighbour has on it decides which piece of it the point falls into."""
        coverage = to.coverage
        a, b = to.existing(self.between[0]), to.existing(self.between[1])
        new = to.place(self.at)
        if a == b or new in (a, b):
            raise to.refused("the new point and the two ends must be three different points")
        sides = [place for place in coverage.occurrences(a) if b in coverage.neighbours(place)]
        if not sides:
            raise to.refused(f"{list(a)} and {list(b)} follow each other in no ring")
        levels = {coverage.level_of(place.parcel_id) for place in sides}
        for level in sorted(levels):
            path = [a, *node_segment(coverage, level, a, b), b]
            if new in path:
                continue  # noding has put it there: a neighbour had this very point
            start, end = _piece(coverage.ground, path, new)
            coverage.operated.update(insert_between(coverage, level, start, end, [new]))
            node_around(coverage, level, new)


def _piece(ground: Ground, path: list[Point], new: Point) -> tuple[Point, Point]:
    # The segment of a noded path whose stretch of a-b holds the nearest position of the new point.
    position, _ = positions_along(ground, path[0], path[-1], np.array([*path, new]))
    index = int(np.searchsorted(position[:-1], position[-1], side="right"))
    index = min(max(index, 1), len(path) - 1)
    return path[index - 1], path[index]
