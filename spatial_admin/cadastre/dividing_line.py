"""Where a line that somebody drew goes through a shape: the stretches inside, and the boundary points they need.

A crossing is computed once, on the boundary segment, and snapped once. Within the noding distance an existing point
takes the place of a crossing, and of a vertex of the line, and a vertex that near to the boundary is put onto it; a
point of the shape that lies on the line becomes one of its vertices. So a line drawn through a corner goes through that
corner, one drawn along an edge is that edge, and the boundary itself does not move.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np
import shapely
from shapely import LineString

from spatial_admin.cadastre.coverage import Shape, shape_box
from spatial_admin.cadastre.division import LineRefused, Section, Segment, Stretch, divide
from spatial_admin.cadastre.noding import distances_m, points_on_segment, positions_along
from spatial_admin.cadastre.precision import Box, FloatArray, Frame, Ground, Point, box_of
from spatial_admin.cadastre.shapes import polygons_of

PointsIn = Callable[[Box], FloatArray]
"""Points of the shape's level in a box, (n, 2): those of others that lie on a stretch become vertices of it."""


class Node(NamedTuple):
    """A point of the line: on the boundary as a point it has already, on one of its segments, or beside it."""

    point: Point
    is_on_boundary: bool
    segment: Segment | None = None  # as the ring has it; the point is to be inserted there


