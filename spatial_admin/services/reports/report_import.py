"""The report of an import: the file, counts that add up, what was refused and why, what is wrong with what came in."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import NotFound
from spatial_admin.services.findings.list_findings import Narrowing
from spatial_admin.services.findings.words_of_finding import title_of
from spatial_admin.services.reports.compose_report import Report, Table, day, figure, finding_tables, records_table
from spatial_admin.services.reports.draw_sheet import draw_sheet
from spatial_admin.services.shared.run_sql import run_sql

MOST_REFUSED: Final = 1_000
BATCH: Final = """
SELECT b.*, a.email AS author, ST_XMin(e.envelope) AS west, ST_YMin(e.envelope) AS south, ST_XMax(e.envelope) AS east,
       ST_YMax(e.envelope) AS north
FROM import_batch AS b LEFT JOIN account AS a ON a.id = b.author_id LEFT JOIN edit AS e ON e.id = b.edit_id
WHERE b.id = %(batch)s
"""
BY_RULE: Final = """
SELECT rule, decision, count(*) AS rows FROM staged_parcel
WHERE batch = %(batch)s AND rule IS NOT NULL GROUP BY rule, decision ORDER BY rows DESC, rule
"""
REFUSED: Final = """
SELECT row, parcel_id, rule, decision, reason FROM staged_parcel
WHERE batch = %(batch)s AND decision IN ('quarantined', 'rejected') ORDER BY row LIMIT %(most)s
"""
OPENED: Final = """
SELECT rule, count(*) AS opened, count(*) FILTER (WHERE status = 'open') AS open,
       count(*) FILTER (WHERE status = 'accepted') AS accepted, count(*) FILTER (WHERE status = 'fixed') AS fixed
FROM finding WHERE opened_by = %(edit)s GROUP BY rule ORDER BY opened DESC, rule
"""


def report_import(session: Session, number: int) -> Report:
    """Raises NotFound."""
    rows = run_sql(session, BATCH, {"batch": number})
    if not rows:
        raise NotFound("import", str(number))
    batch = rows[0]
    refused = run_sql(session, REFUSED, {"batch": number, "most": MOST_REFUSED + 1})
    opened = run_sql(session, OPENED, {"edit": batch.edit_id or -1})
    findings, marked = finding_tables(session, Narrowing(batch=number))
    refused_rows = batch.features - batch.admitted
    facts = [
        ("File", batch.file_name),
        ("SHA-256", batch.sha256),
        ("CRS of the file", batch.source_crs),
        ("Begun", day(batch.begun_at)),
        ("State", batch.state),
        ("Author", batch.author or "command line"),
        ("Rows", f"{figure(batch.features)} = {figure(batch.admitted)} admitted + {figure(refused_rows)} refused"),
        ("Edit", batch.edit_id),
    ]
    tables = [
        Table(
            "Findings by rule",
            ("Rule", "Opened", "Open now", "Accepted", "Fixed"),
            [(title_of(row.rule), row.opened, row.open, row.accepted, row.fixed) for row in opened],
            empty="It opened no finding.",
        ),
        *findings,
        Table(
            "Refused by rule",
            ("Rule", "Decision", "Rows"),
            [(title_of(row.rule), row.decision, row.rows) for row in run_sql(session, BY_RULE, {"batch": number})],
            empty="No row was refused.",
        ),
        Table(
            "Refused rows",
            ("Row", "Parcel", "Rule", "Decision", "Reason"),
            [tuple(row) for row in refused[:MOST_REFUSED]],
            empty="No row was refused.",
            note=f"Only the first {figure(MOST_REFUSED)} are listed." if len(refused) > MOST_REFUSED else "",
        ),
        records_table(session, [batch.edit_id] if batch.edit_id else []),
    ]
    sheet = None
    if batch.west is not None:
        sheet = draw_sheet(session, (batch.west, batch.south, batch.east, batch.north), findings=marked)
    return Report(f"Import {number}", facts, tables, sheet, marked)
