"""Where a draft lies and which parcels it would change: all that others may know of it besides whose it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Point
from spatial_admin.errors import Json
from spatial_admin.services.shared.read_deployment import fixed

# Parcels by their envelopes, positions where they lie on the map. A little wider, so that a single point has an area.
FOOTPRINT: Final = """
WITH places AS (
  SELECT ST_Transform(ST_Envelope(geom), 4326) AS place FROM parcel WHERE parcel_id = ANY (%(parcels)s::text[])
  UNION ALL
  SELECT ST_Transform(stored, 4326) FROM unnest(%(xs)s::float8[], %(ys)s::float8[]) AS s (x, y),
    LATERAL (SELECT ST_SetSRID(ST_MakePoint(x, y), %(srid)s) AS stored) AS p WHERE stored && deployment_extent()
  UNION ALL
  SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326) FROM unnest(%(lons)s::float8[], %(lats)s::float8[]) AS d (lon, lat))
SELECT ST_AsEWKT(ST_Expand(ST_SetSRID(ST_Extent(place)::geometry, 4326), 1e-6)) FROM places
"""


@dataclass(frozen=True, slots=True)
class Places:
    """What a draft would change: parcels by id, and positions of what is no parcel yet, in either form."""

    parcels: list[str]
    stored: list[Point]
    lonlat: list[Point]


def places_of(seen: Mapping[str, int], operations: Sequence[Json]) -> Places:
    """The parcels that were seen or are named, and the outlines drawn; where there is neither, every position.

    The positions of other operations are left out: they change with every step, and the footprint is indexed.
    """
    named = {name for operation in operations for name in _named(operation)}
    parcels = sorted(named | set(seen))
    telling = [operation for operation in operations if operation["op"] == "draw"] if parcels else operations
    found = [position for operation in telling for position in _positions(operation)]
    pairs = [(float(place[0]), float(place[1])) for place in found if isinstance(place, Sequence)]
    degrees = [(float(place["lon"]), float(place["lat"])) for place in found if isinstance(place, Mapping)]
    return Places(parcels, pairs, [(lon, lat) for lon, lat in degrees if abs(lon) <= 180 and abs(lat) <= 90])


def locate_draft(session: Session, places: Places) -> str | None:
    """The footprint in EWKT, degrees; None where nothing of it is on the map."""
    values = {
        "parcels": places.parcels,
        "xs": [x for x, _ in places.stored], "ys": [y for _, y in places.stored],
        "lons": [lon for lon, _ in places.lonlat], "lats": [lat for _, lat in places.lonlat],
        "srid": fixed().ground.srid,
    }  # fmt: skip
    found: str | None = session.connection().exec_driver_sql(FOOTPRINT, values).scalar_one()
    return found


def _named(operation: Json) -> Iterator[str]:
    """Parcels that there may be already; those that an operation makes are none yet, and match nothing."""
    if isinstance(operation.get("parcel_id"), str):
        yield operation["parcel_id"]
    yield from (name for name in operation.get("parcels") or () if isinstance(name, str))


def _positions(value: Any) -> Iterator[Any]:
    """Every position in an operation, however deep: a pair of numbers, or an object of lon and lat."""
    if isinstance(value, Mapping):
        if _is_number(value.get("lon")) and _is_number(value.get("lat")):
            yield value
            return
        value = list(value.values())
    if not isinstance(value, list):
        return
    if len(value) == 2 and all(_is_number(number) for number in value):
        yield value
        return
    for inner in value:
        yield from _positions(inner)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
