"""Fabrics for tests of the engine: parcels in memory, and one edit on them as the service makes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Coverage, Parcel, Shape, shape_box
from spatial_admin.cadastre.difference import ParcelChange, differences, tidy
from spatial_admin.cadastre.operations import Replay, parse_operations, replay
from spatial_admin.cadastre.precision import Box, Ground, Point
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.shapes import polygons_of, shape_of_rings
from spatial_admin.cadastre.validity import Verdict, judge
from spatial_admin.errors import Violation

METRIC = ground_of(26915, extent=(-1e6, -1e6, 1e6, 1e6))  # metres, grid 0.1 mm
DEGREES = ground_of(4326)
EXCLUSIVE = frozenset({"parcels"})
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PROPERTIES: dict[str, Any] = {
    "number": None,
    "level": "parcels",
    "kind": "lot",
    "part_of": None,
    "legal_area_m2": None,
    "legal_area_text": None,
    "land_use": None,
    "address": None,
    "attributes": {},
}


def parcel_of(ground: Ground, key: int, parcel_id: str, shape: Shape, **properties: Any) -> Parcel:
    """A parcel as it would have been read."""
    area = shape_area_m2(ground, shape)
    return Parcel(key, parcel_id, 1, shape, {**PROPERTIES, **properties}, area, BEGIN)


@dataclass
class Fabric:
    """Parcels in memory that answer boxes as the database does: each box by itself, by envelope."""

    ground: Ground
    parcels: dict[str, Parcel]
    retired: dict[str, Parcel] = field(default_factory=dict)
    pasts: dict[tuple[str, int], Parcel] = field(default_factory=dict)
    reads: int = 0
    _boxes: np.ndarray[Any, np.dtype[np.float64]] | None = field(default=None, repr=False)

    @classmethod
    def of_shapes(cls, ground: Ground, shapes: Mapping[str, Shape], level: str = "parcels") -> Fabric:
        """Parcels of one level."""
        items = enumerate(shapes.items(), start=1)
        return cls(ground, {name: parcel_of(ground, key, name, shape, level=level) for key, (name, shape) in items})

    @classmethod
    def of_rings(cls, ground: Ground, parts: Mapping[str, Any], level: str = "parcels") -> Fabric:
        """Parcels of one level from nested lists: parts of rings of pairs."""
        return cls.of_shapes(ground, {name: shape_of_rings(rings) for name, rings in parts.items()}, level)

    def read(self, boxes: Sequence[Box], known: Sequence[int]) -> Iterable[Parcel]:
        """What meets one of the boxes and is not known yet."""
        self.reads += 1
        if not self.parcels:
            return []
        if self._boxes is None:
            self._boxes = np.array([shape_box(parcel.shape) for parcel in self.parcels.values()])
        west, south, east, north = self._boxes.T
        meets = np.zeros(len(west), dtype=bool)
        for box in boxes:
            meets |= (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        parcels = list(self.parcels.values())
        return [parcels[i] for i in np.flatnonzero(meets) if parcels[i].key not in set(known)]

    def edit(
        self, operations: Sequence[object], transformed: Mapping[Point, Point] | None = None, *, judged: bool = True
    ) -> Outcome:
        """Make an edit as services/editing/edit_boundaries does, up to where it would write."""
        coverage = Coverage(self.ground, self.read)
        parsed = parse_operations(operations)
        named = {name for operation in parsed for name in operation.parcels()}
        grounds = {name for operation in parsed for name in operation.ends()}
        for name, parcel in self.parcels.items():
            if name in named or parcel.properties["part_of"] in grounds:
                coverage.add(parcel)
        for operation in parsed:
            coverage.taken.update(
                name for name in operation.newcomers() if name in self.parcels or name in self.retired
            )
            for name, version in operation.pasts():
                if (name, version) in self.pasts:
                    coverage.pasts[name, version] = self.pasts[name, version]
                if name in self.retired:
                    coverage.retired[name] = self.retired[name]
        run = replay(
            coverage, parsed, lambda lonlat: [(transformed or {}).get(pair, pair) for pair in lonlat], new_ids()
        )
        collapsed = tidy(coverage)
        if collapsed:
            return Outcome(coverage, run, [], Verdict(violations=collapsed))
        changes = differences(coverage)
        verdict = judge(coverage, changes, EXCLUSIVE) if judged else Verdict()
        return Outcome(coverage, run, changes, verdict)

    def with_changes(self, changes: Iterable[ParcelChange]) -> Fabric:
        """The fabric after an edit."""
        parcels = dict(self.parcels)
        for change in changes:
            old = change.before
            if change.change == "retired":
                del parcels[change.parcel_id]
                continue
            key, version = (old.key, old.version) if old else (1 + max((p.key for p in parcels.values()), default=0), 0)
            parcels[change.parcel_id] = Parcel(
                key, change.parcel_id, version + 1, change.shape, change.properties, change.area_m2, BEGIN
            )
        return Fabric(self.ground, parcels)

    def polygons(self) -> list[shapely.MultiPolygon]:
        """Every parcel as shapely sees it, in the order of `parcels`."""
        return [polygons_of(parcel.shape) for parcel in self.parcels.values()]


@dataclass
class Outcome:
    """What an edit came to."""

    coverage: Coverage
    run: Replay
    changes: list[ParcelChange]
    verdict: Verdict

    @property
    def violations(self) -> list[Violation]:
        """Blocking rules that it breaks."""
        return self.verdict.violations

    def change_of(self, parcel_id: str) -> ParcelChange:
        """What it did to one parcel."""
        return next(change for change in self.changes if change.parcel_id == parcel_id)


def new_ids() -> Callable[[], str]:
    """Ids for newborn parcels as the shared cases know them: new-1, new-2 …"""
    numbers = itertools.count(1)
    return lambda: f"new-{next(numbers)}"


def rings_of(shape: Shape) -> list[list[list[list[float]]]]:
    """A shape as nested lists, to compare and to print."""
    return [[ring.tolist() for ring in part] for part in shape]


def square(x: float, y: float, width: float = 10.0, height: float = 10.0) -> list[list[list[list[float]]]]:
    """One part, one ring, counterclockwise from the lower left."""
    return [[[[x, y], [x + width, y], [x + width, y + height], [x, y + height]]]]
