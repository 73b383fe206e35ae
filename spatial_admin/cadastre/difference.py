"""What an edit did: for each parcel the old and the new shape, kind of change, and the region that changed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_admin.cadastre.area import changed_area_m2, equal_ends
from spatial_admin.cadastre.coverage import Coverage, Parcel, Ring, Shape
from spatial_admin.cadastre.precision import Box, box_around, box_of
from spatial_admin.errors import Violation

Segment = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ParcelChange:
    """One touched parcel; `region` is None where its geometry and level stay."""

    parcel: Parcel
    shape: Shape
    properties: Mapping[str, Any]
    change: str  # geometry, noded or attributes, as in parcel_version
    region: Box | None
    area_m2: float
    is_operated: bool  # an operation changed it, so its version is compared with what the author saw


def differences(coverage: Coverage) -> list[ParcelChange]:
    """Every parcel that differs from what was read, ascending by id; rings are tidied first (see `tidy`)."""
    changes = []
    for parcel_id in coverage.touched():
        parcel = coverage.before[parcel_id]
        shape = coverage.shapes[parcel_id]
        region = None if shape is parcel.shape else changed_region(parcel.shape, shape)
        properties = coverage.properties[parcel_id]
        if region is None and properties == parcel.properties:
            continue
        is_operated = parcel_id in coverage.operated
        area = parcel.area_m2
        if region is not None:
            area = changed_area_m2(coverage.ground, parcel.shape, parcel.area_m2, shape)
        change = "attributes" if region is None else "geometry" if is_operated else "noded"
        if properties["level"] != parcel.level:
            region = box_around([box_of(part[0]) for part in (*parcel.shape, *shape)])
        changes.append(
            ParcelChange(
                parcel, shape if region is not None else parcel.shape, properties, change, region, area, is_operated
            )
        )
    return changes


def tidy(coverage: Coverage) -> list[Violation]:
    """Make equal consecutive points one, in rings that changed; rings that vanish thereby violate `collapsed`."""
    violations = []
    for parcel_id in coverage.touched():
        before = {id(ring) for part in coverage.before[parcel_id].shape for ring in part}
        for part, rings in enumerate(coverage.shapes[parcel_id]):
            for index, ring in enumerate(rings):
                if id(ring) in before:
                    continue
                kept = ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)]
                if len(kept) < 3:
                    what = "its outline" if index == 0 else "a hole"
                    place = {"type": "Point", "coordinates": [float(ring[0, 0]), float(ring[0, 1])]}
                    message = f"In parcel {parcel_id} {what} is left with fewer than three points."
                    violations.append(Violation("collapsed", (parcel_id,), message, place))
                elif len(kept) != len(ring):
                    coverage.set_ring(parcel_id, part, index, kept)
    return violations


def changed_region(old: Shape, new: Shape) -> Box | None:
    """The envelope of the segments in exactly one of two shapes; None when there is none. As SQL's `changed_region`."""
    before, after = _changed_segments(old, new)
    only = list((before - after).elements()) + list((after - before).elements())
    if not only:
        return None
    return (
        min(min(s[0], s[2]) for s in only),
        min(min(s[1], s[3]) for s in only),
        max(max(s[0], s[2]) for s in only),
        max(max(s[1], s[3]) for s in only),
    )


def _changed_segments(old: Shape, new: Shape) -> tuple[Counter[Segment], Counter[Segment]]:
    old_rings = {ring.tobytes(): ring for part in old for ring in part}
    new_rings = {ring.tobytes(): ring for part in new for ring in part}
    gone = [ring for key, ring in old_rings.items() if key not in new_rings]
    come = [ring for key, ring in new_rings.items() if key not in old_rings]
    if len(gone) == 1 and len(come) == 1:
        return _window(gone[0], come[0])
    return _all_segments(gone), _all_segments(come)


def _all_segments(rings: list[Ring]) -> Counter[Segment]:
    return Counter(segment for ring in rings for segment in _segments(np.vstack([ring, ring[:1]])))


def _window(old: Ring, new: Ring) -> tuple[Counter[Segment], Counter[Segment]]:
    # Only the stretch between the equal ends is compared, with one common point on either side.
    old, new = np.vstack([old, old[:1]]), np.vstack([new, new[:1]])
    head, tail = equal_ends(old, new)
    start, cut = max(head - 1, 0), max(tail - 1, 0)
    return Counter(_segments(old[start : len(old) - cut])), Counter(_segments(new[start : len(new) - cut]))


def _segments(line: Ring) -> list[Segment]:
    points = [(float(x), float(y)) for x, y in line]
    return [(*min(a, b), *max(a, b)) for a, b in itertools.pairwise(points)]
