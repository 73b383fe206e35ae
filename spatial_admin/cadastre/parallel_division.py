"""Dividing a shape by straight parallel lines so that the pieces have given areas, to 0.01 m2 as they are stored.

The offset of a line is sought on the true area of what it cuts off (by the coverage's own method, with the points that
noding takes): the area in the plane is a good guess of it, and the difference is added to the guess. What is left is
made up by the new boundary points: along their segments, then by some steps of the grid.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.dividing_line import Outline, section_of
from spatial_admin.cadastre.division import Face, LineRefused, Section, divide
from spatial_admin.cadastre.half_plane import Direction, Profile
from spatial_admin.cadastre.precision import FloatArray, Frame, Point
from spatial_admin.cadastre.ring_order import is_counterclockwise
from spatial_admin.cadastre.shapes import polygons_of

TOLERANCE_M2 = 0.01
CLOSE_M2 = 0.003  # near enough to stop; two of these lie between two lines
GUESSES = 5
CORRECTIONS = 6
PASSES = 3
GRID_STEPS = 4  # that a new point may be moved, either way
BEYOND_M = 1.0  # that a line reaches beyond the shape


@dataclass(frozen=True, slots=True)
class DividingLine:
    """A line that was found: its section, and its offset in metres to the left of the frame's origin."""

    section: Section
    offset_m: float


@dataclass(frozen=True, slots=True)
class _Trial:
    section: Section
    offset_m: float
    right: Shape
    missing_m2: float

    @property
    def error_m2(self) -> float:
        return abs(self.missing_m2)


def line_of_area(outline: Outline, direction: Direction, area_m2: float) -> DividingLine:
    """The line in a direction that has so much of the shape on its right; LineRefused where that is out of reach."""
    best = _corrected(outline, _guessed(outline, direction, area_m2))
    if best.error_m2 > TOLERANCE_M2:
        reached = area_m2 - best.missing_m2
        raise LineRefused(
            f"{area_m2:.2f} m² cannot be cut off in this direction to {TOLERANCE_M2} m² with the points that are there "
            f"already: the nearest is {reached:.2f} m²"
        )
    return DividingLine(best.section, best.offset_m)


def lines_of_equal_parts(outline: Outline, direction: Direction, parts: int) -> list[DividingLine]:
    """Parallel lines, from right to left, that divide the shape into parts of one area.

    New points on the boundary change the whole by a little (on the ellipsoid, where no long line is straight, by some
    more): then the parts are measured against the whole as it has become, once more.
    """
    share = shape_area_m2(outline.ground, outline.shape) / parts
    for _ in range(PASSES):
        work, lines = outline, []
        for number in range(1, parts):
            line = line_of_area(work, direction, number * share)
            lines.append(line)
            work = Outline(outline.ground, line.section.opened(work.shape), outline.points_in)
        whole = shape_area_m2(outline.ground, work.shape)
        if abs(whole - parts * share) <= CLOSE_M2:
            break
        share = whole / parts
    return lines


def _guessed(outline: Outline, direction: Direction, area_m2: float) -> _Trial:
    profile = Profile.of(outline.frame, outline.shape, direction)
    scale = shape_area_m2(outline.ground, outline.shape) / profile.area
    planar, trials = area_m2 / scale, list[_Trial]()
    for _ in range(GUESSES):
        trial = _trial(outline, direction, profile, profile.offset_of(planar), area_m2)
        trials.append(trial)
        if trial.error_m2 <= CLOSE_M2 or (len(trials) > 1 and trial.error_m2 > trials[-2].error_m2 / 2):
            break
        planar += trial.missing_m2 / scale
    return min(trials, key=lambda trial: trial.error_m2)


def _trial(outline: Outline, direction: Direction, profile: Profile, offset_m: float, area_m2: float) -> _Trial:
    start, end = float(profile.along.min()) - BEYOND_M, float(profile.along.max()) + BEYOND_M
    ends = direction.left * offset_m + direction.along * np.array([[start], [end]])
    a, b = outline.frame.to_storage(ends).tolist()
    section = section_of(outline, [(a[0], a[1]), (b[0], b[1])])
    faces = divide(section.opened(outline.shape), section.stretches).faces
    right = tuple(face.rings for face in faces if strip_of(outline.frame, direction, face, [offset_m]) == 0)
    return _Trial(section, offset_m, right, area_m2 - shape_area_m2(outline.ground, right))


def strip_of(frame: Frame, direction: Direction, face: Face, offsets_m: list[float]) -> int:
    """The number, from the right, of the strip between parallel lines in which a face lies."""
    centroid = shapely.get_coordinates(shapely.centroid(polygons_of((face.rings,), frame)))[0]
    return int(np.searchsorted(offsets_m, float(centroid @ direction.left)))


