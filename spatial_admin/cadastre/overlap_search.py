"""Overlaps that a chunk of new parcels brings: among themselves and with those already stored, whole arrays at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.overlap import CUT_FROM_POINTS, CommonArea, common_area_on
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import polygons_in

INTERIORS_MEET: Final = "T********"
CUT_MARGIN_M: Final = 1.0

Geometries = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two parcels, by internal id ascending, that overlap by more than tolerance."""

    parcels: tuple[int, int]
    common: CommonArea


@dataclass(frozen=True, slots=True)
class Stack:
    """Parcels of one identical geometry, by internal id ascending, at least one of them new."""

    parcels: tuple[int, ...]
    common: CommonArea


def find_overlaps(
    ground: Ground, ids: Sequence[int], geometries: Geometries, new_count: int, *, slivers: bool = False
) -> tuple[list[Overlap], list[Stack]]:
    """Overlapping pairs and stacks that concern at least one of the first `new_count` parcels; with `slivers` also the
    pairs whose common area is below tolerance, and more than noise.

    `geometries` are valid polygons in storage coordinates, those already stored behind the new ones. Identical parcels
    are looked at once: a stack of 104 flats is one finding, and not 5,356.
    """
    members = _by_geometry(geometries)
    first = np.array([group[0] for group in members])
    is_new = np.array([group[0] < new_count for group in members])
    overlaps = []
    for a, b, common in _overlapping(ground, geometries[first], is_new):
        if not (common.counts or (slivers and common.is_sliver)):
            continue
        overlaps += [
            Overlap(_ascending(ids[i], ids[j]), common)
            for i in members[a]
            for j in members[b]
            if i < new_count or j < new_count
        ]
    stacks = [
        Stack(tuple(sorted(ids[i] for i in group)), _whole(ground, geometries[group[0]]))
        for group in members
        if len(group) > 1 and group[0] < new_count
    ]
    return overlaps, stacks


def _by_geometry(geometries: Geometries) -> list[list[int]]:
    """Indices grouped by identical geometry (whatever vertex a ring begins with), each group ascending."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index, key in enumerate(shapely.to_wkb(shapely.normalize(geometries)).tolist()):
        groups[key].append(index)
    return list(groups.values())


def _overlapping(
    ground: Ground, geometries: Geometries, is_new: npt.NDArray[np.bool_]
) -> list[tuple[int, int, CommonArea]]:
    tree = shapely.STRtree(geometries)
    new = np.flatnonzero(is_new)
    a, b = tree.query(geometries[new], predicate="intersects")
    a = new[a]
    # Each pair once; a pair of two new ones comes from both sides.
    once = (a < b) | ((a > b) & ~is_new[b])
    a, b = a[once], b[once]
    sizes = shapely.get_num_coordinates(geometries)
    is_large = (sizes[a] >= CUT_FROM_POINTS) | (sizes[b] >= CUT_FROM_POINTS)
    meets = np.zeros(len(a), dtype=bool)
    small = ~is_large
    meets[small] = shapely.relate_pattern(geometries[a[small]], geometries[b[small]], INTERIORS_MEET)
    found = []
    for i, j in zip(a[meets | is_large].tolist(), b[meets | is_large].tolist(), strict=True):
        found.append((i, j, _common(ground, geometries[i], geometries[j])))
    return found


def _common(ground: Ground, a: shapely.Geometry, b: shapely.Geometry) -> CommonArea:
    boxes = np.array([shapely.bounds(a), shapely.bounds(b)])
    west, south = boxes[:, :2].max(axis=0).tolist()
    east, north = boxes[:, 2:].min(axis=0).tolist()
    region = (west, south, east, north)
    margin = ground.widened(region, CUT_MARGIN_M)
    pieces = [_cut(geometry, margin) for geometry in (a, b)]
    if not shapely.relate_pattern(pieces[0], pieces[1], INTERIORS_MEET):
        return CommonArea(shapely.MultiPolygon(), ground.frame_of(region))
    return common_area_on(ground, pieces[0], pieces[1])


def _cut(geometry: shapely.Geometry, region: tuple[float, float, float, float]) -> shapely.Geometry:
    """What of a large geometry lies in the region: a road of 19,208 vertices touches every lot of the town."""
    if shapely.get_num_coordinates(geometry) < CUT_FROM_POINTS:
        return geometry
    cut = shapely.clip_by_rect(geometry, *region)
    return cut if shapely.is_valid(cut) else shapely.intersection(geometry, shapely.box(*region))


def _whole(ground: Ground, geometry: shapely.Geometry) -> CommonArea:
    west, south, east, north = shapely.bounds(geometry).tolist()
    frame = ground.frame_of((west, south, east, north))
    return CommonArea(shapely.MultiPolygon(polygons_in(shapely.transform(geometry, frame.to_metres))), frame)


def _ascending(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
