"""Points that lie on a neighbour's side without being points of the neighbour (T-junctions)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import shapely

from spatial_admin.cadastre.precision import FloatArray, Ground, Point
from spatial_admin.cadastre.ring_table import IntArray, RingTable, scales_at
from spatial_admin.cadastre.scanning.free_sides import point_keys
from spatial_admin.cadastre.shape_rules import Flaw


def missing_points(
    table: RingTable, lacking: IntArray, having: IntArray, within_m: float, ground: Ground
) -> Iterator[Flaw]:
    """One flaw for each parcel among `lacking` and each point of others (among `having`) within a distance of one of
    its sides, but not of the ends of the side; its parcels are those that have the point, and the one that lacks it.
    """
    owner = table.owner_of
    sides = np.flatnonzero(np.isin(owner, lacking))
    points = np.flatnonzero(np.isin(owner, having))
    if not len(sides) or not len(points):
        return
    keys = point_keys(table.points)
    _, first = np.unique(keys[points], return_index=True)
    distinct = points[first]
    at, side = _near(table, distinct, sides, within_m, ground)
    # Who has the point does not lack it.
    lacks = ~np.isin(_pair(owner[side], keys[at]), _pair(owner[points], keys[points]))
    at, side = at[lacks], side[lacks]
    distance, is_between = _distances(table, at, side, within_m, ground)
    owners: dict[int, set[int]] = defaultdict(set)
    for key, name in zip(keys[points].tolist(), owner[points].tolist(), strict=True):
        owners[key].add(name)
    found: dict[tuple[int, int], float] = {}
    for point, name, metres in zip(
        at[is_between].tolist(), owner[side[is_between]].tolist(), distance[is_between].tolist(), strict=True
    ):
        found[point, name] = min(metres, found.get((point, name), metres))
    for (point, name), metres in sorted(found.items()):
        place: Point = (float(table.points[point, 0]), float(table.points[point, 1]))
        parcels = tuple(sorted({name, *owners[int(keys[point])]}))
        yield Flaw("missing_point", parcels, shapely.Point(place), metres, place)


def _near(
    table: RingTable, points: IntArray, sides: IntArray, within_m: float, ground: Ground
) -> tuple[IntArray, IntArray]:
    """Pairs of a point and a side that are near, by a plane that is true enough for a first look."""
    origin = table.points[points[0]]
    scale = scales_at(ground, origin[1:])[0]
    a, b = ((table.points[ends] - origin) * scale for ends in (sides, table.following[sides]))
    tree = shapely.STRtree(np.asarray(shapely.linestrings(np.stack([a, b], axis=1)), dtype=object))
    places = shapely.points((table.points[points] - origin) * scale)
    found, near = tree.query(places, predicate="dwithin", distance=2 * within_m)
    return points[found], sides[near]


def _pair(owners: IntArray, keys: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> IntArray:
    return np.asarray((keys ^ (owners.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))).view(np.int64))


def _distances(
    table: RingTable, at: IntArray, side: IntArray, within_m: float, ground: Ground
) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Metres from points to sides, and whether it is the side between its ends that is near."""
    place = table.points[at]
    scale = scales_at(ground, place[:, 1])
    a = (table.points[side] - place) * scale
    b = (table.points[table.following[side]] - place) * scale
    along = b - a
    length2 = np.maximum((along**2).sum(axis=1), 1e-30)
    share = np.clip(-(a * along).sum(axis=1) / length2, 0.0, 1.0)
    distance = np.hypot(*(a + share[:, None] * along).T)
    ends = np.minimum(np.hypot(*a.T), np.hypot(*b.T))
    return distance, np.asarray((distance <= within_m) & (ends > within_m))
