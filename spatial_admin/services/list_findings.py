"""Findings, newest first: by status, rule and box; pages by cursor, nothing counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json
from spatial_admin.models import STORAGE_SRID, Finding
from spatial_admin.services.describe_coverage import storage_box
from spatial_admin.services.name_references import parcels_of
from spatial_admin.services.read_page import Order, Place, read_page

MOST: Final = 200
LONGEST_NUMBER: Final = 18  # digits that a bigint holds, whatever they are
NEWEST_FIRST: Final = Order("id", Finding.id, is_descending=True)
# Findings of a page in its order; of a stack as many parcels as there are.
ROWS: Final = """
SELECT f.id, f.rule, f.severity, f.status, f.parcels, f.measure, f.opened_at, f.changed_at, f.opened_by, f.closed_by,
       f.reason, f.accepted_until, a.email AS assignee, ST_AsGeoJSON(ST_Transform(f.place, 4326), 9)::json AS place
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS found (id, n) JOIN finding AS f ON f.id = found.id
LEFT JOIN account AS a ON a.id = f.assignee_id ORDER BY found.n
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for; `bbox` is lon/lat."""

    status: str | None = None
    rule: str | None = None
    bbox: Box | None = None
    limit: int = 50
    cursor: str | None = None


def list_findings(session: Session, question: Question) -> Json:
    """`findings`, and `next_cursor` (null at the end); parcels by permanent id. Refuses a cursor that is none."""
    box = None if question.bbox is None else storage_box(session, question.bbox)
    place = Place("after", question.cursor, "cursor") if question.cursor else Place()
    size = min(question.limit, MOST)
    page = read_page(session, conditions(question.status, question.rule, box), NEWEST_FIRST, place, size)
    rows = session.connection().exec_driver_sql(ROWS, {"ids": list(page.keys)}).all() if page.keys else []
    return {"findings": _described(session, rows), "next_cursor": page.next}


def finding_named(session: Session, name: str) -> Json | None:
    """The finding of a number as an address gives it, in the same form; None where there is none."""
    if not (name.isascii() and name.isdigit() and len(name) <= LONGEST_NUMBER):
        return None
    rows = session.connection().exec_driver_sql(ROWS, {"ids": [int(name)]}).all()
    return _described(session, rows)[0] if rows else None


def conditions(status: str | None, rule: str | None, box: Box | None) -> list[ColumnElement[bool]]:
    """Conditions on status, rule and a box (storage coordinates)."""
    found: list[ColumnElement[bool]] = []
    if status is not None:
        found.append(Finding.status == status)
    if rule is not None:
        found.append(Finding.rule == rule)
    if box is not None:
        found.append(Finding.place.op("&&")(func.ST_MakeEnvelope(*box, STORAGE_SRID)))
    return found


def _described(session: Session, rows: Sequence[Any]) -> list[Json]:
    names = parcels_of(session, {number for row in rows for number in row.parcels})
    moments = ("opened_at", "changed_at", "accepted_until")
    return [
        {
            **row._mapping,
            **{name: moment.isoformat() if (moment := getattr(row, name)) else None for name in moments},
            "parcels": [names[number][0] for number in row.parcels if number in names],
        }
        for row in rows
    ]
