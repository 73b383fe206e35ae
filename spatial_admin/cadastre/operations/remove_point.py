"""remove_point: a point that nobody needs leaves every ring that has it. Inverse: insert_point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatial_admin.cadastre.coverage import Occurrence
from spatial_admin.cadastre.noding import node_segment, passing_segments, reach
from spatial_admin.cadastre.operations.positions import Position
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.precision import Point


@dataclass(frozen=True, slots=True)
class RemovePoint(Operation):
    """Remove the point `at`; refused where three or more parcels meet, or where a ring passes it without having it."""

    at: Position
    name: str = "remove_point"

    def positions(self) -> Sequence[Position]:
        """The point."""
        return (self.at,)

    def apply(self, to: Replay) -> None:
        """Take the point out, then node the segments that close over it."""
        coverage = to.coverage
        point = to.existing(self.at)
        places = coverage.occurrences(point)
        coverage.widen([reach(coverage.ground, [point, *(end for p in places for end in coverage.neighbours(p))])])
        closing: set[tuple[str, Point, Point]] = set()
        for level in sorted({coverage.level_of(place.parcel_id) for place in places}):
            here = [place for place in places if coverage.level_of(place.parcel_id) == level]
            self._refuse_if_needed(to, level, point, here)
            closing |= {(level, *_ordered(*coverage.neighbours(place))) for place in here}
        for place in sorted(places, key=lambda p: p.index, reverse=True):
            ring = np.delete(coverage.ring_at(place), place.index, axis=0)
            coverage.set_ring(place.parcel_id, place.part, place.ring, ring)
            coverage.operated.add(place.parcel_id)
        to.removed(point)
        for level, a, b in sorted(closing):
            if a != b:
                node_segment(coverage, level, a, b)

    def _refuse_if_needed(self, to: Replay, level: str, point: Point, places: list[Occurrence]) -> None:
        meeting = sorted({place.parcel_id for place in places})
        if len(meeting) > 2:
            raise to.refused(f"at {list(point)} {len(meeting)} parcels meet: {', '.join(meeting)}; move it instead")
        having = {(place.parcel_id, place.part, place.ring) for place in places}
        passing = sorted(
            {s.place.parcel_id for s in passing_segments(to.coverage, level, point) if s.ring not in having}
        )
        if passing:
            raise to.refused(
                f"{', '.join(passing)} passes {list(point)} without having it; "
                "removing it would open a gap or an overlap"
            )


def _ordered(a: Point, b: Point) -> tuple[Point, Point]:
    return (a, b) if a <= b else (b, a)
