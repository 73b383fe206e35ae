"""Points as a surveyor would set them: none so close to another, or to a boundary, that they could not be told apart.

Both repairs work on the edges of the whole town at once, so that an edge between two parcels stays one edge:
points that nearly coincide become one, and an edge that nearly passes through a point is led through it.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Points = NDArray[np.int64]
"""(n, 2) whole millimetres."""
Edges = NDArray[np.int64]
"""(n, 2) point numbers, the smaller first, every edge once."""

CLOSEST_POINTS_MM = 400.0
CLOSEST_EDGE_MM = 250.0
_ROUNDS = 5
_PACK = np.array([1 << 32, 1])


def edges_of(network: shapely.Geometry) -> tuple[Points, Edges]:
    """Points and edges of the noded lines `network` (metres)."""
    coordinates, line = shapely.get_coordinates(shapely.get_parts(network), return_index=True)
    points, number = np.unique(np.rint(coordinates * 1000).astype(np.int64), axis=0, return_inverse=True)
    number = number.ravel()
    return points, _once(np.column_stack([number[:-1], number[1:]])[line[1:] == line[:-1]])


def surveyed(points: Points, edges: Edges, fixed: Points) -> Edges:
    """The edges with near points joined and near edges led through.

    `fixed` are points that stay where they are and between which no edge changes: those on the town's border.
    """
    is_fixed = np.isin(points @ _PACK, fixed @ _PACK)
    for _ in range(_ROUNDS):
        edges = _once(_joined_points(points, edges, is_fixed)[edges])
        near, edge = _passing(points, edges, is_fixed)
        if not len(near):
            break
        edges = _led_through(edges, near, edge)
    return edges


def _once(edges: Edges) -> Edges:
    edges = np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1)
    return np.asarray(np.unique(edges, axis=0))


def _joined_points(points: Points, edges: Edges, is_fixed: NDArray[np.bool_]) -> Numbers:
    """For each point the point that it becomes; of two that are close the one where more edges meet stays."""
    weight = np.bincount(edges.ravel(), minlength=len(points)).astype(np.int64) + 1000 * is_fixed
    used = np.unique(edges)
    places = np.asarray(shapely.points(points[used].astype(float)))
    first, second = used[shapely.STRtree(places).query(places, predicate="dwithin", distance=CLOSEST_POINTS_MM)]
    goes_to = np.arange(len(points))
    for a, b in np.column_stack([first, second])[first < second].tolist():
        one, other = _root(goes_to, a), _root(goes_to, b)
        if one != other and not (is_fixed[one] and is_fixed[other]):
            stays, leaves = (one, other) if (weight[one], other) >= (weight[other], one) else (other, one)
            goes_to[leaves] = stays
            weight[stays] += weight[leaves]
    while (further := goes_to[goes_to] != goes_to).any():
        goes_to[further] = goes_to[goes_to[further]]
    return goes_to


def _root(goes_to: Numbers, point: int) -> int:
    while goes_to[point] != point:
        point = int(goes_to[point])
    return point


def _passing(points: Points, edges: Edges, is_fixed: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Pairs (point, index of edge) where the edge passes the point too closely, in order along each edge."""
    free = np.flatnonzero(~(is_fixed[edges[:, 0]] & is_fixed[edges[:, 1]]))
    used = np.unique(edges)
    places = np.asarray(shapely.points(points[used].astype(float)))
    lines = np.asarray(shapely.linestrings(points[edges[free]].astype(float)))
    near, edge = shapely.STRtree(lines).query(places, predicate="dwithin", distance=CLOSEST_EDGE_MM)
    foreign = ~(edges[free[edge]] == used[near][:, None]).any(axis=1)
    near, edge = near[foreign], edge[foreign]
    order = np.lexsort((shapely.line_locate_point(lines[edge], places[near]), edge))
    return used[near[order]], free[edge[order]]


def _led_through(edges: Edges, near: Numbers, edge: Numbers) -> Edges:
    """Edges `edge` replaced by the way through their points `near`, which come in order along each edge."""
    starts_new = np.concatenate([[True], edge[1:] != edge[:-1]])
    ends_here = np.concatenate([starts_new[1:], [True]])
    before = np.where(starts_new, edges[edge, 0], np.concatenate([near[:1], near[:-1]]))
    last = np.column_stack([near[ends_here], edges[edge[ends_here], 1]])
    untouched = np.ones(len(edges), dtype=bool)
    untouched[edge] = False
    return _once(np.vstack([edges[untouched], np.column_stack([before, near]), last]))
