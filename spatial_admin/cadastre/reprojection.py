"""From the file's CRS to the storage CRS so that what was one line there is one line here, to the bit.

A line that is straight in one CRS is bent in another: 3.9 to 6.5 cm at the middle of a mile between UTM and lon/lat. So
first every point that lies on a neighbour's segment becomes a vertex of it (T-junctions), then segments are halved
until the chord is within a millimetre of the bent line. Each segment is treated once, from its lesser to its greater
end, and
each distinct point is transformed once: both sides of a boundary get the same doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import FloatArray, Ground

CHORD_ERROR_M: Final = 0.001
NODE_WITHIN_M: Final = 0.001
SHORTEST_DEGREE_M: Final = 200.0
LONG_M: Final = 250.0  # from here on an S-shaped line could hide from a look at its middle alone
MAX_HALVINGS: Final = 14

IntArray = npt.NDArray[np.int64]
Transform = Callable[[FloatArray], FloatArray]
"""(n, 2) file coordinates to (n, 2) storage coordinates, a pure function of each point."""


class NotStraightened(Exception):
    """A segment stays bent however often it is halved: it crosses the border of what the storage CRS can show."""


@dataclass(slots=True)
class Reprojected:
    """Shapes in storage coordinates, in the order given, and how many points each was given."""

    shapes: list[Shape]
    noded: list[int]
    densified: list[int]


@dataclass(slots=True)
class _Mesh:
    """Rings as numbers of distinct points: `points` (n, 2), `rings` lists of point numbers, open."""

    points: FloatArray
    rings: list[IntArray]
    between: dict[tuple[int, int], list[int]] = field(default_factory=dict)


def reproject(
    shapes: Sequence[Shape],
    context: Sequence[Shape],
    source: Ground,
    target: Ground,
    transform: Transform,
    *,
    is_noded: bool = True,
) -> Reprojected:
    """Node `shapes` with the points of themselves and of `context` (all shapes near them), densify and transform them.

    `source` and `target` give metres per unit. Points within a millimetre of a segment are noded, and not those within
    the `node_within_m` of edits: noding moves a line by up to its distance, and an overlap that the file brings is
    to be found and not to be closed (a centimetre would close 15 of Dakota's 46). Raises NotStraightened.
    """
    mesh, owners = _mesh_of([*shapes, *context])
    own = [number for number, owner in enumerate(owners) if owner < len(shapes)]
    if is_noded:
        mesh.between = _points_on_segments(mesh, own, source)
    noded_rings = [_with_between(mesh.rings[number], mesh.between) for number in own]
    transformed, halves = _straightened(mesh.points, noded_rings, source, target, transform)
    rings = []
    noded, densified = [0] * len(shapes), [0] * len(shapes)
    for number, ids in zip(own, noded_rings, strict=True):
        full = _with_between(ids, halves)
        owner = owners[number]
        noded[owner] += len(ids) - len(mesh.rings[number])
        densified[owner] += len(full) - len(ids)
        rings.append(transformed[full])
    return Reprojected(_shapes_like(shapes, rings), noded, densified)


def _mesh_of(shapes: Sequence[Shape]) -> tuple[_Mesh, list[int]]:
    rings = [(index, ring) for index, shape in enumerate(shapes) for part in shape for ring in part]
    if not rings:
        return _Mesh(np.empty((0, 2)), []), []
    coordinates = np.ascontiguousarray(np.concatenate([ring for _, ring in rings]))
    # As complex numbers pairs are sorted and compared in one step; + 0.0 makes the two zeros one.
    distinct, ids = np.unique((coordinates + 0.0).view(np.complex128)[:, 0], return_inverse=True)
    points = distinct.view(np.float64).reshape(-1, 2)
    ends = np.cumsum([len(ring) for _, ring in rings])
    return _Mesh(points, np.split(ids, ends[:-1])), [index for index, _ in rings]


def _segments(ring: IntArray) -> tuple[IntArray, IntArray]:
    """Lesser and greater end of each segment of an open ring, by the order of their coordinates."""
    following = np.roll(ring, -1)
    return np.minimum(ring, following), np.maximum(ring, following)


def _distinct_segments(rings: Sequence[IntArray]) -> IntArray:
    """(n, 2) point numbers of every distinct undirected segment that has a length."""
    ends = [np.stack(_segments(ring), axis=1) for ring in rings]
    if not ends:
        return np.empty((0, 2), dtype=np.int64)
    distinct: IntArray = np.unique(np.concatenate(ends), axis=0)
    long: IntArray = distinct[distinct[:, 0] != distinct[:, 1]]
    return long


def _points_on_segments(mesh: _Mesh, own: list[int], source: Ground) -> dict[tuple[int, int], list[int]]:
    """Points to insert into each segment of the own rings, from its lesser to its greater end."""
    segments = _distinct_segments([mesh.rings[number] for number in own])
    if not len(segments):
        return {}
    # A generous search in file units, then the exact distance, which depends on the segment and the point alone.
    reach = noding_reach(source, mesh.points[:, 1])
    tree = shapely.STRtree(np.asarray(shapely.points(mesh.points)))
    found, points = tree.query(shapely.linestrings(mesh.points[segments]), predicate="dwithin", distance=reach)
    is_other = (points != segments[found, 0]) & (points != segments[found, 1])
    found, points = found[is_other], points[is_other]
    position, is_near = near_segments(mesh.points, segments[found], points, source)
    found, points, position = found[is_near], points[is_near], position[is_near]
    order = np.lexsort((points, position, found))
    inserted: dict[tuple[int, int], list[int]] = {}
    for index in order.tolist():
        low, high = segments[found[index]].tolist()
        inserted.setdefault((low, high), []).append(int(points[index]))
    return _without_own_points(mesh, inserted)


def noding_reach(source: Ground, y: FloatArray) -> float:
    """A distance in file units that holds the noding distance in every direction, at every y.

    Beyond 89.9 degrees a degree of longitude is as good as nothing, and what is there is not noded along the parallel.
    """
    scale = min(source.scale_at(float(np.abs(y).max())))
    return 2 * NODE_WITHIN_M / (max(scale, SHORTEST_DEGREE_M) if source.is_geographic else scale)


def near_segments(
    points: FloatArray, ends: IntArray, candidates: IntArray, source: Ground
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Position (0 to 1) of each candidate along its segment, and whether it is within a millimetre of it but of neither
    end; `ends` (n, 2) and `candidates` (n,) are numbers of points.
    """
    start = points[ends[:, 0]]
    scale = scales_at(source, start[:, 1])
    line = (points[ends[:, 1]] - start) * scale
    local = (points[candidates] - start) * scale
    length2 = (line**2).sum(axis=1)
    position = np.clip((local * line).sum(axis=1) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    away = np.hypot(*(local - position[:, None] * line).T)
    from_ends = np.minimum(np.hypot(*local.T), np.hypot(*(local - line).T))
    is_near: npt.NDArray[np.bool_] = (away <= NODE_WITHIN_M) & (from_ends > NODE_WITHIN_M)
    return position, is_near


def _without_own_points(mesh: _Mesh, inserted: dict[tuple[int, int], list[int]]) -> dict[tuple[int, int], list[int]]:
    """Drop a point from a segment where a ring that has the segment has the point elsewhere: it would touch itself.

    Dropped for every ring that has the segment, so that they stay equal.
    """
    if not inserted:
        return inserted
    for ring in mesh.rings:
        low, high = _segments(ring)
        touched = [key for key in zip(low.tolist(), high.tolist(), strict=True) if key in inserted]
        if touched:
            has = set(ring.tolist())
            for key in touched:
                inserted[key] = [point for point in inserted[key] if point not in has]
    return inserted


def _with_between(ring: IntArray, between: dict[tuple[int, int], list[int]]) -> IntArray:
    """The ring with the points that belong between its points; its first point stays the first."""
    low, high = _segments(ring)
    keys = list(zip(low.tolist(), high.tolist(), strict=True))
    if not any(key in between for key in keys):
        return ring
    full: list[int] = []
    for start, key in zip(ring.tolist(), keys, strict=True):
        full.append(start)
        points = between.get(key, [])
        full.extend(points if start == key[0] else reversed(points))
    return np.array(full, dtype=np.int64)


def _straightened(
    points: FloatArray, rings: Sequence[IntArray], source: Ground, target: Ground, transform: Transform
) -> tuple[FloatArray, dict[tuple[int, int], list[int]]]:
    """Storage coordinates by point number, midpoints appended, and the midpoints of each segment in its order."""
    used = np.unique(np.concatenate(rings)) if rings else np.empty(0, dtype=np.int64)
    transformed = np.full(points.shape, np.nan)
    if len(used):
        transformed[used] = transform(points[used])
    segments = _distinct_segments(rings)
    halver = _Halver(source, target, transform, [points], [transformed], len(points))
    ends, owner, step = segments, np.arange(len(segments)), np.zeros(len(segments), dtype=np.int64)
    found: list[tuple[Any, ...]] = []
    for depth in range(MAX_HALVINGS):
        if not len(ends):
            break
        bent, middles = halver.halve(ends)
        stride = 1 << (MAX_HALVINGS - depth - 1)
        ends, owner, step = ends[bent], owner[bent], step[bent]
        found.append((owner, step + stride, middles))
        ends = np.concatenate([np.stack([ends[:, 0], middles], axis=1), np.stack([middles, ends[:, 1]], axis=1)])
        owner, step = np.tile(owner, 2), np.concatenate([step, step + stride])
    if len(ends):
        raise NotStraightened("an edge cannot be kept straight within a millimetre in the storage CRS")
    return np.concatenate(halver.transformed), _in_order(segments, found)


def _in_order(segments: IntArray, found: list[tuple[Any, ...]]) -> dict[tuple[int, int], list[int]]:
    if not found:
        return {}
    owner, step, middle = (np.concatenate(column) for column in zip(*found, strict=True))
    halves: dict[tuple[int, int], list[int]] = {}
    for index in np.lexsort((step, owner)).tolist():
        low, high = segments[owner[index]].tolist()
        halves.setdefault((low, high), []).append(int(middle[index]))
    return halves


@dataclass(slots=True)
class _Halver:
    """Finds the segments whose chord is too far from the bent line, and keeps their midpoints."""

    source: Ground
    target: Ground
    transform: Transform
    points: list[FloatArray]
    transformed: list[FloatArray]
    count: int

    def halve(self, ends: IntArray) -> tuple[npt.NDArray[np.bool_], IntArray]:
        """Which segments (n, 2 point numbers) are bent, and the numbers of the midpoints of those."""
        points, transformed = np.concatenate(self.points), np.concatenate(self.transformed)
        a, b = points[ends[:, 0]], points[ends[:, 1]]
        ta, tb = transformed[ends[:, 0]], transformed[ends[:, 1]]
        middles = (a + b) / 2
        length = np.hypot(*((b - a) * scales_at(self.source, middles[:, 1])).T)
        is_long = length > LONG_M
        # One round trip: the middles of all, and the quarters of the long.
        looked_at = np.concatenate([middles, (a + middles)[is_long] / 2, (middles + b)[is_long] / 2])
        results = self.transform(looked_at)
        count, long = len(middles), int(is_long.sum())
        scale = scales_at(self.target, results[:count, 1])
        bent = away_m(results[:count], (ta + tb) / 2, scale) >= CHORD_ERROR_M
        first, last = results[count : count + long], results[count + long :]
        bent[is_long] |= away_m(first, 0.75 * ta[is_long] + 0.25 * tb[is_long], scale[is_long]) >= CHORD_ERROR_M
        bent[is_long] |= away_m(last, 0.25 * ta[is_long] + 0.75 * tb[is_long], scale[is_long]) >= CHORD_ERROR_M
        numbers = np.arange(self.count, self.count + int(bent.sum()))
        self.points.append(middles[bent])
        self.transformed.append(results[:count][bent])
        self.count += len(numbers)
        return bent, numbers


def away_m(points: FloatArray, chord: FloatArray, scale: FloatArray) -> FloatArray:
    """Distances in metres of (n, 2) points from (n, 2) others; `scale` as `scales_at` gives it."""
    distance: FloatArray = np.hypot(*((points - chord) * scale).T)
    return distance


def scales_at(ground: Ground, y: FloatArray) -> FloatArray:
    """(n, 2) metres per unit east and north at each y; Ground.scale_at for arrays."""
    if not ground.is_geographic:
        return np.full((len(y), 2), ground.metres_per_unit)
    latitude = np.radians(y)
    w2 = 1.0 - ground.eccentricity2 * np.sin(latitude) ** 2
    degree = np.radians(1.0) * ground.semi_major_m
    east = np.maximum(degree * np.cos(latitude) / np.sqrt(w2), 1e-6)
    return np.stack([east, degree * (1.0 - ground.eccentricity2) / (w2 * np.sqrt(w2))], axis=1)


def _shapes_like(shapes: Sequence[Shape], rings: list[FloatArray]) -> list[Shape]:
    following = iter(rings)
    return [tuple(tuple(next(following) for _ in part) for part in shape) for shape in shapes]
