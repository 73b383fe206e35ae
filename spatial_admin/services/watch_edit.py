"""Telling how far a large edit is, and ending it between two of its steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spatial_admin.cadastre.operations import Operation, Replay
from spatial_admin.cadastre.operations.positions import Position

Watch = Callable[[str, int], None]
"""Told the step and how many operations are replayed; what it raises ends the edit with nothing changed."""


def unwatched(_step: str, _done: int) -> None:
    """Of an edit that somebody waits for."""


@dataclass(frozen=True, slots=True)
class WatchedOperation:
    """An operation that tells when its turn comes."""

    operation: Operation
    index: int
    watch: Watch

    @property
    def name(self) -> str:
        """The word in `op`."""
        return self.operation.name

    def positions(self) -> Sequence[Position]:
        """Every point or position it names."""
        return self.operation.positions()

    def parcels(self) -> Sequence[str]:
        """Parcels it names."""
        return self.operation.parcels()

    def apply(self, to: Replay) -> None:
        """Change the coverage."""
        self.watch("Replaying operations", self.index)
        self.operation.apply(to)


def watched(operations: Sequence[Operation], watch: Watch) -> Sequence[Operation]:
    """The operations, each telling when its turn comes."""
    if watch is unwatched:
        return operations
    return [WatchedOperation(operation, index, watch) for index, operation in enumerate(operations)]
