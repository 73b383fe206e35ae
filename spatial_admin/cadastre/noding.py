"""Noding: points that lie on a segment become its vertices, so that both sides of a boundary are the same doubles."""

from __future__ import annotations

import numpy as np

from spatial_admin.cadastre.coverage import Coverage, Occurrence, Ring
from spatial_admin.cadastre.precision import Box, FloatArray, Ground, Point, box_around


def positions_along(ground: Ground, a: Point, b: Point, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nearest position on segment a-b (0 to 1) and distance in metres, for each of (n, 2) points."""
    frame = ground.frame_at(a)
    line = frame.to_metres(np.array([b]))[0]
    local = frame.to_metres(points)
    length2 = float(line @ line)
    position: FloatArray = np.clip(local @ line / length2, 0.0, 1.0) if length2 > 0 else np.zeros(len(points))
    away = local - position[:, None] * line
    return position, np.hypot(away[:, 0], away[:, 1])


def points_on_segment(ground: Ground, a: Point, b: Point, points: FloatArray) -> list[Point]:
    """Those of the points that lie within the noding distance of a-b, from a to b; near an end point joins nothing."""
    if not len(points):
        return []
    position, distance = positions_along(ground, a, b, points)
    near = distance <= ground.node_within_m
    for end in (a, b):
        near &= distances_m(ground, end, points) > ground.node_within_m
    order = np.argsort(position[near], kind="stable")
    return [(float(x), float(y)) for x, y in points[near][order]]


def distances_m(ground: Ground, point: Point, points: FloatArray) -> FloatArray:
    """Distance in metres from a point to each of (n, 2) points."""
    local = ground.frame_at(point).to_metres(points)
    return np.hypot(local[:, 0], local[:, 1])


def node_around(coverage: Coverage, level: str, point: Point) -> None:
    """Node one level around a point: the point into segments that pass by it, then the points near its own segments.

    The first makes a T-junction move as one; the second keeps what a neighbour has on its side of a changing segment.
    """
    coverage.widen([reach(coverage.ground, [point])])
    _insert_into_segments(coverage, level, point)
    places = [place for place in coverage.occurrences(point) if coverage.level_of(place.parcel_id) == level]
    if not places:
        return
    box = reach(coverage.ground, [point, *(end for place in places for end in coverage.neighbours(place))])
    coverage.widen([box])
    candidates = coverage.points_in(box, level)
    for ring_of in {(place.parcel_id, place.part, place.ring) for place in places}:
        _node_ring_at(coverage, ring_of, point, candidates)


def node_segment(coverage: Coverage, level: str, a: Point, b: Point) -> list[Point]:
    """Insert every point of the level that lies on segment a-b into each ring in which a and b are consecutive.

    Answers the points between, from a to b.
    """
    box = reach(coverage.ground, [a, b])
    coverage.widen([box])
    between = points_on_segment(coverage.ground, a, b, coverage.points_in(box, level))
    if between:
        insert_between(coverage, level, a, b, between)
    return between


def insert_between(coverage: Coverage, level: str | None, a: Point, b: Point, points: list[Point]) -> list[str]:
    """Insert points, given from a to b, wherever a and b are consecutive in either direction; answers the parcels."""
    changed = []
    for place in coverage.occurrences(a):
        if level is not None and coverage.level_of(place.parcel_id) != level:
            continue
        ring = coverage.ring_at(place)
        after, before = (place.index + 1) % len(ring), place.index - 1
        if tuple(ring[after]) == b:
            coverage.set_ring(place.parcel_id, place.part, place.ring, np.insert(ring, place.index + 1, points, axis=0))
        elif tuple(ring[before]) == b:
            coverage.set_ring(
                place.parcel_id, place.part, place.ring, _inserted_before(ring, place.index, points[::-1])
            )
        else:
            continue
        changed.append(place.parcel_id)
    return changed


def reach(ground: Ground, points: list[Point]) -> Box:
    """The box of points, widened by as far as noding and the gap rule look."""
    return ground.widened(box_around([(*p, *p) for p in points]), max(ground.node_within_m, ground.gap_width_m))


def passing_segments(coverage: Coverage, level: str, point: Point) -> list[Occurrence]:
    """Segments of the level that pass within the noding distance of a point without having it or being near by an end.

    Each is named by the occurrence of its first point.
    """
    found = []
    here = np.array([point])
    distance = coverage.ground.node_within_m
    box = coverage.ground.widened((*point, *point), 2 * distance)
    for parcel_id, part, ring_index, ring in coverage.rings(level, box):
        following = np.roll(ring, -1, axis=0)
        low, high = np.minimum(ring, following), np.maximum(ring, following)
        close = (low[:, 0] <= box[2]) & (high[:, 0] >= box[0]) & (low[:, 1] <= box[3]) & (high[:, 1] >= box[1])
        for index in np.flatnonzero(close):
            a, b = (
                (float(ring[index, 0]), float(ring[index, 1])),
                (float(following[index, 0]), float(following[index, 1])),
            )
            if point in (a, b) or len(points_on_segment(coverage.ground, a, b, here)) == 0:
                continue
            found.append(Occurrence(parcel_id, part, ring_index, int(index)))
    return found


def _insert_into_segments(coverage: Coverage, level: str, point: Point) -> None:
    # Backwards along each ring, so that an insertion does not shift the places that are still to come.
    for place in sorted(passing_segments(coverage, level, point), key=lambda p: p.index, reverse=True):
        ring = coverage.ring_at(place)
        coverage.set_ring(place.parcel_id, place.part, place.ring, np.insert(ring, place.index + 1, [point], axis=0))


def _node_ring_at(coverage: Coverage, ring_of: tuple[str, int, int], point: Point, candidates: FloatArray) -> None:
    parcel_id, part, ring_index = ring_of
    ring = coverage.shapes[parcel_id][part][ring_index]
    for index in sorted(np.flatnonzero((ring[:, 0] == point[0]) & (ring[:, 1] == point[1])), reverse=True):
        ring = coverage.shapes[parcel_id][part][ring_index]
        before, after = ring[index - 1], ring[(index + 1) % len(ring)]
        behind = points_on_segment(coverage.ground, point, (float(after[0]), float(after[1])), candidates)
        ahead = points_on_segment(coverage.ground, (float(before[0]), float(before[1])), point, candidates)
        if behind:
            ring = np.insert(ring, index + 1, behind, axis=0)
        if ahead:
            ring = _inserted_before(ring, int(index), ahead)
        if behind or ahead:
            coverage.set_ring(parcel_id, part, ring_index, ring)


def _inserted_before(ring: Ring, index: int, points: list[Point]) -> Ring:
    # Before the first point means after the last one: the ring keeps its first point, as it was stored.
    return np.insert(ring, index if index > 0 else len(ring), points, axis=0)
