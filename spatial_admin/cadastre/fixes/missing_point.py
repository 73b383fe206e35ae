"""Missing point: a corner lies on a neighbour's side, and the neighbour has no point there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes.defect import Defect, Way, label
from spatial_admin.cadastre.fixes.trial import NoFix, Trial
from spatial_admin.cadastre.noding import distances_m
from spatial_admin.cadastre.precision import Point

NEAR_M: Final = 0.5  # as far off the side as a corner may lie
EXACT_M: Final = 0.001  # so near the side that moving it there is moving nothing


def ways(_coverage: Coverage, defect: Defect) -> Sequence[Way]:
    """The neighbour gets the point; or the point goes onto the neighbour's side."""
    return partial(_insert, defect=defect), partial(_straighten, defect=defect)


def _insert(trial: Trial, defect: Defect) -> str:
    """Insert each point into the sides that pass it; what is not on them bends to it."""
    given: list[str] = []
    points = list(_points_missed(trial, defect))
    for point in points:
        for name in _passing(trial, defect, point):
            (a, b), _ = trial.nearest_side(name, point)
            if point not in (a, b):  # noding may have put it there meanwhile
                trial.do(op="insert_point", between=[list(a), list(b)], at=list(point))
            given.append(name)
    if not given:
        raise NoFix("nobody lacks it")
    return f"{_listed(trial, given)} gets {_count(points)} that the neighbour has on the common boundary"


def _straighten(trial: Trial, defect: Defect) -> str:
    """Move each point onto the side that passes it, and insert it there."""
    moved = 0
    for point in list(_points_missed(trial, defect)):
        for name in _passing(trial, defect, point)[:1]:
            _, distance_m = trial.nearest_side(name, point)
            if distance_m <= EXACT_M:
                raise NoFix("it lies on the side as it is")
            place = trial.project(name, point)
            trial.do(op="move_point", at=list(point), to=list(place))
            trial.anchored(name, place)
            moved += 1
    if not moved:
        raise NoFix("nobody lacks it")
    return "The point moves onto the neighbour's side, for all who have it, and the neighbour gets it"


def _points_missed(trial: Trial, defect: Defect) -> Iterator[Point]:
    """The points of the finding's place as parcels have them to the bit."""
    points = trial.points_of(defect.parcels)
    for place in dict.fromkeys(defect.points()):
        distance = distances_m(trial.coverage.ground, place, points)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= EXACT_M:
            yield float(points[nearest, 0]), float(points[nearest, 1])


def _passing(trial: Trial, defect: Defect, point: Point) -> list[str]:
    """Parcels of the finding that have no such point and a side that passes it, the nearest first."""
    found = []
    for name in defect.parcels:
        if not (trial.points_of([name]) == point).all(axis=1).any():
            _, distance_m = trial.nearest_side(name, point)
            if distance_m <= NEAR_M:
                found.append((distance_m, name))
    return [name for _, name in sorted(found)]


def _listed(trial: Trial, names: Sequence[str]) -> str:
    return " and ".join(label(trial.coverage, name) for name in dict.fromkeys(names))


def _count(points: Sequence[Point]) -> str:
    return "the point" if len(points) == 1 else f"the {len(points)} points"
