"""Findings by month and rule: what was opened, fixed and accepted in it, and what was open at its end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.services.shared.run_sql import run_sql

# A step counts by what it changes: an accepted finding that is fixed was not open before.
STEPS: Final = """
SELECT month, rule, count(*) FILTER (WHERE opens) AS opened, count(*) FILTER (WHERE what = 'fixed') AS fixed,
       count(*) FILTER (WHERE what = 'accepted') AS accepted,
       sum(CASE WHEN opens THEN (was_open IS NOT TRUE)::int ELSE -(was_open IS TRUE)::int END)::bigint AS change
FROM (SELECT date_trunc('month', e.at AT TIME ZONE 'UTC')::date AS month, f.rule, e.what,
             e.what IN ('opened', 'reopened') AS opens,
             lag(e.what) OVER (PARTITION BY e.finding ORDER BY e.id) IN ('opened', 'reopened') AS was_open
      FROM finding_event AS e JOIN finding AS f ON f.id = e.finding
      WHERE e.what IN ('opened', 'reopened', 'accepted', 'fixed')) AS step
GROUP BY month, rule ORDER BY month, rule
"""


@dataclass(frozen=True, slots=True)
class Month:
    """The counts of a rule in a month (UTC), which is named by its first day."""

    month: date
    rule: str
    opened: int
    fixed: int
    accepted: int
    open: int


def count_months(session: Session, today: date | None = None) -> list[Month]:
    """Every month from the first finding to today, the newest first; of each, the rules of which there is something."""
    rows = {(row.month, row.rule): row for row in run_sql(session, STEPS)}
    if not rows:
        return []
    last = (today or datetime.now(UTC).date()).replace(day=1)
    rules = sorted({rule for _, rule in rows})
    still: defaultdict[str, int] = defaultdict(int)
    found: list[list[Month]] = []
    month = min(month for month, _ in rows)
    while month <= last:
        counted = []
        for rule in rules:
            row = rows.get((month, rule))
            still[rule] += int(row.change) if row else 0
            if row or still[rule]:
                opened, fixed, accepted = (row.opened, row.fixed, row.accepted) if row else (0, 0, 0)
                counted.append(Month(month, rule, opened, fixed, accepted, still[rule]))
        found.append(counted)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return [one for counted in reversed(found) for one in counted]
