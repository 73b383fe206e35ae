"""Boundaries between two points: which path along the rings is meant, and whose it is.

A boundary is a path whose segments all belong to the same one or two parcels of a level. It is followed in stretches of
some points, each noded before its parcels are asked for: who has a segment shows only where all have the same points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from spatial_admin.cadastre.coverage import Coverage, Ring, Shape
from spatial_admin.cadastre.noding import node_point
from spatial_admin.cadastre.path_noding import node_path
from spatial_admin.cadastre.precision import FloatArray, Point, box_of

SHORTEST_STRETCH: Final = 8  # segments; a road of 19,208 shares hardly more with one lot, and each doubles the next
LONGEST_STRETCH: Final = 256


class Way(NamedTuple):
    """A way along a ring: forwards, or against its order."""

    parcel_id: str
    part: int
    ring: int
    is_forward: bool


@dataclass(frozen=True, slots=True)
class Boundary:
    """A path of (n, 2) points from one to the other, whose every segment these parcels have; `way` is one along it."""

    level: str
    path: FloatArray
    parcels: frozenset[str]
    way: Way
    noded: Mapping[str, Shape]  # the window when the path was noded


@dataclass(frozen=True, slots=True)
class Parting:
    """A way on which the parcels change: at a point, from some to others. `count` is of all segments of the way."""

    at: Point
    before: frozenset[str]
    after: frozenset[str]
    count: int


def boundaries_between(coverage: Coverage, start: Point, end: Point) -> tuple[list[Boundary], list[Parting]]:
    """The boundaries from start to end, each path once for each way along it, and the ways that are none.

    Only looks: the coverage is left as it was, for what is noded on a way that nobody takes is no part of the edit.
    """
    found: dict[Way, Boundary] = {}
    partings: list[Parting] = []
    for level in _levels_with(coverage, start, end):
        shapes = dict(coverage.shapes)
        _node_ends(coverage, level, start, end)
        noded = dict(coverage.shapes)
        for way in _ways(coverage, level, start, end):
            outcome = None if way in found else _follow(coverage, level, way, start, end)
            if isinstance(outcome, Boundary):
                found |= {along: replace(outcome, way=along) for along in ways_along(coverage, level, outcome.path)}
            elif outcome is not None:
                partings.append(outcome)
            _put_back(coverage, noded)
        _put_back(coverage, shapes)
    return list(found.values()), partings


def node_boundary(coverage: Coverage, boundary: Boundary) -> None:
    """Let the coverage be as it was when the boundary was followed and noded; it must be as it was before that."""
    _put_back(coverage, boundary.noded)


def _follow(coverage: Coverage, level: str, way: Way, start: Point, end: Point) -> Boundary | Parting:
    """Follow a way from start to end, noding it, as far as it belongs to the same one or two parcels."""
    count = _count(coverage, way, start, end)
    path, parcels = np.array([start]), frozenset[str]()
    most = SHORTEST_STRETCH
    while (last := _pair(path[-1])) != end:
        stretch = path_along(coverage, way, last, end, most)
        node_path(coverage, level, stretch)
        stretch = path_along(coverage, way, last, _pair(stretch[-1]))
        for index, having in enumerate(_parcels_along(coverage, level, stretch)):
            parcels = parcels or having
            if having != parcels or len(having) > 2:
                return Parting(_pair(stretch[index]), parcels, having, count)
        path = np.concatenate([path, stretch[1:]])
        most = min(2 * most, LONGEST_STRETCH)
    return Boundary(level, path, parcels, way, dict(coverage.shapes))


def path_along(coverage: Coverage, way: Way, start: Point, end: Point, most: int | None = None) -> FloatArray:
    """The points of a ring from start to end (at most so many segments), both ends included."""
    ring = coverage.shapes[way.parcel_id][way.part][way.ring]
    count = _count(coverage, way, start, end)
    steps = np.arange(min(count, most or count) + 1) * (1 if way.is_forward else -1)
    path: FloatArray = ring[(_index(ring, start) + steps) % len(ring)]
    return path


def ways_along(coverage: Coverage, level: str, path: FloatArray) -> list[Way]:
    """Every ring of the level that runs along the whole path, and in which direction."""
    found = []
    for parcel_id, part, ring_index, ring in coverage.rings(level, box_of(path)):
        step = _steps(ring, path)
        if (step == 1).all() or (step == -1).all():
            found.append(Way(parcel_id, part, ring_index, is_forward=bool(step[0] == 1)))
    return found


def points_on_path(coverage: Coverage, path: FloatArray) -> Iterator[tuple[str, Point]]:
    """Parcels of any level that have points of the path, with the first of them in each ring."""
    if not len(path):
        return
    for parcel_id, _, _, ring in coverage.rings(box=box_of(path)):
        have = np.flatnonzero(_places(ring, path) >= 0)
        if len(have):
            yield parcel_id, _pair(path[have[0]])


def is_left(coverage: Coverage, way: Way) -> bool:
    """Does the way's parcel lie on its left?"""
    ring = coverage.shapes[way.parcel_id][way.part][way.ring]
    x, y = (ring - ring[0]).T
    is_anticlockwise = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) > 0
    return (is_anticlockwise == (way.ring == 0)) == way.is_forward


