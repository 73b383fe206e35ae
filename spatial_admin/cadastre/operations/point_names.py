"""Names of points: which point each position has become, and which positions a point goes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.precision import Point


class PointNames(Mapping[Position, Point]):
    """Positions and their points, in the order in which they were first put; looked up either way.

    Of an edit of two thousand moves each one asks which names follow it: looking through all of them took a minute.
    """

    __slots__ = ("_names", "_points")

    def __init__(self) -> None:
        """No names yet."""
        self._points: dict[Position, Point] = {}
        self._names: dict[Point, dict[Position, None]] = {}

    def __getitem__(self, position: Position) -> Point:
        """The point that a position names."""
        return self._points[position]

    def __iter__(self) -> Iterator[Position]:
        """Positions, in order."""
        return iter(self._points)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._points)

    def put(self, position: Position, point: Point) -> None:
        """Let a position name a point, whatever it named before."""
        old = self._points.get(position)
        if old is not None:
            self._names[old].pop(position)
        self._points[position] = point
        self._names.setdefault(point, {})[position] = None

    def follow(self, moves: Mapping[Point, Point]) -> None:
        """Let every name of points that moved together name them where they are now."""
        gone = [(position, new) for old, new in moves.items() for position in self._names.get(old, ())]
        for position, new in gone:
            self.put(position, new)

    def forget(self, point: Point) -> None:
        """Drop the names of a point that is nowhere any more."""
        for position in self._names.pop(point, {}):
            del self._points[position]
