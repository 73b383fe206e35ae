"""revert: what an edit did is undone: its parcels get their state before it back. Inverse: revert of the revert.

A parcel that was changed since gets back only what nobody touched since: the stretches of its boundary and the
properties that are still as the edit left them; and only where its author asked for that (rebase).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spatial_admin.cadastre.coverage import Descent, Parcel, Shape, is_same_json, shape_box
from spatial_admin.cadastre.noding import node_shape
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.operations.units import refuse_orphans
from spatial_admin.cadastre.undoing import unchanged_since
from spatial_admin.errors import StaleParcel, VersionConflict


@dataclass(frozen=True, slots=True)
class Undo:
    """What an edit did to one parcel: its images before and after; `before` is None where it was not current."""

    after: Parcel
    before: Parcel | None
    change: str  # as in parcel_version

    @property
    def parcel_id(self) -> str:
        """The parcel's permanent id."""
        return self.after.parcel_id


@dataclass(frozen=True, slots=True)
class Revert(Operation):
    """Undo the steps of an edit; `lineage` is what the edit had noted, which is answered by steps back."""

    edit_id: int
    undos: tuple[Undo, ...]
    lineage: tuple[Descent, ...] = ()
    is_rebase: bool = False
    name: str = "revert"

    def parcels(self) -> Sequence[str]:
        """Every parcel of the edit, where it is current."""
        return [undo.parcel_id for undo in self.undos]

    def ends(self) -> Sequence[str]:
        """Those that came into being by the edit."""
        return [undo.parcel_id for undo in self.undos if undo.before is None]

    def pasts(self) -> Sequence[tuple[str, int]]:
        """Those that the edit retired: their rows are needed."""
        return [(undo.parcel_id, undo.after.version) for undo in self.undos if undo.change == "retired"]

    def apply(self, to: Replay) -> None:
        """Give every parcel its state back, then node what came back with what lies there now."""
        plans = [self._plan(to, undo) for undo in self.undos]
        stale = [plan.stale for plan in plans if plan.stale is not None]
        if stale and not (self.is_rebase and all(entry.can_rebase for entry in stale)):
            raise VersionConflict(stale)
        for plan in plans:
            plan.carry_out(to)
        refuse_orphans(to, [name for name in self.ends() if name not in to.coverage.shapes])
        newer = self._newer(to)
        for plan in plans:
            if plan.shape is not None and plan.parcel_id in to.coverage.shapes:
                node_shape(to.coverage, plan.parcel_id, newer)
        for step in self.lineage:
            to.coverage.descend([step.child], step.parent, "correct")

    def _newer(self, to: Replay) -> set[str]:
        """Parcels that changed since the edit and were not of it: only with these is there anything new to node. A
        T-junction that had no vertex before the edit has none after it is undone.
        """
        undone = {undo.parcel_id for undo in self.undos}
        coverage = to.coverage
        for name in undone & coverage.shapes.keys():
            coverage.widen([coverage.ground.widened(shape_box(coverage.shapes[name]), coverage.ground.gap_width_m)])
        since = max((undo.after.begin for undo in self.undos), default=None)
        others = (parcel for name, parcel in coverage.before.items() if name not in undone)
        return {parcel.parcel_id for parcel in others if since is not None and parcel.begin > since}

    def _plan(self, to: Replay, undo: Undo) -> _Plan:
        coverage = to.coverage
        current = coverage.before.get(undo.parcel_id)
        row = current or coverage.retired.get(undo.parcel_id)
        if row is None:
            raise to.refused(f"there is no parcel {undo.parcel_id}")
        name, was = undo.parcel_id, undo.before
        if row.version == undo.after.version:
            return _Plan(name, was.shape if was else None, dict(was.properties) if was else None, ends=was is None)
        if undo.change == "noded":
            return _Plan(name)  # a point on its line that others may need by now: it stays
        stale = StaleParcel(name, undo.after.version, row.version)
        if current is None or was is None or undo.change == "retired":
            return _Plan(name, stale=stale)
        return _partial(undo, was, current, stale)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of one parcel: a shape and properties to get back, an end, or nothing."""

    parcel_id: str
    shape: Shape | None = None
    properties: Mapping[str, Any] | None = None
    ends: bool = False
    stale: StaleParcel | None = None

    def carry_out(self, to: Replay) -> None:
        """Change the coverage; what lies around is read, for a gap may open and an overlap come back."""
        coverage, name = to.coverage, self.parcel_id
        if self.ends:
            coverage.widen([coverage.ground.widened(coverage.box_of(name), coverage.ground.gap_width_m)])
            coverage.end(name)
        elif self.shape is not None and self.properties is not None and name not in coverage.before:
            coverage.restore(coverage.retired[name], self.shape, self.properties)
        elif self.shape is not None:
            coverage.widen([coverage.ground.widened(coverage.box_of(name), coverage.ground.gap_width_m)])
            coverage.reshape(name, self.shape)
        if self.properties is not None and not is_same_json(coverage.properties.get(name), self.properties):
            coverage.properties[name] = dict(self.properties)
            coverage.operated.add(name)


def _partial(undo: Undo, was: Parcel, current: Parcel, stale: StaleParcel) -> _Plan:
    shape = unchanged_since(was.shape, undo.after.shape, current.shape)
    changed = [name for name, value in was.properties.items() if not is_same_json(value, undo.after.properties[name])]
    touched = [name for name in changed if not is_same_json(undo.after.properties[name], current.properties[name])]
    if shape is None or touched:
        return _Plan(undo.parcel_id, stale=stale)
    properties = {**current.properties, **{name: was.properties[name] for name in changed}}
    able = StaleParcel(stale.parcel_id, stale.seen, stale.current_version, can_rebase=True)
    is_moved = shape is not current.shape
    return _Plan(undo.parcel_id, shape if is_moved else None, properties if changed else None, stale=able)
