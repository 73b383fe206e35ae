"""Noding: points that lie on a segment become its vertices, so that both sides of a boundary are the same doubles.

A ring takes a point once: nothing is inserted into a segment of a ring that has the point already (a neck or a spike
narrower than the noding distance stays as it is), and where several segments of a ring pass a point, it is inserted
into the nearest. What one ring cannot take, no ring takes in that segment, or the two sides would differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Coverage, Occurrence, Ring, shape_box
from spatial_admin.cadastre.precision import FEW_POINTS, Box, FloatArray, Frame, Ground, Point, box_around, box_of


class PassingSegment(NamedTuple):
    """A segment that passes by a point: the occurrence of its first end, both ends, and how far the point is."""

    place: Occurrence
    a: Point
    b: Point
    distance_m: float

    @property
    def ends(self) -> tuple[Point, Point]:
        """The two ends, the same for both directions."""
        return (self.a, self.b) if self.a <= self.b else (self.b, self.a)

    @property
    def ring(self) -> tuple[str, int, int]:
        """Parcel, part and ring."""
        return self.place.parcel_id, self.place.part, self.place.ring


def positions_along(ground: Ground, a: Point, b: Point, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nearest position on segment a-b (0 to 1) and distance in metres, for each of (n, 2) points."""
    frame = ground.frame_at(a)
    line = frame.to_metres(np.array([b]))[0]
    local = frame.to_metres(points)
    length2 = float(line @ line)
    position: FloatArray = np.clip(local @ line / length2, 0.0, 1.0) if length2 > 0 else np.zeros(len(points))
    away = local - position[:, None] * line
    return position, np.hypot(away[:, 0], away[:, 1])


def points_on_segment(ground: Ground, a: Point, b: Point, points: FloatArray) -> dict[Point, float]:
    """Those of the points within the noding distance of a-b, from a to b, with it; near an end point joins nothing.

    Measured from the lesser end, so that both directions of a shared segment get the same answer to the last bit.
    """
    low, high = (a, b) if a <= b else (b, a)
    west, south, east, north = ground.widened(box_around([(*a, *a), (*b, *b)]), 2 * ground.node_within_m)
    x, y = points[:, 0], points[:, 1]
    near = points[(x >= west) & (x <= east) & (y >= south) & (y <= north)]
    for end in (a, b):
        near = near[(near[:, 0] != end[0]) | (near[:, 1] != end[1])]
    if not len(near):
        return {}
    position, distance = positions_along(ground, low, high, near)
    joins = distance <= ground.node_within_m
    for end in (a, b):
        joins &= distances_m(ground, end, near) > ground.node_within_m
    order = np.flatnonzero(joins)[np.lexsort((near[joins, 1], near[joins, 0], position[joins]))]
    found = [((float(near[i, 0]), float(near[i, 1])), float(distance[i])) for i in order]
    return dict(found if low == a else reversed(found))


def distances_m(ground: Ground, point: Point, points: FloatArray) -> FloatArray:
    """Distance in metres from a point to each of (n, 2) points."""
    local = ground.frame_at(point).to_metres(points)
    return np.hypot(local[:, 0], local[:, 1])


def node_around(coverage: Coverage, level: str, point: Point, *, is_new: bool = False) -> None:
    """Node one level around a point: the point into segments that pass by it, then the points near its own segments.

    The first makes a T-junction move as one; the second keeps what a neighbour has on its side of a changing segment.
    A new point (`is_new`) goes into its own ring's other segments too: dropped onto one, it is seen to touch it.
    """
    coverage.widen([reach(coverage.ground, [point])])
    node_point(coverage, level, point, is_new=is_new)
    places = [place for place in coverage.occurrences(point) if coverage.level_of(place.parcel_id) == level]
    ends = sorted({end for place in places for end in coverage.neighbours(place)})
    if not ends:
        return
    box = reach(coverage.ground, [point, *ends])
    coverage.widen([box])
    candidates = coverage.points_in(box, level)
    for end in ends:
        _insert_candidates(coverage, level, point, end, candidates)


def node_point(coverage: Coverage, level: str, point: Point, *, is_new: bool = False) -> None:
    """Insert a point into the segments of the level that pass by it; the window must hold what is near."""
    passing = passing_segments(coverage, level, point)
    if not passing:
        return
    refused = {segment.ends for segment in passing if _is_refused_by_its_ring(coverage, segment, point, is_new)}
    nearest: dict[tuple[str, int, int], PassingSegment] = {}
    for segment in sorted(passing, key=lambda s: s.distance_m):
        if nearest.setdefault(segment.ring, segment) is not segment:
            refused.add(segment.ends)
    # Backwards along each ring, so that an insertion does not shift the places that are still to come.
    for segment in sorted(passing, key=lambda s: s.place.index, reverse=True):
        if segment.ends not in refused:
            place = segment.place
            ring = np.insert(coverage.ring_at(place), place.index + 1, [point], axis=0)
            coverage.set_ring(place.parcel_id, place.part, place.ring, ring)


