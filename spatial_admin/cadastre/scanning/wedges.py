"""Free sides around open land that narrows to a point, or is so small that all its sides meet."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import shapely

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.ring_table import IntArray, RingTable, lines_of
from spatial_admin.cadastre.scanning.free_sides import point_keys

SHARP_DEG: Final = 25.0  # a gap is what a mitred closing leaves; below 23° it is cut off
SHORT: Final = 8.0  # times the width of gaps


def wedges(table: RingTable, free: IntArray, ground: Ground) -> IntArray:
    """Free sides that meet the free side of another parcel in a point at a sharp angle."""
    keys = point_keys(table.points)
    ends = np.concatenate([free, table.following[free]])
    sides = np.concatenate([free, free])
    vectors = table.sides_m(ground)[free]
    leaving = np.concatenate([vectors, -vectors])
    order = np.argsort(keys[ends])
    met, owners = keys[ends][order], table.owner_of[sides][order]
    directions = leaving[order] / np.maximum(np.hypot(*leaving[order].T), 1e-12)[:, None]
    found = np.zeros(len(order), dtype=bool)
    step = 1
    while step < len(order):
        is_same = met[step:] == met[:-step]
        if not is_same.any():
            break
        along = (directions[step:] * directions[:-step]).sum(axis=1)
        is_sharp = is_same & (owners[step:] != owners[:-step]) & (along > math.cos(math.radians(SHARP_DEG)))
        found[step:] |= is_sharp
        found[:-step] |= is_sharp
        step += 1
    narrow: IntArray = np.unique(sides[order[found]])
    return narrow


def small_faces(table: RingTable, free: IntArray, width_m: float, ground: Ground) -> IntArray:
    """Short free sides that enclose something narrower on average than a width."""
    lengths = np.hypot(*table.sides_m(ground)[free].T)
    short: IntArray = free[lengths < SHORT * width_m]
    if not len(short):
        return short
    lines = lines_of(table, short)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines))))
    east, north = ground.scale_at(float(table.points[short[0], 1]))
    in_metres = shapely.transform(faces, lambda points: points * (east, north))
    narrow = faces[2 * shapely.area(in_metres) < width_m * shapely.length(in_metres)]
    on_face = shapely.STRtree(shapely.boundary(narrow)).query(lines, predicate="intersects")[0]
    found: IntArray = short[np.unique(on_face)]
    return found
