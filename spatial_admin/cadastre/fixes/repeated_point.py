"""Repeated point: two points of a ring that are one, at the same place or almost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from spatial_admin.cadastre.coverage import Coverage, Ring
from spatial_admin.cadastre.fixes.defect import Defect, Way
from spatial_admin.cadastre.fixes.trial import NoFix, Trial
from spatial_admin.cadastre.noding import distances_m
from spatial_admin.cadastre.precision import Point

NEAR_M: Final = 0.05  # as far apart as two points that are one may lie


def ways(_coverage: Coverage, defect: Defect) -> Sequence[Way]:
    """The one joins the other, or the other the one; of a point that stands twice, once is enough."""
    return (
        partial(_drop_equal, defect=defect),
        partial(_join, defect=defect, keep=0),
        partial(_join, defect=defect, keep=1),
    )


def _join(trial: Trial, defect: Defect, keep: int) -> str:
    """Move one of each pair onto the other, for all who have it."""
    joined = 0
    for pair in _pairs(trial, defect):
        gone, kept = pair[1 - keep], pair[keep]
        if gone != kept and trial.coverage.has_point(gone):
            trial.do(op="move_point", at=list(gone), to=list(kept))
            joined += 1
    if not joined:
        raise NoFix("they are one point")
    return f"The {'second' if keep == 0 else 'first'} of the two points joins the other, for all who have it"


def _drop_equal(trial: Trial, defect: Defect) -> str:
    """A point that stands twice in a row: any change of the ring leaves it once, here a point that comes and goes."""
    dropped = 0
    for one, other in _pairs(trial, defect):
        if one == other:
            a, b = _side_elsewhere(trial, defect, one)
            middle = trial.coverage.ground.snapped(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))
            trial.do(op="insert_point", between=[list(a), list(b)], at=list(middle))
            trial.do(op="remove_point", at=list(middle))
            dropped += 1
    if not dropped:
        raise NoFix("no point stands twice at one place")
    return "The point that stands twice in a row is kept once; nothing moves"


def _pairs(trial: Trial, defect: Defect) -> list[tuple[Point, Point]]:
    """Neighbours on a ring that are almost one point, at the finding's place; each pair once, whoever has it."""
    found = {(min(a, b), max(a, b)): (a, b) for a, b in reversed(list(_all_pairs(trial, defect)))}
    return list(found.values())


def _all_pairs(trial: Trial, defect: Defect) -> Iterator[tuple[Point, Point]]:
    places = defect.points()
    for name in defect.parcels:
        for part in trial.coverage.shapes[name]:
            for ring in part:
                yield from _pairs_of(trial, ring, places)


def _pairs_of(trial: Trial, ring: Ring, places: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    following = np.roll(ring, -1, axis=0)
    ground = trial.coverage.ground
    for place in dict.fromkeys(places):
        both = np.maximum(distances_m(ground, place, ring), distances_m(ground, place, following))
        nearest = int(np.argmin(both))
        if both[nearest] <= NEAR_M:
            a, b = ring[nearest], following[nearest]
            yield (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))


def _side_elsewhere(trial: Trial, defect: Defect, point: Point) -> tuple[Point, Point]:
    """The longest side of the ring that has a point twice."""
    for name in defect.parcels:
        for part in trial.coverage.shapes[name]:
            for ring in part:
                if (ring == point).all(axis=1).sum() > 1:
                    following = np.roll(ring, -1, axis=0)
                    longest = int(np.argmax(np.hypot(*(following - ring).T)))
                    a, b = ring[longest], following[longest]
                    return (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))
    raise NoFix("no ring has it twice")
