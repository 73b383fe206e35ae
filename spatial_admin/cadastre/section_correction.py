"""Correcting a section that was found by trials: its new boundary points make up for what is missing on its right.

They are moved along their boundary segments, then by some steps of the grid. A step beside a long boundary segment
changes the whole parcel (and its neighbour) by more than the pieces may be off, so that is weighed too.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.dividing_line import Outline
from spatial_admin.cadastre.division import Section
from spatial_admin.cadastre.precision import FloatArray, Frame, Point
from spatial_admin.cadastre.ring_order import is_counterclockwise

CLOSE_M2 = 0.003  # near enough to stop; two of these lie between two lines
CORRECTIONS = 6
GRID_STEPS = 30  # that a new point may be moved along its segment, either way: three millimetres
ASIDE = 4  # steps that it may be moved off the segment


@dataclass(frozen=True, slots=True)
class Wanted:
    """The area that is wanted on the right, which share of the change of the whole comes on top of it, and how much it
    counts that the whole stays as large as it was.
    """

    area_m2: float
    share_of_drift: float = 0.0
    drift_weight: float = 0.01


@dataclass(frozen=True, slots=True)
class Trial:
    """A section, what lies on its right, how much is missing there, and by how much its new points change the whole
    (against the straight boundary segments that they are put on). Of that change a share is added to what is wanted.
    """

    section: Section
    offset_m: float
    right: Shape
    right_m2: float
    drift_m2: float
    wanted: Wanted

    @classmethod
    def of(cls, outline: Outline, section: Section, offset_m: float, right: Shape, wanted: Wanted) -> Trial:
        """The trial of a section that should have an area on its right."""
        drift = sum(drift for drift, _ in _drifts(outline, section).values())
        return cls(section, offset_m, right, shape_area_m2(outline.ground, right), drift, wanted)

    @property
    def missing_m2(self) -> float:
        """What is missing on the right of it; below zero where there is too much."""
        return self.wanted.area_m2 + self.wanted.share_of_drift * self.drift_m2 - self.right_m2

    @property
    def new_points(self) -> list[Point]:
        """The points that it puts on the boundary."""
        return [point for points in self.section.inserted.values() for point in points]

    @property
    def error_m2(self) -> float:
        """How bad it is."""
        return abs(self.missing_m2) + self.wanted.drift_weight * abs(self.drift_m2)


def corrected(outline: Outline, trial: Trial) -> Trial:
    """Move the new points of a section until the area on its right is what it should be, as far as they can."""
    best = trial
    for _ in range(CORRECTIONS):
        if best.error_m2 <= CLOSE_M2:
            break
        moved = _slid(outline, best) or _stepped(outline, best)
        right = tuple(tuple(_with_points(ring, moved) for ring in part) for part in best.right)
        after = Trial.of(outline, best.section.with_points(moved), best.offset_m, right, best.wanted)
        if after.error_m2 >= best.error_m2:
            break
        best = after
    return best


def _with_points(ring: FloatArray, moved: dict[Point, Point]) -> FloatArray:
    ring = ring.copy()
    for old, new in moved.items():
        ring[(ring[:, 0] == old[0]) & (ring[:, 1] == old[1])] = new
    return ring


def _slid(outline: Outline, trial: Trial) -> dict[Point, Point]:
    """New points moved along their boundary segments, the most effective first; none where grid steps will do."""
    ground, frame, rest = outline.ground, outline.frame, trial.missing_m2
    gain = _gains(frame, trial.right, trial.new_points)
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


def _stepped(outline: Outline, trial: Trial) -> dict[Point, Point]:
    """The two most effective new points some steps of the grid aside: the least that comes close enough."""
    gain, drifts = _gains(outline.frame, trial.right, trial.new_points), _drifts(outline, trial.section)
    ranked = sorted(_between_points(trial.section), key=lambda place: -float(np.hypot(*gain[place[2]])))[:2]
    choices = [_steps_beside(outline, place) for place in ranked]
    missing, drift, far = (np.array([[value]]) for value in (trial.missing_m2, trial.drift_m2, 0.0))
    for axis, ((_, _, point), steps) in enumerate(zip(ranked, choices, strict=True)):
        across, metres = ((-1, 1) if axis == 0 else (1, -1)), steps * _grid_m(outline)
        drifted = metres @ drifts[point][1]
        drift = drift + drifted.reshape(across)
        missing = missing + (trial.wanted.share_of_drift * drifted - metres @ gain[point]).reshape(across)
        far = far + (steps**2).sum(axis=1).reshape(across)
    cost = np.maximum(np.abs(missing) + trial.wanted.drift_weight * np.abs(drift), CLOSE_M2 / 3)
    chosen = np.unravel_index(int(np.lexsort((far.ravel(), cost.ravel()))[0]), cost.shape)
    moved = {}
    for (_, _, point), steps, index in zip(ranked, choices, chosen, strict=False):
        x, y = np.array(point) + steps[index] / outline.ground.steps_per_unit
        moved[point] = outline.ground.snapped((float(x), float(y)))
    return moved


def _steps_beside(outline: Outline, place: tuple[Point, Point, Point]) -> FloatArray:
    """(n, 2) steps of the grid from a new point to others on its boundary segment, or next to it."""
    grid = _grid_m(outline)
    low, high, here = outline.frame.to_metres(np.array(place))
    unit = (high - low) / np.hypot(*(high - low))
    along = np.arange(-GRID_STEPS, GRID_STEPS + 1)[:, None] * unit * grid.min()
    around = np.array(list(itertools.product(range(-ASIDE, ASIDE + 1), repeat=2)))
    # The line through the ends, not through the point: that may be off it by half a step.
    off = (here - low) - ((here - low) @ unit) * unit
    steps = np.unique((np.rint((along - off) / grid)[:, None] + around).reshape(-1, 2), axis=0)
    there = here - low + steps * grid
    position, room = there @ unit, 2 * outline.ground.node_within_m
    is_inside = (position > room) & (position < np.hypot(*(high - low)) - room)
    kept: FloatArray = np.concatenate([np.zeros((1, 2)), steps[is_inside]])
    return kept


def _drifts(outline: Outline, section: Section) -> dict[Point, tuple[float, FloatArray]]:
    """By how much each new point changes the whole, and would for each metre that it moves east or north."""
    places = _between_points(section)
    gains = _gains(outline.frame, section.opened(outline.shape), [point for _, _, point in places])
    found = {}
    for a, _, point in places:
        low, here = outline.frame.to_metres(np.array([a, point]))
        found[point] = (float(gains[point] @ (here - low)), gains[point])
    return found


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
