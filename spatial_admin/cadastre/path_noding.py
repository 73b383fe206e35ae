"""Noding of a path of a boundary, before it goes or when it is new; an index finds the few places where it matters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import node_point, node_segment, segments_near
from spatial_admin.cadastre.precision import FloatArray, Frame, Point, box_of

IntArray = npt.NDArray[np.intp]


def node_path(coverage: Coverage, level: str, path: FloatArray, *, is_new: bool = False) -> None:
    """Node a path, (n, 2) with n > 1, with one level: what others have on its segments, then its points on theirs.

    Where the path `is_new` its points go into other segments of its own rings too (see `node_around`).
    """
    ground = coverage.ground
    box = ground.widened(box_of(path), max(ground.node_within_m, ground.gap_width_m))
    coverage.widen([box])
    frame, near_m = ground.frame_of(box), 2 * ground.node_within_m
    segments = np.stack([path[:-1], path[1:]], axis=1)
    points = np.unique(coverage.points_in(box, level), axis=0)
    of_segment, _ = _near(_tree(frame, points), frame, near_m, segments, points)
    inserted: list[Point] = []
    for index in np.unique(of_segment).tolist():
        inserted += node_segment(coverage, level, _pair(segments[index, 0]), _pair(segments[index, 1]))
    points = np.unique(np.concatenate([path, np.array(inserted).reshape(-1, 2)]), axis=0)
    box = ground.widened(box_of(points), near_m)
    tree, near = _tree(frame, points), set[int]()
    for _, _, _, ring in coverage.rings(level, box):
        _, of_point = _near(tree, frame, near_m, segments_near(ring, box), points)
        near.update(of_point.tolist())
    for index in sorted(near):
        node_point(coverage, level, _pair(points[index]), is_new=is_new)


def _tree(frame: Frame, points: FloatArray) -> shapely.STRtree:
    return shapely.STRtree(np.asarray(shapely.points(frame.to_metres(points))))


def _near(
    tree: shapely.STRtree, frame: Frame, near_m: float, segments: FloatArray, points: FloatArray
) -> tuple[IntArray, IntArray]:
    """Pairs of a segment and a point of the tree near it that is none of its ends, as indices of both."""
    lines = shapely.linestrings(frame.to_metres(segments.reshape(-1, 2)).reshape(-1, 2, 2))
    of_segment, of_point = tree.query(lines, predicate="dwithin", distance=near_m)
    is_end = (segments[of_segment] == points[of_point][:, None]).all(axis=2).any(axis=1)
    return of_segment[~is_end], of_point[~is_end]


def _pair(coordinates: FloatArray) -> Point:
    return float(coordinates[0]), float(coordinates[1])