def node_segment(coverage: Coverage, level: str, a: Point, b: Point) -> list[Point]:
    """Insert every point of the level that lies on segment a-b into each ring in which a and b are consecutive.

    Answers the points between, from a to b.
    """
    box = reach(coverage.ground, [a, b])
    coverage.widen([box])
    return _insert_candidates(coverage, level, a, b, coverage.points_in(box, level))


def node_shape(coverage: Coverage, parcel_id: str, others: Collection[str] | None = None) -> None:
    """Node a whole parcel that is drawn or comes back: what others have on its segments, then its points on theirs.

    `others` are the parcels it is noded with, all of its level where not given. Which segments and points come near
    each other an index says; a shape of 10,000 points has few that do.
    """
    ground, level = coverage.ground, coverage.level_of(parcel_id)
    box = ground.widened(shape_box(coverage.shapes[parcel_id]), max(ground.node_within_m, ground.gap_width_m))
    coverage.widen([box])
    frame, near_m = ground.frame_of(box), 2 * ground.node_within_m
    own = [ring for part in coverage.shapes[parcel_id] for ring in part]
    segments = np.concatenate([_segments_of(ring) for ring in own])
    near = [ring for name, _, _, ring in coverage.rings(level, box) if others is None or name in others]
    if not near:
        return
    points = np.unique(np.concatenate(near), axis=0)
    for a, b, found in _near_points(frame, near_m, segments, points):
        _insert_candidates(coverage, level, a, b, found)
    _node_points_of(coverage, level, parcel_id, (frame, near_m), others)


def node_among(coverage: Coverage, level: str, parcels: Sequence[str]) -> None:
    """Node parcels of one level with each other, as `node_segment` does; what only others have is left alone."""
    rings = [ring for name in parcels for part in coverage.shapes[name] for ring in part]
    points = np.unique(np.concatenate(rings), axis=0)
    segments = np.concatenate([_segments_of(ring) for ring in rings])
    frame = coverage.ground.frame_of(box_of(points))
    for a, b, near in _near_points(frame, 2 * coverage.ground.node_within_m, segments, points):
        _insert_candidates(coverage, level, a, b, near)


def _near_points(
    frame: Frame, near_m: float, segments: FloatArray, points: FloatArray
) -> Iterator[tuple[Point, Point, FloatArray]]:
    """Those of (n, 2, 2) segments that have points near them besides their ends, with these; found by an index."""
    tree = shapely.STRtree(np.asarray(shapely.points(frame.to_metres(points))))
    lines = shapely.linestrings(frame.to_metres(segments.reshape(-1, 2)).reshape(-1, 2, 2))
    of_segment, of_point = tree.query(lines, predicate="dwithin", distance=near_m)
    ends = (segments[of_segment] == points[of_point][:, None]).all(axis=2).any(axis=1)
    of_segment, of_point = of_segment[~ends], of_point[~ends]
    for index in np.unique(of_segment).tolist():
        yield _pair(segments[index, 0]), _pair(segments[index, 1]), points[of_point[of_segment == index]]


def _node_points_of(
    coverage: Coverage, level: str, parcel_id: str, scale: tuple[Frame, float], others: Collection[str] | None
) -> None:
    frame, near_m = scale
    points = np.unique(np.concatenate([ring for part in coverage.shapes[parcel_id] for ring in part]), axis=0)
    tree = shapely.STRtree(np.asarray(shapely.points(frame.to_metres(points))))
    box = coverage.ground.widened(shape_box(coverage.shapes[parcel_id]), near_m)
    near: set[int] = set()
    for name, _, _, ring in list(coverage.rings(level, box)):
        if others is not None and name not in others:
            continue
        segments = _segments_of(ring)[_segments_in(ring, box)]
        lines = shapely.linestrings(frame.to_metres(segments.reshape(-1, 2)).reshape(-1, 2, 2))
        of_segment, of_point = tree.query(lines, predicate="dwithin", distance=near_m)
        ends = (segments[of_segment] == points[of_point][:, None]).all(axis=2).any(axis=1)
        near.update(of_point[~ends].tolist())
    for index in sorted(near):
        node_point(coverage, level, _pair(points[index]), is_new=True)


