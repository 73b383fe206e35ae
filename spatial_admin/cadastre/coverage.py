"""A window on the parcels around an edit: read on demand, changed by operations, compared with what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from spatial_admin.cadastre.precision import Box, FloatArray, Ground, Point, box_around, box_of, boxes_meet

Ring = FloatArray  # (n, 2) storage coordinates, not closed
Shape = tuple[tuple[Ring, ...], ...]  # parts of rings, the exterior ring first

PROPERTIES = (
    "number", "level", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address", "attributes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """One current parcel as it was read."""

    key: int  # internal id
    parcel_id: str
    version: int
    shape: Shape
    properties: Mapping[str, Any]  # PROPERTIES
    area_m2: float
    begin: datetime
    row: str = ""  # where the store keeps it; means nothing to the engine

    @property
    def level(self) -> str:
        """The set of parcels it belongs to."""
        return str(self.properties["level"])


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place of a point in a ring."""

    parcel_id: str
    part: int
    ring: int
    index: int


ReadBoxes = Callable[[Sequence[Box], Sequence[int]], Iterable[Parcel]]
"""Read every current parcel whose envelope meets one of the boxes, but those with the given internal ids."""


@dataclass(slots=True)
class Coverage:
    """Parcels near an edit. `before` is as read, `shapes` and `properties` as the operations leave them."""

    ground: Ground
    read: ReadBoxes
    before: dict[str, Parcel] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    operated: set[str] = field(default_factory=set)  # changed by an operation itself, not only noded
    _boxes: dict[str, Box] = field(default_factory=dict)
    _seen: list[Box] = field(default_factory=list)

    def add(self, parcel: Parcel) -> None:
        """Put a parcel that was read into the window."""
        self.before[parcel.parcel_id] = parcel
        self.shapes[parcel.parcel_id] = parcel.shape
        self.properties[parcel.parcel_id] = dict(parcel.properties)
        self._boxes[parcel.parcel_id] = shape_box(parcel.shape)

    def widen(self, boxes: Iterable[Box]) -> None:
        """Read what meets the boxes and was not read yet; one read for all of them."""
        fresh = [box for box in boxes if not any(_holds(seen, box) for seen in self._seen)]
        if not fresh:
            return
        for parcel in self.read(fresh, [parcel.key for parcel in self.before.values()]):
            self.add(parcel)
        self._seen.extend(fresh)

    def level_of(self, parcel_id: str) -> str:
        """The level a parcel has now."""
        return str(self.properties[parcel_id]["level"])

    def box_of(self, parcel_id: str) -> Box:
        """A box that holds the parcel as it was and as it is."""
        return self._boxes[parcel_id]

    def rings(self, level: str | None = None, box: Box | None = None) -> Iterator[tuple[str, int, int, Ring]]:
        """Rings of the window as (parcel_id, part, ring, coordinates), of one level, of parcels that meet a box."""
        for parcel_id, shape in list(self.shapes.items()):
            if level is not None and self.level_of(parcel_id) != level:
                continue
            if box is not None and not boxes_meet(self._boxes[parcel_id], box):
                continue
            for part_index, part in enumerate(shape):
                for ring_index, ring in enumerate(part):
                    yield parcel_id, part_index, ring_index, ring

    def occurrences(self, point: Point) -> list[Occurrence]:
        """Every place of a point, in every ring of every parcel and level of the window."""
        found: list[Occurrence] = []
        for parcel_id, part, ring_index, ring in self.rings(box=(*point, *point)):
            here = np.flatnonzero((ring[:, 0] == point[0]) & (ring[:, 1] == point[1]))
            found.extend(Occurrence(parcel_id, part, ring_index, int(index)) for index in here)
        return found

    def has_point(self, point: Point) -> bool:
        """Does any parcel of the window have this very point?"""
        return bool(self.occurrences(point))

    def ring_at(self, place: Occurrence) -> Ring:
        """The ring of an occurrence."""
        return self.shapes[place.parcel_id][place.part][place.ring]

    def neighbours(self, place: Occurrence) -> tuple[Point, Point]:
        """The points before and after an occurrence on its ring."""
        ring = self.ring_at(place)
        before, after = ring[place.index - 1], ring[(place.index + 1) % len(ring)]
        return (float(before[0]), float(before[1])), (float(after[0]), float(after[1]))

    def set_ring(self, parcel_id: str, part: int, ring_index: int, ring: Ring) -> None:
        """Replace one ring; arrays are never changed in place, so what was read stays as it was."""
        shape = self.shapes[parcel_id]
        rings = (*shape[part][:ring_index], ring, *shape[part][ring_index + 1 :])
        self.shapes[parcel_id] = (*shape[:part], rings, *shape[part + 1 :])
        old = self._boxes[parcel_id]
        if len(ring):
            new = box_of(ring)
            # Only ever grown: a box that is too large costs a look, one that is too small loses a point.
            self._boxes[parcel_id] = box_around([old, new])

    def replace_point(self, old: Point, new: Point) -> None:
        """Give every occurrence of a point new coordinates."""
        for place in self.occurrences(old):
            ring = self.ring_at(place).copy()
            ring[place.index] = new
            self.set_ring(place.parcel_id, place.part, place.ring, ring)
            self.operated.add(place.parcel_id)

    def points_in(self, box: Box, level: str) -> FloatArray:
        """Points of one level inside a box, (n, 2); a point that several rings have comes as often."""
        found = []
        for _, _, _, ring in self.rings(level, box):
            inside = (ring[:, 0] >= box[0]) & (ring[:, 0] <= box[2]) & (ring[:, 1] >= box[1]) & (ring[:, 1] <= box[3])
            if inside.any():
                found.append(ring[inside])
        return np.concatenate(found) if found else np.empty((0, 2))

    def touched(self) -> list[str]:
        """Parcels that are not as they were read, ascending by id."""
        return sorted(
            parcel_id
            for parcel_id, parcel in self.before.items()
            if self.shapes[parcel_id] is not parcel.shape
            or not is_same_json(self.properties[parcel_id], parcel.properties)
        )


def is_same_json(a: object, b: object) -> bool:
    """Are two values equal as JSON? Python takes `true` for 1: an attribute that turns from one to the other stayed."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(is_same_json(value, b[name]) for name, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(is_same_json(*pair) for pair in zip(a, b, strict=True))
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def shape_box(shape: Shape) -> Box:
    """The envelope of a shape: that of its exterior rings."""
    boxes = [box_of(part[0]) for part in shape if len(part[0])]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
