"""What is to be fixed, and what a way of fixing it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes.trial import Trial
from spatial_admin.cadastre.precision import Frame, Point

Way = Callable[[Trial], str]
"""Carries out operations on a trial and answers a title in plain words; raises NoFix where it leads nowhere."""


@dataclass(frozen=True, slots=True)
class Defect:
    """A finding: its rule, current parcels by permanent id, and its place in storage coordinates.

    `may_halve`: the administrator allows a boundary halfway between two documents.
    """

    rule: str
    parcels: tuple[str, ...]
    place: shapely.Geometry
    may_halve: bool = False

    def frame(self, coverage: Coverage) -> Frame:
        """Metres around the place."""
        return coverage.ground.frame_of(tuple(shapely.bounds(self.place).tolist()))

    def points(self) -> list[Point]:
        """The points of its place."""
        return [(float(x), float(y)) for x, y in shapely.get_coordinates(self.place).tolist()]


def label(coverage: Coverage, parcel_id: str) -> str:
    """What people call a parcel: its number, or its id where it has none, or another one here has the same."""
    number = coverage.properties[parcel_id]["number"]
    is_its_own = number and sum(one["number"] == number for one in coverage.properties.values()) == 1
    return str(number if is_its_own else parcel_id)
