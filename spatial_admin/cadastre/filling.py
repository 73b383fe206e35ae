"""Filling: a drawn parcel is clipped to the free space of its level and takes the points of its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Coverage, Ring, Shape, shape_box
from spatial_admin.cadastre.noding import node_shape
from spatial_admin.cadastre.overlap import is_above_tolerance
from spatial_admin.cadastre.precision import Frame, Ground, Point, boxes_meet
from spatial_admin.cadastre.ring_order import arranged
from spatial_admin.cadastre.shapes import RING_POINTS, mended, polygons_of, shape_of_polygons, without_repeats


def fill(coverage: Coverage, parcel_id: str) -> bool:
    """Clip a parcel that was born to what no other parcel of its level covers; False when nothing is left of it.

    A point within the noding distance of a neighbour's becomes that one; along a neighbour the new boundary is his own,
    to the bit; where the drawn line meets his, a point is snapped to the grid, to be noded into him afterwards. What is
    left and no more than a sliver is dropped. An invalid shape stays as it is, for the rules to tell.
    """
    ground, level = coverage.ground, coverage.level_of(parcel_id)
    box = ground.widened(shape_box(coverage.shapes[parcel_id]), max(ground.node_within_m, ground.gap_width_m))
    coverage.widen([box])
    others = [
        name
        for name in coverage.shapes
        if name != parcel_id and coverage.level_of(name) == level and boxes_meet(coverage.box_of(name), box)
    ]
    drawn = _on_points_of(ground, coverage.shapes[parcel_id], [coverage.shapes[name] for name in others])
    if not drawn or not shapely.is_valid(polygons_of(drawn)):
        return bool(drawn)
    # Noded with its neighbours first, on paper only: lines that nearly run together then do, and are clipped as one.
    paper = coverage.copy()
    paper.reshape(parcel_id, drawn)
    node_shape(paper, parcel_id)
    own, around = paper.shapes[parcel_id], [paper.shapes[name] for name in others]
    clipped = _clipped(ground, own, around)
    if clipped:
        coverage.reshape(parcel_id, arranged(clipped, [own]))
    return bool(clipped)


def _on_points_of(ground: Ground, shape: Shape, others: Sequence[Shape]) -> Shape:
    """The shape with those of its points that are near one of the others' on it; parts that collapse are left out."""
    frame = ground.frame_of(shape_box(shape))
    points = _distinct(others)
    moved = {
        point: target
        for point, target in _nearest(ground, frame, points, _distinct([shape])).items()
        if point != target
    }
    return _tidied([[[moved.get(point, point) for point in _points(ring)] for ring in part] for part in shape])


def _clipped(ground: Ground, own: Shape, others: Sequence[Shape]) -> Shape:
    frame = ground.frame_of(shape_box(own))
    mine = mended(polygons_of(own))  # noding may have laid its own segments onto each other
    near = [polygons for polygons in map(polygons_of, others) if shapely.intersects(polygons, mine)]
    left = shapely.difference(mine, shapely.union_all([mended(polygons) for polygons in near]))
    theirs = _distinct(others)
    known = {*theirs, *_distinct([own])}
    parts = shape_of_polygons(left)
    made = [point for point in _distinct([parts]) if point not in known]
    placed = {point: ground.snapped(point) for point in made}
    placed.update(_nearest(ground, frame, theirs, made))  # beside a corner of theirs there is no room for another
    shape = _tidied([[[placed.get(point, point) for point in _points(ring)] for ring in part] for part in parts])
    return tuple(_without_slivers(frame, part) for part in shape if is_above_tolerance(frame, part[0]))


def _without_slivers(frame: Frame, part: tuple[Ring, ...]) -> tuple[Ring, ...]:
    return part[0], *(ring for ring in part[1:] if is_above_tolerance(frame, ring))


def _nearest(ground: Ground, frame: Frame, targets: Sequence[Point], points: Sequence[Point]) -> dict[Point, Point]:
    """For each of the points that has targets within the noding distance, the nearest of them."""
    if not targets or not points:
        return {}
    tree = shapely.STRtree(np.asarray(shapely.points(frame.to_metres(np.array(targets)))))
    here = shapely.points(frame.to_metres(np.array(points)))
    of_point, of_target = tree.query_nearest(here, max_distance=ground.node_within_m, all_matches=False)
    return {points[p]: targets[t] for p, t in zip(of_point.tolist(), of_target.tolist(), strict=True)}


def _tidied(parts: Sequence[Sequence[Sequence[Point]]]) -> Shape:
    """Shapes from points, without repeated ones; rings that collapse, and parts whose exterior ring does, are gone."""
    tidy = [[without_repeats(np.array(ring)) for ring in part] for part in parts]
    return tuple(
        (part[0], *(ring for ring in part[1:] if len(ring) >= RING_POINTS))
        for part in tidy
        if len(part[0]) >= RING_POINTS
    )


def _distinct(shapes: Sequence[Shape]) -> list[Point]:
    rings = [ring for shape in shapes for part in shape for ring in part]
    return list(dict.fromkeys(point for ring in rings for point in _points(ring)))


def _points(ring: Ring) -> list[Point]:
    return list(map(tuple, ring.tolist()))
