"""Dissolving: the outline of edge-matched shapes together. Segments that two of them have, in opposite directions,
cancel; what is left is stitched into rings. No coordinate is computed: every one that comes out went in.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.overlap import is_above_tolerance
from spatial_admin.cadastre.precision import Frame, Ground, Point
from spatial_admin.cadastre.ring_order import is_counterclockwise
from spatial_admin.cadastre.shapes import RING_POINTS

Edge = tuple[Point, Point]
Twins = Mapping[Point, Point]
"""Points that are near, but not equal to, a point of another shape, with that one."""


def dissolved(ground: Ground, frame: Frame, shapes: Sequence[Shape]) -> Shape:
    """Parts of rings, the exterior ones counterclockwise, that shapes cover together; () where nothing is left.

    Two points of different shapes within the noding distance cancel as if they were one; where they end up on the
    outline, both stay on it. A ring narrower than tolerance (what is left of a sliver between the shapes) is dropped,
    unless it is a ring of one of them. The result may be invalid where slivers cross the outline: to be checked.
    """
    twins = _twins(ground, frame, shapes)
    outgoing: dict[Point, list[Edge]] = defaultdict(list)
    for start, end in _uncancelled(twins, shapes):
        outgoing[twins.get(start, start)].append((start, end))
    own = {frozenset(map(tuple, ring.tolist())) for shape in shapes for part in shape for ring in part}
    rings = []
    for loop in _loops(twins, outgoing):
        ring = _ring_of(loop)
        if len(ring) >= RING_POINTS and (
            is_above_tolerance(frame, ring) or frozenset(map(tuple, ring.tolist())) in own
        ):
            rings.append(ring)
    return _assembled(frame, rings)


def _uncancelled(twins: Twins, shapes: Sequence[Shape]) -> Iterable[Edge]:
    """Directed segments, the interior on their left, that no segment runs against."""
    left: dict[tuple[Point, Point], list[Edge]] = {}
    for start, end in _directed(shapes):
        a, b = twins.get(start, start), twins.get(end, end)
        if a == b:
            continue
        against = left.get((b, a))
        if against:
            against.pop()
        else:
            left.setdefault((a, b), []).append((start, end))
    return [edge for edges in left.values() for edge in edges]


def _directed(shapes: Sequence[Shape]) -> Iterable[Edge]:
    for shape in shapes:
        for part in shape:
            for index, ring in enumerate(part):
                # The interior is left of an exterior ring that runs counterclockwise, and of a hole that does not.
                wanted = ring if is_counterclockwise(ring) == (index == 0) else ring[::-1]
                points: list[Point] = list(map(tuple, wanted.tolist()))
                yield from zip(points, [*points[1:], points[0]], strict=True)


def _twins(ground: Ground, frame: Frame, shapes: Sequence[Shape]) -> Twins:
    """Pairs of one point each of two shapes, neither of which has the other's; the nearest first, each point once."""
    owners: dict[Point, set[int]] = defaultdict(set)
    for index, shape in enumerate(shapes):
        for part in shape:
            for ring in part:
                for point in map(tuple, ring.tolist()):
                    owners[point].add(index)
    points = list(owners)
    metres = frame.to_metres(np.array(points))
    tree = shapely.STRtree(np.asarray(shapely.points(metres)))
    first, second = tree.query(tree.geometries, predicate="dwithin", distance=ground.node_within_m)
    first, second = first[first < second], second[first < second]
    distance = np.hypot(*(metres[first] - metres[second]).T)
    twins: dict[Point, Point] = {}
    used: set[Point] = set()
    for index in np.argsort(distance, kind="stable").tolist():
        p, q = points[first[index]], points[second[index]]
        if owners[p].isdisjoint(owners[q]) and p not in used and q not in used:
            used |= {p, q}
            twins[q] = p
    return twins


def _loops(twins: Twins, outgoing: dict[Point, list[Edge]]) -> Iterable[list[Edge]]:
    """Closed walks along all edges, each of which passes a point once: where a walk comes back to one, it is split."""
    for start in list(outgoing):
        while outgoing[start]:
            walk: list[Edge] = []
            passed: dict[Point, int] = {}
            here = start
            while True:
                if here in passed:
                    loop = walk[passed[here] :]
                    yield loop
                    for edge in loop:
                        passed.pop(twins.get(edge[0], edge[0]), None)
                    del walk[len(walk) - len(loop) :]
                    if not walk:
                        break
                passed[here] = len(walk)
                walk.append(_taken(outgoing[here], walk[-1] if walk else None))
                here = twins.get(walk[-1][1], walk[-1][1])


def _taken(edges: list[Edge], before: Edge | None) -> Edge:
    """The edge by which the same interior goes on: the first one clockwise from the one that was come along."""
    if before is None or len(edges) == 1:
        return edges.pop()
    back = math.atan2(before[0][1] - before[1][1], before[0][0] - before[1][0])
    turns = [(back - math.atan2(b[1] - a[1], b[0] - a[0])) % math.tau or math.tau for a, b in edges]
    return edges.pop(turns.index(min(turns)))


def _ring_of(loop: Sequence[Edge]) -> Ring:
    points: list[Point] = []
    for index, (start, end) in enumerate(loop):
        following, beyond = loop[(index + 1) % len(loop)]
        points.append(start)
        if end != following and not _turns_back(start, end, following) and not _turns_back(end, following, beyond):
            points.append(end)  # two near points meet here, and both are on the outline
    return np.array(points)


def _turns_back(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0


def _assembled(frame: Frame, rings: Sequence[Ring]) -> Shape:
    """Each hole with the smallest exterior ring around it."""
    shells = [ring for ring in rings if is_counterclockwise(ring)]
    polygons = np.array([shapely.Polygon(frame.to_metres(shell)) for shell in shells])
    parts: list[list[Ring]] = [[shell] for shell in shells]
    if shells:
        tree, areas = shapely.STRtree(polygons), shapely.area(polygons)
        for hole in (ring for ring in rings if not is_counterclockwise(ring)):
            land = shapely.Polygon(frame.to_metres(hole))
            meeting = tree.query(shapely.point_on_surface(land), predicate="within")
            around = meeting[areas[meeting] > land.area]  # and not what lies in the hole
            if len(around):
                parts[int(around[np.argmin(areas[around])])].append(hole)
    return tuple(tuple(part) for part in parts)
