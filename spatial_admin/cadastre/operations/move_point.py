"""move_point: every occurrence of a point, in every parcel and level, gets a new place. Inverse: move it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spatial_admin.cadastre.noding import node_around
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay


@dataclass(frozen=True, slots=True)
class MovePoint(Operation):
    """Move the point `at` to the position `to`; onto another point it is a join."""

    at: Position
    to: Position
    name: str = "move_point"

    def positions(self) -> Sequence[Position]:
        """Both ends of the move."""
        return self.at, self.to

    def apply(self, to: Replay) -> None:
        """Node where the point leaves, move it, node where it arrives."""
        coverage = to.coverage
        old = to.existing(self.at)
        new = to.place(self.to)
        if new == old:
            return
        levels = {coverage.level_of(place.parcel_id) for place in coverage.occurrences(old)}
        for level in sorted(levels):
            node_around(coverage, level, old)
        coverage.replace_point(old, new)
        to.moved(old, new)
        for level in sorted(levels | {coverage.level_of(place.parcel_id) for place in coverage.occurrences(new)}):
            node_around(coverage, level, new, is_new=True)
