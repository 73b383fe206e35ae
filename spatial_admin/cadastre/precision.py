"""How storage coordinates relate to ground: the grid of new points, and metres at a place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spatial_admin.errors import LimitExceeded

FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float]
Box = tuple[float, float, float, float]  # west, south, east, north in storage coordinates

FEW_POINTS = 32
MOST_CELLS = 250_000  # the same number stands in migration 0003

WGS84_SEMI_MAJOR_M = 6378137.0
WGS84_ECCENTRICITY2 = 0.0066943799901413165


@dataclass(frozen=True, slots=True)
class Frame:
    """A local plane in metres around an origin; equal storage points stay equal in it."""

    x0: float
    y0: float
    east: float
    north: float

    def to_metres(self, coordinates: FloatArray) -> FloatArray:
        """(n, 2) storage coordinates to (n, 2) metres east and north of the origin."""
        local: FloatArray = (coordinates - (self.x0, self.y0)) * (self.east, self.north)
        return local

    def to_storage(self, metres: FloatArray) -> FloatArray:
        """(n, 2) metres back to storage coordinates, for drawing a place; not for storing (the way back rounds)."""
        storage: FloatArray = metres / (self.east, self.north) + (self.x0, self.y0)
        return storage


@dataclass(frozen=True, slots=True)
class Ground:
    """The storage CRS as the engine needs it; the same constants are baked into the SQL functions of migration 0001."""

    srid: int
    extent: Box
    steps_per_unit: int
    cell_size: float
    is_geographic: bool
    metres_per_unit: float = 1.0
    semi_major_m: float = WGS84_SEMI_MAJOR_M
    eccentricity2: float = WGS84_ECCENTRICITY2
    node_within_m: float = 0.01
    gap_width_m: float = 0.5
    overlap_tolerance_m2: float = 0.01

    def snapped(self, point: Point) -> Point:
        """The grid point of a new position; one formula in Python, SQL and JavaScript: `floor(v*k + 0.5)/k`."""
        k = self.steps_per_unit
        return math.floor(point[0] * k + 0.5) / k, math.floor(point[1] * k + 0.5) / k

    def scale_at(self, y: float) -> tuple[float, float]:
        """Metres per storage unit east and north at y (radii of curvature; Snyder 1987, eq. 4-18 and 4-20)."""
        if not self.is_geographic:
            return self.metres_per_unit, self.metres_per_unit
        latitude = math.radians(y)
        w2 = 1.0 - self.eccentricity2 * math.sin(latitude) ** 2
        east = math.radians(1) * self.semi_major_m * math.cos(latitude) / math.sqrt(w2)
        north = math.radians(1) * self.semi_major_m * (1.0 - self.eccentricity2) / (w2 * math.sqrt(w2))
        return max(east, 1e-6), north

    def frame_at(self, point: Point) -> Frame:
        """The local plane whose origin is `point`."""
        return Frame(point[0], point[1], *self.scale_at(point[1]))

    def frame_of(self, box: Box) -> Frame:
        """The local plane of a box; its scale is that of the middle."""
        return Frame(box[0], box[1], *self.scale_at((box[1] + box[3]) / 2))

    def widened(self, box: Box, distance_m: float) -> Box:
        """The box with `distance_m` more on each side."""
        east, north = self.scale_at(max(abs(box[1]), abs(box[3])))
        return (
            box[0] - distance_m / east,
            box[1] - distance_m / north,
            box[2] + distance_m / east,
            box[3] + distance_m / north,
        )

    def contains(self, point: Point) -> bool:
        """Is the point inside the deployment's extent?"""
        west, south, east, north = self.extent
        return west <= point[0] <= east and south <= point[1] <= north


def box_of(coordinates: FloatArray) -> Box:
    """The envelope of (n, 2) coordinates, n > 0."""
    if len(coordinates) < FEW_POINTS:  # numpy takes longer to begin than Python to look at them
        xs, ys = zip(*coordinates.tolist(), strict=True)
        return min(xs), min(ys), max(xs), max(ys)
    x, y = coordinates[:, 0], coordinates[:, 1]  # column by column: min(axis=0) takes twenty times as long
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def box_around(boxes: list[Box]) -> Box:
    """The envelope of boxes, at least one."""
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def meet_of(a: Box, b: Box) -> Box:
    """The box that two meeting boxes share."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def boxes_meet(a: Box, b: Box) -> bool:
    """Do two boxes touch or overlap (as `&&` does)?"""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def box_holds(outer: Box, inner: Box) -> bool:
    """Does no part of the inner box lie outside of the outer one?"""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def cells_of(box: Box, cell_size: float) -> list[int]:
    """Numbers of the conflict cells that a box meets, ascending; the same packing as SQL's `cells_of`.

    Raises LimitExceeded where they are more than one change may take (50 by 50 km): a box around half a continent has
    a thousand million of them.
    """
    count = (box[2] - box[0] + 2 * cell_size) * (box[3] - box[1] + 2 * cell_size) / cell_size**2
    if not count <= MOST_CELLS:
        raise LimitExceeded(
            "conflict cells (100 m by 100 m) under one change", MOST_CELLS, None, "Change less at once."
        )
    columns = range(math.floor(box[0] / cell_size), math.floor(box[2] / cell_size) + 1)
    rows = range(math.floor(box[1] / cell_size), math.floor(box[3] / cell_size) + 1)
    return [((column + 2**30) << 31) + (row + 2**30) for column in columns for row in rows]
