"""Finding parcels: by text, in a box, nearest to a place; keyset pages, and never a count of the whole table."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest, Json
from spatial_admin.services.describe_coverage import storage_box
from spatial_admin.services.read_deployment import fixed
from spatial_admin.services.recall_parcels import IMAGE, AsOf, Source, source_of
from spatial_admin.services.show_parcel import feature_of_row
from spatial_admin.services.trace_lineage import successors_of

# Nearest by the index's own distance first (storage units), then by metres among those.
NEAREST_CANDIDATES: Final = 50
MOST: Final = 200
COLUMNS: Final = """
p.*, ST_AsGeoJSON(ST_Transform(p.geom, 4326), 9)::json AS geometry, ground_perimeter_m(p.geom) AS perimeter_m,
(SELECT coalesce(json_agg(json_build_object('code', z.code, 'name', z.name, 'share', s.share)
                                  ORDER BY s.share DESC), '[]')
 FROM parcel_zoning AS s JOIN zoning_district AS z ON z.id = s.district WHERE s.parcel = p.id) AS zoning
"""
# Exact number or id first, then what begins with the words, then what holds them; by id within.
BY_TEXT: Final = f"""
SELECT * FROM (
  SELECT {COLUMNS}, CASE
      WHEN %(words)s IN (lower(p.number), lower(p.parcel_id)) THEN 0
      WHEN lower(p.number) LIKE %(begins)s OR lower(p.parcel_id) LIKE %(begins)s THEN 1
      ELSE 2 END AS rank
  FROM parcel AS p WHERE search_text(p.parcel_id, p.number, p.address) LIKE %(holds)s {{in_box}}) AS found
WHERE (rank, id) > (%(rank)s, %(after)s) ORDER BY rank, id LIMIT %(limit)s
"""
BY_BOX: Final = f"""
SELECT {COLUMNS}, 0 AS rank FROM parcel AS p
WHERE p.id > %(after)s AND p.end_lifespan_version IS NULL {{in_box}} ORDER BY p.id LIMIT %(limit)s
"""
# As of a time: a page of the parcels that were there then.
RECALLED: Final = f"""
SELECT {IMAGE}, 0 AS rank FROM parcel_version AS v
WHERE v.parcel > %(after)s AND {{condition}} {{in_box}} ORDER BY v.parcel LIMIT %(limit)s
"""
IN_BOX: Final = "AND {alias}.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)"
NEAREST: Final = f"""
SELECT * FROM (
  SELECT {COLUMNS}, 0 AS rank, ST_Distance(ST_Transform(p.geom, 4326)::geography,
           ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS distance_m
  FROM parcel AS p, ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(srid)s) AS place
  WHERE p.end_lifespan_version IS NULL ORDER BY p.geom <-> place LIMIT {NEAREST_CANDIDATES}) AS candidates
WHERE distance_m <= %(within_m)s ORDER BY distance_m, id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for; `near` is (lon, lat), `bbox` lon/lat; `as_of` goes with a box, not with words or a place."""

    q: str | None = None
    bbox: Box | None = None
    near: tuple[float, float] | None = None
    within_m: float = 1_000.0
    limit: int = 20
    cursor: str | None = None
    as_of: AsOf | None = None


def find_parcels(session: Session, question: Question) -> Json:
    """A GeoJSON FeatureCollection with `next_cursor` (null at the end); retired parcels name their successors."""
    source = source_of(session, question.as_of)
    statement, values = _asked(session, question, source)
    rows = session.connection().exec_driver_sql(statement, values).all()
    is_more = len(rows) == values["limit"] and question.near is None
    found = {
        "type": "FeatureCollection",
        "features": _features(session, rows, with_successors=bool(question.q)),
        "next_cursor": _closed(rows[-1].rank, rows[-1].id) if is_more else None,
    }
    return {**found, "as_of": question.as_of.given} if question.as_of else found


def _asked(session: Session, question: Question, source: Source) -> tuple[str, Json]:
    rank, after = _opened(question.cursor)
    values: Json = {"limit": min(question.limit, MOST), "after": after, "rank": rank, "srid": fixed().ground.srid}
    in_box = ""
    if question.bbox is not None:
        box = storage_box(session, question.bbox)
        values.update(zip(("west", "south", "east", "north"), box, strict=True))
        in_box = IN_BOX.format(alias="v" if question.as_of else "p")
    if question.as_of:
        return RECALLED.format(condition=source.condition, in_box=in_box), {**values, **source.values}
    if question.near is not None:
        values.update(lon=question.near[0], lat=question.near[1], within_m=question.within_m)
        return NEAREST, values
    if question.q:
        words = question.q.strip().lower()
        pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values.update(words=words, begins=f"{pattern}%", holds=f"%{pattern}%")
        return BY_TEXT.format(in_box=in_box), values
    return BY_BOX.format(in_box=in_box), values


def _features(session: Session, rows: Sequence[Any], *, with_successors: bool) -> list[Json]:
    features = [_feature(row) for row in rows]
    if with_successors:
        retired = [row.parcel_id for row in rows if row.end_lifespan_version]
        successors = successors_of(session, retired)
        for feature in features:
            if feature["id"] in successors:
                feature["properties"]["successors"] = successors[feature["id"]]
    return features


def _feature(row: Any) -> Json:
    feature = feature_of_row(row)
    if "distance_m" in row._mapping:
        feature["properties"]["distance_m"] = row.distance_m
    return feature


def _closed(rank: int, after: int) -> str:
    return base64.urlsafe_b64encode(f"{rank}.{after}".encode()).decode()


def _opened(cursor: str | None) -> tuple[int, int]:
    if not cursor:
        return -1, 0
    try:
        rank, _, after = base64.urlsafe_b64decode(cursor.encode()).decode().partition(".")
        opened = int(rank), int(after)
    except (ValueError, binascii.Error) as error:
        raise BadRequest("cursor", "take it from next_cursor of the page before") from error
    if not (0 <= opened[0] <= 2 and 0 <= opened[1] < 2**63):
        raise BadRequest("cursor", "take it from next_cursor of the page before")
    return opened
