"""Which boxes meet a box, without looking at all of them: grids, one for each size of boxes.

A box lies in the grid whose cells are just larger than the box, in the cell of its lower left corner: it reaches no
farther than the next cell. So lots, roads and points each have a grid of their own, in degrees as in metres, and
nothing about the data has to be known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from spatial_admin.cadastre.precision import Box, boxes_meet

Name = TypeVar("Name", bound=Hashable)
Cell = tuple[int, int]

FEW: Final = 24  # boxes that are sooner looked at than the grids they may be in
SMALLEST: Final = -24  # boxes below 2^-24 units (6e-8) share a grid: points have no size


@dataclass(slots=True)
class BoxIndex(Generic[Name]):
    """Boxes by name; what it answers comes in the order in which the names were first put in."""

    _boxes: dict[Name, Box] = field(default_factory=dict)
    _order: dict[Name, int] = field(default_factory=dict)
    _grids: dict[int, dict[Cell, set[Name]]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._boxes)

    def __contains__(self, name: Name) -> bool:
        """Has the name a box?"""
        return name in self._boxes

    def __getitem__(self, name: Name) -> Box:
        """The box of a name."""
        return self._boxes[name]

    def put(self, name: Name, box: Box) -> None:
        """Give a name a box, or another one; it keeps its place in the order."""
        old = self._boxes.get(name)
        if old == box:
            return
        if old is not None:
            self._take_out(name, old)
        else:
            self._order[name] = len(self._order)
        self._boxes[name] = box
        exponent = _exponent(box)
        self._grids.setdefault(exponent, {}).setdefault(_cell(box[0], box[1], exponent), set()).add(name)

    def copy(self) -> BoxIndex[Name]:
        """An index of its own with the same boxes."""
        grids = {exponent: {cell: set(names) for cell, names in grid.items()} for exponent, grid in self._grids.items()}
        return BoxIndex(dict(self._boxes), dict(self._order), grids)

    def meeting(self, box: Box) -> list[Name]:
        """Names whose boxes touch or overlap the box, in order."""
        if len(self._boxes) <= FEW:  # they are in order too: who gets another box keeps its place
            west, south, east, north = box
            return [
                name
                for name, (left, low, right, high) in self._boxes.items()
                if left <= east and west <= right and low <= north and south <= high
            ]
        found = [name for exponent, grid in self._grids.items() for name in _near(grid, exponent, box)]
        meeting = [name for name in found if boxes_meet(self._boxes[name], box)]
        return sorted(meeting, key=self._order.__getitem__)

    def _take_out(self, name: Name, box: Box) -> None:
        exponent = _exponent(box)
        grid, cell = self._grids[exponent], _cell(box[0], box[1], exponent)
        grid[cell].remove(name)
        if not grid[cell]:
            del grid[cell]
        if not grid:
            del self._grids[exponent]


def _exponent(box: Box) -> int:
    """The grid of a box: of the cells 2^exponent wide that are larger than it."""
    _, exponent = math.frexp(max(box[2] - box[0], box[3] - box[1]))
    return max(exponent, SMALLEST)


def _cell(x: float, y: float, exponent: int) -> Cell:
    return math.floor(math.ldexp(x, -exponent)), math.floor(math.ldexp(y, -exponent))


def _near(grid: dict[Cell, set[Name]], exponent: int, box: Box) -> Iterator[Name]:
    (west, south), (east, north) = _cell(box[0], box[1], exponent), _cell(box[2], box[3], exponent)
    # One cell more on the lower left: from there a box may reach over.
    columns, rows = range(west - 1, east + 1), range(south - 1, north + 1)
    if len(columns) * len(rows) > len(grid):
        for names in grid.values():
            yield from names
        return
    for column in columns:
        for row in rows:
            yield from grid.get((column, row), ())
