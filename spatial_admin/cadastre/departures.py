"""Points that a change of CRS takes off the line they lie on: a line that bends is drawn straight between its two ends.

Only T-points do: corners that lie on a neighbour's line without being a corner of it. Where they leave the line, a gap
or an overlap is left that nobody drew. One that is noded before the change stays in the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import FloatArray, Ground, Point
from spatial_admin.cadastre.reprojection import (
    CHORD_ERROR_M,
    LONG_M,
    Transform,
    away_m,
    near_segments,
    noding_reach,
    scales_at,
)

# The arrow of a line of 50 m is below a millimetre wherever lines bend no more than a parallel at 87 degrees does.
SHORTEST_M: Final = 50.0


@dataclass(frozen=True, slots=True)
class Departure:
    """`at` lies on the line from `a` to `b`, and would be `distance_m` beside it; positions in the old CRS."""

    a: Point
    b: Point
    at: Point
    distance_m: float


def bending_segments(shapes: Sequence[Shape], source: Ground, target: Ground, transform: Transform) -> FloatArray:
    """(n, 2, 2): the distinct segments, from lesser to greater end, whose middle would be a millimetre or more beside
    the chord, and all beyond LONG_M (an S has its middle on the chord).
    """
    rings = [ring for shape in shapes for part in shape for ring in part]
    if not rings:
        return np.empty((0, 2, 2))
    pairs = np.concatenate([np.stack([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in rings])
    metres = np.hypot(*((pairs[:, 1] - pairs[:, 0]) * scales_at(source, pairs[:, 0, 1])).T)
    pairs, metres = pairs[metres >= SHORTEST_M], metres[metres >= SHORTEST_M]
    if not len(pairs):
        return np.empty((0, 2, 2))
    is_turned = (pairs[:, 0, 0] > pairs[:, 1, 0]) | (
        (pairs[:, 0, 0] == pairs[:, 1, 0]) & (pairs[:, 0, 1] > pairs[:, 1, 1])
    )
    pairs[is_turned] = pairs[is_turned, ::-1]
    flat, first = np.unique(pairs.reshape(-1, 4), axis=0, return_index=True)
    a, b = flat[:, :2], flat[:, 2:]
    moved = transform(np.concatenate([a, b, (a + b) / 2]))
    ta, tb, middle = np.split(moved, 3)
    bends = away_m(middle, (ta + tb) / 2, scales_at(target, middle[:, 1])) >= CHORD_ERROR_M
    found: FloatArray = flat[bends | (metres[first] > LONG_M)].reshape(-1, 2, 2)
    return found


def departures(
    segments: FloatArray, points: FloatArray, source: Ground, target: Ground, transform: Transform
) -> list[Departure]:
    """Those of (m, 2) points that lie on one of (n, 2, 2) segments, within a millimetre as in an import and at neither
    end, and would be a millimetre or more beside it.
    """
    if not (len(segments) and len(points)):
        return []
    points = np.unique(points, axis=0)
    tree = shapely.STRtree(np.asarray(shapely.points(points)))
    reach = noding_reach(source, points[:, 1])
    of_segment, of_point = tree.query(shapely.linestrings(segments), predicate="dwithin", distance=reach)
    everything = np.concatenate([segments.reshape(-1, 2), points])
    ends = np.stack([2 * of_segment, 2 * of_segment + 1], axis=1)
    _, is_near = near_segments(everything, ends, 2 * len(segments) + of_point, source)
    of_segment, of_point = of_segment[is_near], of_point[is_near]
    if not len(of_point):
        return []
    a, b, at = segments[of_segment, 0], segments[of_segment, 1], points[of_point]
    ta, tb, moved = np.split(transform(np.concatenate([a, b, at])), 3)
    distance = _beside(ta, tb, moved, target)
    return [
        Departure(_pair(a[index]), _pair(b[index]), _pair(at[index]), float(distance[index]))
        for index in np.flatnonzero(distance >= CHORD_ERROR_M).tolist()
    ]


def _beside(a: FloatArray, b: FloatArray, at: FloatArray, target: Ground) -> FloatArray:
    """Distances in metres from segments."""
    scale = scales_at(target, a[:, 1])
    line, local = (b - a) * scale, (at - a) * scale
    length2 = (line**2).sum(axis=1)
    position = np.clip((local * line).sum(axis=1) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    distance: FloatArray = np.hypot(*(local - position[:, None] * line).T)
    return distance


def _pair(row: FloatArray) -> Point:
    return float(row[0]), float(row[1])
