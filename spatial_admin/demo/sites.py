"""Where defects are put: lots side by side with one common edge, far from each other, found in a clean town."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from spatial_admin.demo.model import Coordinates, Parcel

Point = tuple[float, float]
_APART_M = 90.0
_HOUSING = frozenset({"residential", "mixed use", "commercial"})


@dataclass(frozen=True, slots=True)
class Boundary:
    """One edge that two lots share, from `start` to `end`; `into` is the unit normal that points into the second."""

    first: int
    second: int
    start: Coordinates
    end: Coordinates
    into: Coordinates

    @property
    def length_m(self) -> float:
        """Length in metres."""
        return float(np.hypot(*(self.end - self.start)))

    def at(self, share: float, off_m: float = 0.0) -> Coordinates:
        """The point at a share of the way, `off_m` metres inside the second lot."""
        return np.asarray(self.start + share * (self.end - self.start) + off_m * self.into)


@dataclass(frozen=True, slots=True)
class Junction:
    """A point where the boundary between two lots meets the straight side of a third, `through`."""

    through: int
    sides: tuple[int, int]
    point: Coordinates
    before: Coordinates
    after: Coordinates


class Search:
    """Finds places in one clean town, each time a new one, in an order that depends on nothing but the town."""

    def __init__(self, parcels: tuple[Parcel, ...]) -> None:
        self._parcels = parcels
        self._lots = [k for k, parcel in enumerate(parcels) if _is_plain_house_lot(parcel)]
        self._taken: list[Coordinates] = []
        self._owners: dict[Point, set[int]] = defaultdict(set)
        for k, parcel in enumerate(parcels):
            if parcel.level == "parcels":
                for ring in (ring for rings in parcel.parts for ring in rings):
                    for x, y in ring.tolist():
                        self._owners[x, y].add(k)

    def lot(self) -> int:
        """A house lot away from every place found before."""
        for k in self._walk():
            if self._is_free(_middle(self._parcels[k])):
                self._taken.append(_middle(self._parcels[k]))
                return k
        raise ValueError("the town has no lot left for another defect")

    def boundary(self) -> Boundary:
        """An edge of 20 to 32 m between two house lots that are wide enough to be cut into."""
        lots = set(self._lots)
        for k in self._walk():
            if not self._is_free(_middle(self._parcels[k])):
                continue
            ring = self._parcels[k].parts[0][0]
            for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                both = self._owners_of(start) & self._owners_of(end) - {k}
                if len(both) == 1 and both <= lots and 20.0 < np.hypot(*(end - start)) < 32.0:
                    edge = self._edge(k, both.pop(), start, end)
                    if edge is not None:
                        self._taken.append(edge.at(0.5))
                        return edge
        raise ValueError("the town has no boundary left for another defect")

    def junction(self) -> Junction:
        """A junction of three house lots where the third has a straight side."""
        lots = set(self._lots)
        for k in self._walk():
            ring = self._parcels[k].parts[0][0]
            for before, point, after in zip(np.roll(ring, 1, axis=0), ring, np.roll(ring, -1, axis=0), strict=True):
                sides = self._owners_of(point) - {k}
                if (
                    len(sides) != 2
                    or not sides <= lots
                    or not self._is_free(point)
                    or not _straight(before, point, after)
                ):
                    continue
                first, second = sides & self._owners_of(before), sides & self._owners_of(after)
                if len(first) == len(second) == 1 and first != second:
                    self._taken.append(point)
                    return Junction(k, (first.pop(), second.pop()), point, before, after)
        raise ValueError("the town has no junction left for another defect")

    def _owners_of(self, point: Coordinates) -> set[int]:
        return self._owners[float(point[0]), float(point[1])]

    def _walk(self) -> Iterator[int]:
        # Every 37th lot, round and round: 37 is prime, so all come once and neighbours do not follow each other.
        count = len(self._lots)
        for step in range(count):
            yield self._lots[(step * 37) % count]

    def _is_free(self, place: Coordinates) -> bool:
        return all(np.hypot(*(place - other)) > _APART_M for other in self._taken)

    def _edge(self, first: int, second: int, start: Coordinates, end: Coordinates) -> Boundary | None:
        way = (end - start) / np.hypot(*(end - start))
        into = np.array([-way[1], way[0]])
        lot = Polygon(self._parcels[second].parts[0][0])
        if not lot.contains(shapely.Point((start + end) / 2 + into)):
            into = -into
        edge = Boundary(first, second, start, end, into)
        reach = Polygon([edge.at(0.2, 0.01), edge.at(0.2, 5.0), edge.at(0.8, 5.0), edge.at(0.8, 0.01)])
        own = Polygon([edge.at(0.2, -0.01), edge.at(0.2, -5.0), edge.at(0.8, -5.0), edge.at(0.8, -0.01)])
        fits = lot.contains(reach) and Polygon(self._parcels[first].parts[0][0]).contains(own)
        return edge if fits else None


def _is_plain_house_lot(parcel: Parcel) -> bool:
    is_plain = len(parcel.parts) == 1 and len(parcel.parts[0]) == 1
    return is_plain and parcel.kind == "lot" and parcel.land_use in _HOUSING and parcel.address is not None


def _middle(parcel: Parcel) -> Coordinates:
    return np.asarray(parcel.parts[0][0].mean(axis=0))


def _straight(before: Coordinates, point: Coordinates, after: Coordinates) -> bool:
    way, length = after - before, float(np.hypot(*(after - before)))
    off = abs(way[0] * (point[1] - before[1]) - way[1] * (point[0] - before[0])) / length
    return bool(off < 0.0008 and min(np.hypot(*(point - before)), np.hypot(*(after - point))) > 5.0)