def insert_between(coverage: Coverage, level: str, a: Point, b: Point, points: list[Point]) -> list[str]:
    """Insert points, given from a to b, wherever a and b are consecutive in either direction; answers the parcels."""
    changed = []
    for place, is_forward in _sides(coverage, level, a, b):
        ring = coverage.ring_at(place)
        if is_forward:
            ring = np.insert(ring, place.index + 1, points, axis=0)
        else:
            # Before the first point means after the last one: the ring keeps its first point, as it was stored.
            ring = np.insert(ring, place.index or len(ring), points[::-1], axis=0)
        coverage.set_ring(place.parcel_id, place.part, place.ring, ring)
        changed.append(place.parcel_id)
    return changed


def reach(ground: Ground, points: Iterable[Point]) -> Box:
    """The box of points, widened by as far as noding and the gap rule look."""
    return ground.widened(box_around([(*p, *p) for p in points]), max(ground.node_within_m, ground.gap_width_m))


def passing_segments(coverage: Coverage, level: str, point: Point) -> list[PassingSegment]:
    """Segments of the level that pass within the noding distance of a point, none of whose ends is that near."""
    found = []
    here = np.array([point])
    box = coverage.ground.widened((*point, *point), 2 * coverage.ground.node_within_m)
    for parcel_id, part, ring_index, ring in coverage.rings(level, box):
        for index in _segments_in(ring, box):
            a, b = _point_at(ring, index), _point_at(ring, (index + 1) % len(ring))
            distance = None if point in (a, b) else points_on_segment(coverage.ground, a, b, here).get(point)
            if distance is not None:
                found.append(PassingSegment(Occurrence(parcel_id, part, ring_index, index), a, b, distance))
    return found


def _is_refused_by_its_ring(coverage: Coverage, segment: PassingSegment, point: Point, is_new: bool) -> bool:
    ring = coverage.ring_at(segment.place)
    here = np.flatnonzero((ring[:, 0] == point[0]) & (ring[:, 1] == point[1]))
    if not is_new or not len(here):
        return bool(len(here))
    # Next to the point's own segments it is but a sharp corner.
    return any(
        _point_at(ring, (index + step) % len(ring)) in segment.ends for index in here.tolist() for step in (-1, 1)
    )


def _segments_in(ring: Ring, box: Box) -> list[int]:
    """Indices of segments that are not wholly on one side of a box."""
    if len(ring) < FEW_POINTS:  # numpy takes longer to begin than Python to look at them
        codes = [_code(x, y, box) for x, y in ring.tolist()]
        return [index for index, code in enumerate(codes) if not code & codes[index + 1 - len(codes)]]
    x, y = ring[:, 0], ring[:, 1]
    beyond = (x < box[0]) * 1 + (x > box[2]) * 2 + (y < box[1]) * 4 + (y > box[3]) * 8  # Cohen and Sutherland's code
    following = np.concatenate([beyond[1:], beyond[:1]])
    inside: list[int] = np.flatnonzero((beyond & following) == 0).tolist()
    return inside


def _code(x: float, y: float, box: Box) -> int:
    return (x < box[0]) + 2 * (x > box[2]) + 4 * (y < box[1]) + 8 * (y > box[3])


def comes_near(ring: Ring, box: Box) -> bool:
    """Is any segment of a ring not wholly on one side of a box? Where none is, the ring does not meet it."""
    return bool(_segments_in(ring, box))


def segments_near(ring: Ring, box: Box) -> FloatArray:
    """(n, 2, 2): segments of a ring that are not wholly on one side of a box, from end to end."""
    first = np.array(_segments_in(ring, box), dtype=np.intp)
    return np.stack([ring[first], ring[(first + 1) % len(ring)]], axis=1)


def _insert_candidates(coverage: Coverage, level: str, a: Point, b: Point, candidates: FloatArray) -> list[Point]:
    between = list(points_on_segment(coverage.ground, a, b, candidates))
    if between:
        rings = [coverage.ring_at(place) for place, _ in _sides(coverage, level, a, b)]
        between = [point for point in between if not any((ring == point).all(axis=1).any() for ring in rings)]
    if between:
        insert_between(coverage, level, a, b, between)
    return between


def _sides(coverage: Coverage, level: str, a: Point, b: Point) -> list[tuple[Occurrence, bool]]:
    """Occurrences of a that b follows (True) or precedes, the last of each ring first."""
    found = []
    for place in reversed(coverage.occurrences(a)):
        if coverage.level_of(place.parcel_id) == level:
            before, after = coverage.neighbours(place)
            if b in (before, after):
                found.append((place, after == b))
    return found


def _segments_of(ring: Ring) -> FloatArray:
    """(n, 2, 2): every segment of a ring, from end to end."""
    return np.stack([ring, np.concatenate([ring[1:], ring[:1]])], axis=1)


def _pair(coordinates: FloatArray) -> Point:
    return float(coordinates[0]), float(coordinates[1])


def _point_at(ring: Ring, index: int) -> Point:
    return float(ring[index, 0]), float(ring[index, 1])
