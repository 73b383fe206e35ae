"""Overlap of two parcels, in metres; what counts, and when it is new or worse (design: decision 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import shapely

from spatial_admin.cadastre.precision import FloatArray, Frame, Ground
from spatial_admin.cadastre.shapes import polygons_in, transformed

TOLERANCE_M2: Final = 0.01
NOISE_WIDTH_M: Final = 0.001
SLIVER_NOISE_M2: Final = 1e-4
CUT_FROM_POINTS: Final = 500  # below this a whole parcel is faster than cutting it


@dataclass(frozen=True, slots=True)
class CommonArea:
    """Where two parcels overlap: polygons in a local metre frame."""

    shape: shapely.Geometry
    frame: Frame
    tolerance_m2: float = TOLERANCE_M2

    @property
    def area_m2(self) -> float:
        """Square metres, by the scale of the frame."""
        return float(shapely.area(self.shape))

    @property
    def counts(self) -> bool:
        """Is it more than tolerance (0.01 m2 or less), and wider on average (2A/perimeter) than a millimetre?"""
        return self.area_m2 > self.tolerance_m2 and mean_width_m(self.shape) > NOISE_WIDTH_M

    @property
    def is_sliver(self) -> bool:
        """Is it below tolerance and yet more than what rounding to the grid leaves?"""
        return self.area_m2 > SLIVER_NOISE_M2 and not self.counts

    def in_storage(self) -> shapely.Geometry:
        """The place in storage coordinates, for drawing."""
        return transformed(self.shape, self.frame.to_storage)


def common_area_on(ground: Ground, a: shapely.Geometry, b: shapely.Geometry) -> CommonArea:
    """The polygons that two geometries in storage coordinates share, at the scale of their middle.

    As SQL's `common_area_m2`, which the database's own check compares with the measure of the finding.
    """
    return common_area_of(ground, shapely.intersection(a, b))


def common_area_of(ground: Ground, common: shapely.Geometry) -> CommonArea:
    """What is polygonal of a common place in storage coordinates, at the scale of its middle."""
    place = shapely.MultiPolygon(polygons_in(common))
    frame = Frame(0.0, 0.0, 1.0, 1.0) if place.is_empty else ground.frame_of(place.bounds)
    return CommonArea(transformed(place, frame.to_metres), frame, ground.overlap_tolerance_m2)


def is_new_or_worse(before: CommonArea, after: CommonArea) -> bool:
    """Does the common area grow by more than tolerance, or leave what it was, widened by a millimetre?"""
    if not after.counts:
        return False
    if after.area_m2 - before.area_m2 > TOLERANCE_M2:
        return True
    was = transformed(before.in_storage(), after.frame.to_metres)
    outside = shapely.difference(after.shape, shapely.buffer(was, NOISE_WIDTH_M, quad_segs=2))
    return CommonArea(shapely.MultiPolygon(polygons_in(outside)), after.frame, after.tolerance_m2).counts


def mean_width_m(shape: shapely.Geometry) -> float:
    """Mean width of a narrow shape in metres, 2A/perimeter."""
    length = float(shapely.length(shape))
    return 2 * float(shapely.area(shape)) / length if length else 0.0


def is_above_tolerance(frame: Frame, ring: FloatArray) -> bool:
    """Is what a ring in storage coordinates encloses more than a sliver?"""
    polygon = shapely.Polygon(frame.to_metres(ring))
    return float(polygon.area) > TOLERANCE_M2 and mean_width_m(polygon) > NOISE_WIDTH_M
