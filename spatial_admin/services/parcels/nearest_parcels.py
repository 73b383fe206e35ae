"""The current parcels nearest to a place, in metres, by index.

In a plane the index of boundaries knows the order: its distance is the distance. In degrees it does not: at 60 degrees
of latitude a degree east is half as long as one north. There the nearest by degrees are only candidates. The farthest
candidate that would be shown gives a radius; whatever lies within it has a bounded distance in degrees too, and where
the candidates reach beyond that bound none is missing. Else the index of geographies is asked, which orders by distance
on a sphere: never a hundredth off the ellipsoid's, so the same proof holds. Where even that leaves a doubt (hundreds of
parcels about equally far), everything within the radius is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Ground
from spatial_admin.errors import Json
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.transform_positions import coordinates_in

CANDIDATES: Final = 50
OFF_SPHERE: Final = 1.01  # more than any distance on the WGS 84 ellipsoid differs from that on its mean sphere
# The poles and the line where longitudes begin anew are left to the index of geographies, which knows a sphere.
NEAR_POLE: Final = 89.0
# By distance in storage units: an ellipsoid's in metres besides.
BY_DEGREES: Final = """
SELECT p.id, p.geom <-> place AS units,
       ST_Distance(geography(p.geom), ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s)::geography) AS distance_m
FROM parcel AS p, ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(srid)s) AS place
WHERE p.end_lifespan_version IS NULL ORDER BY p.geom <-> place LIMIT %(limit)s
"""
# The same in a plane: its distance is the answer.
BY_PLANE: Final = """
SELECT p.id, (p.geom <-> place) * %(metres_per_unit)s AS distance_m
FROM parcel AS p, ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(srid)s) AS place
WHERE p.end_lifespan_version IS NULL ORDER BY p.geom <-> place LIMIT %(limit)s
"""
# By distance on a sphere, by the index of geographies; an ellipsoid's besides.
BY_SPHERE: Final = """
SELECT p.id, geography(p.geom) <-> place AS units, ST_Distance(geography(p.geom), place) AS distance_m
FROM parcel AS p, geography(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s)) AS place
WHERE p.end_lifespan_version IS NULL ORDER BY geography(p.geom) <-> place LIMIT %(limit)s
"""
# Everything within a radius in metres, nearest first, by the index of geographies.
WITHIN: Final = """
SELECT id, distance_m FROM (
  SELECT p.id, ST_Distance(geography(p.geom), place) AS distance_m
  FROM parcel AS p, geography(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s)) AS place
  WHERE p.end_lifespan_version IS NULL AND ST_DWithin(geography(p.geom), place, %(radius_m)s)) AS near
ORDER BY distance_m, id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Near:
    """A parcel by its internal id, and how far it is."""

    id: int
    distance_m: float


def nearest_parcels(session: Session, lon: float, lat: float, within_m: float, limit: int) -> list[Near]:
    """At most `limit` parcels within `within_m` metres of a place (degrees), nearest first; in three statements.

    BadRequest where the storage CRS has no coordinates for the place.
    """
    ground = fixed().ground
    values = {"lon": lon, "lat": lat, "srid": ground.srid, "metres_per_unit": ground.metres_per_unit}
    if not ground.is_geographic:
        with coordinates_in(ground.srid, "near"):
            return _nearest(_rows(session, BY_PLANE, {**values, "limit": limit}), within_m, limit)
    many = max(CANDIDATES, 2 * limit)
    radius_m = within_m
    for statement, bound in ((BY_DEGREES, _degrees_bound), (BY_SPHERE, _sphere_bound)):
        rows = _rows(session, statement, {**values, "limit": many})
        near = _nearest(rows, within_m, limit)
        radius_m = near[-1].distance_m if len(near) == limit else within_m
        reach = bound(lon, lat, radius_m, ground)
        if len(rows) < many or (reach is not None and reach < rows[-1].units):
            return near
    # A little more, because ST_DWithin and ST_Distance round differently, and the last one lies on the circle.
    wide = {**values, "radius_m": radius_m * (1 + 1e-9) + 1e-6, "limit": limit + 1}
    return _nearest(_rows(session, WITHIN, wide), within_m, limit)


def _rows(session: Session, statement: str, values: Json) -> Sequence[Any]:
    return session.connection().exec_driver_sql(statement, values).all()


def _nearest(rows: Sequence[Any], within_m: float, limit: int) -> list[Near]:
    near = [Near(row.id, row.distance_m) for row in rows if row.distance_m <= within_m]
    return sorted(near, key=lambda one: (one.distance_m, one.id))[:limit]


def _degrees_bound(lon: float, lat: float, radius_m: float, ground: Ground) -> float | None:
    """What lies within the radius is no farther in degrees; None where degrees do not tell."""
    farthest = degrees_within(lat, radius_m, ground)
    return None if farthest is None or abs(lon) + farthest >= 180 else farthest


def _sphere_bound(_lon: float, _lat: float, radius_m: float, _ground: Ground) -> float:
    """What lies within the radius on the ellipsoid is no farther on the sphere."""
    return radius_m * OFF_SPHERE


def degrees_within(lat: float, radius_m: float, ground: Ground) -> float | None:
    """A bound on the distance in degrees of what lies within a radius on the ellipsoid; None near a pole.

    A metre of a path turns the latitude by at most 1 / M, the longitude by at most 1 / (N cos(lat)), where the radii of
    curvature M and N are nowhere below a (1 - e2) and a (Snyder 1987, eq. 4-18 and 4-20).
    """
    north = math.degrees(radius_m / (ground.semi_major_m * (1 - ground.eccentricity2)))
    if abs(lat) + north >= NEAR_POLE:
        return None
    east = math.degrees(radius_m / (ground.semi_major_m * math.cos(math.radians(abs(lat) + north))))
    return math.hypot(north, east)
