"""What an edit did: for each parcel the old and the new shape, kind of change, and the region that changed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_admin.cadastre.area import changed_area_m2
from spatial_admin.cadastre.coverage import Coverage, Parcel, Ring, Shape, is_same_json, shape_box
from spatial_admin.cadastre.differing_path import differing_paths
from spatial_admin.cadastre.precision import Box, box_around
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
        if region is None and is_same_json(properties, parcel.properties):
            continue
        is_operated = parcel_id in coverage.operated
        area = parcel.area_m2
        if region is not None:
            area = changed_area_m2(coverage.ground, parcel.shape, parcel.area_m2, shape)
        change = "attributes" if region is None else "geometry" if is_operated else "noded"
        if properties["level"] != parcel.level:
            region = box_around([shape_box(parcel.shape), shape_box(shape)])
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
                # Of equal ones the last is kept, at the end of the ring the first: it begins where it began.
                kept = ring[(ring != np.concatenate([ring[1:], ring[:1]])).any(axis=1)]
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
    before: Counter[Segment] = Counter()
    after: Counter[Segment] = Counter()
    for gone, come in _changed_rings(old, new):
        # Only the stretch that differs is compared: what is outside it is in both.
        paths = differing_paths(gone, come) if len(gone) and len(come) else None
        gone_path, come_path = paths or (_closed(gone), _closed(come))
        before.update(_segments(gone_path))
        after.update(_segments(come_path))
    return before, after


def _changed_rings(old: Shape, new: Shape) -> list[tuple[Ring, Ring]]:
    """Rings that are in one shape only, paired by place; with an empty one where the shapes are built differently."""
    if [len(part) for part in old] == [len(part) for part in new]:
        pairs = zip(itertools.chain(*old), itertools.chain(*new), strict=True)
        return [(gone, come) for gone, come in pairs if gone is not come]
    old_rings, new_rings = ({ring.tobytes(): ring for part in shape for ring in part} for shape in (old, new))
    nothing = np.empty((0, 2))
    return [(ring, nothing) for key, ring in old_rings.items() if key not in new_rings] + [
        (nothing, ring) for key, ring in new_rings.items() if key not in old_rings
    ]


def _closed(ring: Ring) -> Ring:
    return np.concatenate([ring, ring[:1]])


def _segments(line: Ring) -> list[Segment]:
    return [(*a, *b) if a <= b else (*b, *a) for a, b in itertools.pairwise(map(tuple, line.tolist()))]
