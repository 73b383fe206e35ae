"""A window on the parcels around an edit: read on demand, changed by operations, compared with what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from spatial_admin.cadastre.box_index import BoxIndex
from spatial_admin.cadastre.precision import FEW_POINTS, Box, FloatArray, Ground, Point, box_around, box_of

Ring = FloatArray  # (n, 2) storage coordinates, not closed
Shape = tuple[tuple[Ring, ...], ...]  # parts of rings, the exterior ring first

LINEAGE_KINDS = ("split", "merge", "replace", "transfer", "correct")
PROPERTIES = (
    "number", "level", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address", "attributes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel as it was read."""

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
class Descent:
    """One step of lineage that an edit makes: a parcel came (wholly or in part) out of another."""

    parent: str
    child: str
    kind: str  # LINEAGE_KINDS


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
    """Parcels near an edit. `before` is what was current when read; `shapes` and `properties` are what is current as
    operations leave it: a parcel in both is kept, in `shapes` only is born or restored, in `before` only is retired.
    """

    ground: Ground
    read: ReadBoxes
    before: dict[str, Parcel] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    restored: dict[str, Parcel] = field(default_factory=dict)  # retired when read; an operation brought them back
    retired: dict[str, Parcel] = field(default_factory=dict)  # rows of retired parcels that operations name
    pasts: dict[tuple[str, int], Parcel] = field(default_factory=dict)  # versions that operations bring back
    taken: set[str] = field(default_factory=set)  # ids that operations give and that somebody has, or had
    descents: list[Descent] = field(default_factory=list)
    operated: set[str] = field(default_factory=set)  # changed by an operation itself, not only noded
    _boxes: BoxIndex[str] = field(default_factory=BoxIndex)  # of retired ones too: where they were is looked at
    _envelopes: dict[str, Box] = field(default_factory=dict)  # of parcels as they were read
    _seen: BoxIndex[int] = field(default_factory=BoxIndex)

    def add(self, parcel: Parcel) -> None:
        """Put a parcel that was read into the window."""
        self.before[parcel.parcel_id] = parcel
        self.shapes[parcel.parcel_id] = parcel.shape
        self.properties[parcel.parcel_id] = dict(parcel.properties)
        self._envelopes[parcel.parcel_id] = box = shape_box(parcel.shape)
        self._boxes.put(parcel.parcel_id, box)

    def bear(self, parcel_id: str, shape: Shape, properties: Mapping[str, Any]) -> None:
        """Let a parcel come into being; inverse: end."""
        self.shapes[parcel_id] = shape
        self.properties[parcel_id] = dict(properties)
        self._grow(parcel_id, shape_box(shape))
        self.operated.add(parcel_id)

    def restore(self, retired: Parcel, shape: Shape, properties: Mapping[str, Any]) -> None:
        """Let a retired parcel be current again; `retired` is its row as it was read."""
        self.restored[retired.parcel_id] = retired
        self.bear(retired.parcel_id, shape, properties)

    def end(self, parcel_id: str) -> None:
        """Retire a parcel (or take back one that this edit bore)."""
        del self.shapes[parcel_id], self.properties[parcel_id]
        self.restored.pop(parcel_id, None)
        self.operated.add(parcel_id)

    def reshape(self, parcel_id: str, shape: Shape) -> None:
        """Give a parcel other rings; those that stay the same objects count as unchanged."""
        self.shapes[parcel_id] = shape
        self._grow(parcel_id, shape_box(shape))
        self.operated.add(parcel_id)

    def descend(self, parents: Iterable[str], child: str, kind: str) -> None:
        """Note that a parcel came out of others; being one's own parent is no lineage."""
        known = {(descent.parent, descent.child) for descent in self.descents}
        self.descents += [
            Descent(parent, child, kind) for parent in parents if parent != child and (parent, child) not in known
        ]

    def copy(self) -> Coverage:
        """The same window as it is now, to try something on that is not kept."""
        window = Coverage(self.ground, self.read, dict(self.before), dict(self.shapes))
        window.properties = {name: dict(properties) for name, properties in self.properties.items()}
        window._boxes, window._seen = self._boxes.copy(), self._seen.copy()
        window._envelopes = dict(self._envelopes)
        return window

    def widen(self, boxes: Iterable[Box]) -> None:
        """Read what meets the boxes and was not read yet; one read for all of them."""
        fresh = [box for box in dict.fromkeys(boxes) if not self._is_seen(box)]
        if not fresh:
            return
        for parcel in self.read(fresh, [parcel.key for parcel in self.before.values()]):
            self.add(parcel)
        for box in fresh:
            self._seen.put(len(self._seen), box)

    def level_of(self, parcel_id: str) -> str:
        """The level a current parcel has now."""
        return str(self.properties[parcel_id]["level"])

    def levels_of(self, parcel_id: str) -> frozenset[str]:
        """The levels a parcel had or has: before it was touched, and now."""
        levels = {self.level_of(parcel_id)} if parcel_id in self.shapes else set()
        return frozenset(levels | ({self.before[parcel_id].level} if parcel_id in self.before else set()))

    def shape_before(self, parcel_id: str, level: str) -> Shape:
        """The shape a parcel was read with; none where it was not current, or of another level."""
        parcel = self.before.get(parcel_id)
        return parcel.shape if parcel is not None and parcel.level == level else ()

    def shape_now(self, parcel_id: str, level: str) -> Shape:
        """The shape a parcel has now; none where it is not current, or of another level."""
        return self.shapes[parcel_id] if parcel_id in self.shapes and self.level_of(parcel_id) == level else ()

    def names(self) -> list[str]:
        """Every parcel of the window, retired and born ones too."""
        return [*self.before, *(name for name in self.shapes if name not in self.before)]

    def family(self, parcel_id: str) -> list[str]:
        """The parcels that were before what this one is now: itself, and those it came out of."""
        found = [parcel_id]
        for name in found:  # grows while it is walked: what was born and split again in one edit has grandparents
            found += [d.parent for d in self.descents if d.child == name and d.parent not in found]
        return [name for name in found if name in self.before]

    def box_of(self, parcel_id: str) -> Box:
        """A box that holds the parcel as it was and as it is."""
        return self._boxes[parcel_id]

    def envelope(self, parcel_id: str, shape: Shape) -> Box:
        """The envelope of a shape that a parcel has or had; of most, which nobody moves, it is known."""
        parcel = self.before.get(parcel_id)
        return self._envelopes[parcel_id] if parcel is not None and shape is parcel.shape else shape_box(shape)

    def near(self, box: Box) -> list[str]:
        """Every parcel of the window, retired and born ones too, that meets a box as it was or as it is."""
        return self._boxes.meeting(box)

    def rings(self, level: str | None = None, box: Box | None = None) -> Iterator[tuple[str, int, int, Ring]]:
        """Rings of the window as (parcel_id, part, ring, coordinates), of one level, of parcels that meet a box."""
        for parcel_id in list(self.shapes) if box is None else self.near(box):
            if parcel_id not in self.shapes or (level is not None and self.level_of(parcel_id) != level):
                continue
            for part_index, part in enumerate(self.shapes[parcel_id]):
                for ring_index, ring in enumerate(part):
                    yield parcel_id, part_index, ring_index, ring

    def occurrences(self, point: Point) -> list[Occurrence]:
        """Every place of a point, in every ring of every parcel and level of the window."""
        found: list[Occurrence] = []
        for parcel_id, part, ring_index, ring in self.rings(box=(*point, *point)):
            found.extend(Occurrence(parcel_id, part, ring_index, index) for index in _indices_of(point, ring))
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
        if len(ring):
            self._grow(parcel_id, box_of(ring))

    def move_points(self, moves: Mapping[Point, Point]) -> None:
        """Give every occurrence of points new coordinates, together: one may go where another leaves."""
        fresh: dict[tuple[str, int, int], Ring] = {}
        for old, new in moves.items():
            for place in self.occurrences(old):
                name = place.parcel_id, place.part, place.ring
                if name not in fresh:
                    fresh[name] = self.ring_at(place).copy()
                fresh[name][place.index] = new
        for name, ring in fresh.items():
            self.set_ring(*name, ring)
        self.operated.update(name for name, _, _ in fresh)

    def points_in(self, box: Box, level: str | None = None) -> FloatArray:
        """Points of one level (or all) inside a box, (n, 2); a point that several rings have comes as often."""
        rings = [ring for _, _, _, ring in self.rings(level, box)]
        if not rings:
            return np.empty((0, 2))
        points = np.concatenate(rings)
        x, y = points[:, 0], points[:, 1]
        return points[(x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])]

    def distinct_points(self, box: Box) -> set[Point]:
        """Current points of every level inside a box, each once."""
        levels = {self.level_of(parcel_id) for parcel_id in self.shapes}
        return {(x, y) for level in sorted(levels) for x, y in self.points_in(box, level).tolist()}

    def touched(self) -> list[str]:
        """Parcels that are not as they were read, ascending by id; retired, born and restored ones are among them."""
        return sorted(name for name in self.names() if self._is_touched(name))

    def _grow(self, parcel_id: str, box: Box) -> None:
        # Only ever grown: a box that is too large costs a look, one that is too small loses a point.
        self._boxes.put(parcel_id, box_around([self._boxes[parcel_id], box]) if parcel_id in self._boxes else box)

    def _is_seen(self, box: Box) -> bool:
        return any(_holds(self._seen[number], box) for number in self._seen.meeting((*box[:2], *box[:2])))

    def _is_touched(self, parcel_id: str) -> bool:
        parcel = self.before.get(parcel_id)
        if parcel is None or parcel_id not in self.shapes:
            return True
        return self.shapes[parcel_id] is not parcel.shape or not is_same_json(
            self.properties[parcel_id], parcel.properties
        )


def is_same_json(a: object, b: object) -> bool:
    """Are two values equal as JSON? Python takes `true` for 1: an attribute that turns from one to the other stayed."""
    if a is b:
        return True
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(
            value is b[name] or is_same_json(value, b[name]) for name, value in a.items()
        )
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(is_same_json(*pair) for pair in zip(a, b, strict=True))
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def shape_box(shape: Shape) -> Box:
    """The envelope of a shape: that of its exterior rings."""
    boxes = [box_of(part[0]) for part in shape if len(part) and len(part[0])]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _indices_of(point: Point, ring: Ring) -> list[int]:
    if len(ring) < FEW_POINTS:  # numpy takes longer to begin than Python to look at them
        x, y = point
        return [index for index, (a, b) in enumerate(ring.tolist()) if a == x and b == y]
    return [index for index in (ring[:, 0] == point[0]).nonzero()[0].tolist() if ring[index, 1] == point[1]]


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
