"""Rules about one parcel's own outline: repeated points, spikes, thin and tiny parcels, rings that touch, far parts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.precision import FloatArray, Ground, Point
from spatial_admin.cadastre.ring_table import IntArray, RingTable
from spatial_admin.cadastre.rules import RuleBook

BY_POINT: Final = ("repeated_point", "spike")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a rule says of parcels, by their numbers in the table; `point` tells flaws of one rule apart."""

    rule: str
    parcels: tuple[int, ...]
    place: shapely.Geometry  # storage coordinates
    measure: float
    point: Point | None = None


def outline_flaws(table: RingTable, areas_m2: FloatArray, ground: Ground, book: RuleBook) -> Iterator[Flaw]:
    """Repeated points, spikes, tiny and thin parcels; `areas_m2` are those of the parcels by number.

    A spike on a common boundary is one flaw of all parcels that have it, as is a pair of points that is one.
    """
    sides = table.sides_m(ground)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    within = book.number("repeated_point", "within_m")
    if book.is_on("repeated_point"):
        yield from _repeated(table, lengths, within)
    if book.is_on("spike"):
        yield from _spikes(table, sides, lengths, book.number("spike", "angle_deg"))
    yield from _small(table, areas_m2, lengths, book)


def _repeated(table: RingTable, lengths: FloatArray, within: float) -> Iterator[Flaw]:
    found = np.flatnonzero(lengths <= within)
    # Whichever way a ring runs, the same of the two points is named.
    named = [
        (min(tuple(a), tuple(b)), owner, length)
        for a, b, owner, length in zip(
            table.points[found].tolist(),
            table.points[table.following[found]].tolist(),
            table.owner_of[found].tolist(),
            lengths[found].tolist(),
            strict=True,
        )
    ]
    yield from _by_point("repeated_point", ((p, owner, length) for p, owner, length in named))


def _spikes(table: RingTable, sides: FloatArray, lengths: FloatArray, angle_deg: float) -> Iterator[Flaw]:
    tips = table.following  # side i leads to its tip, and the side of the tip leads away
    coming, leaving = -sides, sides[tips]
    product = lengths * lengths[tips]
    along = (coming * leaving).sum(axis=1)
    is_spike = (along >= product * math.cos(math.radians(angle_deg))) & (product > 0)
    found = np.flatnonzero(is_spike)
    shorter = np.minimum(lengths[found], lengths[tips[found]])
    points = [(x, y) for x, y in table.points[tips[found]].tolist()]
    yield from _by_point("spike", zip(points, table.owner_of[found].tolist(), shorter.tolist(), strict=True))


def _by_point(rule: str, named: Iterable[tuple[Point, int, float]]) -> Iterator[Flaw]:
    groups: dict[Point, dict[int, float]] = defaultdict(dict)
    for point, owner, measure in named:
        groups[point][owner] = min(measure, groups[point].get(owner, math.inf))
    for point, owners in groups.items():
        yield Flaw(rule, tuple(sorted(owners)), shapely.Point(point), min(owners.values()), point)


def _small(table: RingTable, areas_m2: FloatArray, lengths: FloatArray, book: RuleBook) -> Iterator[Flaw]:
    perimeters = np.bincount(table.owner_of, weights=lengths, minlength=len(areas_m2))
    widths = 2 * areas_m2 / np.maximum(perimeters, 1e-12)
    for rule, values, name in (("tiny_parcel", areas_m2, "area_m2"), ("thin_parcel", widths, "width_m")):
        if book.is_on(rule):
            for number in np.flatnonzero((values < book.number(rule, name)) & (perimeters > 0)).tolist():
                yield Flaw(rule, (number,), _somewhere(table, number), float(values[number]))


def _somewhere(table: RingTable, number: int) -> shapely.Geometry:
    """The first part of the parcel: where to look."""
    ring = int(np.flatnonzero(table.owners == number)[0])
    start = int(table.starts[ring])
    return shapely.Polygon(table.points[start : start + int(table.counts[ring])])


def composed_flaws(
    numbers: Sequence[int], geometries: npt.NDArray[np.object_], ground: Ground, book: RuleBook
) -> Iterator[Flaw]:
    """Rings that touch and parts that lie far apart, of parcels that have more than one ring."""
    if book.is_on("self_touch"):
        touching = ~shapely.is_simple(shapely.boundary(geometries))
        for index in np.flatnonzero(touching).tolist():
            places = _touches(geometries[index])
            if len(places):
                yield Flaw("self_touch", (numbers[index],), shapely.MultiPoint(places), float(len(places)))
    if book.is_on("far_parts"):
        far = book.number("far_parts", "distance_m")
        for index in np.flatnonzero(shapely.get_num_geometries(geometries) > 1).tolist():
            distance, place = _widest_step(geometries[index], ground)
            if distance > far:
                yield Flaw("far_parts", (numbers[index],), place, distance)


def _touches(geometry: shapely.Geometry) -> FloatArray:
    """Points in which two rings of a geometry touch, each once."""
    rings = shapely.get_rings(geometry)
    tree = shapely.STRtree(rings)
    a, b = tree.query(rings, predicate="intersects")
    once = a < b
    met = shapely.intersection(rings[a[once]], rings[b[once]])
    places: FloatArray = np.unique(shapely.get_coordinates(met), axis=0)
    return places


def _widest_step(geometry: shapely.Geometry, ground: Ground) -> tuple[float, shapely.Geometry]:
    """The longest of the steps, in metres, that it takes at least to reach every part; and the line of it."""
    west, south, east, north = shapely.bounds(geometry).tolist()
    frame = ground.frame_of((west, south, east, north))
    parts = shapely.get_parts(shapely.transform(geometry, frame.to_metres))
    nearest = shapely.distance(parts[0], parts)
    since: IntArray = np.zeros(len(parts), dtype=np.int64)
    left = np.ones(len(parts), dtype=bool)
    left[0] = False
    widest, line = 0.0, shapely.Point()
    while left.any():
        step = int(np.flatnonzero(left)[np.argmin(nearest[left])])
        if nearest[step] > widest or line.is_empty:
            widest = float(nearest[step])
            line = shapely.transform(shapely.shortest_line(parts[since[step]], parts[step]), frame.to_storage)
        left[step] = False
        closer = shapely.distance(parts[step], parts)
        since[closer < nearest] = step
        nearest = np.minimum(nearest, closer)
    return widest, line
