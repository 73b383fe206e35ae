"""Findings by what they are, whose they are and where they lie; pages by cursor in four orders, nothing counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Double, Text, func, literal, literal_column
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest, Json
from spatial_admin.models import STORAGE_SRID, Finding
from spatial_admin.models.finding import BADNESS
from spatial_admin.services.findings.words_of_finding import measure_text, title_of
from spatial_admin.services.parcels.describe_coverage import storage_box
from spatial_admin.services.shared.name_references import parcels_of
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.read_page import Order, Place, read_page
from spatial_admin.services.shared.run_sql import run_sql

MOST: Final = 200
LONGEST_NUMBER: Final = 18  # digits that a bigint holds, whatever they are
NEWEST_FIRST: Final = Order("id", Finding.id, is_descending=True)
# The number of a finding tells when it was opened.
ORDERS: Final = {
    "newest": NEWEST_FIRST,
    "oldest": Order("id", Finding.id),
    "worst": Order("badness", Finding.id, literal_column(BADNESS, Double), is_descending=True),
    "rule": Order("rule", Finding.id, Finding.rule),
}
# How long ago a finding was first found, in days: more than the first number, at most the second.
AGES: Final = {
    "to-1": ("up to 1 day", 0, 1),
    "2-7": ("2 to 7 days", 1, 7),
    "8-30": ("8 to 30 days", 7, 30),
    "31-90": ("31 to 90 days", 30, 90),
    "over-90": ("older", 90, None),
}
# The area of a finding is that of its first parcel: the zoning district of which it has most, else its level.
DISTRICT_OF: Final = """
(SELECT z.district FROM parcel_zoning AS z WHERE z.parcel = {parcel} ORDER BY z.share DESC, z.district LIMIT 1)
"""
CODE_OF_DISTRICT: Final = f"""
(SELECT d.code FROM zoning_district AS d WHERE d.id = {DISTRICT_OF.format(parcel="finding.parcels[1]")})
"""
LEVEL_OF_UNZONED: Final = f"""
(SELECT p.level FROM parcel AS p
 WHERE p.id = finding.parcels[1] AND {DISTRICT_OF.format(parcel="finding.parcels[1]")} IS NULL)
