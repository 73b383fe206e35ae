"""Spike: a boundary runs out to a point and back again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes.defect import Defect, Way, label
from spatial_admin.cadastre.fixes.trial import NoFix, Trial
from spatial_admin.cadastre.noding import distances_m
from spatial_admin.cadastre.precision import Point

EXACT_M: Final = 0.001
FEET_M: Final = 0.1  # as far apart as the two feet of a spike may stand and be one point


def ways(_coverage: Coverage, defect: Defect) -> Sequence[Way]:
    """Without its tip; or without its tip, and its feet one point."""
    return partial(_remove, defect=defect), partial(_remove_and_join, defect=defect)


def _remove(trial: Trial, defect: Defect) -> str:
    """Remove the tip, for all who have it."""
    for tip in _tips(trial, defect):
        if trial.coverage.has_point(tip):
            trial.do(op="remove_point", at=list(tip))
    return f"The tip of the spike is removed from {_listed(trial, defect)}"


def _remove_and_join(trial: Trial, defect: Defect) -> str:
    """Remove the tip and join the two feet."""
    for tip in _tips(trial, defect):
        if not trial.coverage.has_point(tip):
            continue
        one, other = trial.coverage.neighbours(trial.coverage.occurrences(tip)[0])
        if not 0 < distances_m(trial.coverage.ground, one, np.array([other]))[0] <= FEET_M:
            raise NoFix("its feet are two points")
        trial.do(op="remove_point", at=list(tip))
        trial.do(op="move_point", at=list(other), to=list(one))
    return f"The spike is removed from {_listed(trial, defect)}, and its two feet become one point"


def _tips(trial: Trial, defect: Defect) -> list[Point]:
    """The points of the finding's place as parcels have them; of a place that is a line or an area the farthest out."""
    points = trial.points_of(defect.parcels)
    found = []
    for place in dict.fromkeys(defect.points()):
        distance = distances_m(trial.coverage.ground, place, points)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= EXACT_M:
            found.append((float(points[nearest, 0]), float(points[nearest, 1])))
    if not found:
        raise NoFix("no parcel has a point there")
    sharp = [point for point in dict.fromkeys(found) if _is_sharp(trial, point)]
    return sharp or found[:1]


def _is_sharp(trial: Trial, point: Point) -> bool:
    """Do its two sides lead into the same direction, within 10 degrees?"""
    places = trial.coverage.occurrences(point)
    if not places:
        return False
    local = trial.coverage.ground.frame_at(point).to_metres(np.array(trial.coverage.neighbours(places[0])))
    lengths = np.hypot(*local.T)
    return bool(lengths.all() and (local[0] @ local[1]) / lengths.prod() > np.cos(np.radians(10)))


def _listed(trial: Trial, defect: Defect) -> str:
    return " and ".join(label(trial.coverage, name) for name in defect.parcels)
