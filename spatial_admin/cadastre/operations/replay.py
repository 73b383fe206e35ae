"""Replaying operations on a coverage: how they name points, and in which order things happen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from spatial_admin.cadastre.admissibility import refusal_of_box
from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.noding import reach
from spatial_admin.cadastre.operations.point_names import PointNames
from spatial_admin.cadastre.operations.positions import LonLatPosition, Position, StoragePosition, as_point
from spatial_admin.cadastre.precision import Box, Ground, Point, box_around
from spatial_admin.cadastre.read_ahead import MANY_OPERATIONS, blocks_of, with_room
from spatial_admin.errors import EditRejected, InvalidOperation, UnknownPoint, Violation

MOST_PLACES = 50  # of one operation that are read one by one; what has more is the outline of something

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
    given: PointNames = field(default_factory=PointNames)  # new positions, and where their point is now
    bound: set[str] = field(default_factory=set)  # parcels whose whole geometry an operation relied on
    _named: PointNames = field(default_factory=PointNames)

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
        point = exact if self.coverage.has_point(exact) else self._snapped(position, exact)
        self.became(position, point)
        return point

    def place_all(self, positions: Sequence[Position]) -> list[Point]:
        """As `place`, for many at once: what is current there is looked through one time, not once for each."""
        exact = [self._exact(position) for position in positions]
        box = box_around([(*point, *point) for point in exact])
        current = self.coverage.distinct_points(box)
        points = []
        for position, point in zip(positions, exact, strict=True):
            placed = point if point in current else self._snapped(position, point)
            self.became(position, placed)
            points.append(placed)
        return points

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
        self._named.put(position, point)
        self.given.put(position, point)

    def moved(self, moves: Mapping[Point, Point], tell: Collection[Point] = ()) -> None:
        """Let every name of points that moved together follow them; those to `tell` come into the receipt by their old
        pairs.
        """
        self._named.follow(moves)
        self.given.follow(moves)
        for old, new in moves.items():
            self._named.put(StoragePosition(*old), new)
        for old in tell:
            self.given.put(StoragePosition(*old), moves[old])

    def removed(self, point: Point) -> None:
        """Forget where a point is that is nowhere any more."""
        self.given.forget(point)

    def boxes_of(self, operation: Operation) -> list[Box]:
        """What must be read around the positions of an operation: each place by itself, of a whole shape its box."""
        ground = self.coverage.ground
        exact = [self._exact(position) for position in operation.positions()]
        # Beyond the extent there is nothing to read, and no scale: far enough out, latitudes have no cosine.
        inside = [point for point in exact if ground.contains(point)]
        if len(inside) > MOST_PLACES:
            box = reach(ground, inside)
            return [] if refusal_of_box(ground, box) else [box]  # half a continent is refused, and not read before
        return [reach(ground, [point]) for point in inside]

    def boxes_ahead(self, operation: Operation) -> list[Box]:
        """What the operation will read on its way, as far as can be told: around its points and their neighbours."""
        ground, coverage = self.coverage.ground, self.coverage
        points = [self._exact(position) for position in operation.positions()]
        inside = [point for point in points if ground.contains(point)]
        if not inside or len(inside) > MOST_PLACES:
            return []
        places = [place for point in inside for place in coverage.occurrences(point)]
        return [with_room(reach(ground, [*inside, *{end for place in places for end in coverage.neighbours(place)}]))]

    def refused(self, why: str) -> InvalidOperation:
        """The error of an operation that cannot be carried out."""
        return InvalidOperation(self.index, self.operation, why)

    def _snapped(self, position: Position, exact: Point) -> Point:
        ground = self.coverage.ground
        # Asked before snapping too: 1e308 times the steps of the grid is no number any more.
        if not ground.contains(exact) or not ground.contains(point := ground.snapped(exact)):
            raise self.refused(f"{position.given} lies outside the extent of this database")
        return point

    def _exact(self, position: Position) -> Point:
        return as_point(position) if isinstance(position, StoragePosition) else self.storage_of[position]


def boxes_read_first(ground: Ground, operations: Sequence[Operation]) -> list[Box]:
    """What `replay` reads first, where that can be told beforehand; else nothing.

    It cannot where positions have to be transformed, nor where parcels are named, which are read before.
    """
    positions = [position for operation in operations for position in operation.positions()]
    names = (operation.parcels() or operation.ends() or operation.pasts() for operation in operations)
    if any(names) or not all(isinstance(position, StoragePosition) for position in positions):
        return []
    run = Replay(Coverage(ground, lambda *_: ()), {}, str)
    return blocks_of([box for operation in operations for box in run.boxes_of(operation)])


def replay(
    coverage: Coverage,
    operations: Sequence[Operation],
    to_storage: ToStorage,
    new_id: Callable[[], str],
    before_each: Callable[[int], None] | None = None,
) -> Replay:
    """Run the operations in order on the coverage; what they name is read and transformed beforehand, together.

    `new_id` gives ids to parcels that are born without one; `before_each` is told the index of each operation.
    """
    named = [position for operation in operations for position in operation.positions()]
    lonlat = list(dict.fromkeys(position for position in named if isinstance(position, LonLatPosition)))
    points = to_storage([(position.lon, position.lat) for position in lonlat]) if lonlat else []
    run = Replay(coverage, dict(zip(lonlat, points, strict=True)), new_id)
    # Where a point is and where it goes is mostly one place.
    coverage.widen(blocks_of([box for operation in operations for box in run.boxes_of(operation)]))
    if len(operations) >= MANY_OPERATIONS:
        coverage.widen(blocks_of([box for operation in operations for box in run.boxes_ahead(operation)]))
    for run.index, operation in enumerate(operations):
        run.operation = operation.name
        if before_each is not None:
            before_each(run.index)
        operation.apply(run)
    return run
