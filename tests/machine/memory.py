"""Every parcel in memory, and each edit made there by the engine: what the database must hold afterwards, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from spatial_admin.cadastre.coverage import PROPERTIES, Coverage, Parcel, is_same_json, shape_box
from spatial_admin.cadastre.difference import ParcelChange, changed_region, differences, tidy
from spatial_admin.cadastre.operations import Replay, replay
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.cadastre.precision import Box, Ground
from spatial_admin.cadastre.shapes import wkb_of_shape
from spatial_admin.cadastre.validity import Verdict, judge
from spatial_admin.errors import EditRejected, VersionConflict, VersionRequired
from spatial_admin.errors import StaleParcel as Stale
from spatial_admin.services.editing.compute_edit import generated_ids
from spatial_admin.services.editing.parse_edit import EditRequest

Image = tuple[Any, ...]
"""A row of the table as it must be: version, is it current, geometry, area, properties."""


@dataclass(slots=True)
class Foreseen:
    """What an edit comes to in memory, where nothing refuses it."""

    coverage: Coverage
    run: Replay
    changes: list[ParcelChange]
    verdict: Verdict
    is_rebased: bool


@dataclass(slots=True)
class Memory:
    """Parcels by id: the current ones, the rows of retired ones, and every version that ever was."""

    ground: Ground
    exclusive: frozenset[str]
    current: dict[str, Parcel] = field(default_factory=dict)
    retired: dict[str, Parcel] = field(default_factory=dict)
    pasts: dict[tuple[str, int], Parcel] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    _boxes: np.ndarray[Any, np.dtype[np.float64]] | None = None

    def begin_with(self, parcels: Iterable[Parcel]) -> None:
        """Take parcels for the first state of all."""
        for parcel in parcels:
            self._keep(parcel, is_current=True)

    def versions(self) -> dict[str, int]:
        """The version of every parcel, retired ones too: what an author sees."""
        return {name: image[0] for name, image in self.images.items()}

    def foresee(self, request: EditRequest) -> Foreseen:
        """What the edit does; raises what the service must raise."""
        coverage, run = self.replayed(request)
        collapsed = tidy(coverage)
        if collapsed:
            raise EditRejected(collapsed)
        changes = differences(coverage)
        is_rebased = self._compare(request, coverage, changes, run)
        verdict = judge(coverage, changes, self.exclusive, request.accepted(), request.may_return)
        if verdict.violations:
            raise EditRejected(verdict.violations)
        return Foreseen(coverage, run, changes, verdict, is_rebased)

    def replayed(self, request: EditRequest) -> tuple[Coverage, Replay]:
        """What its operations make of what is current."""
        coverage = Coverage(self.ground, self._read)
        self._name(request, coverage)
        return coverage, replay(coverage, request.operations, list, generated_ids(request.key))

    def follow(self, changes: Iterable[ParcelChange], rows: dict[str, tuple[int, datetime]]) -> None:
        """Make an edit's changes; `rows` are what only the database gives: internal ids, and when versions began."""
        for change in changes:
            key, begin = rows[change.parcel_id]
            version = change.before.version + 1 if change.before else 1
            shape, properties = change.shape, dict(change.properties)
            parcel = Parcel(key, change.parcel_id, version, shape, properties, change.area_m2, begin)
            self._keep(parcel, is_current=change.change != "retired")

    def _keep(self, parcel: Parcel, *, is_current: bool) -> None:
        name = parcel.parcel_id
        self.current.pop(name, None)
        self.retired.pop(name, None)
        (self.current if is_current else self.retired)[name] = parcel
        self.pasts[name, parcel.version] = replace(parcel, row="")
        values = tuple(parcel.properties[one] for one in PROPERTIES)
        self.images[name] = (parcel.version, is_current, wkb_of_shape(parcel.shape), parcel.area_m2, values)
        self._boxes = None

    def _read(self, boxes: Sequence[Box], known: Sequence[int]) -> Iterable[Parcel]:
        parcels = list(self.current.values())
        if not parcels:
            return []
        if self._boxes is None:
            self._boxes = np.array([shape_box(parcel.shape) for parcel in parcels])
        west, south, east, north = self._boxes.T
        meets = np.zeros(len(parcels), dtype=bool)
        for box in boxes:
            meets |= (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        held = set(known)
        return [parcels[i] for i in np.flatnonzero(meets) if parcels[i].key not in held]

    def _name(self, request: EditRequest, coverage: Coverage) -> None:
        operations = request.operations
        ends = {name for operation in operations for name in operation.ends()}
        named = {name for operation in operations for name in operation.parcels()}
        for operation in operations:
            for name, version in operation.pasts():
                if name in self.retired:
                    coverage.retired[name] = self.retired[name]
                if (name, version) in self.pasts:
                    coverage.pasts[name, version] = self.pasts[name, version]
                    named.add(str(self.pasts[name, version].properties["part_of"]))
            coverage.taken.update(name for name in operation.newcomers() if name in self.images)
        for name, parcel in self.current.items():
            if name in named or parcel.properties["part_of"] in ends:
                coverage.add(parcel)

    def _compare(self, request: EditRequest, coverage: Coverage, changes: list[ParcelChange], run: Replay) -> bool:
        """Design, section 6, staleness: once more, from its words."""
        seen = request.seen
        operated = {change.parcel_id for change in changes if change.is_operated and change.before}
        missing = {name: (coverage.before.get(name) or self.retired[name]).version for name in operated - seen.keys()}
        if missing:
            raise VersionRequired(missing)
        named = {name for operation in request.operations for name in operation.parcels()}
        compared = operated | {name for name in named if name in coverage.before and name in seen}
        stale = [
            Stale(name, seen[name], self.images[name][0], self._is_as_seen(request, name, run))
            for name in sorted(compared)
            if seen[name] != self.images[name][0]
        ]
        if stale and not (request.if_stale == "rebase" and all(one.can_rebase for one in stale)):
            raise VersionConflict(stale)
        return bool(stale)

    def _is_as_seen(self, request: EditRequest, name: str, run: Replay) -> bool:
        patches = [op.properties for op in request.operations if isinstance(op, Update) and op.parcel_id == name]
        was, now = self.pasts.get((name, request.seen[name])), self.pasts[name, self.images[name][0]]
        if name in run.bound and (was is None or changed_region(was.shape, now.shape) is not None):
            return False
        fields = {key for patch in patches for key in patch}
        return not fields or (
            was is not None and all(is_same_json(was.properties[key], now.properties[key]) for key in fields)
        )
