"""Gaps: land between parcels, narrower than a width, that no parcel of the level covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely import Polygon
from shapely import box as rectangle

from spatial_admin.cadastre.coverage import Coverage, Shape
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2, local_polygons, mean_width_m
from spatial_admin.cadastre.precision import Box, Frame, box_around, boxes_meet
from spatial_admin.cadastre.shapes import polygons_in

TOUCH_M: Final = 0.002


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap: the parcels around it, its place in storage coordinates, its area."""

    parcels: tuple[str, ...]
    place: shapely.Geometry
    area_m2: float


def new_gaps(coverage: Coverage, level: str, regions: Sequence[Box]) -> list[Gap]:
    """Gaps narrower than the ground's `gap_width_m` that are in the regions now and were not before."""
    region = box_around(list(regions))
    frame = coverage.ground.frame_of(region)
    names = [name for name in coverage.shapes if boxes_meet(coverage.box_of(name), region)]
    now = _local(coverage, frame, region, {n: coverage.shapes[n] for n in names if coverage.level_of(n) == level})
    was = _local(
        coverage, frame, region, {n: coverage.before[n].shape for n in names if coverage.before[n].level == level}
    )
    covered_before = shapely.union_all(list(was.values()))
    covered_now = shapely.union_all(list(now.values()))
    # Only land that was covered can become a gap by an edit; a street frontage that recedes is open on its other side.
    lost = shapely.difference(covered_before, covered_now)
    if shapely.area(lost) <= SLIVER_NOISE_M2:
        return []
    found = []
    for piece in _narrow_pieces(covered_now, coverage.ground.gap_width_m, frame, region):
        if shapely.area(shapely.intersection(piece, lost)) <= SLIVER_NOISE_M2:
            continue
        near = piece.buffer(TOUCH_M)
        around = tuple(sorted(name for name, polygons in now.items() if shapely.intersects(polygons, near)))
        if around:
            found.append(Gap(around, shapely.transform(piece, frame.to_storage), float(piece.area)))
    return found


def _narrow_pieces(covered: shapely.Geometry, width_m: float, frame: Frame, region: Box) -> list[Polygon]:
    # Closing by half the width fills what is narrower; mitred, so that no fillet is left in a corner of open land.
    grown = shapely.buffer(covered, width_m / 2, join_style="mitre", mitre_limit=5.0)
    closed = shapely.buffer(grown, -width_m / 2, join_style="mitre", mitre_limit=5.0)
    window = shapely.buffer(shapely.transform(rectangle(*region), frame.to_metres), width_m)
    pieces = polygons_in(shapely.intersection(shapely.difference(closed, covered), window))
    return [piece for piece in pieces if piece.area > SLIVER_NOISE_M2 and mean_width_m(piece) < width_m]


def _local(coverage: Coverage, frame: Frame, region: Box, shapes: dict[str, Shape]) -> dict[str, shapely.Geometry]:
    wide = coverage.ground.widened(region, 2 * coverage.ground.gap_width_m)
    return {name: local_polygons(coverage.ground, shape, frame, wide) for name, shape in shapes.items()}
