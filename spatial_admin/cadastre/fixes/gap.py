"""Gap: land between parcels that nobody has goes to one of those around it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes.defect import Defect, Way, label
from spatial_admin.cadastre.fixes.outline import part_on, share_on
from spatial_admin.cadastre.fixes.overlap import halfway
from spatial_admin.cadastre.fixes.trial import NoFix, Trial
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2
from spatial_admin.cadastre.precision import Frame, Point
from spatial_admin.cadastre.shapes import polygons_in

LEAST_SHARE: Final = 0.2  # of the gap's outline: who has less of it would get land in front of others
MOST_PIECES: Final = 20
EXACT_M: Final = 0.001  # a gap's place is computed by buffers: its corners are those of parcels to a rounding


def ways(coverage: Coverage, defect: Defect) -> Sequence[Way]:
    """To each neighbour with a good part of its outline, the one with most of it first; halfway where allowed."""
    frame = defect.frame(coverage)
    pieces = _uncovered(Trial(coverage), defect)
    shares = {
        name: sum(share_on(piece, _lines(Trial(coverage), name, frame), frame) for piece in pieces) / len(pieces)
        for name in defect.parcels
        if pieces
    }
    takers = sorted((name for name, share in shares.items() if share >= LEAST_SHARE), key=lambda name: -shares[name])
    found: list[Way] = [partial(_fill, defect=defect, taker=name, frame=frame) for name in takers]
    if defect.may_halve and len(takers) == 2:
        found.append(partial(_halve, defect=defect, takers=(takers[0], takers[1]), frame=frame))
    return found


def _fill(trial: Trial, defect: Defect, taker: str, frame: Frame) -> str:
    """Move the taker's side of the gap onto the other side of it."""
    points = trial.points_of(defect.parcels)
    pieces = _uncovered(trial, defect)
    for piece in pieces:
        outline = part_on(piece, _lines(trial, taker, frame), frame)
        chain = [trial.named(point, points, EXACT_M) for point in outline.along]
        trial.reroute(taker, chain, [trial.named(point, points, EXACT_M) for point in outline.rest])
    return f"{_what(pieces, frame)} goes to {label(trial.coverage, taker)}, up to the boundaries on its other side"


def _halve(trial: Trial, defect: Defect, takers: tuple[str, str], frame: Frame) -> str:
    """A new boundary in the middle of the gap, for both."""
    points = trial.points_of(defect.parcels)
    pieces = _uncovered(trial, defect)
    for piece in pieces:
        outlines = [part_on(piece, _lines(trial, name, frame), frame).along for name in takers]
        chains = [[trial.named(point, points, EXACT_M) for point in outline] for outline in outlines]
        if chains[0][0] != chains[1][0]:
            chains[1] = chains[1][::-1]
        if (chains[0][0], chains[0][-1]) != (chains[1][0], chains[1][-1]):
            raise NoFix("the two sides of the gap do not meet at its ends")
        middle: list[Point] = [trial.coverage.ground.snapped(point) for point in halfway(*chains)[1:-1]]
        for name, chain in zip(takers, chains, strict=True):
            trial.reroute(name, chain, [chain[0], *middle, chain[-1]])
    names = [label(trial.coverage, name) for name in takers]
    return f"{_what(pieces, frame)} is divided: a new boundary halfway between {names[0]} and {names[1]}"


def _uncovered(trial: Trial, defect: Defect) -> list[shapely.Polygon]:
    """The pieces of the finding's place that still nobody around it covers, in storage coordinates."""
    covered = shapely.union_all([trial.polygons(name) for name in defect.parcels])
    frame = defect.frame(trial.coverage)
    least = SLIVER_NOISE_M2 / (frame.east * frame.north)
    pieces = polygons_in(shapely.difference(defect.place, covered))
    return sorted((piece for piece in pieces if piece.area > least), key=lambda piece: -piece.area)[:MOST_PIECES]


def _lines(trial: Trial, parcel_id: str, frame: Frame) -> shapely.Geometry:
    return shapely.boundary(trial.polygons(parcel_id, frame))


def _what(pieces: Sequence[shapely.Polygon], frame: Frame) -> str:
    area_m2 = sum(piece.area for piece in pieces) * frame.east * frame.north
    if not area_m2:
        raise NoFix("nothing of it is left")
    return f"The gap of {area_m2:.2f} m²" if area_m2 >= 0.005 else "The gap"
