"""Dividing a shape by straight parallel lines so that the pieces have given areas, to 0.01 m2 as they are stored.

The offset of a line is sought on the true area of what it cuts off (by the coverage's own method, with the points that
noding takes): the area in the plane is a good guess of it, and the difference is added to the guess. What is left is
made up by the new boundary points: along their segments, then by some steps of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.dividing_line import Outline, section_of
from spatial_admin.cadastre.division import Face, LineRefused, Section, divide
from spatial_admin.cadastre.half_plane import Direction, Profile
from spatial_admin.cadastre.precision import Frame
from spatial_admin.cadastre.section_correction import CLOSE_M2, Trial, corrected
from spatial_admin.cadastre.shapes import polygons_of

TOLERANCE_M2 = 0.01
WHOLE_WEIGHT = 0.05
GUESSES = 5
PASSES = 3
BEYOND_M = 1.0  # that a line reaches beyond the shape


@dataclass(frozen=True, slots=True)
class DividingLine:
    """A line that was found: its section, and its offset in metres to the left of the frame's origin."""

    section: Section
    offset_m: float


def line_of_area(
    outline: Outline, direction: Direction, area_m2: float, whole_weight: float = WHOLE_WEIGHT
) -> DividingLine:
    """The line in a direction that has so much of the shape on its right; LineRefused where that is out of reach.

    `whole_weight`: how much it counts that the whole stays as large as it was, against the area on the right.
    """
    best = corrected(outline, _guessed(outline, direction, area_m2), whole_weight)
    if abs(best.missing_m2) > TOLERANCE_M2:
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
            line = line_of_area(work, direction, number * share, whole_weight=1.0)
            lines.append(line)
            work = Outline(outline.ground, line.section.opened(work.shape), outline.points_in)
        whole = shape_area_m2(outline.ground, work.shape)
        if abs(whole - parts * share) <= CLOSE_M2:
            break
        share = whole / parts
    return lines


def _guessed(outline: Outline, direction: Direction, area_m2: float) -> Trial:
    profile = Profile.of(outline.frame, outline.shape, direction)
    scale = shape_area_m2(outline.ground, outline.shape) / profile.area
    planar, trials = area_m2 / scale, list[Trial]()
    for _ in range(GUESSES):
        try:
            trial = _trial(outline, direction, profile, profile.offset_of(planar), area_m2)
        except LineRefused as refusal:
            if trials:
                break
            raise LineRefused(f"{area_m2:.2f} m² cannot be cut off in this direction: {refusal}") from refusal
        trials.append(trial)
        if abs(trial.missing_m2) <= CLOSE_M2 or (
            len(trials) > 1 and abs(trial.missing_m2) > abs(trials[-2].missing_m2) / 2
        ):
            break
        planar += trial.missing_m2 / scale
    return min(trials, key=lambda trial: abs(trial.missing_m2))


def _trial(outline: Outline, direction: Direction, profile: Profile, offset_m: float, area_m2: float) -> Trial:
    start, end = float(profile.along.min()) - BEYOND_M, float(profile.along.max()) + BEYOND_M
    ends = direction.left * offset_m + direction.along * np.array([[start], [end]])
    a, b = outline.frame.to_storage(ends).tolist()
    section = section_of(outline, [(a[0], a[1]), (b[0], b[1])])
    faces = divide(section.opened(outline.shape), section.stretches).faces
    right = tuple(face.rings for face in faces if strip_of(outline.frame, direction, face, [offset_m]) == 0)
    return Trial.of(outline, section, offset_m, right, area_m2)


def strip_of(frame: Frame, direction: Direction, face: Face, offsets_m: list[float]) -> int:
    """The number, from the right, of the strip between parallel lines in which a face lies."""
    centroid = shapely.get_coordinates(shapely.centroid(polygons_of((face.rings,), frame)))[0]
    return int(np.searchsorted(offsets_m, float(centroid @ direction.left)))
