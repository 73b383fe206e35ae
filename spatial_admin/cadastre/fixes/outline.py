"""The outline of an overlap or a gap, taken apart: which stretch of it runs along which parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.fixes.trial import NoFix
from spatial_admin.cadastre.precision import FloatArray, Frame, Point

ON_M: Final = 1e-5  # a side that lies on a line; what an overlay computes is a nanometre off


@dataclass(frozen=True, slots=True)
class Outline:
    """A stretch of an outline, and the rest of it: two paths between the same two ends, in storage coordinates."""

    along: tuple[Point, ...]
    rest: tuple[Point, ...]


def part_on(piece: shapely.Polygon, line: shapely.Geometry, frame: Frame) -> Outline:
    """The stretch of a piece's outline that lies on a line (metres of the frame); the piece in storage coordinates.

    Raises NoFix where there is none, where it is all of it, or where it comes in several.
    """
    if piece.interiors:
        raise NoFix("it goes round other land")
    ring = shapely.get_coordinates(piece.exterior)[:-1]
    return _parted(ring, _sides_on(ring, line, frame))


def part_off(piece: shapely.Polygon, line: shapely.Geometry, frame: Frame, on_m: float = ON_M) -> Outline:
    """The stretch of a piece's outline that does not lie on a line, to `on_m` metres; otherwise as `part_on`."""
    if piece.interiors:
        raise NoFix("it goes round other land")
    ring = shapely.get_coordinates(piece.exterior)[:-1]
    return _parted(ring, ~_sides_on(ring, line, frame, on_m))


def share_on(piece: shapely.Polygon, line: shapely.Geometry, frame: Frame) -> float:
    """How much of a piece's outer outline lies on a line, 0 to 1."""
    ring = shapely.get_coordinates(piece.exterior)[:-1]
    local = frame.to_metres(ring)
    lengths = np.hypot(*(np.roll(local, -1, axis=0) - local).T)
    total = float(lengths.sum())
    return float(lengths[_sides_on(ring, line, frame)].sum()) / total if total else 0.0


def _sides_on(ring: FloatArray, line: shapely.Geometry, frame: Frame, on_m: float = ON_M) -> npt.NDArray[np.bool_]:
    local = frame.to_metres(ring)
    middles = (local + np.roll(local, -1, axis=0)) / 2
    return np.asarray(shapely.distance(shapely.points(middles), line)) <= on_m


def _parted(ring: FloatArray, is_along: npt.NDArray[np.bool_]) -> Outline:
    begins = np.flatnonzero(is_along & ~np.roll(is_along, 1))
    if len(begins) != 1:
        raise NoFix("the outline runs along it not at all, all along, or in several stretches")
    first, count = int(begins[0]), int(is_along.sum())
    points = [(float(x), float(y)) for x, y in np.roll(ring, -first, axis=0).tolist()]
    return Outline(tuple(points[: count + 1]), (points[0], *points[: count - 1 : -1]) if count else ())
