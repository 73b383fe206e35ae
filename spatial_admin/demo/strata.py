"""What lies over the ground parcels: stacked units of apartment houses, and easements. Neither level is exclusive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import LineString, Polygon

from spatial_admin.demo.noding import Rings, rings_of
from spatial_admin.demo.records import Record

_HOUSES = 16
_SETBACK_M = 5.0


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: index of its ground parcel, floor (0 is the ground floor), side, and geometry in whole millimetres."""

    ground: int
    floor: int
    side: str
    rings: Rings
    area_m2: float


@dataclass(frozen=True, slots=True)
class Easement:
    """A strip of land that someone else may use."""

    purpose: str
    rings: Rings


def build_units(shapes: NDArray[np.object_], records: list[Record], rng: Generator) -> list[Unit]:
    """Two units a floor in the apartment houses; the units above one another have the same geometry."""
    lots = [
        k for k, r in enumerate(records) if r.land_use == "apartments" and not shapely.get_num_interior_rings(shapes[k])
    ]
    units: list[Unit] = []
    built = 0
    for ground in rng.permutation(np.array(lots, dtype=np.int64)).tolist():
        house = _house(shapes[ground])
        if house is None or built == _HOUSES:
            continue
        built += 1
        halves = _halves(house)
        for floor in range(int(rng.integers(3, 6))):
            for side, half in zip("LR", halves, strict=True):
                units.append(Unit(ground, floor, side, rings_of(half), float(half.area)))
    return units


def _house(lot: Polygon) -> NDArray[np.float64] | None:
    """Corners (4, 2) of a house on `lot`, long side first, whole millimetres; None where it has no room."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(lot))[:4]
    if np.hypot(*(corners[1] - corners[0])) < np.hypot(*(corners[2] - corners[1])):
        corners = np.roll(corners, -1, axis=0)
    middle = np.array([lot.centroid.x, lot.centroid.y])
    house = np.round(middle + (corners - corners.mean(axis=0)) * [[0.42]], 3)
    return house if lot.buffer(-_SETBACK_M).contains(Polygon(house)) else None


def _halves(house: NDArray[np.float64]) -> tuple[Polygon, Polygon]:
    front, back = np.round((house[0] + house[1]) / 2, 3), np.round((house[2] + house[3]) / 2, 3)
    return Polygon([house[0], front, back, house[3]]), Polygon([front, house[1], house[2], back])


def build_easements(rng: Generator) -> list[Easement]:
    """A water main across the town, a power line over the fields and a footpath to the river."""

    def strip(points: list[tuple[float, float]], width_m: float) -> Rings:
        bent = np.array(points) + rng.uniform(-15, 15, (len(points), 2))
        shape = LineString(bent).buffer(width_m / 2, cap_style="flat", join_style="mitre")
        return rings_of(shapely.set_precision(shape, 0.001))

    return [
        Easement("water main", strip([(-560.0, -420.0), (-150.0, -160.0), (150.0, 110.0), (590.0, 420.0)], 6.0)),
        Easement("power line", strip([(-640.0, 820.0), (-120.0, 960.0), (420.0, 930.0), (960.0, 700.0)], 24.0)),
        Easement("right of way", strip([(-690.0, 80.0), (-800.0, 105.0), (-905.0, 90.0)], 3.0)),
    ]
