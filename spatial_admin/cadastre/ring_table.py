"""Many rings as flat arrays: one look at all sides of all parcels at once, instead of one at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.precision import FloatArray, Ground

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RingTable:
    """Points of open rings one after the other; side i goes from point i to point `following[i]` of its ring."""

    points: FloatArray  # (n, 2) storage coordinates
    starts: IntArray  # (rings,) first point of each ring
    counts: IntArray  # (rings,) points of each ring
    owners: IntArray  # (rings,) number of the parcel
    is_shell: npt.NDArray[np.bool_]  # (rings,)
    following: IntArray  # (n,)
    ring_of: IntArray  # (n,)

    @property
    def owner_of(self) -> IntArray:
        """The parcel of each point."""
        return self.owners[self.ring_of]

    def scales(self, ground: Ground) -> FloatArray:
        """Metres per storage unit east and north, (rings, 2), at the first point of each ring: so the same whatever
        other rings are in the table.
        """
        return scales_at(ground, self.points[self.starts, 1])

    def sides_m(self, ground: Ground) -> FloatArray:
        """Each side in metres east and north, (n, 2)."""
        sides: FloatArray = (self.points[self.following] - self.points) * self.scales(ground)[self.ring_of]
        return sides


def scales_at(ground: Ground, y: FloatArray) -> FloatArray:
    """`Ground.scale_at` of (n,) ordinates, (n, 2)."""
    if not ground.is_geographic:
        return np.full((len(y), 2), ground.metres_per_unit)
    latitude = np.radians(y)
    w2 = 1.0 - ground.eccentricity2 * np.sin(latitude) ** 2
    east = np.radians(1) * ground.semi_major_m * np.cos(latitude) / np.sqrt(w2)
    north = np.radians(1) * ground.semi_major_m * (1.0 - ground.eccentricity2) / (w2 * np.sqrt(w2))
    return np.stack([np.maximum(east, 1e-6), north], axis=1)


def lines_of(table: RingTable, sides: IntArray) -> npt.NDArray[np.object_]:
    """Sides as lines in storage coordinates."""
    ends = np.stack([table.points[sides], table.points[table.following[sides]]], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object)


def table_of_shapes(shapes: Sequence[Shape]) -> RingTable:
    """The rings of shapes as an edit has them."""
    rings: list[Ring] = []
    owners: list[int] = []
    is_shell: list[bool] = []
    for number, shape in enumerate(shapes):
        for part in shape:
            rings += part
            owners += [number] * len(part)
            is_shell += [True] + [False] * (len(part) - 1)
    points = np.concatenate(rings) if rings else np.empty((0, 2))
    counts = np.array([len(ring) for ring in rings], dtype=np.int64)
    return _table(points, counts, np.array(owners, dtype=np.int64), np.array(is_shell, dtype=bool))


def table_of_geometries(geometries: npt.NDArray[np.object_]) -> RingTable:
    """The rings of polygons and multipolygons."""
    polygons, owners = shapely.get_parts(geometries, return_index=True)
    rings, part_of = shapely.get_rings(polygons, return_index=True)
    closed, ring_of = shapely.get_coordinates(rings, return_index=True)
    counts = np.bincount(ring_of, minlength=len(rings)).astype(np.int64)
    is_last = np.zeros(len(closed), dtype=bool)
    is_last[np.cumsum(counts) - 1] = True
    is_shell = np.ones(len(rings), dtype=bool)
    is_shell[1:] = part_of[1:] != part_of[:-1]
    return _table(closed[~is_last], counts - 1, owners[part_of].astype(np.int64), is_shell)


def _table(points: FloatArray, counts: IntArray, owners: IntArray, is_shell: npt.NDArray[np.bool_]) -> RingTable:
    starts = (np.cumsum(counts) - counts).astype(np.int64)
    following = np.arange(1, len(points) + 1, dtype=np.int64)
    following[starts + counts - 1] = starts
    ring_of = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return RingTable(points, starts, counts, owners, is_shell, following, ring_of)
