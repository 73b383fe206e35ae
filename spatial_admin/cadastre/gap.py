"""Gaps: land between parcels, narrower than a width, that no parcel of the level covers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely import Polygon

from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2, mean_width_m
from spatial_admin.cadastre.precision import Box, Frame
from spatial_admin.cadastre.shapes import mended, polygons_in, transformed
from spatial_admin.cadastre.vicinity import Vicinity

TOUCH_M: Final = 0.002
State = Callable[[str, str], shapely.Geometry]
"""A parcel in one of the two states of an edit, by its id and level."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap: the parcels around it, its place in storage coordinates, its area."""

    parcels: tuple[str, ...]
    place: shapely.Geometry
    area_m2: float


def new_gaps(vicinity: Vicinity, level: str, changed: Sequence[str]) -> list[Gap]:
    """Gaps narrower than the ground's `gap_width_m` that parcels of the level left where they changed.

    Only land that was covered can become a gap by an edit; a street frontage that recedes is open on its other side.
    """
    return _gaps(vicinity, level, changed, vicinity.was, vicinity.now)


def closed_gaps(vicinity: Vicinity, level: str, changed: Sequence[str]) -> list[Gap]:
    """Gaps that parcels of the level filled to the last: what `new_gaps` would find if the edit were undone."""
    found = _gaps(vicinity, level, changed, vicinity.now, vicinity.was)
    noise = SLIVER_NOISE_M2 / vicinity.square_metres()
    return [gap for gap in found if shapely.area(_uncovered(vicinity, level, gap.place)) <= noise]


def _uncovered(vicinity: Vicinity, level: str, place: shapely.Geometry) -> shapely.Geometry:
    return shapely.difference(place, shapely.union_all([vicinity.now(name, level) for name in vicinity.near()]))


def _gaps(vicinity: Vicinity, level: str, changed: Sequence[str], covered: State, uncovered: State) -> list[Gap]:
    """Narrow pieces that no parcel covers in the state `uncovered`, on land that was covered in the other."""
    noise = SLIVER_NOISE_M2 / vicinity.square_metres()
    # First among the changed parcels themselves: where a shared point moved, none lost what another did not gain.
    lost = shapely.difference(
        shapely.union_all([covered(name, level) for name in changed]),
        shapely.union_all([uncovered(name, level) for name in changed]),
    )
    if shapely.area(lost) <= noise:
        return []
    state = {name: uncovered(name, level) for name in vicinity.near()}
    union = shapely.union_all(list(state.values()))
    lost = shapely.difference(lost, union)
    if shapely.area(lost) <= noise:
        return []
    ground = vicinity.coverage.ground
    frame = ground.frame_of(vicinity.region)
    pieces = _narrow_pieces(transformed(union, frame.to_metres), ground.gap_width_m, frame, vicinity.region)
    opening = transformed(lost, frame.to_metres)
    opened = [piece for piece in pieces if shapely.area(shapely.intersection(piece, opening)) > SLIVER_NOISE_M2]
    in_metres = {name: shapely.transform(polygons, frame.to_metres) for name, polygons in state.items()}
    gaps = [Gap(_around(piece, in_metres), transformed(piece, frame.to_storage), piece.area) for piece in opened]
    return [gap for gap in gaps if gap.parcels]


def _narrow_pieces(covered: shapely.Geometry, width_m: float, frame: Frame, region: Box) -> list[Polygon]:
    # Closing by half the width fills what is narrower; mitred, so that no fillet is left in a corner of open land.
    grown = shapely.buffer(covered, width_m / 2, join_style="mitre", mitre_limit=5.0)
    closed = mended(shapely.buffer(grown, -width_m / 2, join_style="mitre", mitre_limit=5.0))
    window = shapely.buffer(shapely.transform(shapely.box(*region), frame.to_metres), width_m)
    pieces = polygons_in(shapely.intersection(shapely.difference(closed, covered), window))
    return [piece for piece in pieces if piece.area > SLIVER_NOISE_M2 and mean_width_m(piece) < width_m]


def _around(piece: Polygon, in_metres: dict[str, shapely.Geometry]) -> tuple[str, ...]:
    near = piece.buffer(TOUCH_M)
    return tuple(sorted(name for name, polygons in in_metres.items() if shapely.intersects(polygons, near)))
