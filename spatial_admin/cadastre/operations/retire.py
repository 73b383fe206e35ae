"""retire: a parcel ends; its points stay with its neighbours, its history stays. Inverse: restore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.operations.units import refuse_orphans


@dataclass(frozen=True, slots=True)
class Retire(Operation):
    """Retire a parcel; refused while it has units, for they would be parts of nothing."""

    parcel_id: str
    name: str = "retire"

    def parcels(self) -> Sequence[str]:
        """The parcel."""
        return (self.parcel_id,)

    def ends(self) -> Sequence[str]:
        """The parcel."""
        return (self.parcel_id,)

    def apply(self, to: Replay) -> None:
        """End it; what lies around is read, for a gap may open and an overlap close."""
        coverage = to.coverage
        name = to.current(self.parcel_id)
        to.bound.add(name)
        refuse_orphans(to, [name])
        coverage.widen([coverage.ground.widened(coverage.box_of(name), coverage.ground.gap_width_m)])
        coverage.end(name)
