"""Corners for editors of a benchmark: points that three or four small parcels share, none of them with another corner."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, text

from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.settings import storage_srid
from tests.concurrency.fabric import Point

MOVED_M: Final = 0.25  # how far a corner is moved each way
# Vertices of small parcels here and there, with all parcels of an exclusive level that come near; those at which one
# passes without having the vertex (a T-junction) are left out, for a move would write that one too.
SHARED: Final = text(
    """
WITH points AS MATERIALIZED (
  SELECT DISTINCT ON (p.id) ST_PointN(ST_ExteriorRing(ST_GeometryN(p.geom, 1)), 1 + n) AS point
  FROM parcel AS p TABLESAMPLE SYSTEM (:percent) REPEATABLE (1), generate_series(0, least(ST_NPoints(p.geom), 12) - 2) AS n
  WHERE p.end_lifespan_version IS NULL AND ST_NPoints(p.geom) < 50 AND p.level = 'parcels'
  ORDER BY p.id, md5(p.id::text || n))
SELECT ST_X(point) AS x, ST_Y(point) AS y, names, versions
FROM points CROSS JOIN LATERAL (
  SELECT array_agg(q.parcel_id ORDER BY q.id) AS names, array_agg(q.version ORDER BY q.id) AS versions,
         bool_and(q.level = 'parcels' AND ST_NPoints(q.geom) < 50 AND EXISTS (
           SELECT FROM ST_DumpPoints(q.geom) AS v WHERE ST_X(v.geom) = ST_X(point) AND ST_Y(v.geom) = ST_Y(point))) AS all_have_it
  FROM parcel AS q
  WHERE q.geom && ST_Expand(point, :near) AND ST_DWithin(q.geom, point, :near) AND q.end_lifespan_version IS NULL) AS around
WHERE all_have_it AND cardinality(names) BETWEEN 3 AND 4
"""
)
SAMPLED: Final = 40_000


@dataclass(frozen=True, slots=True)
class Corner:
    """A point, where it is moved to (and back), and the parcels that have it, with their versions."""

    here: Point
    there: Point
    seen: tuple[tuple[str, int], ...]


def corners_of(engine: Engine, most: int) -> list[Corner]:
    """At most so many corners all over a database, in random order, of which no two belong to one parcel.

    So editors of different corners write different parcels, and what they abort of each other is aborted in vain.
    """
    ground = ground_of(storage_srid())
    near = ground.widened((0.0, 0.0, 0.0, 0.0), ground.node_within_m)[2] * 2
    with engine.connect() as connection:
        parcels = connection.execute(text("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'parcel'::regclass"))
        percent = min(100.0, 100.0 * SAMPLED / parcels.scalar_one())
        rows = connection.execute(SHARED, {"percent": percent, "near": near}).all()
    random.Random(1).shuffle(rows)  # type: ignore[arg-type]  # a list, whatever Sequence says
    taken: set[str] = set()
    corners = []
    for row in rows:
        here = (row.x, row.y)
        _, _, east, north = ground.widened((*here, *here), MOVED_M)
        if taken.isdisjoint(row.names) and ground.snapped(here) == here:
            taken.update(row.names)
            corners.append(
                Corner(here, ground.snapped((east, north)), tuple(zip(row.names, row.versions, strict=True)))
            )
        if len(corners) == most:
            break
    return corners
