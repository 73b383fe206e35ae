"""Stacks: parcels of one identical geometry in an exclusive level; one finding for each stack, not for each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import shapely

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.overlap import common_area_on
from spatial_admin.cadastre.precision import boxes_meet
from spatial_admin.cadastre.vicinity import Vicinity

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """Parcels of one geometry, ascending by id, its place in storage coordinates, its area."""

    parcels: Names
    place: shapely.Geometry
    area_m2: float
    heirs_of: tuple[tuple[str, Names], ...]  # the finding of the stack that it is the rest of


@dataclass(slots=True)
class Stacks:
    """The stacks that changed parcels form, and those they have left; `member_of` numbers the stacks before and now."""

    found: list[Stack] = field(default_factory=list)
    gone: list[Names] = field(default_factory=list)
    _before: dict[str, Names] = field(default_factory=dict)
    _now: dict[str, Names] = field(default_factory=dict)

    def has(self, pair: tuple[str, str]) -> bool:
        """Are both of one stack now?"""
        return pair[1] in self._now.get(pair[0], ())

    def keeps(self, pair: tuple[str, str]) -> bool:
        """Were both of one stack, and are they still? Then there is nothing to judge: they moved together."""
        return self.has(pair) and pair[1] in self._before.get(pair[0], ())


def changed_stacks(vicinity: Vicinity, level: str, changed: Sequence[str]) -> Stacks:
    """The stacks with at least one changed parcel, before the edit and after it."""
    coverage = vicinity.coverage
    near = coverage.near(vicinity.region)
    old = {name: coverage.shape_before(name, level) for name in near}
    new = {name: coverage.shape_now(name, level) for name in near}
    # What is left of a stack that a changed parcel left is looked at too, and what a stack was that one has joined.
    joined = _by_member(_stacks_of(vicinity, new, changed))
    before = _stacks_of(vicinity, old, [*changed, *joined])
    was = _by_member(before)
    now = _stacks_of(vicinity, new, [*changed, *was])
    stacks = Stacks(_before=was, _now=_by_member(now))
    for parcels in now:
        shape = vicinity.whole(coverage.shape_now(parcels[0], level))
        common = common_area_on(coverage.ground, shape, shape)
        older = {was[name] for name in parcels if name in was} - {parcels}
        heirs_of = tuple(("stack", names) for names in sorted(older))
        stacks.found.append(Stack(parcels, common.in_storage(), common.area_m2, heirs_of))
    stacks.gone = [parcels for parcels in before if parcels not in now]
    return stacks


def _stacks_of(vicinity: Vicinity, shapes: dict[str, Shape], changed: Sequence[str]) -> list[Names]:
    # Envelopes first: nearly always no two are equal, and nothing else is computed.
    candidates: dict[tuple[float, ...], list[str]] = defaultdict(list)
    for name, shape in shapes.items():
        box = vicinity.coverage.envelope(name, shape) if shape else None
        if box is not None and boxes_meet(box, vicinity.region):
            candidates[box].append(name)
    wanted = set(changed)
    stacks: list[Names] = []
    for names in candidates.values():
        if len(names) > 1 and not wanted.isdisjoint(names):
            keys = shapely.to_wkb(shapely.normalize([vicinity.whole(shapes[name]) for name in names])).tolist()
            stacks.extend(_equal(names, keys, wanted))
    return sorted(stacks)


def _equal(names: Sequence[str], keys: Sequence[bytes], wanted: set[str]) -> Iterable[Names]:
    groups: dict[bytes, list[str]] = defaultdict(list)
    for name, key in zip(names, keys, strict=True):
        groups[key].append(name)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1 and not wanted.isdisjoint(group)]


def _by_member(stacks: Iterable[Names]) -> dict[str, Names]:
    return {name: parcels for parcels in stacks for name in parcels}
