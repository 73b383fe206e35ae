"""restore: a parcel is as it was at a version, in geometry and properties. Inverse: retire, or another restore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spatial_admin.cadastre.coverage import Parcel
from spatial_admin.cadastre.noding import node_shape
from spatial_admin.cadastre.operations.replay import Operation, Replay


@dataclass(frozen=True, slots=True)
class Restore(Operation):
    """Bring a version of a parcel back, of a retired one or of a current one; noded with what lies there now.

    Where neighbours have moved since, the overlap rule refuses it with each place.
    """

    parcel_id: str
    version: int
    name: str = "restore"

    def parcels(self) -> Sequence[str]:
        """The parcel, where it is current."""
        return (self.parcel_id,)

    def pasts(self) -> Sequence[tuple[str, int]]:
        """The version."""
        return ((self.parcel_id, self.version),)

    def apply(self, to: Replay) -> None:
        """Put the version in place, then node it."""
        coverage = to.coverage
        past = coverage.pasts.get((self.parcel_id, self.version))
        if past is None:
            raise to.refused(f"parcel {self.parcel_id} has no version {self.version}")
        self._check_ground(to, past)
        shape, properties = past.shape, dict(past.properties)
        if self.parcel_id in coverage.shapes:
            to.bound.add(self.parcel_id)
            # Around what it leaves too: a gap may open there, and an overlap close.
            coverage.widen([coverage.ground.widened(coverage.box_of(self.parcel_id), coverage.ground.gap_width_m)])
            coverage.reshape(self.parcel_id, shape)
            coverage.properties[self.parcel_id] = properties
        elif self.parcel_id in coverage.before:  # retired by an earlier operation of the same edit
            coverage.bear(self.parcel_id, shape, properties)
        else:
            retired = coverage.retired.get(self.parcel_id)
            if retired is None:
                raise to.refused(f"there is no parcel {self.parcel_id}")
            to.bound.add(self.parcel_id)
            coverage.restore(retired, shape, properties)
        node_shape(coverage, self.parcel_id)

    def _check_ground(self, to: Replay, past: Parcel) -> None:
        ground = past.properties["part_of"]
        if ground is not None and ground not in to.coverage.shapes:
            raise to.refused(f"it was part of {ground}, which is not current: restore {ground} first")
