"""A gap outlives the parcels around it: who comes to open land after a split, a merge or their undoing."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import shapely
from shapely import Polygon

from spatial_admin.cadastre.gap import TOUCH_M
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import polygons_in, transformed

COVERED: Final = 0.99  # from this share on its land is no gap any more


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
        is_filled = shapely.area(shapely.intersection(land, shapely.union_all(list(beside.values()))))
        if is_filled < COVERED * shapely.area(land) and (len(names) > 1 or _encloses(beside, land)):
            pieces.setdefault(names, []).append(piece)
    return {names: parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts) for names, parts in pieces.items()}


def _encloses(beside: Mapping[int, shapely.Geometry], land: shapely.Geometry) -> bool:
    if len(beside) != 1 or not isinstance(land, Polygon):
        return False
    (parcel,) = beside.values()
    return bool(shapely.covers(shapely.buffer(parcel, TOUCH_M), land.exterior))
