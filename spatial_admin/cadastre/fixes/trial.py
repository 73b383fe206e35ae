"""A copy of the coverage on which the operations of a fix are worked out one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely

from spatial_admin.cadastre.boundary_path import Way, is_left, path_along
from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import distances_m, positions_along, reach
from spatial_admin.cadastre.operations import parse_operations, replay
from spatial_admin.cadastre.precision import FloatArray, Frame, Point
from spatial_admin.cadastre.shapes import RING_POINTS, polygons_of
from spatial_admin.errors import EditRejected, InvalidOperation, Json, UnknownPoint

MOST_OPERATIONS: Final = 60  # nobody looks through more, and each is worked out here
Refusals: Final = (InvalidOperation, UnknownPoint, EditRejected)


class NoFix(Exception):
    """Here is no way to a fix; no error, but the end of a candidate."""


@dataclass(slots=True)
class Trial:
    """The coverage as the operations so far leave it. Each sees what those before it came to, as on the server."""

    coverage: Coverage
    operations: list[Json] = field(default_factory=list)

    def do(self, **operation: object) -> None:
        """Carry out one operation, given as its JSON members; raises NoFix where it is refused, or one too many."""
        if len(self.operations) >= MOST_OPERATIONS:
            raise NoFix("it takes too many steps")
        try:
            replay(self.coverage, parse_operations([operation]), _no_lonlat, _no_new_parcel)
        except Refusals as refusal:
            raise NoFix(str(refusal)) from refusal
        self.operations.append(dict(operation))

    def polygons(self, parcel_id: str, frame: Frame | None = None) -> shapely.Geometry:
        """A parcel as it is now, in storage coordinates or in a frame's metres; raises NoFix where it is invalid."""
        shape = self.coverage.shapes[parcel_id]
        if any(len(ring) < RING_POINTS for part in shape for ring in part):
            raise NoFix(f"of {parcel_id} too few points are left")
        polygons = polygons_of(shape, frame)
        if not shapely.is_valid(polygons):  # an overlay of it may fail
            raise NoFix(f"{parcel_id} would cross itself")
        return polygons

    def points_of(self, parcels: Iterable[str]) -> FloatArray:
        """Every point of some parcels, (n, 2)."""
        shapes = (self.coverage.shapes[name] for name in parcels)
        return np.concatenate([ring for shape in shapes for part in shape for ring in part])

    def named(self, place: Point, points: FloatArray, within_m: float) -> Point:
        """The nearest of the points within a distance of a place, else the place on the grid."""
        distance = distances_m(self.coverage.ground, place, points)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= within_m:
            return _pair(points[nearest])
        return self.coverage.ground.snapped(place)

    def anchored(self, parcel_id: str, point: Point) -> Point:
        """The point as one of the parcel's: on a side it is inserted there; off its sides NoFix is raised."""
        own = self.points_of([parcel_id])
        if (own == point).all(axis=1).any():
            return point
        side, distance_m = self.nearest_side(parcel_id, point)
        near_m = self.coverage.ground.node_within_m
        if distance_m > near_m:
            raise NoFix(f"{point} lies {distance_m:.3f} m beside {parcel_id}")
        distance = distances_m(self.coverage.ground, point, own)
        if distance.min() <= near_m and not self.coverage.has_point(point):
            return _pair(own[int(np.argmin(distance))])
        self.coverage.widen([reach(self.coverage.ground, [point])])
        self.do(op="insert_point", between=[list(end) for end in side], at=list(point))
        return point

    def turns_back(self, parcel_id: str, point: Point) -> bool:
        """Does the boundary of a parcel go to the point and back along the same line, to the noding distance?"""
        for part in self.coverage.shapes[parcel_id]:
            for ring in part:
                for index in np.flatnonzero((ring == point).all(axis=1)).tolist():
                    # In metres, with the point at the origin.
                    local = self.coverage.ground.frame_at(point).to_metres(ring[[index - 1, (index + 1) % len(ring)]])
                    (ax, ay), (bx, by) = local.tolist()
                    longest = max(math.hypot(ax, ay), math.hypot(bx, by))
                    off_m = abs(ax * by - ay * bx) / longest if longest else 0.0
                    if ax * bx + ay * by > 0 and off_m <= self.coverage.ground.node_within_m:
                        return True
        return False

    def nearest_side(self, parcel_id: str, point: Point) -> tuple[tuple[Point, Point], float]:
        """The side of a parcel that a point lies nearest to, and how far in metres."""
        best: tuple[tuple[Point, Point], float] | None = None
        for part in self.coverage.shapes[parcel_id]:
            for ring in part:
                index, distance_m = self._nearest_in(ring, point)
                if best is None or distance_m < best[1]:
                    best = (_pair(ring[index]), _pair(ring[(index + 1) % len(ring)])), distance_m
        if best is None:
            raise NoFix(f"{parcel_id} has no ring")
        return best

    def reroute(self, parcel_id: str, chain: Sequence[Point], via: Sequence[Point]) -> None:
        """Let the boundary of a parcel run over `via` instead of along `chain`, whose two ends stay."""
        start, end = self.anchored(parcel_id, chain[0]), self.anchored(parcel_id, chain[-1])
        inner = [point for point in dict.fromkeys(via) if point not in (start, end)]
        if start == end:
            raise NoFix("both ends are one point")
        way = self._way(parcel_id, start, end, self._length_m(chain))
        if not is_left(self.coverage, way):  # the way that is meant has the parcel named first on its left
            start, end, inner = end, start, inner[::-1]
        self.do(op="replace_boundary", **{"from": list(start)}, to=list(end), via=[list(p) for p in inner],
                parcels=[parcel_id])  # fmt: skip

    def project(self, parcel_id: str, point: Point) -> Point:
        """The nearest place on the sides of a parcel, on the grid."""
        (a, b), _ = self.nearest_side(parcel_id, point)
        position, _ = positions_along(self.coverage.ground, a, b, np.array([point]))
        t = float(position[0])
        return self.coverage.ground.snapped((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))

    def _way(self, parcel_id: str, start: Point, end: Point, length_m: float) -> Way:
        """Of the two ways along the ring that has both points, the one whose length is nearer to the given."""
        ways: list[tuple[float, Way]] = []
        for part_index, part in enumerate(self.coverage.shapes[parcel_id]):
            for ring_index, ring in enumerate(part):
                if not all((ring == point).all(axis=1).any() for point in (start, end)):
                    continue
                for is_forward in (True, False):
                    way = Way(parcel_id, part_index, ring_index, is_forward)
                    path = path_along(self.coverage, way, start, end)
                    ways.append((abs(self._length_m([_pair(point) for point in path]) - length_m), way))
        if not ways:
            raise NoFix(f"no ring of {parcel_id} has both {start} and {end}")
        return min(ways, key=lambda one: one[0])[1]

    def _length_m(self, path: Sequence[Point]) -> float:
        local = self.coverage.ground.frame_at(path[0]).to_metres(np.array(path))
        return float(np.hypot(*np.diff(local, axis=0).T).sum())

    def _nearest_in(self, ring: FloatArray, point: Point) -> tuple[int, float]:
        frame = self.coverage.ground.frame_at(point)
        local = frame.to_metres(ring)
        lines = shapely.linestrings(np.stack([local, np.roll(local, -1, axis=0)], axis=1))
        distance = np.asarray(shapely.distance(lines, shapely.Point(0, 0)))
        index = int(np.argmin(distance))
        return index, float(distance[index])


def _no_lonlat(_: Sequence[tuple[float, float]]) -> Sequence[Point]:
    return ()  # a fix names places by storage pairs only


def _no_new_parcel() -> str:
    raise NoFix("a fix makes no parcel")


def _pair(coordinates: FloatArray) -> Point:
    x, y = float(coordinates[0]), float(coordinates[1])
    if not (math.isfinite(x) and math.isfinite(y)):
        raise NoFix("a coordinate is no number")
    return x, y