"""
AREAS: Final = {"district": CODE_OF_DISTRICT, "level": LEVEL_OF_UNZONED}
# A finding lies on a disputed boundary where it concerns one of its parcels and touches it, to a centimetre.
NEAR_M: Final = 0.01
ON_DISPUTED: Final = """
d.ended_at IS NULL AND d.parcels && f.parcels AND f.place && ST_Expand(d.place, {near})
AND ST_DWithin(d.place, f.place, {near})
"""
# Findings of a page in its order; of a stack as many parcels as there are.
ROWS: Final = f"""
SELECT f.id, f.rule, f.severity, f.status, f.parcels, f.measure, f.opened_at, f.changed_at, f.opened_by, f.closed_by,
       f.reason, f.accepted_until, a.email AS assignee, ST_AsGeoJSON(at.lonlat, 9)::json AS place,
       CASE WHEN at.lonlat IS NOT NULL THEN json_build_array(ST_XMin(at.lonlat), ST_YMin(at.lonlat),
         ST_XMax(at.lonlat), ST_YMax(at.lonlat)) END AS bbox,
       CASE WHEN r.id IS NOT NULL THEN json_build_object('id', r.id, 'type', r.type, 'number', r.number) END AS record,
       -- Somebody has proposed to accept it or to declare its land open: the oldest draft that waits for another.
       (SELECT json_build_object('draft_id', w.id, 'by', o.email, 'since', w.changed_at, 'nature', w.nature)
        FROM draft AS w JOIN account AS o ON o.id = w.owner_id
        WHERE w.state = 'submitted' AND w.findings @> ARRAY[f.id] ORDER BY w.id LIMIT 1) AS waiting,
       EXISTS (SELECT FROM disputed_boundary AS d WHERE {ON_DISPUTED.format(near="%(near)s")}) AS disputed
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS found (id, n) JOIN finding AS f ON f.id = found.id
LEFT JOIN account AS a ON a.id = f.assignee_id LEFT JOIN record AS r ON r.id = f.record_id
CROSS JOIN LATERAL (SELECT ST_Transform(f.place, 4326) AS lonlat) AS at ORDER BY found.n
"""
# From the few disputed boundaries to what lies on them.
DISPUTED: Final = f"""
finding.id IN (SELECT f.id FROM disputed_boundary AS d JOIN finding AS f ON {ON_DISPUTED})
"""
EDIT_OF_IMPORT: Final = "SELECT edit_id FROM import_batch WHERE id = %(batch)s"
ACCOUNT_OF: Final = "SELECT id FROM account WHERE email = %(email)s"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What to look for; `bbox` is lon/lat, `assignee` an email or `none`, `batch` an import, `age` of AGES, `area` a
    kind of AREAS with the code of the district, or of the level of parcels that lie in none.
    """

    status: str | None = None
    rules: Sequence[str] = ()
    severity: str | None = None
    assignee: str | None = None
    batch: int | None = None
    is_disputed: bool = False
    bbox: Box | None = None
    age: str | None = None
    area: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for, in which order, and which page of it."""

    narrowing: Narrowing = Narrowing()
    sort: str = "newest"
    limit: int = 50
    cursor: str | None = None


def list_findings(session: Session, question: Question) -> Json:
    """`findings`, and `next_cursor` (null at the end); parcels by permanent id. Refuses a cursor that is none."""
    place = Place("after", question.cursor, "cursor") if question.cursor else Place()
    size = min(question.limit, MOST)
    narrowed = conditions(session, question.narrowing)
    page = read_page(session, narrowed, ORDERS[question.sort], place, size)
    return {"findings": findings_of(session, page.keys), "next_cursor": page.next}


def findings_of(session: Session, ids: Sequence[int]) -> list[Json]:
    """Findings by number, in this order; those that there are not are left out."""
    if not ids:
        return []
    return _described(session, run_sql(session, ROWS, {"ids": list(ids), "near": near_in_storage()}))


def finding_named(session: Session, name: str) -> Json | None:
    """The finding of a number as an address gives it, in the same form; None where there is none."""
    if not (name.isascii() and name.isdigit() and len(name) <= LONGEST_NUMBER):
        return None
    found = findings_of(session, [int(name)])
    return found[0] if found else None


def conditions(session: Session, narrowing: Narrowing) -> list[ColumnElement[bool]]:
    """Conditions on findings; BadRequest for an import or a person that there is not."""
    found: list[ColumnElement[bool]] = []
    if narrowing.status is not None:
        found.append(Finding.status == narrowing.status)
    if narrowing.rules:
        found.append(Finding.rule.in_(narrowing.rules))
    if narrowing.severity is not None:
        found.append(Finding.severity == narrowing.severity)
    if narrowing.assignee is not None:
        found.append(_given_to(session, narrowing.assignee))
    if narrowing.batch is not None:
        found.append(_of_import(session, narrowing.batch))
    if narrowing.age is not None:
        found += is_of_age(narrowing.age)
    if narrowing.area is not None:
        kind, code = narrowing.area
        found.append(literal(code) == literal_column(AREAS[kind], Text))
    if narrowing.is_disputed:
        found.append(lies_on_disputed())
    if narrowing.bbox is not None:
        box = storage_box(session, narrowing.bbox)
        found.append(Finding.place.op("&&")(func.ST_MakeEnvelope(*box, STORAGE_SRID)))
    return found


def is_of_age(age: str, now: datetime | None = None) -> list[ColumnElement[bool]]:
    """Was a finding first found so long ago?"""
    _, least, most = AGES[age]
    now = now or datetime.now(UTC)
    young = [] if most is None else [Finding.opened_at > now - timedelta(days=most)]
    return [*young, *([Finding.opened_at <= now - timedelta(days=least)] if least else [])]


def lies_on_disputed() -> ColumnElement[bool]:
    """Does a finding lie on a boundary that is disputed?"""
    return literal_column(DISPUTED.format(near=repr(near_in_storage())), Boolean)


def near_in_storage() -> float:
    """The distance up to which a finding lies on a boundary, in storage units."""
    ground = deployment_ground()
    return NEAR_M / 100_000 if ground.is_geographic else NEAR_M / ground.metres_per_unit


def _given_to(session: Session, assignee: str) -> ColumnElement[bool]:
    if assignee == "none":
        return Finding.assignee_id.is_(None)
    rows = run_sql(session, ACCOUNT_OF, {"email": assignee.strip().lower()})
    if not rows:
        raise BadRequest("assignee", f"nobody has the account {assignee[:100]}; give me, none or an email")
    return Finding.assignee_id == int(rows[0].id)


def _of_import(session: Session, batch: int) -> ColumnElement[bool]:
    rows = run_sql(session, EDIT_OF_IMPORT, {"batch": batch})
    if not rows:
        raise BadRequest("batch", f"there is no import {batch}; Admin › Imports lists them")
    # An import that has not got to its edit has opened nothing.
    return Finding.opened_by == (rows[0].edit_id or -1)


def _described(session: Session, rows: Sequence[Any]) -> list[Json]:
    names = parcels_of(session, {number for row in rows for number in row.parcels})
    moments = ("opened_at", "changed_at", "accepted_until")
    now = datetime.now(UTC)
    found = []
    for row in rows:
        known = [names[number] for number in row.parcels if number in names]
        # What was said when it was accepted is no reason any more once it is open again.
        is_open = row.status == "open"
        found.append(
            {
                **row._mapping,
                **{name: moment.isoformat() if (moment := getattr(row, name)) else None for name in moments},
                **({"reason": None, "record": None, "accepted_until": None} if is_open else {}),
                "title": title_of(row.rule),
                "measure_text": measure_text(row.rule, row.measure),
                "parcels": [name for name, _ in known],
                "numbers": [number or name for name, number in known],
                "age_days": max(0, (now - row.opened_at).days),
            }
        )
    return found
