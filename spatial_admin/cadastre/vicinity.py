"""The polygons around an edit, as the rules need them: in storage coordinates, each made once, large ones cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import shapely
from shapely import MultiPolygon

from spatial_admin.cadastre.coverage import Coverage, Shape
from spatial_admin.cadastre.overlap import CUT_FROM_POINTS
from spatial_admin.cadastre.precision import Box, boxes_meet
from spatial_admin.cadastre.shapes import polygons_of

NOTHING: Final = MultiPolygon()


@dataclass(slots=True)
class Vicinity:
    """Parcels where a coverage changed. A road touches every lot of the town: of it only what is near counts."""

    coverage: Coverage
    region: Box  # that changed, storage coordinates
    _whole: dict[int, shapely.Geometry] = field(default_factory=dict)  # by identity of the shape
    _near: dict[int, shapely.Geometry] = field(default_factory=dict)

    def was(self, parcel_id: str, level: str) -> shapely.Geometry:
        """The parcel as it was read, near the region; empty when it was not current, or of another level."""
        return self._cut(self.coverage.shape_before(parcel_id, level))

    def now(self, parcel_id: str, level: str) -> shapely.Geometry:
        """The parcel as the operations left it, near the region; empty when it is not current, or of another level."""
        return self._cut(self.coverage.shape_now(parcel_id, level))

    def near(self) -> list[str]:
        """Parcels that come within a gap's width of the region: the other side of a gap lies off it."""
        ground = self.coverage.ground
        reach = ground.widened(self.region, ground.gap_width_m)
        return [name for name in self.coverage.names() if boxes_meet(self.coverage.box_of(name), reach)]

    def whole(self, shape: Shape) -> shapely.Geometry:
        """The shape uncut."""
        if not shape:
            return NOTHING
        if id(shape) not in self._whole:
            self._whole[id(shape)] = polygons_of(shape)
        return self._whole[id(shape)]

    def square_metres(self) -> float:
        """Square metres of one square storage unit here."""
        east, north = self.coverage.ground.scale_at((self.region[1] + self.region[3]) / 2)
        return east * north

    def _cut(self, shape: Shape) -> shapely.Geometry:
        if not is_large(shape):
            return self.whole(shape)
        if id(shape) not in self._near:
            ground = self.coverage.ground
            box = ground.widened(self.region, max(1.0, 2 * ground.gap_width_m))
            self._near[id(shape)] = _cut(self.whole(shape), box)
        return self._near[id(shape)]


def is_large(shape: Shape) -> bool:
    """Has the shape so many points that it is cut?"""
    return sum(len(ring) for part in shape for ring in part) >= CUT_FROM_POINTS


def _cut(polygons: shapely.Geometry, box: Box) -> shapely.Geometry:
    # By rectangle is five times faster than an overlay, but may make something invalid of a ring that touches itself.
    cut = shapely.clip_by_rect(polygons, *box)
    return cut if shapely.is_valid(cut) else shapely.intersection(polygons, shapely.box(*box))
