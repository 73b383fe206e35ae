"""What holds of the exclusive level around every edit: no edge comes apart, and nobody's land is counted twice or lost.

Judged by shapely alone, on the parcels around what changed, before and after.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Parcel, Shape, shape_box
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2
from spatial_admin.cadastre.precision import Ground, box_around, boxes_meet
from spatial_admin.cadastre.shapes import polygons_of, shape_of_polygons
from spatial_admin.cadastre.validity import Found

LEVEL = "parcels"
AROUND_M = 2.0
ALONG_M = 0.02  # an unnoded segment that is cut in two is flagged where it was
OUTLINE = 1e-9  # relative
THIN = 1e-5  # area by the square of the perimeter; a square has 1/16


class Torn(AssertionError):
    """An edge that was matched is not, or land is gained or lost unsaid."""


@dataclass(slots=True)
class Around:
    """The exclusive parcels around a change, before and after; those that did not change are in both."""

    ground: Ground
    before: Mapping[str, Parcel]
    after: Mapping[str, Parcel]
    changes: Sequence[ParcelChange]
    found: Sequence[Found]
    undone: Mapping[str, Shape] = field(default_factory=dict)  # states that a revert brings back, as they were
    was: dict[str, shapely.Geometry] = field(init=False)
    now: dict[str, shapely.Geometry] = field(init=False)

    def __post_init__(self) -> None:
        regions = [change.region for change in self.changes if change.region is not None]
        box = self.ground.widened(box_around(regions), AROUND_M) if regions else None
        self.was, self.now = (  # type: ignore[assignment]  # shapely and Hypothesis are typed loosely here
            {
                name: polygons_of(parcel.shape)
                for name, parcel in state.items()
                if box is not None and parcel.level == LEVEL and boxes_meet(shape_box(parcel.shape), box)
            }
            for state in (self.before, self.after)
        )
        for name in self.was.keys() ^ self.now.keys():  # moved away from what changed, or moved there
            for state, polygons in ((self.before, self.was), (self.after, self.now)):
                if name in state and state[name].level == LEVEL and name not in polygons:
                    polygons[name] = polygons_of(state[name].shape)


def check_coverage(around: Around) -> str:
    """Raise Torn where the edit tore the coverage; answers how strictly areas could be compared."""
    was, now = _invalid_edges(around.was.values()), _invalid_edges(around.now.values())
    if around.undone:  # a T-junction that had no vertex before the edit has none after it is undone
        undone = {name: polygons_of(shape) for name, shape in around.undone.items()}
        was = shapely.union(was, _invalid_edges({**around.was, **undone}.values()))
    _check_edges(around, was, now)
    is_clean = _is_edge_matched(around.was.values()) and _is_edge_matched(around.now.values())
    return _check_areas(around, is_clean=is_clean)


def _is_edge_matched(polygons: Collection[shapely.Geometry]) -> bool:
    """Is every segment that is not of the outline in exactly two rings, to the bit? (A T-junction without a vertex is
    not, and GEOS lets it pass; on the ellipsoid there is land between a segment and its two halves.)
    """
    union = shapely.union_all(list(polygons))
    if any(_is_thin(hole) for part in shapely.get_parts(union).tolist() for hole in part.interiors):
        return False
    count = Counter(segment for one in polygons for segment in _segments(one))
    outline = set(_segments(union))
    return all(times == 2 - (segment in outline) for segment, times in count.items()) and outline <= count.keys()


def _is_thin(ring: shapely.LinearRing) -> bool:
    """Is it the land beside a T-junction, thousands of times longer than wide?"""
    return bool(shapely.area(shapely.Polygon(ring)) < THIN * ring.length**2)


def _segments(geometry: shapely.Geometry) -> Iterator[tuple[float, ...]]:
    for part in shape_of_polygons(geometry):
        for ring in part:
            points = [(x, y) for x, y in ring.tolist()]
            for a, b in zip(points, points[1:] + points[:1], strict=True):
                yield (*a, *b) if a <= b else (*b, *a)


def _invalid_edges(polygons: Iterable[shapely.Geometry]) -> shapely.Geometry:
    return shapely.union_all(shapely.coverage_invalid_edges(list(polygons)))


def _check_edges(around: Around, was: shapely.Geometry, now: shapely.Geometry) -> None:
    if now.is_empty:  # type: ignore[attr-defined]  # shapely and Hypothesis are typed loosely here
        return
    told = [one.place for one in around.found]  # slivers and overlaps that the verdict tells of, accepted ones too
    excused = shapely.buffer(shapely.union_all([was, *told]), _storage(around, ALONG_M))
    fresh = shapely.difference(now, excused)
    for piece in shapely.get_parts(fresh).tolist():
        _check_piece(around, piece)


def _check_piece(around: Around, piece: shapely.Geometry) -> None:
    """A flagged piece of an edge: GEOS 3.14 flags matched edges of rings that touch themselves, and what is rounding."""
    here = shapely.buffer(piece, _storage(around, ALONG_M / 4))
    near = [name for name, polygons in around.now.items() if shapely.intersects(polygons, here)]
    for a, b in itertools.combinations(near, 2):
        common = shapely.intersection(around.now[a], around.now[b])
        if a in around.was and b in around.was:
            common = shapely.difference(common, shapely.intersection(around.was[a], around.was[b]))
        if shapely.area(common) * _square_metres(around) > SLIVER_NOISE_M2 and shapely.intersects(common, here):
            raise Torn(f"{a} and {b} overlap at {piece.wkt}, and no finding tells of it")  # type: ignore[attr-defined]  # shapely and Hypothesis are typed loosely here
    segments: dict[tuple[float, ...], set[str]] = {}
    points: dict[tuple[float, float], set[str]] = {}
    for name in near:
        for part in around.after[name].shape:
            for ring in part:
                for x, y in ring.tolist():
                    points.setdefault((x, y), set()).add(name)
        for segment in _segments(around.now[name]):
            segments.setdefault(segment, set()).add(name)
    _check_noded(around, here, segments, points)


def _check_noded(
    around: Around,
    here: shapely.Geometry,
    segments: Mapping[tuple[float, ...], set[str]],
    points: Mapping[tuple[float, float], set[str]],
) -> None:
    """No parcel's point lies on a foreign segment, nearer than noding joins, without being a vertex there."""
    west, south, east, north = here.bounds  # type: ignore[attr-defined]  # shapely and Hypothesis are typed loosely here
    frame = around.ground.frame_at((west, south))
    near = [p for p in points if west <= p[0] <= east and south <= p[1] <= north]
    for x, y in near:
        at = shapely.Point(frame.to_metres(np.array([[x, y]]))[0])
        for (*ends,), names in segments.items():
            a, b = (ends[0], ends[1]), (ends[2], ends[3])
            line = shapely.LineString(frame.to_metres(np.array([a, b])))
            apart = min(at.distance(shapely.Point(end)) for end in line.coords)
            if at.distance(line) < around.ground.node_within_m * 0.9 and apart > around.ground.node_within_m * 1.1:
                strangers = points[x, y] - names
                without = {name for name in names if name not in points[x, y]}
                if strangers and without:
                    raise Torn(
                        f"{sorted(strangers)} have {(x, y)!r} on {a!r}-{b!r} of {sorted(without)}, who has it not"
                    )


