"""Jobs, newest first, page by page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.models import Account, JobRun
from spatial_admin.services.jobs.show_job import summary_of, visible_to
from spatial_admin.services.shared.name_references import emails_of


def list_jobs(
    session: Session, account: Account | None, *, state: str | None = None, limit: int = 50, before: int | None = None
) -> Json:
    """`{jobs, next_cursor}` of what the account may see; `before` is the number of the last job of the page before."""
    statement = select(JobRun).where(visible_to(account))
    if state is not None:
        statement = statement.where(JobRun.state == state)
    if before is not None:
        statement = statement.where(JobRun.id < before)
    rows = list(session.scalars(statement.order_by(JobRun.id.desc()).limit(limit + 1)))
    page = rows[:limit]
    emails = emails_of(session, [job.asked_by for job in page])
    return {
        "jobs": [summary_of(job, emails) for job in page],
        "next_cursor": page[-1].id if len(rows) > limit else None,
    }
