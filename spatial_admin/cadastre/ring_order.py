"""Where rings begin and which way they run: as those they come from, so that an edit shows only what it changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.precision import Point

Place = tuple[int, int, int, int]  # in the models: model, part, ring, and index of the first of two points
Segment = tuple[Point, Point]  # the lesser end first


def is_counterclockwise(ring: Ring) -> bool:
    """Does a ring run counterclockwise?"""
    # From the first point, so that far-off coordinates do not eat the digits.
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) > 0


def arranged(shape: Shape, models: Sequence[Shape]) -> Shape:
    """The same shape, its rings beginning and running as the rings of the models that they have segments of.

    Of several the first counts, and of its points the first that is left; parts and holes are in the order of their
    segments there. A ring that comes out equal to one of the models is that very array, so that it counts as unchanged.
    One that has no segment of them begins at its lowest leftmost point and runs as the first model's rings.
    """
    places: dict[Segment, Place] = {}
    for m, model in enumerate(models):
        for p, part in enumerate(model):
            for r, ring in enumerate(part):
                for index, segment in enumerate(_segments(ring)):
                    places.setdefault(segment, (m, p, r, index))
    parts = []
    for part in shape:
        rings = [_arranged(ring, index == 0, places, models) for index, ring in enumerate(part)]
        holes = sorted(rings[1:], key=lambda ring: ring[0])
        parts.append((rings[0][0], (rings[0][1], *(ring for _, ring in holes))))
    return tuple(rings for _, rings in sorted(parts, key=lambda part: part[0]))


def _arranged(
    ring: Ring, is_exterior: bool, places: dict[Segment, Place], models: Sequence[Shape]
) -> tuple[tuple[Place, Point], Ring]:
    """The ring as it is to be, and by what it is put in order among others."""
    found = min((places[segment] for segment in _segments(ring) if segment in places), default=None)
    m, p, r, _ = found or (0, 0, 0, 0)
    model = models[m][p][r]
    points = set(map(_pair, ring))
    point = min(points) if found is None else next(point for point in map(_pair, model) if point in points)
    start = int(np.flatnonzero((ring[:, 0] == point[0]) & (ring[:, 1] == point[1]))[0])
    turned = np.roll(ring, -start, axis=0)
    # Where exterior rings run clockwise, holes do not; and what was an exterior ring may now be a hole.
    is_usual = is_counterclockwise(model) == (r == 0)
    if is_counterclockwise(ring) != (is_exterior == is_usual):
        turned = np.concatenate([turned[:1], turned[:0:-1]])
    place = (len(models), 0, 0, 0) if found is None else found
    return (place, point), model if np.array_equal(turned, model) else turned


def _segments(ring: Ring) -> list[Segment]:
    points: list[Point] = list(map(tuple, ring.tolist()))
    return [(a, b) if a <= b else (b, a) for a, b in zip(points, [*points[1:], points[0]], strict=True)]


def _pair(coordinates: Ring) -> Point:
    return float(coordinates[0]), float(coordinates[1])
