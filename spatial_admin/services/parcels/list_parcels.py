"""Pages of parcels: by id, number or area, or the best match of words first; narrowed by state, level, kind, place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, LargeBinary, Row, Text, and_, bindparam, func, or_
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.models import STORAGE_SRID
from spatial_admin.services.parcels.describe_coverage import storage_box
from spatial_admin.services.parcels.draw_thumbnails import DRAWINGS, drawing_values
from spatial_admin.services.parcels.search_parcels import lower_id, lower_number, search_parcels
from spatial_admin.services.shared.kept_statements import Conditions
from spatial_admin.services.shared.match_words import PARCEL
from spatial_admin.services.shared.read_page import Order, Page, Place, read_page

STATES: Final = ("current", "retired", "any")
# What a list can be ordered by: each has an index. More would cost every edit (docs/lists.md).
EXPRESSIONS: Final = {"parcel_id": lower_id, "number": lower_number, "area_m2": PARCEL.area_m2}
# What a page shows of its parcels, with a small drawing and the sides of the box around the transformed envelope, as
# members of a JSON array: never a geometry.
SHOWN: Final = ", parcel_id, number, level, kind, address, area_m2, version, begin_lifespan_version"
SIDES: Final = ("box_west", "box_south", "box_east", "box_north")
SIDES_OF: Final = "concat_ws(',', ST_XMin({box}), ST_YMin({box}), ST_XMax({box}), ST_YMax({box}))"
LONLAT: Final = f"""
CASE WHEN %(srid)s = 4326 THEN {SIDES_OF.format(box="box")}
     ELSE (SELECT {SIDES_OF.format(box="lonlat")}
           FROM ST_Transform(ST_MakeEnvelope(ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), %(srid)s), 4326)
                AS lonlat) END AS lonlat"""
# The codes of its zoning districts, the largest share first; with the rows, for a page never asks row by row.
ZONING: Final = """
(SELECT string_agg(code, ', ' ORDER BY share DESC, code)
 FROM (SELECT z.code, sum(s.share) AS share FROM parcel_zoning AS s JOIN zoning_district AS z ON z.id = s.district
       WHERE s.parcel = simple.id GROUP BY z.code) AS by_code) AS zoning"""
ROWS: Final = DRAWINGS.format(table="parcel", columns=SHOWN, shown=f"{SHOWN}, {ZONING}, {LONLAT}")


@dataclass(frozen=True, slots=True)
class ParcelPage:
    """The parcels of a page in its order, each with what ROWS reads of it, and the page itself."""

    rows: Sequence[Row[Any]]
    page: Page


def parcel_order(name: str, *, is_descending: bool = False) -> Order:
    """The order by one of EXPRESSIONS."""
    return Order(name, PARCEL.id, EXPRESSIONS[name], is_descending)


def matching(
    state: str = "current", level: str = "", kind: str = "", box: Box | None = None, polygon: bytes | None = None
) -> Conditions:
    """Conditions on state, level, kind, a box and a polygon (WKB); both in storage coordinates."""
    values: dict[str, Any] = {name: value for name, value in (("level", level), ("kind", kind)) if value}
    if box is not None:
        values |= zip(SIDES, box, strict=True)
    if polygon is not None:
        values["polygon"] = polygon
    is_any = state == "any" and not values
    return Conditions(None if is_any else lambda: _conditions(state, values), (state, *values), values)


def _conditions(state: str, values: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    ended = PARCEL.end_lifespan_version
    of_state = {"current": [ended.is_(None)], "retired": [ended.is_not(None)], "any": []}
    found: list[ColumnElement[bool]] = list(of_state[state])
    found += [PARCEL[name] == bindparam(name, values[name], Text) for name in ("level", "kind") if name in values]
    meeting: list[ColumnElement[bool]] = []
    if SIDES[0] in values:
        envelope = func.ST_MakeEnvelope(*(bindparam(name, values[name], Float) for name in SIDES), STORAGE_SRID)
        meeting.append(PARCEL.geom.op("&&")(envelope))
    if "polygon" in values:  # found by the envelopes
        shape = func.ST_GeomFromWKB(bindparam("polygon", values["polygon"], LargeBinary), STORAGE_SRID)
        meeting.append(and_(PARCEL.geom.op("&&")(shape), func.ST_Intersects(PARCEL.geom, shape)))
    # The index of boundaries holds current parcels only; the few retired ones have one of their own.
    found += [
        or_(and_(ended.is_(None), meets), and_(ended.is_not(None), meets)) if state == "any" else meets
        for meets in meeting
    ]
    return found


def list_parcels(
    session: Session,
    conditions: Conditions,
    order: Order,
    place: Place,
    *,
    size: int,
    words: str | None = None,
) -> ParcelPage:
    """A page of at most `size` parcels, without their geometry. Words put the best match first, whatever the order.

    BadRequest for a cursor that is no place in this list.
    """
    if words:
        page = search_parcels(session, words, conditions, place, size)
    else:
        page = read_page(session, conditions, order, place, size)
    return ParcelPage(rows_in_order(session, page.keys), page)


def rows_in_order(session: Session, ids: Sequence[int]) -> list[Row[Any]]:
    """What a page shows of parcels by internal id, in the order of the ids."""
    if not ids:
        return []
    values = {**drawing_values(ids), "srid": STORAGE_SRID}
    found = {row.id: row for row in session.connection().exec_driver_sql(ROWS, values)}
    return [found[number] for number in ids if number in found]


def box_in_storage(session: Session, lonlat: Box | None) -> Box | None:
    """The storage box around a lon/lat box; None where there is none."""
    return None if lonlat is None else storage_box(session, lonlat)
