"""Gaps of a coverage: where a side is free and another near it, the land between them is looked at as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.gap import TOUCH_M, around, narrow_pieces
from spatial_admin.cadastre.overlap import NOISE_WIDTH_M
from spatial_admin.cadastre.precision import Box, Frame, Ground, box_around
from spatial_admin.cadastre.shapes import transformed

MOST_LOOKS: Final = 12
STEP_M: Final = 25.0

Near = Callable[[Box], tuple[list[int], npt.NDArray[np.object_]]]
"""Names and geometries of the parcels of the level that meet a box."""


def find_gaps(
    sides: npt.NDArray[np.object_], near: Near, ground: Ground
) -> Iterator[tuple[tuple[int, ...], shapely.Geometry]]:
    """The parcels around each gap that lies at the sides, and its place in storage coordinates.

    Of one parcel alone what it encloses is a gap; a slit that is open is seen where an edit makes it, not here.
    A gap that leads out of what is looked at is followed to its end: it is the same from wherever it is seen.
    """
    lines = shapely.get_parts(sides)
    lines = lines[~shapely.is_empty(lines)]
    boxes = np.array(
        [ground.widened((w, s, e, n), ground.gap_width_m) for w, s, e, n in shapely.bounds(lines).tolist()]
    )
    if not len(boxes):
        return
    groups = shapely.get_parts(shapely.union_all(shapely.box(*boxes.T)))
    members, line = shapely.STRtree(lines).query(groups, predicate="intersects")
    for number, group in enumerate(groups.tolist()):
        yield from _follow(shapely.union_all(lines[line[members == number]]), group.bounds, near, ground)


def _follow(
    seed: shapely.Geometry, region: Box, near: Near, ground: Ground
) -> Iterator[tuple[tuple[int, ...], shapely.Geometry]]:
    for _ in range(MOST_LOOKS):
        frame = ground.frame_of(region)
        pieces, in_metres = _look(seed, region, frame, near, ground)
        beyond = [box for box in map(_in_storage(frame), pieces) if not _holds(region, box)]
        if not beyond:
            break
        region = ground.widened(box_around([region, *beyond]), STEP_M)
    for piece in pieces:
        names = around(piece, in_metres)
        if len(names) > 1 or (names and _is_enclosed(piece, in_metres[names[0]])):
            yield tuple(sorted(int(name) for name in names)), transformed(piece, frame.to_storage)


def _is_enclosed(piece: shapely.Polygon, parcel: shapely.Geometry) -> bool:
    return bool(shapely.covers(shapely.buffer(parcel, TOUCH_M), piece.exterior))


def _look(
    seed: shapely.Geometry, region: Box, frame: Frame, near: Near, ground: Ground
) -> tuple[list[shapely.Polygon], dict[str, shapely.Geometry]]:
    """The gaps in a region that touch the seed, and the parcels there by name, both in metres."""
    names, geometries = near(ground.widened(region, 2 * ground.gap_width_m))
    in_metres = {
        str(name): shapely.transform(one, frame.to_metres) for name, one in zip(names, geometries, strict=True)
    }
    covered = transformed(shapely.union_all(geometries), frame.to_metres)
    pieces = narrow_pieces(covered, ground.gap_width_m, frame, region)
    close = shapely.transform(seed, frame.to_metres)
    return [piece for piece in pieces if shapely.dwithin(piece, close, NOISE_WIDTH_M)], in_metres


def _in_storage(frame: Frame) -> Callable[[shapely.Polygon], Box]:
    def box(piece: shapely.Polygon) -> Box:
        west, south, east, north = piece.bounds
        (w, s), (e, n) = frame.to_storage(np.array([[west, south], [east, north]])).tolist()
        return w, s, e, n

    return box


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
