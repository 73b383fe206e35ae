"""Reading parcels as the engine needs them: whole, with their exact coordinates, in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from spatial_admin.cadastre.coverage import PROPERTIES, Parcel
from spatial_admin.cadastre.precision import Box, Point
from spatial_admin.cadastre.read_ahead import Places
from spatial_admin.cadastre.shapes import shape_of_wkb
from spatial_admin.errors import Json
from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.transaction import ALL_OF

WGS84: Final = 4326
SIDES: Final = ("west", "south", "east", "north")
COLUMNS: Final = """
p.id, p.parcel_id, p.version, p.number, p.level, p.kind, p.part_of, p.legal_area_m2, p.legal_area_text, p.land_use,
p.address, p.attributes, p.area_m2, p.begin_lifespan_version, ST_AsBinary(p.geom, 'NDR') AS wkb, p.ctid::text AS row
"""
# Every current parcel that meets one of the boxes, but those already known; each once. A function (migration 0020), for
# its plan is kept: to plan this takes longer than to run it.
PARCELS_IN_BOXES: Final = f"""{ALL_OF}parcels_in_boxes(
  %(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[], %(known)s::bigint[])
"""
# Those at some places, and around the sides that come to them: all that the move of a point between them looks at, in
# one round trip. The box that was read is told with each. A function (migration 0028).
PARCELS_AROUND: Final = f"""{ALL_OF}parcels_around(
  %(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[], %(wider)s, %(higher)s)
"""
# Current parcels by permanent id. Not `IS NULL`: while there are no statistics the planner would take the partial index
# of boundaries for it, read all of it, and under SERIALIZABLE abort every other edit.
PARCELS_BY_ID: Final = f"""
SELECT {COLUMNS} FROM parcel AS p
WHERE p.parcel_id = ANY (%(names)s::text[]) AND coalesce(p.end_lifespan_version, 'infinity') = 'infinity'
"""
# Rows of retired parcels.
RETIRED_BY_ID: Final = f"""
SELECT {COLUMNS} FROM parcel AS p
WHERE p.parcel_id = ANY (%(names)s::text[]) AND coalesce(p.end_lifespan_version, 'infinity') <> 'infinity'
"""
# The current units of ground parcels, by the index of parts (see above for the condition).
UNITS_OF: Final = f"""
SELECT {COLUMNS} FROM parcel AS p
WHERE p.part_of = ANY (%(names)s::text[]) AND coalesce(p.end_lifespan_version, 'infinity') = 'infinity'
"""
# The version that a parcel has now, retired or not.
CURRENT_VERSIONS: Final = """
SELECT parcel_id, version FROM parcel WHERE parcel_id = ANY (%(names)s::text[])
"""
# What a parcel was at a version.
PARCEL_AT_VERSION: Final = """
SELECT v.parcel AS id, v.parcel_id, v.version, v.number, v.level, v.kind, v.part_of, v.legal_area_m2, v.legal_area_text,
       v.land_use, v.address, v.attributes, v.area_m2, lower(v.period) AS begin_lifespan_version,
       ST_AsBinary(v.geom, 'NDR') AS wkb, '' AS row
FROM parcel_version AS v JOIN parcel AS p ON p.id = v.parcel
WHERE p.parcel_id = %(name)s AND v.version = %(version)s AND v.begun <= p.begin_lifespan_version
"""
# lon/lat into storage coordinates.
TO_STORAGE: Final = """
SELECT ST_X(point), ST_Y(point)
FROM unnest(%(lon)s::float8[], %(lat)s::float8[]) WITH ORDINALITY AS given (lon, lat, n),
  LATERAL ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), %(srid)s) AS point ORDER BY n
"""


def parcels_in_boxes(execute: Execute, boxes: Sequence[Box], known: Sequence[int]) -> list[Parcel]:
    """Current parcels whose envelope meets one of the boxes (storage coordinates), each once."""
    return _once(execute(*asked_for(boxes, known)))


def asked_for(boxes: Sequence[Box], known: Sequence[int]) -> tuple[str, Json]:
    """The statement of `parcels_in_boxes`, and its parameters."""
    lists = zip(SIDES, map(list, zip(*dict.fromkeys(boxes), strict=True)), strict=True)
    return PARCELS_IN_BOXES, {"known": list(known), **dict(lists)}


def parcels_around(execute: Execute, places: Places) -> tuple[list[Parcel], Box | None]:
    """Current parcels at the places and around the sides that come to them; and the box of which every one was read."""
    rows = execute(*asked_around(places))
    read = (rows[0].read_west, rows[0].read_south, rows[0].read_east, rows[0].read_north) if rows else None
    return _once(rows), read


def asked_around(places: Places) -> tuple[str, Json]:
    """The statement of `parcels_around`, and its parameters."""
    lists = zip(SIDES, map(list, zip(*places.boxes, strict=True)), strict=True)
    return PARCELS_AROUND, {"wider": places.margin[0], "higher": places.margin[1], **dict(lists)}


def parcels_by_id(execute: Execute, names: Sequence[str]) -> list[Parcel]:
    """Current parcels of the given permanent ids; those that do not exist are simply not there."""
    return _once(execute(PARCELS_BY_ID, {"names": list(names)})) if names else []


def retired_parcels(execute: Execute, names: Sequence[str]) -> list[Parcel]:
    """Those of the given permanent ids that are retired."""
    return _once(execute(RETIRED_BY_ID, {"names": list(names)}))


def units_of(execute: Execute, names: Sequence[str]) -> list[Parcel]:
    """Current units of the given ground parcels."""
    return _once(execute(UNITS_OF, {"names": list(names)}))


def parcel_at_version(execute: Execute, name: str, version: int) -> Parcel | None:
    """A parcel as it was at one of its versions."""
    rows = execute(PARCEL_AT_VERSION, {"name": name, "version": version})
    return parcel_of_row(rows[0]) if rows else None


def current_versions(execute: Execute, names: Sequence[str]) -> dict[str, int]:
    """The newest version of each parcel that exists, retired ones included."""
    return {row.parcel_id: row.version for row in execute(CURRENT_VERSIONS, {"names": list(names)})}


def to_storage(execute: Execute, lonlat: Sequence[tuple[float, float]], srid: int) -> list[Point]:
    """Transform lon/lat pairs by PostGIS; in 4326 they are storage coordinates already."""
    if srid == WGS84:
        return [(lon, lat) for lon, lat in lonlat]
    values = {"lon": [lon for lon, _ in lonlat], "lat": [lat for _, lat in lonlat], "srid": srid}
    return [(float(x), float(y)) for x, y in execute(TO_STORAGE, values)]


def parcel_of_row(row: Any) -> Parcel:
    """The engine's parcel from a row of COLUMNS."""
    return Parcel(
        key=row.id,
        parcel_id=row.parcel_id,
        version=row.version,
        shape=shape_of_wkb(bytes(row.wkb)),
        properties={name: getattr(row, name) for name in PROPERTIES},
        area_m2=row.area_m2,
        begin=row.begin_lifespan_version,
        row=row.row,
    )


def _once(rows: Iterable[Any]) -> list[Parcel]:
    distinct = {row.id: row for row in rows}
    return [parcel_of_row(row) for row in distinct.values()]
