"""A gap outlives the parcels around it: who comes to open land after a split, a merge, or a boundary that moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import shapely
from shapely import Polygon

from spatial_admin.cadastre.gap import SAME_GAP, TOUCH_M
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import polygons_in, transformed

COVERED: Final = 0.99  # from this share on its land is no gap any more


def is_same_land(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Have two places of gaps (storage coordinates) land in common, more than rounding leaves along a side?"""
    common = float(shapely.area(shapely.intersection(one, other)))
    return common > SAME_GAP * min(float(shapely.area(one)), float(shapely.area(other)))


def covered_share(place: shapely.Geometry, parcels: Iterable[shapely.Geometry]) -> float:
    """How much of a place parcels cover, from 0 to 1; of nothing, all."""
    whole = float(shapely.area(place))
    return float(shapely.area(shapely.intersection(place, shapely.union_all(list(parcels))))) / whole if whole else 1.0


def left_open(place: shapely.Geometry, parcels: Iterable[shapely.Geometry]) -> shapely.Geometry:
    """The place without what parcels cover of it; itself where that is rounding, which would fray its sides."""
    covering = shapely.union_all(list(parcels))
    return shapely.difference(place, covering) if covered_share(place, [covering]) > SAME_GAP else place


def gap_area_m2(place: shapely.Geometry, ground: Ground) -> float:
    """Square metres of a place in storage coordinates, as the rule measures gaps."""
    if shapely.is_empty(place):
        return 0.0
    west, south, east, north = shapely.bounds(place).tolist()
    return float(shapely.area(transformed(place, ground.frame_of((west, south, east, north)).to_metres)))


def successors_of_gap(
    place: shapely.Geometry, unchanged: AbstractSet[int], changed: Mapping[int, shapely.Geometry], ground: Ground
) -> dict[tuple[int, ...], shapely.Geometry]:
    """The parcels (internal ids, ascending) around the pieces of a gap now, and the place of the pieces that have them.

    `place` and the shapes of the `changed` parcels, of its level and current now, are in storage coordinates;
    `unchanged` are those around it that the edit left as they are. Pieces that are covered by now, or that one parcel
    alone comes to without enclosing them, are left out.
    """
    if shapely.is_empty(place):
        return {}
    west, south, east, north = shapely.bounds(place).tolist()
    frame = ground.frame_of((west, south, east, north))
    in_metres = {key: transformed(shape, frame.to_metres) for key, shape in changed.items()}
    pieces: dict[tuple[int, ...], list[Polygon]] = {}
    for piece in polygons_in(place):
        land = transformed(piece, frame.to_metres)
        near = shapely.buffer(land, TOUCH_M)
        beside = {key: shape for key, shape in in_metres.items() if shapely.intersects(shape, near)}
        names = tuple(sorted(unchanged | beside.keys()))
        is_filled = covered_share(land, beside.values()) >= COVERED
        if not is_filled and (len(names) > 1 or _encloses(beside, land)):
            pieces.setdefault(names, []).append(piece)
    return {names: parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts) for names, parts in pieces.items()}


def _encloses(beside: Mapping[int, shapely.Geometry], land: shapely.Geometry) -> bool:
    if len(beside) != 1 or not isinstance(land, Polygon):
        return False
    (parcel,) = beside.values()
    return bool(shapely.covers(shapely.buffer(parcel, TOUCH_M), land.exterior))
