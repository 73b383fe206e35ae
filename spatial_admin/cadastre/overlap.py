"""Overlap of two parcels, in metres; what counts, and when it is new or worse (design: decision 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import Polygon

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import Box, Frame, Ground
from spatial_admin.cadastre.shapes import polygons_in, polygons_of

TOLERANCE_M2: Final = 0.01
NOISE_WIDTH_M: Final = 0.001
SLIVER_NOISE_M2: Final = 1e-4
CUT_FROM_POINTS: Final = 500  # below this a whole parcel is faster than cutting it


@dataclass(frozen=True, slots=True)
class CommonArea:
    """Where two parcels overlap: polygons in a local metre frame."""

    shape: shapely.Geometry
    frame: Frame

    @property
    def area_m2(self) -> float:
        """Square metres."""
        return float(shapely.area(self.shape))

    @property
    def counts(self) -> bool:
        """Is it more than tolerance: over 0.01 m2, and wider on average (2A/perimeter) than a millimetre?"""
        return self.area_m2 > TOLERANCE_M2 and mean_width_m(self.shape) > NOISE_WIDTH_M

    @property
    def is_sliver(self) -> bool:
        """Is it below tolerance and yet more than what rounding to the grid leaves?"""
        return self.area_m2 > SLIVER_NOISE_M2 and not self.counts

    def in_storage(self) -> shapely.Geometry:
        """The place in storage coordinates, for drawing."""
        return shapely.transform(self.shape, self.frame.to_storage)


def local_polygons(ground: Ground, shape: Shape, frame: Frame, region: Box) -> shapely.Geometry:
    """A shape in a local metre frame; of a large one only what lies in the region (a road touches every lot)."""
    points = sum(len(ring) for part in shape for ring in part)
    polygons: shapely.Geometry = polygons_of(shape)
    if points >= CUT_FROM_POINTS:
        polygons = _cut(polygons, ground.widened(region, 1.0))
    return shapely.transform(polygons, frame.to_metres)


def common_area(a: shapely.Geometry, b: shapely.Geometry, frame: Frame) -> CommonArea:
    """The polygons that two geometries of one local frame share."""
    return CommonArea(shapely.MultiPolygon(polygons_in(shapely.intersection(a, b))), frame)


def is_new_or_worse(before: CommonArea, after: CommonArea) -> bool:
    """Does the common area grow by more than tolerance, or leave what it was, widened by a millimetre?"""
    if not after.counts:
        return False
    if after.area_m2 - before.area_m2 > TOLERANCE_M2:
        return True
    outside = shapely.difference(after.shape, shapely.buffer(before.shape, NOISE_WIDTH_M, quad_segs=2))
    return CommonArea(shapely.MultiPolygon(polygons_in(outside)), after.frame).counts


def mean_width_m(shape: shapely.Geometry) -> float:
    """Mean width of a narrow shape, 2A/perimeter."""
    length = float(shapely.length(shape))
    return 2 * float(shapely.area(shape)) / length if length else 0.0


def _cut(polygons: shapely.Geometry, region: Box) -> shapely.Geometry:
    # By rectangle is five times faster than an overlay, but may make something invalid of a ring that touches itself.
    cut = shapely.clip_by_rect(polygons, *region)
    if shapely.is_valid(cut):
        return cut
    return shapely.intersection(polygons, Polygon(_corners(region)))


def _corners(box: Box) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    west, south, east, north = box
    return np.array([(west, south), (east, south), (east, north), (west, north)])
