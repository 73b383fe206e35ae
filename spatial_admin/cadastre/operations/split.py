"""split: one parcel becomes several, along a line, by area, or in equal parts. Inverse: merge.

*The line* is cut to the parcel; both ends must reach its boundary (an end at a hole does, and a stretch that only leads
into a hole divides nothing and is left out). Every connected piece that it cuts off is a piece of its own; whole parts
of a multipart parcel that it does not divide stay with the piece that continues, or with the largest. *By area* there
are exactly two pieces, in equal parts exactly as many as are asked for: all that lies on one side of a line is one
piece, whole parts too.

Pieces are ordered by centroid from right to left of the line (from its first to its last position), those within a
millimetre along it. `into` has one entry for each, an id or null for the one that continues; without any null the
parcel is retired. By default the largest continues (of those equal to 0.01 m2 the first). What becomes of stated areas
and texts says operations/apportionment.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.coverage import Coverage, Shape, shape_box
from spatial_admin.cadastre.dividing_line import Outline
from spatial_admin.cadastre.division import Face, LineRefused, Section, Stretch, divide
from spatial_admin.cadastre.noding import distances_m, insert_between, node_point, node_segment, reach
from spatial_admin.cadastre.operations.apportionment import Apportionment
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.operations.split_ways import AlongLine, Cut, Way
from spatial_admin.cadastre.operations.units import refuse_orphans
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.cadastre.precision import Box, FloatArray, Point
from spatial_admin.cadastre.ring_order import arranged

NODINGS = 5  # at most; each gives the boundary points that its neighbours had there, and mostly there are none
SAME_AREA_M2 = 0.01  # pieces that differ by less are equally large
READ_BEYOND_M = 1.0  # so that a line that is found by trials, each a little beside the last, is read around once


@dataclass(frozen=True, slots=True)
class Split(Operation):
    """Divide a parcel; what neighbours share with it stays shared, and they are at most noded."""

    parcel_id: str
    way: Way
    into: tuple[str | None, ...] | None = None
    apportionment: Apportionment = field(default_factory=Apportionment)
    name: str = "split"

    def positions(self) -> Sequence[Position]:
        """The line."""
        return self.way.line if isinstance(self.way, AlongLine) else ()

    def parcels(self) -> Sequence[str]:
        """The parcel, and ground parcels that pieces become part of."""
        patches = [patch for patch in self.apportionment.pieces or () if patch is not None]
        return (self.parcel_id, *(patch["part_of"] for patch in patches if patch.get("part_of") is not None))

    def ends(self) -> Sequence[str]:
        """The parcel, where no piece continues it."""
        return () if self.into is None or None in self.into else (self.parcel_id,)

    def newcomers(self) -> Sequence[str]:
        """The ids that are given."""
        return [name for name in self.into or () if name is not None]

    def apply(self, to: Replay) -> None:
        """Find the line, node what it crosses, put its points into every ring there, divide, and name the pieces."""
        coverage = to.coverage
        whole = to.current(self.parcel_id)
        to.bound.add(whole)
        try:
            cut, stretches = self._inserted(to)
            faces = divide(coverage.shapes[whole], stretches).faces
            groups = cut.pieces(faces)
            self._check_counts(len(groups))
            pieces, continuing = self._shapes(coverage, groups, faces)
            areas_m2 = [shape_area_m2(coverage.ground, shape) for shape in pieces]
            self.way.check(areas_m2)
        except LineRefused as refusal:
            raise to.refused(str(refusal)) from refusal
        main = _largest(areas_m2) if continuing is None else continuing
        properties = self.apportionment.of(coverage.properties[whole], areas_m2, continuing, main)
        self._name(to, pieces, properties, continuing)
        for point in sorted({point for stretch in stretches for point in stretch[1:-1]}):
            node_point(coverage, str(properties[main]["level"]), point)

    def _inserted(self, to: Replay) -> tuple[Cut, list[Stretch]]:
        """The cut, its points put into every ring that has the segments where they lie."""
        cut = self._cut(to)
        for section in cut.sections:
            _insert(to.coverage, section)
        stretches = [stretch for section in cut.sections for stretch in section.stretches]
        self._note_positions(to, [point for stretch in stretches for point in stretch])
        return cut, stretches

    def _cut(self, to: Replay) -> Cut:
        """The cut of the boundary as it is when its crossed segments have what neighbours have on them."""
        coverage, whole = to.coverage, self.parcel_id
        level = coverage.level_of(whole)

        def points_in(box: Box) -> FloatArray:
            coverage.widen([coverage.ground.widened(box, READ_BEYOND_M)])
            return coverage.points_in(box, level)

        for _ in range(NODINGS):
            before = coverage.shapes[whole]
            cut = self.way.cut(to, Outline(coverage.ground, before, points_in))
            for section in cut.sections:
                _node_crossed(coverage, section)
            if coverage.shapes[whole] is before:
                return cut
        return self.way.cut(to, Outline(coverage.ground, coverage.shapes[whole], points_in))

    def _note_positions(self, to: Replay, points: Sequence[Point]) -> None:
        """Let the positions of the line that have become points name them; those beyond the parcel name nothing."""
        for position in self.positions():
            here = to.where(position)
            away = distances_m(to.coverage.ground, here, np.array(points))
            nearest = int(np.argmin(away))
            if away[nearest] <= to.coverage.ground.node_within_m:
                to.became(position, points[nearest])

    def _check_counts(self, count: int) -> None:
        for name, given in (("into", self.into), ("attributes.pieces", self.apportionment.pieces)):
            if given is not None and len(given) != count:
                raise LineRefused(f"it gives {count} pieces, and {name} has {len(given)} entries")

    def _shapes(
        self, coverage: Coverage, groups: Sequence[Sequence[Face]], faces: Sequence[Face]
    ) -> tuple[list[Shape], int | None]:
        """The shape of each piece, and which of them continues the parcel (None: none does)."""
        areas_m2 = [sum(shape_area_m2(coverage.ground, (face.rings,)) for face in group) for group in groups]
        continuing: int | None = _largest(areas_m2)
        main = continuing
        if self.into is not None:
            continuing = self.into.index(None) if None in self.into else None
            main = main if continuing is None else continuing
        grouped = {id(face) for group in groups for face in group}
        rest = [face for face in faces if id(face) not in grouped]
        whole = coverage.shapes[self.parcel_id]
        shapes = [
            arranged(tuple(face.rings for face in [*group, *(rest if index == main else [])]), [whole])
            for index, group in enumerate(groups)
        ]
        return shapes, continuing

    def _name(
        self, to: Replay, pieces: Sequence[Shape], properties: Sequence[dict[str, Any]], continuing: int | None
    ) -> None:
        """Let the pieces come into being, and the parcel end where none continues it."""
        coverage, whole = to.coverage, self.parcel_id
        # Who was born in this same edit has no stored version: then lineage leads back to what it came out of.
        parents = [whole] if whole in coverage.before else [whole, *coverage.family(whole)]
        born = [shape_box(shape) for index, shape in enumerate(pieces) if index != continuing]
        coverage.widen([coverage.ground.widened(box, coverage.ground.gap_width_m) for box in born])
        names = [
            whole if index == continuing else to.newcomer(self.into[index] if self.into is not None else None)
            for index in range(len(pieces))
        ]
        if continuing is None:
            refuse_orphans(to, [whole])
            coverage.end(whole)
        for name, shape, values in zip(names, pieces, properties, strict=True):
            if name == whole:
                coverage.reshape(name, shape)
                coverage.properties[name] = values
            else:
                coverage.bear(name, shape, values)
                coverage.descend(parents, name, "split")
        for name, patch in zip(names, self.apportionment.pieces or (), strict=False):
            if patch:
                Update(name, patch).apply(to)


def _node_crossed(coverage: Coverage, section: Section) -> None:
    """Node the boundary segments that a section crosses, on every level: who has a point there, and who passes."""
    for a, b in section.inserted:
        coverage.widen([reach(coverage.ground, [a, b])])
        for level in _levels_of(coverage, a, b):
            node_point(coverage, level, a)
            node_point(coverage, level, b)
            node_segment(coverage, level, a, b)


def _insert(coverage: Coverage, section: Section) -> None:
    """Put the new points of a section into every ring that has their segment, and into what passes by them."""
    for (a, b), points in section.inserted.items():
        for level in _levels_of(coverage, a, b):
            insert_between(coverage, level, a, b, list(points))
            for point in points:
                node_point(coverage, level, point)


def _levels_of(coverage: Coverage, a: Point, b: Point) -> list[str]:
    return sorted(
        {coverage.level_of(place.parcel_id) for place in coverage.occurrences(a) if b in coverage.neighbours(place)}
    )


def _largest(areas_m2: Sequence[float]) -> int:
    """The first of the largest."""
    return next(index for index, area in enumerate(areas_m2) if area > max(areas_m2) - SAME_AREA_M2)
