"""What the tests measure of a town."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_admin.demo.model import Parcel, Town
from spatial_admin.demo.placement import multipolygon

Shapes = NDArray[np.object_]


def of_level(town: Town, level: str) -> list[Parcel]:
    return [parcel for parcel in town.parcels if parcel.level == level]


def shapes_of(parcels: list[Parcel]) -> Shapes:
    return np.array([multipolygon(parcel) for parcel in parcels], dtype=object)


def overlapping_pairs(shapes: Shapes) -> set[tuple[int, int]]:
    """Pairs whose interiors meet (equal and contained ones too), by position."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    inside = shapely.relate_pattern(shapes[first], shapes[second], "T********")
    return {(int(a), int(b)) for a, b in zip(first[inside], second[inside], strict=True)}


def rings_of(parcels: list[Parcel]) -> list[NDArray[np.float64]]:
    return [ring for parcel in parcels for rings in parcel.parts for ring in rings]


def by_id(town: Town) -> dict[str, Parcel]:
    return {parcel.parcel_id: parcel for parcel in town.parcels}
