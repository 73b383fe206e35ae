"""draw: a parcel where none was, from rings; with `fill` only where there is room. Inverse: retire."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from spatial_admin.cadastre.admissibility import refusal_of_box
from spatial_admin.cadastre.coverage import Shape, shape_box
from spatial_admin.cadastre.filling import fill
from spatial_admin.cadastre.noding import node_shape
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.operations.update import patched
from spatial_admin.cadastre.shapes import RING_POINTS, polygons_of, without_repeats

# What a parcel is that nothing is said of; number, level and kind are members of the operation.
UNSAID: Mapping[str, Any] = {
    **dict.fromkeys(("part_of", "legal_area_m2", "legal_area_text", "land_use", "address")),
    "attributes": {},
}


@dataclass(frozen=True, slots=True)
class Draw(Operation):
    """Draw a parcel: `rings` are its parts, each of rings, the exterior one first; positions that equal current points
    are those points, the others are snapped once, and all is noded with what lies there.

    `fill` clips it to the free space of its level: along its neighbours it takes their points, what is left of it
    becomes its parts. Without it an overlap refuses the edit, as always.
    """

    rings: tuple[tuple[tuple[Position, ...], ...], ...]
    properties: Mapping[str, Any]  # number, level and kind, and what `properties` of the operation says besides
    parcel_id: str | None = None
    fill: bool = False
    name: str = "draw"

    def positions(self) -> Sequence[Position]:
        """Every position of the rings."""
        return tuple(itertools.chain.from_iterable(itertools.chain.from_iterable(self.rings)))

    def parcels(self) -> Sequence[str]:
        """The ground parcel that it becomes part of."""
        ground = self.properties.get("part_of")
        return () if ground is None else (str(ground),)

    def newcomers(self) -> Sequence[str]:
        """The id it is given."""
        return () if self.parcel_id is None else (self.parcel_id,)

    def apply(self, to: Replay) -> None:
        """Place the rings, clip them where asked, and node the shape; one that is none is left to the rules."""
        coverage = to.coverage
        name = to.newcomer(self.parcel_id)
        properties = patched(to, name, UNSAID, self.properties)
        shape = self._shape(to)
        coverage.bear(name, shape, properties)
        refusal = refusal_of_box(coverage.ground, shape_box(shape))
        if refusal is not None:
            raise to.refused(refusal.reason)
        if any(len(ring) < RING_POINTS for part in shape for ring in part) or not shapely.is_valid(polygons_of(shape)):
            return
        if self.fill and not fill(coverage, name):
            raise to.refused("nothing is left of it: all of that land is taken")
        node_shape(coverage, name)

    def _shape(self, to: Replay) -> Shape:
        points = iter(to.place_all(self.positions()))
        return tuple(
            tuple(without_repeats(np.array([next(points) for _ in ring])) for ring in part) for part in self.rings
        )