def _check_areas(around: Around, *, is_clean: bool) -> str:
    gained = sum(_area_after(change) - _area_before(change) for change in around.changes)
    was, now = (_outline_m2(around.ground, polygons.values()) for polygons in (around.was, around.now))
    off = abs(gained - (now - was))
    if off <= OUTLINE * max(was, now, 1.0):
        return "exact"
    # Where parcels overlap (the rules tell of that), land is counted twice; for each parcel there is some rounding.
    twice = _overlapping_m2(around, around.was) + _overlapping_m2(around, around.now)
    if is_clean or off > twice * 1.001 + SLIVER_NOISE_M2 * (len(around.was) + len(around.now)):
        raise Torn(f"parcels gained {gained} m2, their outline {now - was} m2 of {was}; {twice} m2 are in two of them")
    return "overlapping" if twice > SLIVER_NOISE_M2 else "rounded"


def _overlapping_m2(around: Around, polygons: Mapping[str, shapely.Geometry]) -> float:
    pairs = itertools.combinations(polygons.values(), 2)
    return sum(float(shapely.area(shapely.intersection(*pair))) for pair in pairs) * _square_metres(around)


def _area_before(change: ParcelChange) -> float:
    is_there = change.before is not None and change.change != "restored" and change.before.level == LEVEL
    return change.before.area_m2 if is_there and change.before is not None else 0.0


def _area_after(change: ParcelChange) -> float:
    return change.area_m2 if change.change != "retired" and change.properties["level"] == LEVEL else 0.0


def _outline_m2(ground: Ground, polygons: Iterable[shapely.Geometry]) -> float:
    """By the area method of parcels."""
    return shape_area_m2(ground, shape_of_polygons(shapely.union_all(list(polygons))))


def _storage(around: Around, metres: float) -> float:
    """So many metres in storage units: those of the direction that takes more."""
    parcels = around.now or around.was
    y = float(shapely.bounds(next(iter(parcels.values())))[1])
    return metres / min(around.ground.scale_at(y))


def _square_metres(around: Around) -> float:
    parcels = around.now or around.was
    east, north = around.ground.scale_at(float(shapely.bounds(next(iter(parcels.values())))[1]))
    return east * north
