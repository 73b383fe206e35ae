"""Findings in numbers: what is open, by rule, severity and age, what was opened and fixed day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.models import Finding, FindingEvent
from spatial_admin.models.finding import SEVERITIES
from spatial_admin.services.findings.list_findings import AGES, Narrowing, conditions
from spatial_admin.services.findings.words_of_finding import title_of
from spatial_admin.services.shared.run_sql import run_sql

DAYS: Final = 90
OPENING: Final = ("opened", "reopened")
STEPS: Final = (*OPENING, "accepted", "fixed")
LAST_SCAN: Final = """
SELECT id, ended_at, parcels, extract(epoch FROM ended_at - begun_at) AS seconds
FROM scan WHERE state = 'done' ORDER BY id DESC LIMIT 1
"""


def summarize_findings(session: Session, narrowing: Narrowing, account_id: int | None) -> Json:
    """`{open, yours, accepted, fixed_this_week, by_rule, by_severity, by_age, trend, last_scan}` of what is narrowed
    to; the status is not looked at. `fixed_this_week`: in the last seven days. `trend`: 90 days (UTC), the last is
    today.
    """
    narrowed = conditions(session, replace(narrowing, status=None))
    now = datetime.now(UTC)
    rows = session.execute(counting(narrowed, account_id, now)).all()
    opened = [row for row in rows if row.status == "open"]
    days = session.execute(counting_days(narrowed, now)).all()
    open_now = sum(row.many for row in opened)
    scan = next(iter(run_sql(session, LAST_SCAN)), None)
    rules = sorted({row.rule for row in opened}, key=lambda rule: (-_sum(opened, "rule", rule), rule))
    return {
        "open": open_now,
        "yours": sum(row.many for row in opened if row.is_mine),
        "accepted": sum(row.many for row in rows if row.status == "accepted"),
        "fixed_this_week": sum(int(row.fixed) for row in days if row.day > now.date() - timedelta(days=7)),
        "by_rule": [{"rule": rule, "title": title_of(rule), "count": _sum(opened, "rule", rule)} for rule in rules],
        "by_severity": [{"severity": one, "count": _sum(opened, "severity", one)} for one in SEVERITIES],
        "by_age": [{"age": age, "label": AGES[age][0], "count": _sum(opened, "age", n)} for n, age in enumerate(AGES)],
        "trend": _trend({row.day: row for row in days}, open_now, now.date()),
        "last_scan": None
        if scan is None
        else {
            "id": scan.id,
            "ended_at": scan.ended_at.isoformat(),
            "parcels": scan.parcels,
            "seconds": round(float(scan.seconds), 1),
        },
    }


def counting(narrowed: list[ColumnElement[bool]], account_id: int | None, now: datetime) -> Select[Any]:
    """The statement that counts what is not fixed, by all that is told of it, in one pass."""
    ages = [(Finding.opened_at > now - timedelta(days=most), n) for n, (_, _, most) in enumerate(AGES.values()) if most]
    mine = literal(False) if account_id is None else Finding.assignee_id == account_id
    columns = (
        Finding.status,
        Finding.rule,
        Finding.severity,
        func.coalesce(mine, False).label("is_mine"),
        case(*ages, else_=len(AGES) - 1).label("age"),
    )
    kept = select(*columns).where(Finding.status.in_(("open", "accepted")), *narrowed).subquery("kept")
    return select(*kept.c, func.count().label("many")).group_by(*kept.c)


def counting_days(narrowed: list[ColumnElement[bool]], now: datetime) -> Select[Any]:
    """The statement that counts steps by day: opened, fixed, and by how many more were open at its end.

    A step counts by what it changes: an accepted finding that is fixed, or accepted anew, was not open before. What the
    step before was is looked for within these days, and only of the few findings that were accepted in them.
    """
    since = datetime.combine(now.date() - timedelta(days=DAYS - 1), datetime.min.time(), UTC)
    what, zero = FindingEvent.what, literal_column("0", Integer)
    chosen = [FindingEvent.at >= since, what.in_(STEPS)]
    day = cast(func.timezone("UTC", FindingEvent.at), Date).label("day")
    opens = what.in_(OPENING)

    def narrow(statement: Any) -> Any:
        return statement.join(Finding, Finding.id == FindingEvent.finding).where(*narrowed) if narrowed else statement

    plain = narrow(
        select(
            day,
            func.count().filter(opens).label("opened"),
            func.count().filter(what == "fixed").label("fixed"),
            func.sum(case((opens, 1), else_=-1)).label("change"),
        ).where(*chosen)
    ).group_by(literal_column("1"))
    accepted = select(FindingEvent.finding).where(FindingEvent.at >= since, what == "accepted")
    before = func.lag(what).over(partition_by=FindingEvent.finding, order_by=FindingEvent.id)
    steps = select(day, what, before.label("was")).where(*chosen, FindingEvent.finding.in_(accepted))
    step = narrow(steps).subquery("step")
    again = select(step.c.day, zero, zero, func.count()).where(step.c.was == "accepted", step.c.what.not_in(OPENING))
    both = plain.union_all(again.group_by(step.c.day)).subquery("counted")
    sums = [func.sum(both.c[name]).label(name) for name in ("opened", "fixed", "change")]
    return select(both.c.day, *sums).group_by(both.c.day)


def _sum(rows: list[Any], name: str, value: object) -> int:
    return sum(row.many for row in rows if getattr(row, name) == value)


def _trend(days: dict[date, Any], open_now: int, today: date) -> list[Json]:
    """Backwards from what is open now."""
    found: list[Json] = []
    still = open_now
    for number in range(DAYS):
        day = today - timedelta(days=number)
        row = days.get(day)
        found.append(
            {
                "day": day.isoformat(),
                "open": max(0, still),
                "opened": int(row.opened) if row else 0,
                "fixed": int(row.fixed) if row else 0,
            }
        )
        still -= int(row.change) if row else 0
    return found[::-1]
