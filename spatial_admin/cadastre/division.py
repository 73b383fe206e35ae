"""Dividing a shape along stretches that run through it from boundary to boundary; no coordinate is computed.

The faces are found by polygonization of the boundary's own points and those of the stretches, so that both sides of
every stretch, and both sides of the old boundary, stay the same doubles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.precision import Point
from spatial_admin.cadastre.shapes import polygons_of, shape_of_polygons

Stretch = tuple[Point, ...]
Segment = tuple[Point, Point]
Keys = npt.NDArray[np.complex128]  # points as one number each, to be compared and sorted

AREA_NOISE = 1e-9  # of the part: what the faces' areas may differ from the whole's


class LineRefused(ValueError):
    """A line that cannot divide the shape; the message says why and where."""


@dataclass(frozen=True, slots=True)
class Section:
    """Where a line goes through a shape: its stretches inside, each from boundary to boundary, and the new points that
    they begin and end with, by the boundary segment (as its ring has it) and in the order along it.
    """

    stretches: tuple[Stretch, ...]
    inserted: Mapping[Segment, tuple[Point, ...]]

    def opened(self, shape: Shape) -> Shape:
        """The shape with the new points on its boundary; rings without any stay the same objects."""
        return tuple(tuple(_opened(ring, self.inserted) for ring in part) for part in shape)

    def with_points(self, moved: Mapping[Point, Point]) -> Section:
        """The same section with some of its new points elsewhere."""
        stretches = tuple(tuple(moved.get(point, point) for point in stretch) for stretch in self.stretches)
        inserted = {key: tuple(moved.get(point, point) for point in points) for key, points in self.inserted.items()}
        return Section(stretches, inserted)

    def without(self, idle: frozenset[int]) -> Section:
        """The section without some of its stretches, and without the points that only they need."""
        kept = tuple(stretch for index, stretch in enumerate(self.stretches) if index not in idle)
        ends = {point for stretch in kept for point in (stretch[0], stretch[-1])}
        inserted = {key: tuple(p for p in points if p in ends) for key, points in self.inserted.items()}
        return replace(self, stretches=kept, inserted={key: points for key, points in inserted.items() if points})


@dataclass(frozen=True, slots=True)
class Face:
    """One connected piece: rings (the exterior first) of one part of the divided shape."""

    rings: tuple[Ring, ...]
    is_cut: bool  # else it is a whole part that no stretch divides


@dataclass(frozen=True, slots=True)
class Division:
    """The faces of a divided shape, and which stretches (by index) divide nothing: both their sides are one face."""

    faces: tuple[Face, ...]
    idle: frozenset[int]


def divide(shape: Shape, stretches: Sequence[Stretch]) -> Division:
    """The faces into which stretches divide a shape; each stretch begins and ends at points of the shape.

    Raises LineRefused where lines and boundary run so close to each other that there are no clean faces.
    """
    faces: list[Face] = []
    idle: set[int] = set()
    for part in shape:
        own = [index for index, stretch in enumerate(stretches) if len(shape) == 1 or _runs_in(part, stretch)]
        made, useless = _faces_of_part(part, [stretches[index] for index in own])
        faces += made
        idle.update(own[index] for index in useless)
    return Division(tuple(faces), frozenset(idle))


def _faces_of_part(part: tuple[Ring, ...], stretches: Sequence[Stretch]) -> tuple[list[Face], list[int]]:
    if not stretches:
        return [Face(part, is_cut=False)], []
    nodes = np.array([point for stretch in stretches for point in (stretch[0], stretch[-1])])
    lines = [*_chains(part, _keys(nodes)), *(np.array(stretch) for stretch in stretches)]
    polygons, cuts, _, _ = shapely.polygonize_full([shapely.LineString(line) for line in lines])
    useless = {_undirected(shapely.get_coordinates(line)) for line in shapely.get_parts(cuts)}
    idle = [index for index, stretch in enumerate(stretches) if _undirected(np.array(stretch)) in useless]
    if len(idle) == len(stretches):
        return [Face(part, is_cut=False)], idle
    return [Face(rings, is_cut=True) for rings in _inner_faces(part, shapely.get_parts(polygons))], idle


def _inner_faces(part: tuple[Ring, ...], polygons: npt.NDArray[Any]) -> list[tuple[Ring, ...]]:
    whole = polygons_of((part,))
    shapely.prepare(whole)
    inner = polygons[shapely.contains(whole, shapely.point_on_surface(polygons))]
    if not shapely.is_valid(inner).all() or abs(shapely.area(inner).sum() - whole.area) > AREA_NOISE * whole.area:
        raise LineRefused("the line runs so close along the boundary that it leaves no clean pieces; draw it apart")
    return [rings for polygon in inner for rings in shape_of_polygons(polygon)]


def _chains(part: tuple[Ring, ...], nodes: Keys) -> list[Ring]:
    """The rings cut at nodes, and where rings touch each other: there, too, faces begin and end."""
    keys = [_keys(ring) for ring in part]
    values, counts = np.unique(np.concatenate(keys), return_counts=True)
    nodes = np.concatenate([nodes, values[counts > 1]])
    chains = []
    for ring, own in zip(part, keys, strict=True):
        at = np.flatnonzero(np.isin(own, nodes)).tolist() or [0]
        closed = np.concatenate([ring, ring[: at[0] + 1]])
        chains += [closed[a : b + 1] for a, b in zip(at, [*at[1:], at[0] + len(ring)], strict=True)]
    return chains


def _runs_in(part: tuple[Ring, ...], stretch: Stretch) -> bool:
    middle = np.mean(np.array(stretch[:2]), axis=0)
    return bool(shapely.contains_xy(polygons_of((part,)), *middle))


def _opened(ring: Ring, inserted: Mapping[Segment, tuple[Point, ...]]) -> Ring:
    found = [
        (index, points)
        for (a, b), points in inserted.items()
        for index in np.flatnonzero((ring[:, 0] == a[0]) & (ring[:, 1] == a[1])).tolist()
        if tuple(ring[(index + 1) % len(ring)].tolist()) == b
    ]
    for index, points in sorted(found, key=lambda one: one[0], reverse=True):
        ring = np.insert(ring, index + 1, points, axis=0)
    return ring


def _keys(points: Ring) -> Keys:
    keys: Keys = points[:, 0] + 1j * points[:, 1]
    return keys


def _undirected(line: Ring) -> bytes:
    return min(line.tobytes(), np.ascontiguousarray(line[::-1]).tobytes())
