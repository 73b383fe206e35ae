"""Does an edit move a given boundary away: a stretch that somebody contests, or the place of a finding?"""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.fixes.shift import changed_lines


def is_moved_away(places: Sequence[shapely.Geometry], changes: Sequence[ParcelChange], near: float) -> list[bool]:
    """For each place, in storage coordinates, whether a boundary that ran along it (or through it, where it is a point
    or an area) runs there no more. `near`: what is no farther apart is the same, in storage units.

    A segment that only gets a point, and one that begins where the place ends, is not moved away from it.
    """
    come, gone = changed_lines(changes)
    moved = shapely.difference(gone, shapely.buffer(come, near))
    if shapely.is_empty(moved):
        return [False] * len(places)
    return [_is_met(place, moved, near) for place in places]


def _is_met(place: shapely.Geometry, moved: shapely.Geometry, near: float) -> bool:
    if isinstance(place, shapely.LineString | shapely.MultiLineString):
        lost = shapely.intersection(place, shapely.buffer(moved, near))
        return bool(shapely.length(lost) > 2 * near)
    return bool(shapely.distance(place, moved) <= near / 2)
