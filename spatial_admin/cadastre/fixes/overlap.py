"""Overlap and sliver: the land that two parcels both have goes to one of them, along its boundary as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes.defect import Defect, Way, label
from spatial_admin.cadastre.fixes.outline import part_off
from spatial_admin.cadastre.fixes.trial import NoFix, Trial
from spatial_admin.cadastre.noding import distances_m
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2
from spatial_admin.cadastre.precision import Frame, Point
from spatial_admin.cadastre.shapes import polygons_in

MOST_PIECES: Final = 20
ONE_LINE_M: Final = 1e-3  # beside a whole side both run along one line, as the grid allows
MOST_LOST: Final = (
    0.1  # of what they share, by points that go to the grid: a boundary between two takes land from neither
)
FARTHEST_JOIN_M: Final = 0.5  # a corner that was measured twice; what is farther off is another corner


def ways(coverage: Coverage, defect: Defect) -> Sequence[Way]:
    """To the first or the second, cut or joined at its points (which others may have); halfway where allowed."""
    if len(defect.parcels) != 2:
        return ()
    first, second = defect.parcels
    frame = defect.frame(coverage)
    found: list[Way] = [partial(_node, first=first, second=second, frame=frame)]
    for winner, loser in ((first, second), (second, first)):
        found.append(partial(_give, winner=winner, loser=loser, frame=frame))
        found.append(partial(_join, winner=winner, loser=loser, frame=frame))
    if defect.may_halve:
        found.append(partial(_halve, first=first, second=second, frame=frame))
    return found


def _give(trial: Trial, winner: str, loser: str, frame: Frame) -> str:
    """Clip the loser along the winner's boundary, piece by piece."""
    what = _what(trial, winner, loser, frame)
    untouched = trial.coverage.copy()
    for clip in (_clip, _clip_noded, _move_whole_side, _clip_whole_side):
        trial.coverage, trial.operations = untouched.copy(), []
        try:
            clip(trial, winner, loser, frame)
            break
        except NoFix:
            if clip is _clip_whole_side:
                raise
    names = label(trial.coverage, winner), label(trial.coverage, loser)
    return f"{what} goes to {names[0]}: {names[1]} is cut back to the boundary of {names[0]}"


def _clip(trial: Trial, winner: str, loser: str, frame: Frame) -> None:
    for _ in range(MOST_PIECES):
        pieces = _pieces(trial, winner, loser, frame)
        if not pieces:
            return
        points = trial.points_of([winner, loser])
        outline = part_off(pieces[0], _lines(trial, winner, frame), frame)
        _reroute(trial, loser, outline.along, outline.rest, points)
    raise NoFix("there are too many pieces")


def _clip_noded(trial: Trial, winner: str, loser: str, frame: Frame) -> None:
    """Where the two run within the noding distance for a while, the operations find them at one only after it."""
    _node_corners(trial, winner, loser, frame)
    _clip(trial, winner, loser, frame)


def _move_whole_side(trial: Trial, winner: str, loser: str, frame: Frame) -> None:
    """Where a whole straight side of the loser lies within the winner: its corners join the winner's, and with them
    the points that neighbours beside it have there.
    """
    pieces = _pieces(trial, winner, loser, frame)
    if len(pieces) != 1:
        raise NoFix("it is in several pieces")
    of_loser, of_winner = _whole_sides(trial, pieces[0], winner, loser, frame)
    for end, to in zip(of_loser, of_winner, strict=True):
        trial.do(op="move_point", at=list(end), to=list(to))
    if _pieces(trial, winner, loser, frame):
        raise NoFix("a rest is left")


