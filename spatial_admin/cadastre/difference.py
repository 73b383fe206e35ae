"""What an edit did: for each parcel the old and the new shape, kind of change, and the region that changed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_admin.cadastre.area import changed_area_m2, shape_area_m2
from spatial_admin.cadastre.coverage import Coverage, Parcel, Ring, Shape, is_same_json, shape_box
from spatial_admin.cadastre.differing_path import differing_paths
from spatial_admin.cadastre.precision import FEW_POINTS, Box, Point, box_around
from spatial_admin.cadastre.shapes import RING_POINTS, without_repeats
from spatial_admin.errors import Violation

Segment = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ParcelChange:
    """One touched parcel; `region` is None where its geometry, level and being current stay."""

    parcel_id: str
    before: Parcel | None  # its row as read; None for a parcel that is born
    shape: Shape
    properties: Mapping[str, Any]
    change: str  # created, geometry, noded, attributes, retired or restored, as in parcel_version
    region: Box | None
    area_m2: float
    is_operated: bool  # an operation changed it, so its version is compared with what the author saw

    @property
    def row(self) -> Parcel:
        """The stored row that this change updates; a born parcel has none yet."""
        if self.before is None:
            raise ValueError(f"{self.parcel_id} is not stored yet")
        return self.before

    @property
    def area_before_m2(self) -> float | None:
        """Square metres before; None for what was not current."""
        return None if self.before is None or self.change == "restored" else self.before.area_m2


def differences(coverage: Coverage) -> list[ParcelChange]:
    """Every parcel that differs from what was read, ascending by id; rings are tidied first (see `tidy`)."""
    changes = [_change_of(coverage, parcel_id) for parcel_id in coverage.touched()]
    return [change for change in changes if change is not None]


def _change_of(coverage: Coverage, parcel_id: str) -> ParcelChange | None:
    parcel = coverage.before.get(parcel_id)
    if parcel is None:
        return _newcomer(coverage, parcel_id)
    if parcel_id not in coverage.shapes:
        region = shape_box(parcel.shape)
        return ParcelChange(
            parcel_id, parcel, parcel.shape, parcel.properties, "retired", region, parcel.area_m2, is_operated=True
        )
    return _kept(coverage, parcel)


def _newcomer(coverage: Coverage, parcel_id: str) -> ParcelChange:
    shape, properties = coverage.shapes[parcel_id], coverage.properties[parcel_id]
    retired = coverage.restored.get(parcel_id)
    region = shape_box(shape)
    if retired is not None:
        region = box_around([region, shape_box(retired.shape)])  # as the guard trigger, which sees both rows
    change = "created" if retired is None else "restored"
    area = shape_area_m2(coverage.ground, shape)
    return ParcelChange(parcel_id, retired, shape, properties, change, region, area, is_operated=True)


def _kept(coverage: Coverage, parcel: Parcel) -> ParcelChange | None:
    name = parcel.parcel_id
    shape, properties = coverage.shapes[name], coverage.properties[name]
    region = None if shape is parcel.shape else changed_region(parcel.shape, shape)
    if region is None and is_same_json(properties, parcel.properties):
        return None
    is_operated = name in coverage.operated
    area = parcel.area_m2
    if region is not None:
        area = changed_area_m2(coverage.ground, parcel.shape, parcel.area_m2, shape)
    change = "attributes" if region is None else "geometry" if is_operated else "noded"
    if properties["level"] != parcel.level:
        region = box_around([shape_box(parcel.shape), shape_box(shape)])
    stored = shape if region is not None else parcel.shape
    return ParcelChange(name, parcel, stored, properties, change, region, area, is_operated)


def tidy(coverage: Coverage) -> list[Violation]:
    """Make equal consecutive points one, in rings that changed; rings that vanish thereby violate `collapsed`."""
    violations = []
    for parcel_id in coverage.touched():
        if parcel_id not in coverage.shapes:
            continue
        was = coverage.before.get(parcel_id)
        before = {id(ring) for part in was.shape for ring in part} if was else set()
        for part, rings in enumerate(coverage.shapes[parcel_id]):
            for index, ring in enumerate(rings):
                if id(ring) in before:
                    continue
                kept = without_repeats(ring)
                if len(kept) < RING_POINTS:
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


def changed_points(old: Shape, new: Shape) -> tuple[set[Point], set[Point]]:
    """Points of the old shape alone, and of the new one alone, as far as the rings that differ tell."""
    before: set[Point] = set()
    after: set[Point] = set()
    for gone, come in changed_rings(old, new):
        # Of a small ring all points are sooner compared than the stretch is found that differs.
        is_long = min(len(gone), len(come)) > FEW_POINTS
        was, now = (differing_paths(gone, come) if is_long else None) or (gone, come)
        before.update((x, y) for x, y in was.tolist())
        after.update((x, y) for x, y in now.tolist())
    return before - after, after - before


def _changed_segments(old: Shape, new: Shape) -> tuple[Counter[Segment], Counter[Segment]]:
    before: Counter[Segment] = Counter()
    after: Counter[Segment] = Counter()
    for gone, come in changed_rings(old, new):
        # Only the stretch that differs is compared: what is outside it is in both.
        paths = differing_paths(gone, come) if len(gone) and len(come) else None
        gone_path, come_path = paths or (_closed(gone), _closed(come))
        before.update(_segments(gone_path))
        after.update(_segments(come_path))
    return before, after


def changed_rings(old: Shape, new: Shape) -> list[tuple[Ring, Ring]]:
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
