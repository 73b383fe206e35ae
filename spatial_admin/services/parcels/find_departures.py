"""T-points of the current parcels that another SRID would take off their line: how many, where, on whose line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy.orm import Session

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.departures import SHORTEST_M, Departure, bending_segments, departures
from spatial_admin.cadastre.precision import FloatArray, Ground
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.reprojection import Transform, noding_reach
from spatial_admin.cadastre.shapes import shape_of_wkb

CHUNK: Final = 5_000
Told = Callable[[str, int, int | None], None]
STAGE: Final = "Looking for points that would leave their line"

# Current parcels that may have a segment long enough to bend, a stretch of them. Where a unit is a degree, one of
# longitude shrinks with the latitude.
OWN: Final = """
SELECT id, level, ST_AsBinary(geom, 'NDR') AS wkb FROM parcel
WHERE id > %(after)s AND end_lifespan_version IS NULL AND level IN (SELECT code FROM level WHERE exclusive)
  AND (ST_YMax(geom) - ST_YMin(geom) > %(wide)s OR (ST_XMax(geom) - ST_XMin(geom))
       * CASE WHEN %(is_geographic)s THEN cos(radians(least(abs(ST_YMin(geom)), abs(ST_YMax(geom))))) ELSE 1 END
       > %(wide)s)
ORDER BY id LIMIT %(chunk)s
"""
# Parcels of a level that meet the boxes of segments: whoever has them, and whoever may have a point on them.
AROUND: Final = """
SELECT DISTINCT ON (p.id) p.id, p.parcel_id, p.version, ST_AsBinary(p.geom, 'NDR') AS wkb
FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[]) AS b (w, s, e, n)
JOIN parcel AS p ON p.geom && ST_MakeEnvelope(b.w, b.s, b.e, b.n, %(srid)s)
  AND p.end_lifespan_version IS NULL AND p.level = %(level)s
"""
# How many parcels a box meets is not known to the planner, which would rather read all of them.
BY_INDEX: Final = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SET LOCAL max_parallel_workers_per_gather = 0
"""
TRANSFORM: Final = "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(%(points)s, %(from)s), %(to)s), 'NDR')"
LAST: Final = "SELECT max(id) FROM parcel"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A point that would leave a line of the parcels named, which are at these versions."""

    departure: Departure
    level: str
    parcels: dict[str, int]

    def sentence(self) -> str:
        """For people: whose line, where, by how much."""
        (x, y), away_mm = self.departure.at, 1000 * self.departure.distance_m
        return f"{x:.10g}, {y:.10g} on a line of {', '.join(sorted(self.parcels))}: {away_mm:.1f} mm"


def find_departures(session: Session, source: Ground, srid: int, told: Told) -> list[Leaving]:
    """All of them, in one snapshot of the old database; `source` is its ground and `srid` the new one."""
    session.connection().exec_driver_sql(BY_INDEX)
    search = _Search(session, source, ground_of(srid), _transform(session, source.srid, srid))
    last = session.connection().exec_driver_sql(LAST).scalar() or 0
    found: dict[tuple[Any, ...], Leaving] = {}
    for rows in search.chunks():
        for level in sorted({row.level for row in rows}):
            for one in search.of(level, [shape_of_wkb(bytes(row.wkb)) for row in rows if row.level == level]):
                found[(level, one.departure.a, one.departure.b, one.departure.at)] = one
        told(STAGE, rows[-1].id, last)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Search:
    session: Session
    source: Ground
    target: Ground
    transform: Transform

    def chunks(self) -> Iterator[Sequence[Any]]:
        # A segment of SHORTEST_M has 0.7 of it in one direction at least; a degree is nowhere longer than this.
        longest = 1.01 * max(self.source.scale_at(0.0)) if self.source.is_geographic else self.source.metres_per_unit
        values = {
            "after": 0, "wide": 0.7 * SHORTEST_M / longest, "chunk": CHUNK, "is_geographic": self.source.is_geographic,
        }  # fmt: skip
        while rows := self.session.connection().exec_driver_sql(OWN, values).all():
            yield rows
            values["after"] = rows[-1].id

    def of(self, level: str, shapes: Sequence[Shape]) -> Iterator[Leaving]:
        segments = bending_segments(shapes, self.source, self.target, self.transform)
        if not len(segments):
            return
        margin = noding_reach(self.source, segments[:, :, 1].ravel())
        (west, south), (east, north) = (segments.min(axis=1) - margin).T, (segments.max(axis=1) + margin).T
        values = {
            "west": west.tolist(), "south": south.tolist(), "east": east.tolist(), "north": north.tolist(),
            "srid": self.source.srid, "level": level,
        }  # fmt: skip
        rows = self.session.connection().exec_driver_sql(AROUND, values).all()
        around = [(row, shape_of_wkb(bytes(row.wkb))) for row in rows]
        points = np.concatenate([ring for _, shape in around for part in shape for ring in part])
        for one in departures(segments, points, self.source, self.target, self.transform):
            whose = {row.parcel_id: row.version for row, shape in around if _has(shape, one)}
            yield Leaving(one, level, whose)


def _transform(session: Session, old: int, new: int) -> Transform:
    def transform(points: FloatArray) -> FloatArray:
        values = {"points": shapely.to_wkb(shapely.multipoints(points), byte_order=1), "from": old, "to": new}
        answer = session.connection().exec_driver_sql(TRANSFORM, values).scalar_one()
        result: FloatArray = shapely.get_coordinates(shapely.from_wkb(bytes(answer)))
        return result

    return transform


def _has(shape: Shape, one: Departure) -> bool:
    """Has one of its rings the segment, in either direction?"""
    a, b = np.array(one.a), np.array(one.b)
    for part in shape:
        for ring in part:
            here = (ring == a).all(axis=1)
            beside = (np.roll(ring, -1, axis=0) == b).all(axis=1) | (np.roll(ring, 1, axis=0) == b).all(axis=1)
            if (here & beside).any():
                return True
    return False
