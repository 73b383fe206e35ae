"""Parcels of a cell as they were read, side by side in arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.precision import Box, FloatArray
from spatial_admin.cadastre.ring_table import IntArray

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Parcels:
    """Current parcels that meet a box; row i of every array is one parcel."""

    ids: IntArray  # internal
    versions: IntArray
    levels: npt.NDArray[np.object_]
    geometries: Geometries  # storage coordinates
    areas_m2: FloatArray
    legal_areas_m2: FloatArray  # NaN where none is stated
    legal_texts: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, which: npt.NDArray[np.bool_]) -> Parcels:
        """Those of a mask."""
        return Parcels(
            self.ids[which],
            self.versions[which],
            self.levels[which],
            self.geometries[which],
            self.areas_m2[which],
            self.legal_areas_m2[which],
            self.legal_texts[which],
        )


Load = Callable[[Box], Parcels]
"""Read every current parcel whose envelope meets a box."""


@dataclass(frozen=True, slots=True)
class Defect:
    """What a rule found: the internal ids of its parcels ascending with their versions, and where."""

    rule: str
    fingerprint: str
    ids: tuple[int, ...]
    versions: tuple[int, ...]
    place: shapely.Geometry  # storage coordinates
    measure: float | None


def holds(cell: Box, x: float, y: float) -> bool:
    """Does a place belong to a cell? Cells are half open, so that each place belongs to one."""
    return cell[0] <= x < cell[2] and cell[1] <= y < cell[3]


def first_point(geometry: shapely.Geometry) -> tuple[float, float]:
    """The point of a geometry that comes first: which cell reports what lies in several is decided by it."""
    points = shapely.get_coordinates(geometry)
    index = np.lexsort((points[:, 1], points[:, 0]))[0]
    return float(points[index, 0]), float(points[index, 1])
