"""Which parcels of a cell may overlap, leave a gap or lack a point: a filter that may name too many, never too few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.precision import Box, FloatArray, Ground
from spatial_admin.cadastre.ring_table import IntArray, RingTable, lines_of
from spatial_admin.cadastre.scanning.free_sides import free_sides
from spatial_admin.cadastre.scanning.wedges import small_faces, wedges

LOOKS: Final = 9  # places at which it is asked how many parcels lie there
Mask = npt.NDArray[np.bool_]
Lines = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Numbers of parcels, ascending, and the sides (lines) at which something may be wrong."""

    numbers: IntArray
    sides: Lines


def find_suspects(
    geometries: Lines, table: RingTable, of: Mask, reach: Box, within_m: float, ground: Ground
) -> Suspects:
    """Of the parcels in a mask, those that are not cleanly apart from the others within a box.

    GEOS checks the coverage, with gaps up to `within_m`, of those alone that have a free side in the box or come near
    one. It passes over gaps whose sides meet in a point; those are looked for among the free sides.
    """
    members = np.flatnonzero(of)
    tree = shapely.STRtree(geometries[members])
    if _is_covered_twice(tree, geometries[members], reach):
        return Suspects(members, shapely.boundary(geometries[members]))
    free = np.flatnonzero(free_sides(table, of))
    boxes = _boxes_of_sides(table, free)
    is_near = _meets(boxes, reach)
    free, boxes = free[is_near], boxes[is_near]
    if not len(free):
        return Suspects(np.empty(0, dtype=np.int64), np.empty(0, dtype=object))
    narrow = np.union1d(wedges(table, free, ground), small_faces(table, free, within_m, ground))
    east, north = ground.scale_at(float(np.abs(boxes[:, 1]).max()))
    margin = np.array([within_m / east, within_m / north])
    looked = shapely.box(*(boxes + np.concatenate([-margin, margin])).T)
    near = members[np.unique(tree.query(looked)[1])]
    sides = shapely.coverage_invalid_edges(geometries[near], gap_width=float(margin.max()))
    is_found = ~shapely.is_empty(sides) & _meets(shapely.bounds(sides), reach)
    numbers = np.union1d(near[is_found], table.owner_of[narrow]).astype(np.int64)
    return Suspects(numbers, np.concatenate([sides[is_found], lines_of(table, narrow)]))


def _boxes_of_sides(table: RingTable, sides: IntArray) -> FloatArray:
    a, b = table.points[sides], table.points[table.following[sides]]
    boxes: FloatArray = np.concatenate([np.minimum(a, b), np.maximum(a, b)], axis=1)
    return boxes


def _meets(boxes: FloatArray, reach: Box) -> Mask:
    west, south, east, north = reach
    return np.asarray((boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south))


def _is_covered_twice(tree: shapely.STRtree, geometries: Lines, reach: Box) -> bool:
    """Do two parcels lie at one of a few places of the box? Two whole coverages on top of each other have no free
    side for a kilometre.
    """
    x, y = np.meshgrid(*(np.linspace(reach[k], reach[k + 2], 5)[1:4] for k in (0, 1)))
    some = geometries[np.linspace(0, len(geometries) - 1, LOOKS).astype(int)]
    places = np.concatenate([shapely.points(x.ravel(), y.ravel()), shapely.centroid(some)])
    asked, _ = tree.query(places, predicate="within")
    return bool(len(asked) and np.bincount(asked).max() > 1)
