"""Replaying operations on a coverage: how they name points, and in which order things happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import reach
from spatial_admin.cadastre.operations.positions import LonLatPosition, Position, StoragePosition, as_point
from spatial_admin.cadastre.precision import Point
from spatial_admin.errors import EditRejected, InvalidOperation, UnknownPoint, Violation

ToStorage = Callable[[Sequence[tuple[float, float]]], Sequence[Point]]
"""Transform lon/lat pairs into storage coordinates (by PostGIS)."""


class Operation:
    """One step of an edit. The methods say what must be read for it, together and beforehand; `apply` is a pure
    function of the coverage and what it was given.
    """

    __slots__ = ()
    name: str

    def positions(self) -> Sequence[Position]:
        """Every point or position it names, so that they can be read and transformed together."""
        return ()

    def parcels(self) -> Sequence[str]:
        """Current parcels it names."""
        return ()

    def ends(self) -> Sequence[str]:
        """Parcels that may be retired by it: their units must be known."""
        return ()

    def newcomers(self) -> Sequence[str]:
        """Ids that it gives to new parcels: whether they are taken must be known."""
        return ()

    def pasts(self) -> Sequence[tuple[str, int]]:
        """Parcels and versions that it brings back."""
        return ()

    def apply(self, to: Replay) -> None:
        """Change the coverage."""
        raise NotImplementedError


@dataclass(slots=True)
class Replay:
    """Where the operations of one edit meet the coverage."""

    coverage: Coverage
    storage_of: dict[LonLatPosition, Point]
    new_id: Callable[[], str]
    index: int = 0
    operation: str = ""
    given: dict[Position, Point] = field(default_factory=dict)  # new positions, and where their point is now
    bound: set[str] = field(default_factory=set)  # parcels whose whole geometry an operation relied on
    _named: dict[Position, Point] = field(default_factory=dict)

    def current(self, parcel_id: str) -> str:
        """The id of a current parcel; InvalidOperation when there is none."""
        if parcel_id not in self.coverage.shapes:
            raise self.refused(f"there is no current parcel {parcel_id}")
        return parcel_id

    def newcomer(self, given: str | None) -> str:
        """The id for a new parcel: the one given, or a generated one; a taken one breaks the rule `id_taken`."""
        if given is None:
            return self.new_id()
        if given in self.coverage.taken or given in self.coverage.shapes or given in self.coverage.before:
            message = f"Operation {self.index + 1}: the id {given} is taken; an id is never used again."
            raise EditRejected([Violation("id_taken", (given,), message)])
        return given

    def existing(self, position: Position) -> Point:
        """The current point that a position names; UnknownPoint when there is none."""
        named = self._named.get(position)
        point = named or self._exact(position)
        if not self.coverage.has_point(point):
            raise UnknownPoint(self.index, position.given)
        return point

    def place(self, position: Position) -> Point:
        """The point at a position: the current one that equals it, else a new one, snapped to the grid once."""
        exact = self._exact(position)
        point = exact
        if not self.coverage.has_point(exact):
            ground = self.coverage.ground
            # Asked before snapping too: 1e308 times the steps of the grid is no number any more.
            if not ground.contains(exact) or not ground.contains(point := ground.snapped(exact)):
                raise self.refused(f"{position.given} lies outside the extent of this database")
        self._named[position] = self.given[position] = point
        return point

    def where(self, position: Position) -> Point:
        """Where a position lies, as `place` would have it, but it is not noted: where a line is cut off at a boundary
        its end becomes no point.
        """
        named = self._named.get(position)
        if named is not None and self.coverage.has_point(named):
            return named
        exact, ground = self._exact(position), self.coverage.ground
        if self.coverage.has_point(exact):
            return exact
        if not ground.contains(exact) or not ground.contains(point := ground.snapped(exact)):
            raise self.refused(f"{position.given} lies outside the extent of this database")
        return point

    def became(self, position: Position, point: Point) -> None:
        """Note which point a position has become."""
        self._named[position] = self.given[position] = point

    def moved(self, old: Point, new: Point) -> None:
        """Let every name of a point follow it."""
        for names in (self._named, self.given):
            for position, point in names.items():
                if point == old:
                    names[position] = new
        self._named[StoragePosition(*old)] = new

    def removed(self, point: Point) -> None:
        """Forget where a point is that is nowhere any more."""
        self.given = {position: now for position, now in self.given.items() if now != point}

    def refused(self, why: str) -> InvalidOperation:
        """The error of an operation that cannot be carried out."""
        return InvalidOperation(self.index, self.operation, why)

    def _exact(self, position: Position) -> Point:
        return as_point(position) if isinstance(position, StoragePosition) else self.storage_of[position]


def replay(
    coverage: Coverage, operations: Sequence[Operation], to_storage: ToStorage, new_id: Callable[[], str]
) -> Replay:
    """Run the operations in order on the coverage; what they name is read and transformed beforehand, together.

    `new_id` gives ids to parcels that are born without one.
    """
    named = [position for operation in operations for position in operation.positions()]
    lonlat = list(dict.fromkeys(position for position in named if isinstance(position, LonLatPosition)))
    points = to_storage([(position.lon, position.lat) for position in lonlat]) if lonlat else []
    run = Replay(coverage, dict(zip(lonlat, points, strict=True)), new_id)
    exact = [run._exact(position) for position in named]  # noqa: SLF001 (same module)
    # Beyond the extent there is nothing to read, and no scale: far enough out, latitudes have no cosine.
    coverage.widen(reach(coverage.ground, [point]) for point in exact if coverage.ground.contains(point))
    for run.index, operation in enumerate(operations):
        run.operation = operation.name
        operation.apply(run)
    return run
