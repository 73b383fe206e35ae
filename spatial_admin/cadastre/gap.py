"""Gaps: land between parcels, narrower than a width, that no parcel of the level covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely import Polygon

from spatial_admin.cadastre.coverage import Coverage, Ring
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2, mean_width_m
from spatial_admin.cadastre.precision import Box, Frame, Point
from spatial_admin.cadastre.shapes import mended, polygons_in, transformed
from spatial_admin.cadastre.vicinity import State, Vicinity

FEW_SIDES: Final = 200
TOUCH_M: Final = 0.002
SAME_GAP: Final = 0.001
NOISE_WIDTH_M: Final = 1e-5  # what computing leaves along a long side


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap: the parcels around it, its place in storage coordinates, its area."""

    parcels: tuple[str, ...]
    place: shapely.Geometry
    area_m2: float


def changed_gaps(vicinity: Vicinity, level: str, changed: Sequence[str]) -> tuple[list[Gap], list[Gap]]:
    """Gaps narrower than the ground's `gap_width_m` that the changed parcels of a level opened, and that they closed.

    Only land that was covered can become a gap by an edit; a street frontage that recedes is open on its other side.
    Closed is what would have been opened if the edit were undone, and is now filled to the last.
    """
    if covers_the_same(vicinity.coverage, level, changed):
        return [], []
    noise = SLIVER_NOISE_M2 / vicinity.square_metres()
    was, now = (shapely.union_all([state(name, level) for name in changed]) for state in (vicinity.was, vicinity.now))
    if shapely.area(shapely.symmetric_difference(was, now)) <= noise:
        return [], []  # a shared point moved: what one lost the other gained
    opened = _gaps(vicinity, level, shapely.difference(was, now), vicinity.now)
    closed = _gaps(vicinity, level, shapely.difference(now, was), vicinity.was)
    if closed:
        covered = shapely.union_all([vicinity.now(name, level) for name in vicinity.near()])
        closed = [gap for gap in closed if shapely.area(shapely.difference(gap.place, covered)) <= noise]
    return opened, closed


def covers_the_same(coverage: Coverage, level: str, changed: Sequence[str]) -> bool:
    """Is every side that parcels gave up or took made up for by another of them? Then what they cover stayed, for it is
    told by its sides alone, each as often as it is run through one way less the other. False also where nobody has
    looked: at large rings, or where points lie on sides of others.
    """
    sides: Counter[tuple[Point, Point]] = Counter()
    for name in changed:
        old, new = coverage.shape_before(name, level), coverage.shape_now(name, level)
        if [len(part) for part in old] != [len(part) for part in new]:
            return False
        for was, now in zip(old, new, strict=True):
            for index, (gone, come) in enumerate(zip(was, now, strict=True)):
                if gone is come:
                    continue
                if max(len(gone), len(come)) > FEW_SIDES:
                    return False
                _run_through(sides, gone, 1 if index == 0 else -1)
                _run_through(sides, come, -1 if index == 0 else 1)
    return not any(sides.values())


def _run_through(sides: Counter[tuple[Point, Point]], ring: Ring, times: int) -> None:
    points: list[Point] = [(x, y) for x, y in ring.tolist()]
    following = points[1:] + points[:1]
    (x0, y0), twice = points[0], 0.0
    for (ax, ay), (bx, by) in zip(points, following, strict=True):
        twice += (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
    if twice < 0:  # a ring may be stored either way round
        times = -times
    for a, b in zip(points, following, strict=True):
        if a < b:
            sides[a, b] += times
        else:
            sides[b, a] -= times


def _gaps(vicinity: Vicinity, level: str, lost: shapely.Geometry, state: State) -> list[Gap]:
    """Narrow pieces that no parcel covers in a state, on land that the changed parcels cover in the other."""
    noise = SLIVER_NOISE_M2 / vicinity.square_metres()
    if shapely.area(lost) <= noise:
        return []
    near = {name: state(name, level) for name in vicinity.near()}
    union = shapely.union_all(list(near.values()))
    uncovered = shapely.difference(lost, union)
    if shapely.area(uncovered) <= noise:
        return []
    ground = vicinity.coverage.ground
    frame = ground.frame_of(vicinity.region)
    pieces = narrow_pieces(transformed(union, frame.to_metres), ground.gap_width_m, frame, vicinity.region)
    opening = transformed(uncovered, frame.to_metres)
    opened = [piece for piece in pieces if shapely.area(shapely.intersection(piece, opening)) > _noise_in(piece)]
    in_metres = {name: shapely.transform(polygons, frame.to_metres) for name, polygons in near.items()}
    gaps = [Gap(around(piece, in_metres), transformed(piece, frame.to_storage), piece.area) for piece in opened]
    return [gap for gap in gaps if gap.parcels]


def _noise_in(piece: Polygon) -> float:
    """Square metres of a gap that an edit may add and has not opened it: a point that splits a side lies beside it by
    the grid's step. Of an old gap a thousandth is no difference, as in scans.
    """
    return max(SLIVER_NOISE_M2, SAME_GAP * float(piece.area))


def narrow_pieces(covered: shapely.Geometry, width_m: float, frame: Frame, region: Box) -> list[Polygon]:
    """What is open, narrower on average than the width, in a region (storage coordinates) that is widened by it.

    `covered` and the pieces are in metres.
    """
    # Closing by half the width fills what is narrower; mitred, so that no fillet is left in a corner of open land.
    grown = shapely.buffer(covered, width_m / 2, join_style="mitre", mitre_limit=5.0)
    closed = mended(shapely.buffer(grown, -width_m / 2, join_style="mitre", mitre_limit=5.0))
    window = shapely.buffer(shapely.transform(shapely.box(*region), frame.to_metres), width_m)
    holes = [hole for hole in _holes(covered) if _is_narrow(hole, width_m) and shapely.covers(window, hole)]
    filled = shapely.union_all([covered, *holes])
    pieces = polygons_in(shapely.intersection(shapely.difference(closed, filled), window))
    return holes + [piece for piece in pieces if _is_narrow(piece, width_m)]


def _holes(covered: shapely.Geometry) -> list[Polygon]:
    """Enclosed land is one gap as a whole, also where it is wider than its mean in the middle, as a triangle is."""
    return [Polygon(ring) for polygon in polygons_in(covered) for ring in polygon.interiors]


def _is_narrow(piece: Polygon, width_m: float) -> bool:
    return piece.area > SLIVER_NOISE_M2 and NOISE_WIDTH_M < mean_width_m(piece) < width_m


def around(piece: Polygon, in_metres: dict[str, shapely.Geometry]) -> tuple[str, ...]:
    """Names of the parcels that come to a piece of open land, ascending."""
    near = piece.buffer(TOUCH_M)
    return tuple(sorted(name for name, polygons in in_metres.items() if shapely.intersects(polygons, near)))
