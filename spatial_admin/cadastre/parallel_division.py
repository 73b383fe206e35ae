"""Dividing a shape by straight parallel lines so that the pieces have given areas, to 0.01 m2 as they are stored.

The offset of a line is sought on the true area of what it cuts off (by the coverage's own method, with the points that
noding takes): the area in the plane is a good guess of it, and the difference is added to the guess. What is left is
made up by the new boundary points: along their segments, then by some steps of the grid.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.dividing_line import Outline, section_of
from spatial_admin.cadastre.division import Face, LineRefused, divide
from spatial_admin.cadastre.half_plane import Direction, Profile
from spatial_admin.cadastre.precision import Frame
from spatial_admin.cadastre.section_correction import CLOSE_M2, Trial, Wanted, corrected
from spatial_admin.cadastre.shapes import polygons_of

TOLERANCE_M2 = 0.01
GUESSES = 5
PASSES = 3
BEYOND_M = 1.0  # that a line reaches beyond the shape


def line_of_area(outline: Outline, direction: Direction, wanted: Wanted) -> Trial:
    """The line in a direction that has so much of the shape on its right; LineRefused where that is out of reach."""
    best = corrected(outline, _guessed(outline, direction, wanted))
    if abs(best.missing_m2) > TOLERANCE_M2:
        raise LineRefused(
            f"{wanted.area_m2:.2f} m² cannot be cut off in this direction to {TOLERANCE_M2} m² with the points that "
            f"are there already: the nearest is {best.right_m2:.2f} m²"
        )
    return best


def lines_of_equal_parts(outline: Outline, direction: Direction, parts: int) -> list[Trial]:
    """Parallel lines, from right to left, that divide the shape into parts of one area.

    Each part is its share of what is left, for new points on the boundary change the whole by a little. On the
    ellipsoid, where no long line of the storage CRS is straight, by some more: then that is counted in from the start.
    """
    start_m2 = shape_area_m2(outline.ground, outline.shape)
    for _ in range(PASSES):
        work, lines, whole_m2, done_m2 = outline, list[Trial](), start_m2, 0.0
        for left in range(parts, 1, -1):
            wanted = Wanted(done_m2 + (whole_m2 - done_m2) / left, 1 / left)
            if lines:  # what comes to the whole now is shared only by the parts that are not cut off yet
                wanted = replace(wanted, drift_weight=max(1 / parts, 1 / left - 1 / parts))
            line = line_of_area(work, direction, wanted)
            lines.append(line)
            whole_m2, done_m2 = whole_m2 + line.drift_m2, line.right_m2
            work = Outline(outline.ground, line.section.opened(work.shape), outline.points_in)
        unforeseen_m2 = shape_area_m2(outline.ground, work.shape) - whole_m2
        if abs(unforeseen_m2) <= CLOSE_M2:
            break
        start_m2 += unforeseen_m2
    return lines


def _guessed(outline: Outline, direction: Direction, wanted: Wanted) -> Trial:
    profile = Profile.of(outline.frame, outline.shape, direction)
    scale = shape_area_m2(outline.ground, outline.shape) / profile.area
    planar_m2, trials = wanted.area_m2 / scale, list[Trial]()
    for _ in range(GUESSES):
        try:
            trial = _trial(outline, direction, profile, profile.offset_of(planar_m2), wanted)
        except LineRefused as refusal:
            if trials:
                break
            raise LineRefused(f"{wanted.area_m2:.2f} m² cannot be cut off in this direction: {refusal}") from refusal
        trials.append(trial)
        before = abs(trials[-2].missing_m2) if len(trials) > 1 else float("inf")
        if abs(trial.missing_m2) <= CLOSE_M2 or abs(trial.missing_m2) > before / 2:
            break
        planar_m2 += trial.missing_m2 / scale
    return min(trials, key=lambda trial: abs(trial.missing_m2))


def _trial(outline: Outline, direction: Direction, profile: Profile, offset_m: float, wanted: Wanted) -> Trial:
    start, end = float(profile.along.min()) - BEYOND_M, float(profile.along.max()) + BEYOND_M
    ends = direction.left * offset_m + direction.along * np.array([[start], [end]])
    a, b = outline.frame.to_storage(ends).tolist()
    section = section_of(outline, [(a[0], a[1]), (b[0], b[1])])
    faces = divide(section.opened(outline.shape), section.stretches).faces
    right = tuple(face.rings for face in faces if strip_of(outline.frame, direction, face, [offset_m]) == 0)
    return Trial.of(outline, section, offset_m, right, wanted)


def strip_of(frame: Frame, direction: Direction, face: Face, offsets_m: list[float]) -> int:
    """The number, from the right, of the strip between parallel lines in which a face lies."""
    centroid = shapely.get_coordinates(shapely.centroid(polygons_of((face.rings,), frame)))[0]
    return int(np.searchsorted(offsets_m, float(centroid @ direction.left)))
