"""The union of shapes that fit together, on the points that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Ring, Shape, shape_box
from spatial_admin.cadastre.dissolving import dissolved
from spatial_admin.cadastre.overlap import is_above_tolerance
from spatial_admin.cadastre.precision import Frame, Ground, Point, box_around
from spatial_admin.cadastre.ring_order import arranged
from spatial_admin.cadastre.shapes import RING_POINTS, mended, polygons_in, polygons_of, shape_of_polygons

IN_METRES = Frame(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Union:
    """A valid shape, and the points that had to be made for it (none where what it is made of is edge-matched)."""

    shape: Shape
    made: tuple[Point, ...] = ()


def union_of(ground: Ground, shapes: Sequence[Shape]) -> Union | None:
    """The shapes as one, its rings beginning and running as theirs, the first's before the others'.

    They may overlap and gape below tolerance: such slivers go. None where what comes out is invalid or not the whole.
    """
    frame = ground.frame_of(box_around([shape_box(shape) for shape in shapes]))
    exact = dissolved(ground, frame, shapes)
    if _is_whole(frame, exact, shapes):
        return Union(arranged(exact, shapes))
    # A sliver crosses the outline: there points must be made.
    computed, made = _computed(ground, frame, shapes)
    return Union(arranged(computed, shapes), made) if _is_whole(frame, computed, shapes) else None


def _computed(ground: Ground, frame: Frame, shapes: Sequence[Shape]) -> tuple[Shape, tuple[Point, ...]]:
    rings = [ring for shape in shapes for part in shape for ring in part]
    known = {point for ring in rings for point in _points(ring)}
    own = {frozenset(_points(ring)) for ring in rings}
    made: dict[Point, None] = {}
    parts = []
    for part in shape_of_polygons(shapely.union_all([polygons_of(shape) for shape in shapes])):
        kept = [ring for ring in part if is_above_tolerance(frame, ring) or frozenset(_points(ring)) in own]
        if kept and kept[0] is part[0]:
            snapped = [[p if p in known else ground.snapped(p) for p in _points(ring)] for ring in kept]
            made.update(dict.fromkeys(point for ring in snapped for point in ring if point not in known))
            parts.append(tuple(np.array(ring) for ring in snapped))
    return tuple(parts), tuple(made)


def _is_whole(frame: Frame, shape: Shape, shapes: Sequence[Shape]) -> bool:
    """Is a shape valid, and all of what the shapes cover but for slivers?"""
    if not shape or any(len(ring) < RING_POINTS for part in shape for ring in part):
        return False
    merged = polygons_of(shape, frame)
    if not shapely.is_valid(merged) or not shapely.is_valid(polygons_of(shape)):
        return False
    union = shapely.union_all([mended(polygons_of(one, frame)) for one in shapes])
    rest = polygons_in(mended(shapely.symmetric_difference(merged, union)))
    return not any(is_above_tolerance(IN_METRES, shapely.get_coordinates(piece.exterior)) for piece in rest)


def _points(ring: Ring) -> list[Point]:
    return list(map(tuple, ring.tolist()))