def _whole_sides(
    trial: Trial, piece: shapely.Polygon, winner: str, loser: str, frame: Frame
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """The straight sides of loser and winner between which a piece lies, in one direction; raises NoFix."""
    of_loser = part_off(piece, _lines(trial, winner, frame), frame, ONE_LINE_M).along
    of_winner = part_off(piece, _lines(trial, loser, frame), frame, ONE_LINE_M).along[::-1]  # an outline goes round
    if len(of_loser) != 2 or len(of_winner) != 2:
        raise NoFix("the side has corners")
    within = trial.coverage.ground.node_within_m  # where the grid lets them miss, an overlay has points of its own
    sides = [
        tuple(trial.named(end, trial.points_of([name]), within) for end in ends)
        for name, ends in ((loser, of_loser), (winner, of_winner))
    ]
    if {*sides[0]} & {*sides[1]}:
        raise NoFix("no whole side lies within the other")
    return sides[0], sides[1]


def _clip_whole_side(trial: Trial, winner: str, loser: str, frame: Frame) -> None:
    """The same where a whole side of the loser lies within the winner, as of two lots in a row that are measured too
    wide: beside that side both run along one line, which the loser then goes there and back; its old corners go.
    """
    for _ in range(MOST_PIECES):
        pieces = _pieces(trial, winner, loser, frame)
        if not pieces:
            return
        points = trial.points_of([winner, loser])
        outline = part_off(pieces[0], _lines(trial, winner, frame), frame)
        _reroute(trial, loser, outline.along, outline.rest, points)
        for end in (outline.along[0], outline.along[-1]):
            if trial.turns_back(loser, end):
                trial.do(op="remove_point", at=list(end))
    raise NoFix("there are too many pieces")


def _node(trial: Trial, first: str, second: str, frame: Frame) -> str:
    """Where the two boundaries run within the noding distance: each gets the points that the other has there."""
    what = _what(trial, first, second, frame)
    _node_corners(trial, first, second, frame)
    if _pieces(trial, first, second, frame):
        raise NoFix("it is wider than points of the one lie on the other's boundary")
    names = label(trial.coverage, first), label(trial.coverage, second)
    return f"{what} closes: {names[0]} and {names[1]} get the points that the other has on the common boundary"


def _node_corners(trial: Trial, first: str, second: str, frame: Frame) -> None:
    for one, other in ((first, second), (second, first)):
        for piece in _pieces(trial, first, second, frame):
            for point in _corners_inside(trial, piece, one, other, frame):
                side, distance_m = trial.nearest_side(one, point)
                if distance_m <= trial.coverage.ground.node_within_m and point not in side:
                    trial.anchored(one, point)


def _join(trial: Trial, winner: str, loser: str, frame: Frame) -> str:
    """Move the loser's points onto the winner's boundary, and whoever has them with it; then clip what is left."""
    what = _what(trial, winner, loser, frame)
    pieces = _pieces(trial, winner, loser, frame)
    moved = 0
    for piece in pieces[:MOST_PIECES]:
        for point in _corners_inside(trial, piece, winner, loser, frame):
            if trial.coverage.has_point(point):
                trial.do(op="move_point", at=list(point), to=list(_nearest_on(trial, winner, point)))
                moved += 1
    if not moved:
        raise NoFix("no point of the one lies within the other")
    _clip(trial, winner, loser, frame)
    points, them = ("a point", "it") if moved == 1 else (f"{moved} points", "them")
    names = label(trial.coverage, winner), label(trial.coverage, loser)
    return f"{what} goes to {names[0]}: {points} of {names[1]} joined to its boundary, for all who have {them}"


def _halve(trial: Trial, first: str, second: str, frame: Frame) -> str:
    """A new boundary in the middle of the overlap, for both."""
    what = _what(trial, first, second, frame)
    pieces = _pieces(trial, first, second, frame)[:MOST_PIECES]
    land = shapely.union(trial.polygons(first), trial.polygons(second)).area
    names = label(trial.coverage, first), label(trial.coverage, second)
    title = f"{what} is divided: a new boundary halfway between those of {names[0]} and {names[1]}"
    if len(pieces) == 1:
        untouched = trial.coverage.copy()
        try:
            _halve_whole_side(trial, pieces[0], first, second, frame)
        except NoFix:
            trial.coverage, trial.operations = untouched, []
        else:
            return title
    for piece in pieces:
        points = trial.points_of([first, second])
        outline = part_off(piece, _lines(trial, first, frame), frame)  # along the second, the rest along the first
        middle = halfway(outline.along, outline.rest)
        ends = [trial.named(end, points, trial.coverage.ground.node_within_m) for end in (middle[0], middle[-1])]
        path = [ends[0], *(trial.coverage.ground.snapped(point) for point in middle[1:-1]), ends[1]]
        trial.reroute(second, _ended(outline.along, ends), path)
        trial.reroute(first, _ended(outline.rest, ends), path)
    lost = land - shapely.union(trial.polygons(first), trial.polygons(second)).area
    if abs(lost) > MOST_LOST * sum(piece.area for piece in pieces):
        raise NoFix("beside the piece both run along one line, and the new boundary would go round land of neither")
    return title


def _halve_whole_side(trial: Trial, piece: shapely.Polygon, first: str, second: str, frame: Frame) -> None:
    """The corners of both at that side meet in the middle."""
    for one, other in zip(*_whole_sides(trial, piece, first, second, frame), strict=True):
        middle = trial.coverage.ground.snapped(((one[0] + other[0]) / 2, (one[1] + other[1]) / 2))
        for corner in (one, other):
            trial.do(op="move_point", at=list(corner), to=list(middle))


def halfway(one: Sequence[Point], other: Sequence[Point]) -> list[Point]:
    """The path in the middle of two paths with the same ends: each point of either with its place on the other."""
    places = [_shares(np.array(path)) for path in (one, other)]
    shares = np.unique(np.concatenate(places))
    both = [
        np.stack([np.interp(shares, place, np.array(path)[:, axis]) for axis in (0, 1)], axis=1)
        for path, place in zip((one, other), places, strict=True)
    ]
    middle = (both[0] + both[1]) / 2
    return [(float(x), float(y)) for x, y in middle.tolist()]


def _shares(
    path: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    lengths = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if not along[-1]:
        raise NoFix("a path has no length")
    shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = along / along[-1]
    return shares


def _ended(path: Sequence[Point], ends: Sequence[Point]) -> list[Point]:
    return [ends[0], *path[1:-1], ends[1]]


def _reroute(
    trial: Trial,
    loser: str,
    chain: Sequence[Point],
    via: Sequence[Point],
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    within = trial.coverage.ground.node_within_m
    named = [trial.named(point, points, within) for point in via]
    trial.reroute(loser, [named[0], *chain[1:-1], named[-1]], named)


def _pieces(trial: Trial, a: str, b: str, frame: Frame) -> list[shapely.Polygon]:
    """What two parcels have in common, in storage coordinates, the largest piece first; no noise of the grid."""
    common = polygons_in(shapely.intersection(trial.polygons(a), trial.polygons(b)))
    least = SLIVER_NOISE_M2 / (frame.east * frame.north) / 10
    return sorted((piece for piece in common if piece.area > least), key=lambda piece: -piece.area)


def _corners_inside(trial: Trial, piece: shapely.Polygon, winner: str, loser: str, frame: Frame) -> list[Point]:
    """Points of the loser on a piece's outline that are off the winner's boundary."""
    own = {(x, y) for x, y in trial.points_of([loser]).tolist()}
    ring = [(x, y) for x, y in shapely.get_coordinates(piece.exterior)[:-1].tolist() if (x, y) in own]
    if not ring:
        return []
    away = np.asarray(shapely.distance(shapely.points(frame.to_metres(np.array(ring))), _lines(trial, winner, frame)))
    return [point for point, distance in zip(ring, away.tolist(), strict=True) if distance > 1e-5]


def _nearest_on(trial: Trial, winner: str, point: Point) -> Point:
    """Where a point belongs on the winner: its point there, if one is as good as the nearest place of its sides."""
    corners = trial.points_of([winner])
    place = trial.project(winner, point)
    distance = distances_m(trial.coverage.ground, point, corners)
    nearest = int(np.argmin(distance))
    to_side = float(distances_m(trial.coverage.ground, point, np.array([place]))[0])
    if to_side > FARTHEST_JOIN_M:
        raise NoFix(f"{point} is {to_side:.2f} m from the boundary of {winner}")
    if distance[nearest] <= max(2 * to_side, trial.coverage.ground.node_within_m):
        return float(corners[nearest, 0]), float(corners[nearest, 1])
    return place


def _lines(trial: Trial, parcel_id: str, frame: Frame) -> shapely.Geometry:
    return shapely.boundary(trial.polygons(parcel_id, frame))


def _what(trial: Trial, a: str, b: str, frame: Frame) -> str:
    area_m2 = sum(piece.area for piece in _pieces(trial, a, b, frame)) * frame.east * frame.north
    if not area_m2:
        raise NoFix("they do not overlap")
    return f"The overlap of {area_m2:.2f} m²" if area_m2 >= 0.005 else "The sliver"
