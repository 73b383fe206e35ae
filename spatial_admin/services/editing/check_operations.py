"""What is asked of an edit besides the rules: limits of what a client sends, known levels, PostGIS' own verdict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import exc

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.operations import Operation
from spatial_admin.cadastre.operations.draw import Draw
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.cadastre.shapes import wkb_of_shape
from spatial_admin.database_errors import is_invalid_geometry
from spatial_admin.errors import EditRejected, InvalidOperation, LimitExceeded, Violation
from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

# Is a geometry valid, and where not, why and where, in the words of the GEOS that PostGIS is built with.
VALID_DETAIL: Final = """
SELECT valid, reason, ST_X(location) AS x, ST_Y(location) AS y
FROM ST_IsValidDetail(ST_GeomFromWKB(%(wkb)s, %(srid)s))
"""


def check_limits(operations: Iterable[Operation], limits: Limits) -> None:
    """Refuse an operation whose geometry is larger than a client may send; raises LimitExceeded."""
    for operation in operations:
        sizes = {"vertices in a geometry": (len(operation.positions()), limits.vertices)}
        if isinstance(operation, Draw):
            sizes["rings in a geometry"] = (sum(len(part) for part in operation.rings), limits.rings)
            sizes["parts in a geometry"] = (len(operation.rings), limits.parts)
        for what, (given, limit) in sizes.items():
            if given > limit:
                raise LimitExceeded(what, limit, given, "Import it from a file, or draw less at once.")


def check_levels(operations: Sequence[Operation], levels: Collection[str]) -> None:
    """Refuse an operation that puts a parcel on a level that does not exist; raises InvalidOperation."""
    for index, operation in enumerate(operations):
        if isinstance(operation, Draw | Update):
            level = operation.properties.get("level")
            if level is not None and level not in levels:
                known = ", ".join(sorted(levels))
                raise InvalidOperation(index, operation.name, f"there is no level {level}; known are {known}")


def in_words_of_postgis(
    execute: Execute, violations: Sequence[Violation], shapes: dict[str, Shape], srid: int
) -> list[Violation]:
    """The violations, an invalid geometry with the reason and the place that PostGIS gives; its GEOS may be another."""
    return [
        (_verdict_on(execute, violation.parcels[0], shapes[violation.parcels[0]], srid) or violation)
        if violation.rule == "invalid_geometry"
        else violation
        for violation in violations
    ]


def refused_by_postgis(error: exc.DBAPIError, changes: Iterable[ParcelChange], srid: int) -> EditRejected | None:
    """The refusal of shapes that the engine's GEOS takes for valid and PostGIS' does not; None for any other error.

    Asked on a connection of its own, for the edit's is good for nothing but ROLLBACK.
    """
    if not is_invalid_geometry(error):
        return None
    with snapshot() as session:

        def execute(sql: str, values: dict[str, Any]) -> Sequence[Any]:
            return session.connection().exec_driver_sql(sql, values).fetchall()

        verdicts = [_verdict_on(execute, change.parcel_id, change.shape, srid) for change in changes]
    return EditRejected([verdict for verdict in verdicts if verdict is not None]) if any(verdicts) else None


def _verdict_on(execute: Execute, name: str, shape: Shape, srid: int) -> Violation | None:
    row = execute(VALID_DETAIL, {"wkb": wkb_of_shape(shape), "srid": srid})[0]
    if row.valid:
        return None
    place = None if row.x is None else {"type": "Point", "coordinates": [row.x, row.y]}
    return Violation("invalid_geometry", (name,), f"Parcel {name} would be invalid: {row.reason}.", place)
