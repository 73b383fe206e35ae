"""Areas on one side of a line, in the plane of a shape: fast enough to be asked a hundred times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import FloatArray, Frame, Point
from spatial_admin.cadastre.ring_order import is_counterclockwise
from spatial_admin.cadastre.shapes import polygons_of

BISECTIONS = 45  # of a kilometre leave less than a nanometre


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction in a metre frame, as a bearing from grid north, clockwise."""

    degrees: float

    @property
    def along(self) -> FloatArray:
        """Unit vector of the direction."""
        angle = math.radians(self.degrees)
        return np.array([math.sin(angle), math.cos(angle)])

    @property
    def left(self) -> FloatArray:
        """Unit vector to the left of it."""
        east, north = self.along
        return np.array([-north, east])

    @classmethod
    def from_to(cls, frame: Frame, start: Point, end: Point) -> Direction:
        """From one storage point to another."""
        east, north = frame.to_metres(np.array([end]))[0] - frame.to_metres(np.array([start]))[0]
        return cls(math.degrees(math.atan2(east, north)))


@dataclass(frozen=True, slots=True)
class Profile:
    """The segments of a shape, each with the shape to its left, as distances along a direction and left of it."""

    along: FloatArray  # (n, 2): of the two ends of each segment
    left: FloatArray  # (n, 2)

    @classmethod
    def of(cls, frame: Frame, shape: Shape, direction: Direction) -> Profile:
        """The profile in the metres of a frame."""
        segments = []
        for part in shape:
            for index, ring in enumerate(part):
                metres = frame.to_metres(ring)
                if is_counterclockwise(metres) != (index == 0):
                    metres = metres[::-1]
                segments.append(np.stack([metres, np.roll(metres, -1, axis=0)], axis=1))
        ends = np.concatenate(segments)
        return cls(ends @ direction.along, ends @ direction.left)

    @property
    def area(self) -> float:
        """Area of the whole."""
        return self.area_right_of(float(self.left.max()))

    def area_right_of(self, offset_m: float) -> float:
        """Area of what lies right of the line at an offset to the left of the origin, in square metres.

        By Green's theorem; the line itself adds nothing, for heights are taken from it.
        """
        height = self.left - offset_m
        below = np.minimum(height, 0.0)
        total = below.sum(axis=1)
        # Of a segment that crosses the line only the share below counts.
        crosses = (height[:, 0] < 0) != (height[:, 1] < 0)
        span = np.abs(height[:, 0] - height[:, 1])
        share = np.where(crosses, -total / np.where(span > 0, span, 1.0), 1.0)
        return float(-np.sum(total / 2 * share * (self.along[:, 1] - self.along[:, 0])))

    def offset_of(self, area_m2: float) -> float:
        """The offset at which that much lies right of the line; by bisection, for the area grows with the offset."""
        low, high = float(self.left.min()), float(self.left.max())
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.area_right_of(middle) < area_m2 else (low, middle)
        return (low + high) / 2


def across_the_longer_side(frame: Frame, shape: Shape) -> Direction:
    """The direction of the shorter sides of the smallest rectangle around a shape, between 0 and 180 degrees; of a
    square that of its sides which is nearer to north, clockwise.
    """
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygons_of(shape, frame)))
    sides = np.diff(corners[:3], axis=0)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    bearings = [round(math.degrees(math.atan2(east, north)) % 180, 9) % 180 for east, north in sides.tolist()]
    if abs(lengths[0] - lengths[1]) <= 1e-6 * lengths.max():
        return Direction(min(bearings))
    return Direction(bearings[int(np.argmin(lengths))])
