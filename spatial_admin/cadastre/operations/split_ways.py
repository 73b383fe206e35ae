"""The ways to divide a parcel: along a line, by area, into equal parts; each finds its lines and orders the pieces."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.dividing_line import Outline, section_of
from spatial_admin.cadastre.division import Face, LineRefused, Section
from spatial_admin.cadastre.half_plane import Direction, across_the_longer_side
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Replay
from spatial_admin.cadastre.parallel_division import (
    TOLERANCE_M2,
    line_of_area,
    lines_of_equal_parts,
    strip_of,
)
from spatial_admin.cadastre.precision import Frame
from spatial_admin.cadastre.section_correction import Trial, Wanted
from spatial_admin.cadastre.shapes import polygons_of

SAME_PLACE_M = 0.001  # centroids that are not further apart across the line are ordered along it


@dataclass(frozen=True, slots=True)
class Cut:
    """What divides the parcel: a section for each line, and how the faces between them make pieces, in order."""

    sections: tuple[Section, ...]
    frame: Frame
    direction: Direction
    offsets_m: tuple[float, ...] | None = None  # of parallel lines: the faces of a strip are one piece

    def pieces(self, faces: Sequence[Face]) -> list[list[Face]]:
        """Faces grouped and ordered; whole parts of a parcel that a drawn line did not divide are in none."""
        if self.offsets_m is None:
            return [[face] for face in _from_right_to_left(self.frame, self.direction, faces)]
        strips: list[list[Face]] = [[] for _ in range(len(self.offsets_m) + 1)]
        for face in faces:
            strips[strip_of(self.frame, self.direction, face, list(self.offsets_m))].append(face)
        return strips


@dataclass(frozen=True, slots=True)
class AlongLine:
    """By a line of at least two positions."""

    line: tuple[Position, ...]

    def cut(self, to: Replay, outline: Outline) -> Cut:
        """Where it goes through."""
        line = [to.where(position) for position in self.line]
        section = section_of(outline, line)
        return Cut((section,), outline.frame, Direction.from_to(outline.frame, line[0], line[-1]))

    def check(self, areas_m2: Sequence[float]) -> None:
        """Any areas will do."""


@dataclass(frozen=True, slots=True)
class ByArea:
    """By the area of the piece to the right of a straight line with a bearing."""

    area_m2: float
    direction_deg: float

    def cut(self, to: Replay, outline: Outline) -> Cut:  # noqa: ARG002 (as AlongLine)
        """Where the line lies that has so much on its right."""
        whole = shape_area_m2(outline.ground, outline.shape)
        if not TOLERANCE_M2 < self.area_m2 < whole - TOLERANCE_M2:
            raise LineRefused(
                f"area_m2 is {self.area_m2:g} of a parcel of {whole:.2f} m²: "
                f"each of the two pieces needs more than {TOLERANCE_M2} m²"
            )
        direction = Direction(self.direction_deg)
        return _parallel(outline, direction, [line_of_area(outline, direction, Wanted(self.area_m2))])

    def check(self, areas_m2: Sequence[float]) -> None:
        """The first piece has the area."""
        if len(areas_m2) != 2 or abs(areas_m2[0] - self.area_m2) > TOLERANCE_M2:
            raise LineRefused(f"{self.area_m2} m² cannot be cut off here: it comes to {areas_m2[0]:.3f} m²")


@dataclass(frozen=True, slots=True)
class IntoEqualParts:
    """Into parts of one area, by parallel lines; without a direction across the longer side of the parcel."""

    parts: int
    direction_deg: float | None = None

    def cut(self, to: Replay, outline: Outline) -> Cut:  # noqa: ARG002 (as AlongLine)
        """Where the lines lie."""
        if shape_area_m2(outline.ground, outline.shape) <= 2 * TOLERANCE_M2 * self.parts:
            raise LineRefused(f"the parcel is too small for {self.parts} parts")
        direction = (
            across_the_longer_side(outline.frame, outline.shape)
            if self.direction_deg is None
            else Direction(self.direction_deg)
        )
        return _parallel(outline, direction, lines_of_equal_parts(outline, direction, self.parts))

    def check(self, areas_m2: Sequence[float]) -> None:
        """All have the same."""
        share = sum(areas_m2) / self.parts
        worst = max(areas_m2, key=lambda area: abs(area - share))
        if len(areas_m2) != self.parts or abs(worst - share) > TOLERANCE_M2:
            raise LineRefused(f"the parcel cannot be divided into equal parts here: one of them has {worst:.3f} m²")


Way = AlongLine | ByArea | IntoEqualParts


def _parallel(outline: Outline, direction: Direction, lines: Sequence[Trial]) -> Cut:
    offsets = tuple(line.offset_m for line in lines)
    return Cut(tuple(line.section for line in lines), outline.frame, direction, offsets)


def _from_right_to_left(frame: Frame, direction: Direction, faces: Sequence[Face]) -> list[Face]:
    """Cut faces by centroid along the left normal; those as far left as each other along the direction."""
    cut = [face for face in faces if face.is_cut]
    centroids = [shapely.get_coordinates(shapely.centroid(polygons_of((face.rings,), frame)))[0] for face in cut]
    left = [float(centroid @ direction.left) for centroid in centroids]
    along = [float(centroid @ direction.along) for centroid in centroids]
    order = sorted(range(len(cut)), key=lambda index: left[index])
    rank, ranks = 0, {order[0]: 0}
    for a, b in itertools.pairwise(order):
        rank += left[b] - left[a] > SAME_PLACE_M
        ranks[b] = rank
    return [cut[index] for index in sorted(order, key=lambda index: (ranks[index], along[index]))]
