"""Choices that Hypothesis makes, few and small, and places near which they are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from spatial_admin.cadastre.coverage import Ring, Shape, shape_box
from spatial_admin.cadastre.precision import Box, Point, boxes_meet
from tests.machine.memory import Memory

T = TypeVar("T")
NEAR_M = 25.0
SHIFTS_M = (0.0, 0.002, 0.008, 0.03, 0.2, 0.6, 1.5, 4.0, 12.0)


@dataclass(slots=True)
class Choices:
    """Draws of one step, from what is current."""

    data: st.DataObject
    memory: Memory
    near: Box | None  # where the last edit was: the next is likely there too, or nothing would ever meet
    count: int = 0  # of edits so far: makes new ids
    made: list[int] = field(default_factory=list)  # edits that may be undone

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        drawn: int = self.data.draw(st.integers(low, high))
        return drawn

    def of(self, values: Sequence[T]) -> T:
        """One of them."""
        return values[self.number(0, len(values) - 1)]

    def one_in(self, count: int) -> bool:
        """True once in so many times."""
        return self.number(1, count) == count

    def parcel(self) -> str:
        """A current parcel; three times in four near the last edit."""
        names = list(self.memory.current)
        if self.near is not None and not self.one_in(4):
            box = self.memory.ground.widened(self.near, NEAR_M)
            close = [name for name in names if boxes_meet(box, shape_box(self.memory.current[name].shape))]
            names = close or names
        return self.of(names)

    def ring(self, name: str | None = None) -> Ring:
        """A ring of a current parcel."""
        shape = self.memory.current[name or self.parcel()].shape
        return self.of(self.of(shape))

    def point(self, name: str | None = None) -> Point:
        """A current point."""
        return pair(self.of(self.ring(name)))  # type: ignore[arg-type]  # rows of an array are a sequence

    def segment(self, name: str | None = None) -> tuple[Point, Point]:
        """Two points that follow each other in a ring."""
        ring = self.ring(name)
        index = self.number(0, len(ring) - 1)
        return pair(ring[index]), pair(ring[(index + 1) % len(ring)])

    def on_segment(self, a: Point, b: Point, off_m: float = 0.0) -> Point:
        """A place along a segment, so many metres off it."""
        frame = self.memory.ground.frame_at(a)
        way = frame.to_metres(np.array([b]))[0]
        length = max(math.hypot(*way), 1e-9)
        place = way * self.number(1, 15) / 16 + np.array([-way[1], way[0]]) * off_m / length
        return pair(frame.to_storage(np.array([place]))[0])

    def shifted(self, point: Point) -> Point:
        """A place some metres away, mostly few."""
        x, y = (self.of(SHIFTS_M) * self.of((1, -1)) for _ in range(2))
        return pair(self.memory.ground.frame_at(point).to_storage(np.array([[x, y]]))[0])

    def retired_shape(self) -> Shape | None:
        """What a retired parcel had."""
        return self.of(list(self.memory.retired.values())).shape if self.memory.retired else None


def pair(coordinates: np.ndarray) -> Point:
    """A point."""
    return float(coordinates[0]), float(coordinates[1])