def _corrected(outline: Outline, trial: _Trial) -> _Trial:
    """Move the new points of a section until the area on its right is what it should be, as far as they can."""
    best = trial
    for _ in range(CORRECTIONS):
        if best.error_m2 <= CLOSE_M2:
            break
        moved = _slid(outline, best) or _stepped(outline, best)
        after = _moved(outline, best, moved)
        if after.error_m2 >= best.error_m2:
            break
        best = after
    return best


def _moved(outline: Outline, trial: _Trial, moved: dict[Point, Point]) -> _Trial:
    right = tuple(tuple(_with_points(ring, moved) for ring in part) for part in trial.right)
    wanted = trial.missing_m2 + shape_area_m2(outline.ground, trial.right)
    missing = wanted - shape_area_m2(outline.ground, right)
    return _Trial(trial.section.with_points(moved), trial.offset_m, right, missing)


def _with_points(ring: FloatArray, moved: dict[Point, Point]) -> FloatArray:
    ring = ring.copy()
    for old, new in moved.items():
        ring[(ring[:, 0] == old[0]) & (ring[:, 1] == old[1])] = new
    return ring


def _slid(outline: Outline, trial: _Trial) -> dict[Point, Point]:
    """New points moved along their boundary segments, the most effective first; none where grid steps will do."""
    ground, frame, rest = outline.ground, outline.frame, trial.missing_m2
    gain = _gains(frame, trial.right, [point for points in trial.section.inserted.values() for point in points])
    if rest == 0 or abs(rest) <= 2 * sum(float(np.abs(g * _grid_m(outline)).max()) for g in gain.values()):
        return {}
    moved: dict[Point, Point] = {}
    for a, b, point in sorted(_between_points(trial.section), key=lambda place: -float(np.hypot(*gain[place[2]]))):
        low, here, high = frame.to_metres(np.array([a, point, b]))
        length = float(np.hypot(*(high - low)))
        unit = (high - low) / length
        slope = float(gain[point] @ unit)
        room = 2 * ground.node_within_m
        before, after = float((here - low) @ unit) - room, float((high - here) @ unit) - room
        if abs(slope) < 1e-9 or before <= 0 or after <= 0:
            continue
        way = float(np.clip(rest / slope, -before, after))
        x, y = (np.array(point) + unit * way / (frame.east, frame.north)).tolist()
        moved[point] = ground.snapped((x, y))
        rest -= way * slope
        if abs(rest) <= CLOSE_M2:
            break
    return moved


def _between_points(section: Section) -> list[tuple[Point, Point, Point]]:
    """Each new point with its neighbours on the boundary."""
    return [
        (a, b, point)
        for (p, q), points in section.inserted.items()
        for a, point, b in zip([p, *points], points, [*points[1:], q], strict=False)
    ]


def _stepped(outline: Outline, trial: _Trial) -> dict[Point, Point]:
    """The two most effective new points some steps of the grid aside: the least that comes close enough."""
    gain = _gains(outline.frame, trial.right, [p for points in trial.section.inserted.values() for p in points])
    points = sorted(gain, key=lambda point: (-float(np.hypot(*gain[point])), point))[:2]
    if not points:
        return {}
    steps = np.array(list(itertools.product(range(-GRID_STEPS, GRID_STEPS + 1), repeat=2)))
    gains = [steps * _grid_m(outline) @ gain[point] for point in points] + [np.zeros(1)] * (2 - len(points))
    rest = np.abs(trial.missing_m2 - gains[0][:, None] - gains[1][None, :])
    far = (steps**2).sum(axis=1).astype(float)
    cost = far[:, None] + (far[None, :] if len(points) == 2 else 0.0)
    order = np.lexsort((cost.ravel(), np.maximum(rest, CLOSE_M2 / 3).ravel()))
    chosen = np.unravel_index(int(order[0]), rest.shape)
    k = outline.ground.steps_per_unit
    return {
        point: outline.ground.snapped((point[0] + steps[i][0] / k, point[1] + steps[i][1] / k))
        for point, i in zip(points, chosen, strict=False)
    }


def _grid_m(outline: Outline) -> FloatArray:
    return np.array([outline.frame.east, outline.frame.north]) / outline.ground.steps_per_unit


def _gains(frame: Frame, shape: Shape, points: list[Point]) -> dict[Point, FloatArray]:
    """By how many square metres a shape grows when a point of it moves a metre east or north."""
    gains = dict.fromkeys(points, np.zeros(2))
    for part in shape:
        for index, ring in enumerate(part):
            metres = frame.to_metres(ring)
            sign = 1.0 if is_counterclockwise(metres) == (index == 0) else -1.0
            for point in points:
                for at in np.flatnonzero((ring[:, 0] == point[0]) & (ring[:, 1] == point[1])).tolist():
                    east, north = metres[(at + 1) % len(ring)] - metres[at - 1]
                    gains[point] = gains[point] + sign / 2 * np.array([north, -east])
    return gains