@dataclass(slots=True)
class Outline:
    """The boundary of a shape with an index of its segments; metres are those of a plane over the whole shape."""

    ground: Ground
    shape: Shape
    points_in: PointsIn
    frame: Frame = field(init=False)
    segments: FloatArray = field(init=False)  # (n, 2, 2) storage coordinates
    tree: shapely.STRtree = field(init=False)

    def __post_init__(self) -> None:
        self.frame = self.ground.frame_of(shape_box(self.shape))
        rings = [ring for part in self.shape for ring in part]
        self.segments = np.concatenate([np.stack([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in rings])
        self.tree = shapely.STRtree(cast("list[LineString]", shapely.linestrings(self.in_metres(self.segments))))

    def in_metres(self, segments: FloatArray) -> FloatArray:
        """(n, 2, 2) segments in metres."""
        return self.frame.to_metres(segments.reshape(-1, 2)).reshape(-1, 2, 2)

    def near(self, line: Sequence[Point]) -> FloatArray:
        """Segments of the boundary that a line passes within twice the noding distance."""
        metres = self.frame.to_metres(np.array(line))
        there = LineString(metres) if len(metres) > 1 else shapely.Point(metres[0])
        found = self.tree.query(there, predicate="dwithin", distance=2 * self.ground.node_within_m)
        return self.segments[np.sort(found)]


def section_of(outline: Outline, line: Sequence[Point]) -> Section:
    """Cut a line to a shape; LineRefused where it crosses itself, ends inside, or divides nothing."""
    line = [point for point, following in zip(line, [*line[1:], None], strict=True) if point != following]
    _refuse_crossing_itself(outline, line)
    path = list(_path(outline, line))
    inserted = _inserted(outline.ground, path)
    stretches = _stretches(outline, path, inserted)
    if not stretches:
        raise LineRefused(_how_it_misses(outline, line))
    section = Section(tuple(_with_others(outline, stretch) for stretch in stretches), inserted).without(frozenset())
    inner = [point for stretch in section.stretches for point in stretch]
    twice = next((point for index, point in enumerate(inner[1:]) if point in inner[:index]), None)
    if twice is not None:
        raise LineRefused(f"the line meets itself at {list(twice)}")
    idle = divide(section.opened(outline.shape), section.stretches).idle
    if len(idle) == len(stretches):
        raise LineRefused("the line ends at a hole and divides nothing: let it go on to the boundary on the other side")
    return section.without(idle) if idle else section


def _path(outline: Outline, line: Sequence[Point]) -> Iterator[Node]:
    """The line's vertices, joined to what they are near, and between them what it meets."""
    vertices = [_joined(outline, point) for point in line]
    yield vertices[0]
    for a, b in itertools.pairwise(vertices):
        if a.point != b.point:
            yield from _between(outline, a, b)
            yield b


def _joined(outline: Outline, point: Point) -> Node:
    """A vertex of the line: the point of the boundary that is near, else on the segment that is near."""
    near = outline.near([point])
    if not len(near):
        return Node(point, is_on_boundary=False)
    ground, here = outline.ground, np.array([point])
    ends = near.reshape(-1, 2)
    away = distances_m(ground, point, ends)
    if away.min() <= ground.node_within_m:
        return Node(_pair(ends[int(np.argmin(away))]), is_on_boundary=True)
    for a, b in near:
        position, distance = positions_along(ground, _pair(a), _pair(b), here)
        if distance[0] <= ground.node_within_m:
            return _on_segment(ground, point, (_pair(a), _pair(b)), float(position[0]), float(distance[0]))
    return Node(point, is_on_boundary=False)


def _on_segment(ground: Ground, point: Point, segment: Segment, position: float, distance_m: float) -> Node:
    """A vertex of the line that lies near a segment of the boundary: the boundary does not move, so the vertex does."""
    (ax, ay), (bx, by) = segment
    east, north = ground.scale_at(ay)
    # What is off by no more than a client's own snapping stays where it was given.
    if distance_m > max(east, north) / ground.steps_per_unit:
        point = ground.snapped((ax + (bx - ax) * position, ay + (by - ay) * position))
    ends = distances_m(ground, point, np.array(segment))
    if ends.min() <= ground.node_within_m:
        return Node(segment[int(np.argmin(ends))], is_on_boundary=True)
    return Node(point, is_on_boundary=True, segment=segment)


def _between(outline: Outline, a: Node, b: Node) -> list[Node]:
    """What a segment of the line meets between its ends, from a to b: points of the boundary, and crossings."""
    near = outline.near([a.point, b.point])
    if not len(near):
        return []
    points = points_on_segment(outline.ground, a.point, b.point, np.unique(near.reshape(-1, 2), axis=0))
    nodes = {point: Node(point, is_on_boundary=True) for point in points}
    for node in _crossings(outline, a, b, near):
        nodes.setdefault(node.point, node)
    met = [node for point, node in nodes.items() if point not in (a.point, b.point)]
    position, _ = positions_along(outline.ground, a.point, b.point, np.array([n.point for n in met]).reshape(-1, 2))
    return [met[index] for index in np.argsort(position, kind="stable").tolist()]


def _crossings(outline: Outline, a: Node, b: Node, near: FloatArray) -> Iterator[Node]:
    ground = outline.ground
    (start, end), segments = outline.frame.to_metres(np.array([a.point, b.point])), outline.in_metres(near)
    from_p, from_q = _cross(end - start, segments[:, 0] - start), _cross(end - start, segments[:, 1] - start)
    along = segments[:, 1] - segments[:, 0]
    from_a, from_b = _cross(along, start - segments[:, 0]), _cross(along, end - segments[:, 0])
    for index in np.flatnonzero((from_p * from_q < 0) & (from_a * from_b < 0)).tolist():
        p, q = near[index]
        x, y = p + (q - p) * (from_p[index] / (from_p[index] - from_q[index]))
        point = ground.snapped((float(x), float(y)))
        # What is there already, on the boundary, takes its place.
        there = [_pair(p), _pair(q), *(node.point for node in (a, b) if node.is_on_boundary)]
        away = distances_m(ground, point, np.array(there))
        if away.min() <= ground.node_within_m:
            yield Node(there[int(np.argmin(away))], is_on_boundary=True)
        else:
            yield Node(point, is_on_boundary=True, segment=(_pair(p), _pair(q)))


def _inserted(ground: Ground, path: Sequence[Node]) -> dict[Segment, tuple[Point, ...]]:
    of_segment: dict[Segment, dict[Point, None]] = {}
    for node in path:
        if node.segment is not None:
            of_segment.setdefault(node.segment, {})[node.point] = None
    found = {}
    for (p, q), points in of_segment.items():
        position, _ = positions_along(ground, p, q, np.array(list(points)))
        found[p, q] = tuple(list(points)[index] for index in np.argsort(position, kind="stable").tolist())
    return found


def _stretches(outline: Outline, path: Sequence[Node], inserted: dict[Segment, tuple[Point, ...]]) -> list[Stretch]:
    """The stretches of a path that lie inside, from boundary to boundary."""
    opened = Section((), inserted).opened(outline.shape)
    polygons = polygons_of(opened, outline.frame)
    shapely.prepare(polygons)
    near = [(_pair(a), _pair(b)) for a, b in outline.near([node.point for node in path])]
    edges = {frozenset(edge) for p, q in near for edge in itertools.pairwise([p, *inserted.get((p, q), ()), q])}
    ends = outline.frame.to_metres(np.array([node.point for node in path]))
    middles = (ends[:-1] + ends[1:]) / 2
    is_inside = shapely.contains_xy(polygons, middles[:, 0], middles[:, 1])
    found: list[list[Point]] = []
    is_open = False
    for (a, b), inside in zip(itertools.pairwise(path), is_inside.tolist(), strict=True):
        if not inside or frozenset((a.point, b.point)) in edges:
            if is_open:
                raise LineRefused(_ends_inside(outline, a.point))
            continue
        if not is_open and not a.is_on_boundary:
            raise LineRefused(_ends_inside(outline, a.point))
        if not is_open:
            found.append([a.point])
        found[-1].append(b.point)
        is_open = not b.is_on_boundary
    if is_open:
        raise LineRefused(_ends_inside(outline, path[-1].point))
    return [tuple(points) for points in found]


def _with_others(outline: Outline, stretch: Stretch) -> Stretch:
    """A stretch with the points of others that lie on it."""
    others = outline.points_in(outline.ground.widened(box_of(np.array(stretch)), 2 * outline.ground.node_within_m))
    own = {_pair(point) for point in outline.near(stretch).reshape(-1, 2)}
    others = np.array([point for point in map(_pair, others) if point not in own and point not in stretch])
    if not len(others):
        return stretch
    found = [stretch[0]]
    for a, b in itertools.pairwise(stretch):
        found += [*points_on_segment(outline.ground, a, b, others), b]
    return tuple(dict.fromkeys(found))


def _refuse_crossing_itself(outline: Outline, line: Sequence[Point]) -> None:
    if len(line) < 2:
        raise LineRefused("the line takes at least two different points")
    if line[0] == line[-1]:
        raise LineRefused(f"the line ends where it begins, at {list(line[0])}; it must lead from boundary to boundary")
    metres = outline.frame.to_metres(np.array(line))
    if shapely.is_simple(LineString(metres)):
        return
    segments = [LineString(ends) for ends in itertools.pairwise(metres.tolist())]
    first, second = shapely.STRtree(segments).query(segments, predicate="intersects")
    for i, j in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        common = shapely.intersection(segments[i], segments[j])
        if i < j and (j > i + 1 or not isinstance(common, shapely.Point)):
            place = outline.frame.to_storage(shapely.get_coordinates(common)[:1])[0]
            raise LineRefused(f"the line crosses itself at {place.tolist()}")


def _ends_inside(outline: Outline, point: Point) -> str:
    there = shapely.Point(outline.frame.to_metres(np.array([point]))[0])
    nearest = outline.tree.query_nearest(there, return_distance=True)[1][0]
    return f"the line ends inside the parcel at {list(point)}, {nearest:.2f} m from its boundary: it must reach it"


def _how_it_misses(outline: Outline, line: Sequence[Point]) -> str:
    there = LineString(outline.frame.to_metres(np.array(line)))
    distance = float(shapely.distance(polygons_of(outline.shape, outline.frame), there))
    if distance > outline.ground.node_within_m:
        return f"the line does not cut the parcel: it passes {distance:.2f} m away from it"
    return "the line does not cut the parcel: it only touches its boundary"


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def _pair(coordinates: FloatArray) -> Point:
    return float(coordinates[0]), float(coordinates[1])
