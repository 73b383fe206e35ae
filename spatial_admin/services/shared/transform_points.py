"""From a file's CRS to the storage CRS, by PostGIS alone: what is stored is what any client would get."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy import exc

from spatial_admin.cadastre.precision import FloatArray
from spatial_admin.cadastre.reprojection import Transform
from spatial_admin.cadastre.source_system import SourceSystem
from spatial_admin.database_errors import is_connection_loss, is_retryable, translated
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

BY_SRID: Final = "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(%(points)s, %(from)s), %(to)s), 'NDR')"
# For a CRS that has no EPSG code, or one that spatial_ref_sys does not list.
BY_DEFINITION: Final = "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(%(points)s), %(from)s::text, %(to)s), 'NDR')"
KNOWN_SRID: Final = "SELECT EXISTS (SELECT FROM spatial_ref_sys WHERE srid = %(srid)s)"


class TransformRefused(Exception):
    """PostGIS cannot transform some of the points; the message is PROJ's."""


def transform_from(system: SourceSystem, srid: int) -> Transform:
    """The function from (n, 2) file to storage coordinates, one round trip a call; raises TransformRefused.

    The transformation is pure for each point, so equal points stay equal, in whatever company they travel.
    """
    statement, origin = BY_DEFINITION, system.definition
    if system.srid is not None:
        with short() as session:
            if run_sql(session, KNOWN_SRID, {"srid": system.srid})[0][0]:
                statement, origin = BY_SRID, str(system.srid)

    def transform(points: FloatArray) -> FloatArray:
        if not len(points):
            return np.empty((0, 2))
        data = shapely.to_wkb(shapely.multipoints(points), byte_order=1)
        values: dict[str, Any] = {"points": data, "from": origin, "to": srid}
        if statement is BY_SRID:
            values["from"] = int(origin)
        try:
            with short() as session:
                answer = bytes(run_sql(session, statement, values)[0][0])
        except exc.DBAPIError as error:
            if is_retryable(error) or is_connection_loss(error) or translated(error) is not error:
                raise
            raise TransformRefused(str(error.orig).strip().splitlines()[0]) from error
        result: FloatArray = shapely.get_coordinates(shapely.from_wkb(answer))
        if len(result) != len(points) or not np.isfinite(result).all():
            raise TransformRefused("the storage CRS has no coordinates for a point")
        return result

    return transform


def transform_one(transform: Transform, place: tuple[float, float] | None) -> tuple[float, float] | None:
    """A place in storage coordinates, None where it has none: a place is for people, it stops nothing."""
    if place is None:
        return None
    try:
        x, y = transform(np.array([place]))[0].tolist()
    except TransformRefused:
        return None
    return x, y
