"""Statements of review: queues of findings in every order, one finding, steps, counts, disputed boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Executable, func, text
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.models import STORAGE_SRID, Finding
from spatial_admin.services.database.named_queries import NamedQuery
from spatial_admin.services.findings.dispute_boundary import BEFORE_ALL, OF_PARCEL, SHOWN
from spatial_admin.services.findings.list_findings import NEWEST_FIRST, ORDERS, Narrowing, conditions
from spatial_admin.services.findings.summarize_findings import counting, counting_days
from spatial_admin.services.shared.read_page import beyond, gathering, walking

SIZE: Final = 50
COUNTED: Final = "counts what is open, of one narrow table, for a page that is looked at now and then"
ONE_BY_ONE: Final = "looks at open findings one by one until a page is full: each by its first parcel's key"
STEP: Final = {"reason": "x", "record": None, "until": None, "account": 1, "what": "accepted", "approved_by": None}


def _found(session: Session, **narrowed: Any) -> Any:
    return conditions(session, Narrowing(**narrowed))


def _findings(session: Session, sample: Json) -> Executable:
    box = func.ST_MakeEnvelope(sample["west"], sample["south"], sample["east"], sample["north"], STORAGE_SRID)
    return gathering([*_found(session, status="open"), Finding.place.op("&&")(box)], NEWEST_FIRST, SIZE)


def _rare_findings(session: Session, _sample: Json) -> Executable:
    return gathering(_found(session, status="accepted", rules=["overlap"]), NEWEST_FIRST, SIZE)


def _findings_of(session: Session, sample: Json) -> Executable:
    return gathering([Finding.assignee_id == sample["author_id"], *_found(session, status="open")], NEWEST_FIRST, SIZE)


def _findings_on_disputed(session: Session, _sample: Json) -> Executable:
    return gathering(_found(session, status="open", is_disputed=True), NEWEST_FIRST, SIZE)


def _disputes(_session: Session, sample: Json) -> Executable:
    statement = text(SHOWN.format(condition=OF_PARCEL).replace("%(", ":").replace(")s", ""))
    return statement.bindparams(name=sample["name"], before=BEFORE_ALL, limit=51)


def _findings_page(name: str, status: str | None, *, is_later: bool) -> Any:
    order = ORDERS[name]

    def build(session: Session, sample: Json) -> Executable:
        here: dict[str, list[Any]] = {"worst": [1e9], "rule": ["overlap"]}
        begins = beyond(
            order.terms, [*here.get(name, []), sample["finding"]], "after", is_above=not order.is_descending
        )
        return walking(_found(session, status=status), begins if is_later else [], order, SIZE)

    return build


def _findings_pages() -> Iterator[NamedQuery]:
    for name in ORDERS:
        for status in ("open", None):
            for is_later in (False, True):
                form = f"{name}, {status or 'any'}, {'next page' if is_later else 'first page'}"
                build = _findings_page(name, status, is_later=is_later)
                yield NamedQuery(f"list_findings.conditions ({form})", f"Findings, {name} first.", build)


QUERIES: Final = (
    NamedQuery("list_findings.ROWS", "Findings of a page."),
    NamedQuery("list_findings.conditions (in a box)", "Open findings of a box.", _findings),
    NamedQuery("list_findings.conditions (few)", "Findings of a rule in a status.", _rare_findings),
    NamedQuery("list_findings.conditions (of a person)", "What somebody has.", _findings_of),
    NamedQuery("list_findings.conditions (disputed)", "Findings on disputed boundaries.", _findings_on_disputed),
    NamedQuery("list_findings.conditions (of an age)", "Open findings that are some weeks old.",
               lambda session, _sample: gathering(_found(session, status="open", age="8-30"), NEWEST_FIRST, SIZE)),
    NamedQuery("list_findings.conditions (of an area)", "Open findings of a zoning district.",
               lambda session, _sample: gathering(
                   _found(session, status="open", area=("district", "R1")), NEWEST_FIRST, SIZE), whole=ONE_BY_ONE),
    *_findings_pages(),
    NamedQuery("show_finding.PLACE", "Place and parcels of a finding."),
    NamedQuery("show_finding.EVENTS", "What happened to a finding."),
    NamedQuery("show_finding.PARCELS", "Parcels of a finding and the records that they rest on.", values={"most": 5}),
    NamedQuery("summarize_findings.counting", "What is open, by rule, severity and age.",
               lambda _session, _sample: counting([], 1, datetime.now(UTC)), whole=COUNTED),
    NamedQuery("summarize_findings.counting_days", "What was opened and fixed, day by day.",
               lambda _session, _sample: counting_days([], datetime.now(UTC)), whole=COUNTED),
    NamedQuery("review_findings.STANDING", "Findings that are proposed to be accepted."),
    NamedQuery("review_findings.CURRENT", "Findings of a step of review.", is_edit=True),
    NamedQuery("review_findings.LAST_STEP", "What was done last to findings.", is_edit=True),
    NamedQuery("review_findings.ACCEPT", "Findings are accepted.", is_edit=True, values=STEP),
    NamedQuery("review_findings.ASSIGN", "Findings are given to somebody.", is_edit=True, values=STEP),
    NamedQuery("review_findings.REOPEN", "Findings are opened again.", is_edit=True, values=STEP),
    NamedQuery("review_findings.NOTE", "What was done to findings is noted.", is_edit=True, values=STEP),
    NamedQuery("name_disputes.IN_REGIONS", "Disputed boundaries where an edit changes something.", is_edit=True,
               values={"wests": [0.0], "souths": [0.0], "easts": [0.001], "norths": [0.001], "srid": STORAGE_SRID}),
    NamedQuery("dispute_boundary.SHOWN", "Disputes that go on, of a parcel.", _disputes),
    NamedQuery("dispute_boundary.INSERT_OF_FINDING", "The place of a finding is disputed.", values=STEP),
    NamedQuery("show_finding.OUTLINES", "The parcels of a finding, drawn.", values={"most": 2_000}),
    NamedQuery("review_findings.ENDED", "Acceptances whose day has come.", is_edit=True, values={"most": 500}),
)  # fmt: skip
