"""From areas that meet only nearly to a coverage that meets exactly.

All edges are noded together on a grid of one millimetre (GEOS snap rounding), and the faces between them are the
coverage: where three parcels meet, all three have the point. What is too small to be a lot is joined to its neighbour.
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
NEEDLE_DEG = 7.0


def faces_of(shapes: Shapes, border: NDArray[np.float64]) -> tuple[Shapes, NDArray[np.int64]]:
    """Faces of the noded and surveyed edges of `shapes`, and for each the index of the shape that it lies in.

    `border` (n, 2), metres, is the outline of them all: no point on it moves, and it gains none.
    """
    network = shapely.union_all(shapely.boundary(shapes), grid_size=GRID_M)
    points, edges = edges_of(network)
    on_border = shapely.dwithin(shapely.LinearRing(border), shapely.points(points / 1000), 2 * GRID_M)
    edges = surveyed(points, edges, points[on_border])
    faces = shapely.get_parts(shapely.polygonize(np.asarray(shapely.linestrings(points[edges] / 1000))))
    inside = shapely.point_on_surface(faces)
    tree = shapely.STRtree(shapes)
    face, shape = tree.query(inside, predicate="intersects")
    owner = np.full(len(faces), -1, dtype=np.int64)
    owner[face[::-1]] = shape[::-1]
    lost = np.flatnonzero(owner < 0)
    owner[lost] = tree.nearest(inside[lost])
    return faces, owner


def sharpest_deg(shapes: Shapes) -> NDArray[np.float64]:
    """For each shape the smallest angle between two consecutive edges of its rings, in degrees."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    shape_of = part_of[ring_part]
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    inside = ring_of[1:] == ring_of[:-1]
    ahead, edge_of = (points[1:] - points[:-1])[inside], ring_of[1:][inside]
    # The edge before the first of a ring is the ring's last.
    first = np.searchsorted(edge_of, np.arange(len(rings)))
    last = np.append(first[1:], len(edge_of)) - 1
    before = np.arange(len(edge_of)) - 1
    before[first] = last
    back = -ahead[before]
    cosine = (back * ahead).sum(axis=1) / (np.hypot(*back.T) * np.hypot(*ahead.T))
    angles = np.degrees(np.arccos(cosine.clip(-1, 1)))
    owner = shape_of[edge_of]
    return np.asarray(np.minimum.reduceat(angles, np.searchsorted(owner, np.arange(len(shapes)))))


def join_unfit(
    faces: Shapes, label: NDArray[np.int64], unfit: NDArray[np.bool_], may_join: Callable[[int, int], int]
) -> NDArray[np.int64]:
    """Labels after every `unfit` face joined a neighbour, the smallest first.

    `may_join(face, other)` ranks the neighbours, higher first, 0 never. A neighbour with which the face makes a needle
    comes after all that it makes none with; among equals the longest common edge wins.
    """
    joins = np.arange(len(faces))
    area = shapely.area(faces)
    small = np.flatnonzero(unfit)
    tree = shapely.STRtree(faces)
    for face in small[np.argsort(area[small])].tolist():
        others = [int(k) for k in tree.query(faces[face], predicate="touches")]
        others = [other for other in others if may_join(face, other) and _root(joins, other) != face]
        common = shapely.length(shapely.intersection(shapely.boundary(faces[face]), shapely.boundary(faces[others])))
        others = [other for other, shared in zip(others, common, strict=True) if shared > 0]
        if others:
            together = np.array([shapely.union(faces[face], faces[other]) for other in others], dtype=object)
            has_needle = sharpest_deg(together) < NEEDLE_DEG
            ranked = zip(
                ~has_needle, (may_join(face, other) for other in others), common[common > 0], others, strict=True
            )
            joins[face] = max(ranked)[-1]
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