def replaced(ring: Ring, path: FloatArray, by: FloatArray) -> Ring:
    """A ring that runs along a path in its own order, with another path in its place; both have the same two ends.

    It begins where it began, but where that point goes with the path.
    """
    first, count = _index(ring, _pair(path[0])), len(path)
    beyond = first + count - len(ring)  # points of the path that stand at the beginning of the ring
    if beyond <= 0:
        return np.concatenate([ring[:first], by, ring[first + count :]])
    if beyond == 1:
        return np.concatenate([by[-1:], ring[1:first], by[:-1]])
    return np.concatenate([by, ring[beyond:first]])


def _levels_with(coverage: Coverage, start: Point, end: Point) -> list[str]:
    # A point on a foreign segment is none of that ring yet; but somebody has both, or there is no path.
    levels = [{coverage.level_of(place.parcel_id) for place in coverage.occurrences(p)} for p in (start, end)]
    return sorted(levels[0] & levels[1])


def _ways(coverage: Coverage, level: str, start: Point, end: Point) -> list[Way]:
    having = [set(_places_of(coverage, level, point)) for point in (start, end)]
    return [Way(*name, is_forward=forward) for name in sorted(having[0] & having[1]) for forward in (True, False)]


def _places_of(coverage: Coverage, level: str, point: Point) -> list[tuple[str, int, int]]:
    places = [p for p in coverage.occurrences(point) if coverage.level_of(p.parcel_id) == level]
    return [(p.parcel_id, p.part, p.ring) for p in places]


def _node_ends(coverage: Coverage, level: str, start: Point, end: Point) -> None:
    for point in (start, end):
        node_point(coverage, level, point)


def _put_back(coverage: Coverage, shapes: Mapping[str, Shape]) -> None:
    for parcel_id in coverage.shapes:
        # What was read meanwhile is as it was read.
        coverage.shapes[parcel_id] = shapes.get(parcel_id) or coverage.before[parcel_id].shape


def _parcels_along(coverage: Coverage, level: str, path: FloatArray) -> list[frozenset[str]]:
    having: list[set[str]] = [set() for _ in path[1:]]
    for parcel_id, _, _, ring in coverage.rings(level, box_of(path)):
        for index in np.flatnonzero(_steps(ring, path)).tolist():
            having[index].add(parcel_id)
    return [frozenset(parcels) for parcels in having]


def _steps(ring: Ring, path: FloatArray) -> npt.NDArray[np.int64]:
    """For each segment of a path: 1 where the ring has it in its order, -1 against it, 0 where it does not."""
    place = _places(ring, path)
    a, b = place[:-1], place[1:]
    step = np.where((b - a) % len(ring) == 1, 1, np.where((a - b) % len(ring) == 1, -1, 0))
    return np.where((a >= 0) & (b >= 0), step, 0)


def _places(ring: Ring, path: FloatArray) -> npt.NDArray[np.int64]:
    """Where in a ring each point of a path stands; -1 where it does not."""
    west, south, east, north = box_of(path)
    x, y = ring[:, 0], ring[:, 1]
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    if not len(near):
        return np.full(len(path), -1)
    have, want = x[near] + 1j * y[near], path[:, 0] + 1j * path[:, 1]
    order = np.argsort(have)
    place = order[np.minimum(np.searchsorted(have, want, sorter=order), len(order) - 1)]
    return np.where(have[place] == want, near[place], -1)


def _count(coverage: Coverage, way: Way, start: Point, end: Point) -> int:
    """How many segments a ring has from start to end."""
    ring = coverage.shapes[way.parcel_id][way.part][way.ring]
    return (_index(ring, end) - _index(ring, start)) * (1 if way.is_forward else -1) % len(ring)


def _index(ring: Ring, point: Point) -> int:
    return int(np.flatnonzero((ring[:, 0] == point[0]) & (ring[:, 1] == point[1]))[0])


def _pair(coordinates: FloatArray) -> Point:
    return float(coordinates[0]), float(coordinates[1])
