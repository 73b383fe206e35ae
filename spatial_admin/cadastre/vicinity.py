"""The polygons around an edit, as the rules need them: in storage coordinates, each made once, large ones cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from shapely import MultiPolygon

from spatial_admin.cadastre.coverage import Coverage, Ring, Shape, shape_box
from spatial_admin.cadastre.differing_path import differing_paths
from spatial_admin.cadastre.overlap import CUT_FROM_POINTS
from spatial_admin.cadastre.precision import Box, box_around, box_of
from spatial_admin.cadastre.shapes import polygons_of, polygons_of_all

NOTHING: Final = MultiPolygon()
State = Callable[[str, str], shapely.Geometry]
"""A parcel in one of the two states of an edit, by its id and level."""

FEW_POINTS: Final = 100  # of two paths that are looked at exactly
NARROW: Final = 0.25  # of the envelope: from there on an overlay with the zone is worth it
SMALL_M2: Final = 10_000.0  # of the envelope: little lies in it, and a rectangle cuts five times faster


@dataclass(slots=True)
class Vicinity:
    """Parcels where a coverage changed. A road touches every lot of the town: of it only what is near counts."""

    coverage: Coverage
    region: Box  # that changed, storage coordinates
    changes: Sequence[tuple[Shape, Shape]] = ()  # old and new shapes; none: all of the region counts
    _zone: shapely.Geometry | None = None
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
        return self.coverage.near(reach)

    def whole(self, shape: Shape) -> shapely.Geometry:
        """The shape uncut."""
        if not shape:
            return NOTHING
        if id(shape) not in self._whole:
            self._whole[id(shape)] = polygons_of(shape)
        return self._whole[id(shape)]

    def make(self, shapes: Iterable[Shape]) -> None:
        """Make the polygons of shapes that will be asked for, together."""
        fresh = {id(shape): shape for shape in shapes if shape and id(shape) not in self._whole}
        if fresh:
            self._whole.update(zip(fresh, polygons_of_all(list(fresh.values())), strict=True))

    def square_metres(self) -> float:
        """Square metres of one square storage unit here."""
        east, north = self.coverage.ground.scale_at((self.region[1] + self.region[3]) / 2)
        return east * north

    def _cut(self, shape: Shape) -> shapely.Geometry:
        if not is_large(shape):
            return self.whole(shape)
        if id(shape) not in self._near:
            self._near[id(shape)] = _cut(self.whole(shape), self._near_zone())
        return self._near[id(shape)]

    def _near_zone(self) -> shapely.Geometry:
        """What changed and what is near it. A segment of a kilometre, askew, has half the town in its envelope."""
        if self._zone is None:
            margin_m = max(1.0, 2 * self.coverage.ground.gap_width_m)
            zone = shapely.box(*self.coverage.ground.widened(self.region, margin_m))
            is_small = shapely.area(zone) * self.square_metres() < SMALL_M2
            self._zone = zone if is_small else self._narrowed(zone, margin_m)
        return self._zone

    def _narrowed(self, zone: shapely.Geometry, margin_m: float) -> shapely.Geometry:
        land = [piece for old, new in self.changes for piece in _changed_land(old, new)]
        if not land:
            return zone
        scale = min(self.coverage.ground.scale_at(self.region[1]))
        narrow = shapely.buffer(shapely.union_all(land), margin_m / scale)
        return narrow if shapely.area(narrow) < NARROW * shapely.area(zone) else zone


def is_large(shape: Shape) -> bool:
    """Has the shape so many points that it is cut?"""
    return sum(len(ring) for part in shape for ring in part) >= CUT_FROM_POINTS


def _changed_land(old: Shape, new: Shape) -> list[shapely.Geometry]:
    """What holds everything between the old and the new boundary, for each ring that differs: a sliver along a segment
    of a kilometre when its end moves by a metre.
    """
    if [len(part) for part in old] != [len(part) for part in new]:
        return [shapely.box(*shape_box(shape)) for shape in (old, new) if shape]
    land: list[shapely.Geometry] = []
    for before, after in zip(itertools.chain(*old), itertools.chain(*new), strict=True):
        if before is not after:
            paths = differing_paths(before, after)
            land.append(_between(*paths) if paths else shapely.box(*box_around([box_of(before), box_of(after)])))
    return land


def _between(old: Ring, new: Ring) -> shapely.Geometry:
    if len(old) + len(new) > FEW_POINTS:
        return shapely.box(*box_around([box_of(old), box_of(new)]))
    # Even and odd: where the two paths cross, the land between lies now on this side and now on that.
    outline = shapely.Polygon(np.concatenate([old, new[-2::-1]]))
    return shapely.union_all(
        [shapely.LineString(old), shapely.LineString(new), shapely.make_valid(outline, method="linework")]
    )


def _cut(polygons: shapely.Geometry, zone: shapely.Geometry) -> shapely.Geometry:
    # By rectangle is five times faster than an overlay, but may make something invalid of a ring that touches itself.
    if shapely.area(zone) == shapely.area(shapely.envelope(zone)):
        cut = shapely.clip_by_rect(polygons, *shapely.bounds(zone))
        if shapely.is_valid(cut):
            return cut
    return shapely.intersection(polygons, zone)
