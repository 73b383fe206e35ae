"""replace_boundary: the boundary between two points runs another way, for everybody who has it.

Inverse: replace it by the points it had; they come back to the bit when they lay on the grid, or when anybody still has
them. (To revert the edit always brings them back to the bit.)
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from spatial_admin.cadastre.boundary_path import (
    Boundary,
    Parting,
    Way,
    boundaries_between,
    is_left,
    node_boundary,
    path_along,
    points_on_path,
    replaced,
    ways_along,
)
from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.path_noding import node_path
from spatial_admin.cadastre.precision import FloatArray, Point


@dataclass(frozen=True, slots=True)
class ReplaceBoundary(Operation):
    """Replace the boundary from `start` to `end` by one over the points of `via`, in all parcels that have it.

    The boundary is the path along the rings whose segments all belong to the same one or two parcels of a level. Where
    there are several, `among` names the parcels of the one that is meant; where it can go round both ways, it is the
    one that has the parcel named first on its left, on the way from `start` to `end`.

    Parcels of other levels (units, easements) that have exactly this path follow. Whoever else has one of its inner
    points, of whatever level, would be torn from it, so he is named in the refusal.
    """

    start: Position
    end: Position
    via: tuple[Position, ...] = ()
    among: tuple[str, ...] = ()
    name: str = "replace_boundary"

    def positions(self) -> Sequence[Position]:
        """Every point of the new path."""
        return self.start, *self.via, self.end

    def parcels(self) -> Sequence[str]:
        """Those it names."""
        return self.among

    def apply(self, to: Replay) -> None:
        """Find the path, node it, put the new one in its place in every ring, node that."""
        coverage = to.coverage
        start, end = to.existing(self.start), to.existing(self.end)
        if start == end:
            raise to.refused("from and to are one point")
        for name in self.among:
            to.current(name)
        boundary = self._boundary(to, start, end)
        ways = _ways_by_level(coverage, boundary, start, end)
        old = {level: path_along(coverage, along[0], start, end) for level, along in ways.items()}
        _refuse_others(to, ways, old)
        path = self._new_path(to, start, end)
        for level, along in ways.items():
            for way in along:
                _replace(coverage, way, old[level], path)
        for gone in (_points(*old.values()) - _points(path)) & set(to.given.values()):
            if not coverage.has_point(gone):
                to.removed(gone)
        for level in ways:
            node_path(coverage, level, path, is_new=True)

    def _boundary(self, to: Replay, start: Point, end: Point) -> Boundary:
        found, partings = boundaries_between(to.coverage, start, end)
        meant = [one for one in found if not self.among or one.parcels == set(self.among)]
        if self.among and len(_paths(meant)) > 1:
            meant = [one for one in meant if one.way.parcel_id == self.among[0] and is_left(to.coverage, one.way)]
        if not meant:
            raise to.refused(_why_none(self.among, found, partings, start, end))
        if len(_paths(meant)) > 1:
            raise to.refused(_why_several(meant))
        to.bound.update(*(one.parcels for one in found if _paths([one]) == _paths(meant)))
        node_boundary(to.coverage, meant[0])
        return meant[0]

    def _new_path(self, to: Replay, start: Point, end: Point) -> FloatArray:
        points = [start, *(to.place_all(self.via) if self.via else ()), end]
        points = [start, *(point for before, point in itertools.pairwise(points) if point != before)]
        twice = [point for point, count in Counter(points).items() if count > 1]
        if twice:
            raise to.refused(f"the new boundary passes {list(twice[0])} twice")
        return np.array(points)


def _ways_by_level(coverage: Coverage, boundary: Boundary, start: Point, end: Point) -> dict[str, list[Way]]:
    """Every ring that runs along the path, of its own level and of those that have exactly it; these are noded too."""
    ways = {}
    for level in sorted({coverage.level_of(parcel_id) for parcel_id in coverage.shapes}):
        along = ways_along(coverage, level, boundary.path)
        if along and level != boundary.level:
            node_path(coverage, level, boundary.path)
            along = ways_along(coverage, level, path_along(coverage, along[0], start, end))
        if along:
            ways[level] = along
    return ways


def _refuse_others(to: Replay, ways: dict[str, list[Way]], old: dict[str, FloatArray]) -> None:
    following = {way.parcel_id for along in ways.values() for way in along}
    for path in old.values():
        for parcel_id, point in points_on_path(to.coverage, path[1:-1]):
            if parcel_id not in following:
                raise to.refused(
                    f"{list(point)} on the boundary is also a point of {parcel_id}; replace it up to there, "
                    "or move that point instead"
                )


def _replace(coverage: Coverage, way: Way, old: FloatArray, new: FloatArray) -> None:
    ring = coverage.shapes[way.parcel_id][way.part][way.ring]
    paths = (old, new) if way.is_forward else (old[::-1], new[::-1])
    coverage.set_ring(way.parcel_id, way.part, way.ring, replaced(ring, *paths))
    coverage.operated.add(way.parcel_id)


def _points(*paths: FloatArray) -> set[Point]:
    return {(x, y) for path in paths for x, y in path.tolist()}


def _paths(boundaries: Sequence[Boundary]) -> set[bytes]:
    return {one.path.tobytes() for one in boundaries}


def _why_none(
    among: Sequence[str], found: Sequence[Boundary], partings: Sequence[Parting], start: Point, end: Point
) -> str:
    theirs = [parting for parting in partings if parting.before == set(among)]  # theirs at first, but not all along
    if found and not theirs:
        others = "; ".join(sorted({_names(one.parcels) for one in found}))
        return f"no boundary from {list(start)} to {list(end)} is that of {_names(among)}; there is one of {others}"
    if not partings:
        return f"no ring has both {list(start)} and {list(end)}"
    # Of all the ways round the shortest is most likely the one that is meant.
    return _why_parting(min(theirs or partings, key=lambda parting: parting.count), start, end)


def _why_parting(parting: Parting, start: Point, end: Point) -> str:
    first = f"the boundary from {list(start)} to {list(end)} does not belong to the same one or two parcels all along: "
    if not parting.before or parting.before == parting.after:
        return first + f"at {list(parting.at)} it is that of {_names(parting.after)}"
    return (
        first + f"as far as {list(parting.at)} it is that of {_names(parting.before)}, then that of "
        f"{_names(parting.after)}; replace it up to there"
    )


def _why_several(boundaries: Sequence[Boundary]) -> str:
    owners = sorted({_names(one.parcels) for one in boundaries})
    if len(owners) > 1:
        return f"there are several boundaries, of {'; of '.join(owners)}: name in parcels whose is meant"
    return (
        f"the boundary of {owners[0]} goes round both ways: name in parcels first the one that lies to the left of the "
        "way from `from` to `to`"
    )


def _names(parcels: Iterable[str]) -> str:
    return " and ".join(sorted(parcels))
