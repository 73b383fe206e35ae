"""Finding parcels for the API: by words, in a box, nearest to a place, as of a time; pages by cursor, no counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json
from spatial_admin.services.parcels.describe_coverage import storage_box
from spatial_admin.services.parcels.list_parcels import box_in_storage, matching
from spatial_admin.services.parcels.nearest_parcels import nearest_parcels
from spatial_admin.services.parcels.recall_parcels import IMAGE, AsOf, source_of
from spatial_admin.services.parcels.search_parcels import search_parcels
from spatial_admin.services.parcels.show_parcel import COLUMNS, feature_of_row
from spatial_admin.services.parcels.trace_lineage import successors_of
from spatial_admin.services.shared.match_words import PARCEL
from spatial_admin.services.shared.page_cursor import close_cursor, open_cursor
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.read_page import Order, Place, read_page

MOST: Final = 200
# Parcels of a page, whole, in the order in which they were found.
FEATURES: Final = f"""
SELECT {COLUMNS} FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS found (id, n) JOIN parcel AS p ON p.id = found.id
ORDER BY found.n
"""
# As of a time: a page of the parcels that were there then.
RECALLED: Final = f"""
SELECT {IMAGE} FROM parcel_version AS v
WHERE v.parcel > %(after)s AND {{condition}} {{in_box}} ORDER BY v.parcel LIMIT %(limit)s
"""
IN_BOX: Final = "AND v.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)"
ALL: Final = Order("id", PARCEL.id)
RECALLED_MARK: Final = "recalled"


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
    if question.as_of:
        return {**_recalled(session, question), "as_of": question.as_of.given}
    if question.near is not None:
        near = nearest_parcels(session, *question.near, question.within_m, min(question.limit, MOST))
        distances = {one.id: one.distance_m for one in near}
        features = [
            _with(feature_of_row(row), distance_m=distances[row.id]) for row in _rows(session, [one.id for one in near])
        ]
        return _collection(features, None)
    box = box_in_storage(session, question.bbox)
    place = Place("after", question.cursor, "cursor") if question.cursor else Place()
    size = min(question.limit, MOST)
    if question.q is None or not question.q.strip():
        page = read_page(session, matching(box=box), ALL, place, size)
        return _collection([feature_of_row(row) for row in _rows(session, page.keys)], page.next)
    page = search_parcels(session, question.q, matching("any", box=box), place, size)
    return _collection(_with_successors(session, _rows(session, page.keys)), page.next)


def _collection(features: Sequence[Json], next_cursor: str | None) -> Json:
    return {"type": "FeatureCollection", "features": list(features), "next_cursor": next_cursor}


def _rows(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    return session.connection().exec_driver_sql(FEATURES, {"ids": list(ids)}).all() if ids else []


def _with_successors(session: Session, rows: Sequence[Any]) -> list[Json]:
    successors = successors_of(session, [row.parcel_id for row in rows if row.end_lifespan_version])
    features = [feature_of_row(row) for row in rows]
    return [
        _with(feature, successors=successors[feature["id"]]) if feature["id"] in successors else feature
        for feature in features
    ]


def _with(feature: Json, **properties: Any) -> Json:
    return {**feature, "properties": {**feature["properties"], **properties}}


def _recalled(session: Session, question: Question) -> Json:
    """A page of the parcels that were there then, by their internal id."""
    source = source_of(session, question.as_of)
    after = open_cursor(question.cursor, "cursor", RECALLED_MARK, (int,))[0] if question.cursor else 0
    limit = min(question.limit, MOST)
    values: Json = {"limit": limit, "after": after, "srid": fixed().ground.srid, **source.values}
    in_box = ""
    if question.bbox is not None:
        values.update(zip(("west", "south", "east", "north"), storage_box(session, question.bbox), strict=True))
        in_box = IN_BOX
    statement = RECALLED.format(condition=source.condition, in_box=in_box)
    rows = session.connection().exec_driver_sql(statement, values).all()
    cursor = close_cursor(RECALLED_MARK, (rows[-1].id,)) if len(rows) == limit else None
    return _collection([feature_of_row(row) for row in rows], cursor)
