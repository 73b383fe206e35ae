"""From areas that meet only nearly to a coverage that meets exactly.

All edges are noded together on a grid of one millimetre (GEOS snap rounding), and the faces between them are the coverage:
where three parcels meet, all three have the point. What is too small to be a lot is joined to its neighbour.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial_admin.demo.surveyed import edges_of, surveyed

Shapes = NDArray[np.object_]
Rings = list[list[NDArray[np.int64]]]
"""Parts of one parcel, each a list of open rings of whole millimetres, exterior ring first."""

GRID_M = 0.001


def faces_of(shapes: Shapes, border: NDArray[np.float64]) -> tuple[Shapes, NDArray[np.int64]]:
    """Faces of the noded and surveyed edges of `shapes`, and for each the index of the shape that it lies in.

    `border` (n, 2), metres, is the outline of them all: no point on it moves, and it gains none.
    """
    network = shapely.union_all(shapely.boundary(shapes), grid_size=GRID_M)
    points, edges = edges_of(network)
    on_border = shapely.dwithin(shapely.LinearRing(border), shapely.points(points / 1000), 2 * GRID_M)
    edges = surveyed(points, edges, points[on_border])
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(points[edges] / 1000)))
    inside = shapely.point_on_surface(faces)
    tree = shapely.STRtree(shapes)
    face, shape = tree.query(inside, predicate="intersects")
    owner = np.full(len(faces), -1, dtype=np.int64)
    owner[face[::-1]] = shape[::-1]
    lost = np.flatnonzero(owner < 0)
    owner[lost] = tree.nearest(inside[lost])
    return faces, owner


def join_small(
    faces: Shapes, label: NDArray[np.int64], least_m2: NDArray[np.float64], may_join: Callable[[int, int], int]
) -> NDArray[np.int64]:
    """Labels after every face smaller than its `least_m2`, or narrower than a path, joined a neighbour.

    `may_join(face, other)` ranks the neighbours, higher first, 0 never; among equals the longest common edge wins.
    """
    joins = np.arange(len(faces))
    area = shapely.area(faces)
    width = 2 * area / shapely.length(faces)
    small = np.flatnonzero((area < least_m2) | ((width < 2.0) & (least_m2 > 0)))
    tree = shapely.STRtree(faces)
    for face in small[np.argsort(area[small])].tolist():
        others = tree.query(faces[face], predicate="touches")
        common = shapely.length(shapely.intersection(shapely.boundary(faces[face]), shapely.boundary(faces[others])))
        ranked = [
            (may_join(face, int(other)), float(shared), int(other))
            for other, shared in zip(others, common, strict=True)
            if shared > 0 and _root(joins, int(other)) != face
        ]
        best = max(ranked, default=(0, 0.0, -1))
        if best[0]:
            joins[face] = best[2]
    return label[[_root(joins, face) for face in range(len(faces))]]


def dissolve(faces: Shapes, label: NDArray[np.int64]) -> tuple[Shapes, NDArray[np.int64]]:
    """One polygon or multipolygon per label, ascending, and the labels."""
    order = np.argsort(label, kind="stable")
    labels, starts = np.unique(label[order], return_index=True)
    groups = np.split(faces[order], starts[1:])
    merged = [group[0] if len(group) == 1 else shapely.coverage_union_all(group) for group in groups]
    return np.array(merged, dtype=object), labels


def _root(joins: NDArray[np.int64], face: int) -> int:
    while joins[face] != face:
        face = int(joins[face])
    return face


def rings_of(shape: BaseGeometry) -> Rings:
    """The rings of a polygon or multipolygon (metres) in whole millimetres."""
    return [
        [np.rint(shapely.get_coordinates(ring)[:-1] * 1000).astype(np.int64) for ring in shapely.get_rings(part)]
        for part in shapely.get_parts(shape)
    ]
