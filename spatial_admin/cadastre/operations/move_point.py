"""move_point: every occurrence of a point, in every parcel and level, gets a new place.

Inverse: move it back, where nothing was joined or carried. Of carried line points the way back snaps once more: they
come back to within a step of the grid (to revert the edit brings them back to the bit).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.line_points import carried_points, node_points
from spatial_admin.cadastre.noding import distances_m
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.precision import Point


@dataclass(frozen=True, slots=True)
class MovePoint(Operation):
    """Move the point `at` to the position `to`; onto another point it is a join.

    `join_within_m` joins every other point to it that lies within so many metres of where it leaves, in all parcels and
    levels; where that leaves a ring with fewer than three points, the rule `collapsed` refuses it.

    `carry_line_points` carries the line points between it (and what is joined to it) and the next corners along, in all
    parcels that have them. Carried is a point that some ring passes straight (within 1 mm) on the way from the moved
    one: at a T-junction the corner of the lots behind too, for it must stay on the line. Not carried, nor what lies
    beyond, is a point that is a corner of every ring that comes along, or at which the straight boundary of another
    level ends. The receipt lists the carried points by their old pairs.
    """

    at: Position
    to: Position
    carry_line_points: bool = False
    join_within_m: float = 0.0
    name: str = "move_point"

    def positions(self) -> Sequence[Position]:
        """Both ends of the move."""
        return self.at, self.to

    def apply(self, to: Replay) -> None:
        """Node where points leave, move them together, node where they arrive."""
        coverage = to.coverage
        old = to.existing(self.at)
        new = to.place(self.to)
        leaving = [point for point in (old, *_near(coverage, old, self.join_within_m)) if point != new]
        node_points(coverage, leaving, towards=new)
        moves: dict[Point, Point] = {}
        if self.carry_line_points:
            for point in reversed(leaving):  # where two of them carry one point, the named one does
                moves |= carried_points(coverage, point, new)
        carried = {point: there for point, there in moves.items() if point != new and point not in leaving}
        for point, there in carried.items():
            if not coverage.ground.contains(there):
                raise to.refused(f"{list(point)} would be carried to {list(there)}, outside the extent")
        moves = dict.fromkeys(leaving, new) | carried
        coverage.move_points(moves)
        to.moved(moves, tell=carried)
        node_points(coverage, moves.values(), is_new=True)


def _near(coverage: Coverage, point: Point, within_m: float) -> list[Point]:
    """Points of any level within a distance of a point, but not it, the nearest first."""
    if not within_m:
        return []
    ground = coverage.ground
    box = ground.widened((*point, *point), within_m)
    coverage.widen([box])
    points = np.unique(coverage.points_in(box), axis=0)
    distance = distances_m(ground, point, points)
    order = [index for index in np.argsort(distance, kind="stable").tolist() if distance[index] <= within_m]
    near = [(float(x), float(y)) for x, y in points[order]]
    return [other for other in near if other != point]
