"""What every report for paper is made of: facts, a drawing, tables; and the tables that several of them have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.findings.list_findings import MOST, Narrowing, Question, findings_of, list_findings
from spatial_admin.services.reports.draw_sheet import Sheet
from spatial_admin.services.shared.run_sql import run_sql

MOST_FINDINGS: Final = 500
MOST_RECORDS: Final = 200
MOST_STEPS: Final = 300
RECORDS: Final = """
SELECT DISTINCT r.id, r.type, r.number, r.title, r.effective_from, r.state
FROM record AS r JOIN edit AS e ON e.record_id = r.id WHERE e.id = ANY (%(edits)s::bigint[])
ORDER BY r.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain values; numbers are aligned by who shows it. `note` says what is left out."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = "None."
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: title, facts (label, value), a drawing, tables. Times are UTC."""

    title: str
    facts: Sequence[tuple[str, Any]]
    tables: Sequence[Table]
    sheet: Sheet | None = None
    findings: Sequence[int] = field(default=())  # numbers of those that the drawing marks


def figure(value: float, decimals: int = 0) -> str:
    """A number as the pages of the site write it: thousands apart by a narrow space."""
    return f"{value:,.{decimals}f}".replace(",", "\u202f")


def finding_tables(session: Session, narrowing: Narrowing) -> tuple[list[Table], list[int]]:
    """Open findings, and those accepted with the reason; with the numbers of both."""
    opened, more_open = _findings(session, narrowing, "open")
    accepted, more_accepted = _findings(session, narrowing, "accepted")
    tables = [
        Table(
            "Open findings",
            ("Finding", "Rule", "Severity", "Parcels", "Measure", "Since", "Assigned to"),
            [(*_what(one), day(one["opened_at"]), one["assignee"]) for one in opened],
            note=_first(MOST_FINDINGS, is_more=more_open),
        ),
        Table(
            "Accepted exceptions",
            ("Finding", "Rule", "Severity", "Parcels", "Measure", "Reason", "Record", "Until"),
            [(*_what(one), one["reason"], record_name(one["record"]), day(one["accepted_until"])) for one in accepted],
            note=_first(MOST_FINDINGS, is_more=more_accepted),
        ),
    ]
    return tables, [one["id"] for one in (*opened, *accepted)]


def findings_by_number(session: Session, ids: Sequence[int]) -> Table:
    """Findings in every status, with what became of them."""
    rows = [
        (*_what(one), one["status"], one["reason"], record_name(one["record"]), day(one["opened_at"]))
        for one in findings_of(session, ids)
    ]
    headings = ("Finding", "Rule", "Severity", "Parcels", "Measure", "Status", "Reason", "Record", "Since")
    return Table("Findings", headings, rows)


def records_table(session: Session, edits: Sequence[int]) -> Table:
    """The records that edits rest on."""
    rows = run_sql(session, RECORDS, {"edits": list(edits), "most": MOST_RECORDS + 1})
    return Table(
        "Records",
        ("Record", "Number", "Title", "Effective from", "State"),
        [
            (row.type, row.number or row.id, row.title, day(row.effective_from), row.state)
            for row in rows[:MOST_RECORDS]
        ],
        note=_first(MOST_RECORDS, is_more=len(rows) > MOST_RECORDS),
    )


def lineage_table(steps: Sequence[Json], *, is_more: bool) -> Table:
    """Steps of lineage, as trace_lineage and the reports read them."""
    rows = [
        (day(step["at"]), step["kind"], step["parent"], step["child"], step["edit_id"], step["comment"])
        for step in steps
    ]
    headings = ("Day", "What", "From", "To", "Edit", "Reason")
    return Table(
        "Lineage", headings, rows, empty="No parcel came out of another one.", note=_first(len(rows), is_more=is_more)
    )


def record_name(record: Json | None) -> str | None:
    """`plat 2024/17`."""
    return f"{record['type']} {record['number'] or record['id']}" if record else None


def day(moment: Any) -> str | None:
    """The day of a time, however it is given."""
    if moment is None:
        return None
    return str(moment.date() if isinstance(moment, datetime) else moment)[:10]


def _what(finding: Json) -> tuple[Any, ...]:
    numbers = finding["numbers"]
    shown = ", ".join(numbers[:6]) + (f" and {len(numbers) - 6} more" if len(numbers) > 6 else "")
    return finding["id"], finding["title"], finding["severity"], shown, finding["measure_text"]


def _findings(session: Session, narrowing: Narrowing, status: str) -> tuple[list[Json], bool]:
    """The worst of a status, and whether there are more."""
    chosen = Narrowing(
        status, narrowing.rules, narrowing.severity, narrowing.assignee, narrowing.batch, narrowing.is_disputed,
        narrowing.bbox,
    )  # fmt: skip
    found: list[Json] = []
    cursor = None
    while len(found) < MOST_FINDINGS:
        page = list_findings(session, Question(chosen, sort="worst", limit=MOST, cursor=cursor))
        found += page["findings"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found[:MOST_FINDINGS], len(found) > MOST_FINDINGS
    return found[:MOST_FINDINGS], True


def _first(shown: int, *, is_more: bool) -> str:
    return f"Only the first {figure(shown)} are listed." if is_more else ""
