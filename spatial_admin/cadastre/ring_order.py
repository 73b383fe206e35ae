"""Where rings begin and which way they run: as those they come from, so that an edit shows only what it changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.precision import Point

Place = tuple[int, int, int, int]  # of a point in the models: model, part, ring, index


def is_counterclockwise(ring: Ring) -> bool:
    """Does a ring run counterclockwise?"""
    # From the first point, so that far-off coordinates do not eat the digits.
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) > 0


def arranged(shape: Shape, models: Sequence[Shape]) -> Shape:
    """The same shape, its rings beginning and running as the rings of the models that they have points of.

    Of several the first counts, and of its points the first that is left; parts and holes are in the same order. A ring
    that comes out equal to one of the models is that very array, so that it counts as unchanged.
    """
    places: dict[Point, Place] = {}
    for m, model in enumerate(models):
        for p, part in enumerate(model):
            for r, ring in enumerate(part):
                for index, point in enumerate(map(tuple, ring.tolist())):
                    places.setdefault(point, (m, p, r, index))
    none = (len(models), 0, 0, 0)
    parts = []
    for part in shape:
        rings = [_arranged(ring, index == 0, places, models) for index, ring in enumerate(part)]
        firsts = [places.get((float(ring[0, 0]), float(ring[0, 1])), none) for ring in rings]
        holes = sorted(range(1, len(rings)), key=lambda index: firsts[index])
        parts.append((firsts[0], (rings[0], *(rings[index] for index in holes))))
    return tuple(rings for _, rings in sorted(parts, key=lambda part: part[0]))


def _arranged(ring: Ring, is_exterior: bool, places: dict[Point, Place], models: Sequence[Shape]) -> Ring:
    points: list[Point] = list(map(tuple, ring.tolist()))
    known = [(places[point], index) for index, point in enumerate(points) if point in places]
    if not known:
        return ring
    (m, p, r, _), start = min(known)
    model = models[m][p][r]
    # Where exterior rings run clockwise, holes do not; and what was an exterior ring may now be a hole.
    is_usual = is_counterclockwise(model) == (r == 0)
    turned = np.roll(ring, -start, axis=0)
    if is_counterclockwise(ring) != (is_exterior == is_usual):
        turned = np.concatenate([turned[:1], turned[:0:-1]])
    return model if np.array_equal(turned, model) else turned
