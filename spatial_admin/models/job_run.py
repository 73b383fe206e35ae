"""Jobs as people see them: one row a job, whatever the queue that carries it does with its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base

JOB_STATES = ("waiting", "running", "done", "failed", "cancelled")


class JobRun(Base):
    """Long work that somebody asked for: how far it is, and what came of it."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(), primary_key=True, comment="internal identity, shown to people"
    )
    # No foreign key: the queue deletes its row when the work has ended.
    queue_id: Mapped[int | None] = mapped_column(BigInteger, comment="procrastinate_jobs.id, while it is queued")
    kind: Mapped[str] = mapped_column(Text, comment="which work: edit")
    state: Mapped[str] = mapped_column(
        Text, server_default=text("'waiting'"), comment="waiting, running, done, failed or cancelled"
    )
    asked_by: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), comment="account.id; null from the command line"
    )
    asked_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was asked for"
    )
    started_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), comment="begin of the attempt that runs or ended it"
    )
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), comment="end")
    cancel_asked_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), comment="when somebody asked it to stop"
    )
    done: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), comment="units of work done")
    total: Mapped[int | None] = mapped_column(BigInteger, comment="units of work in all; null while unknown")
    unit: Mapped[str | None] = mapped_column(Text, comment="what a unit is: operations, rows ...")
    message: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="what it is doing, in words")
    per_second: Mapped[float | None] = mapped_column(comment="units a second over the last minute of its step")
    reported_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), comment="when the worker last said how far it is"
    )
    attempts: Mapped[int] = mapped_column(
        server_default=text("0"), comment="times it was begun; only the newest attempt may write here"
    )
    deaths: Mapped[int] = mapped_column(server_default=text("0"), comment="workers that died while they ran it")
    edit_key: Mapped[UUID | None] = mapped_column(comment="key of the edit it makes")
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary, comment="sha256 of the canonical request")
    # Text and not jsonb, which writes 1e300 and -0.0 otherwise: a repetition would look like another request.
    request: Mapped[str | None] = mapped_column(Text, comment="JSON as it was sent; emptied at the end", deferred=True)
    result: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="what came of it, such as the receipt of an edit", deferred=True
    )
    problem: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="why nothing came of it: members of an RFC 9457 problem", deferred=True
    )

    __table_args__ = (
        CheckConstraint(f"state IN {JOB_STATES}", name="known_state"),
        CheckConstraint("(state IN ('waiting', 'running')) = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="failure_has_problem"),
        # A refused or cancelled edit leaves its key free, as one without a job does.
        Index(
            "uq__job_run__edit_key",
            "edit_key",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running', 'done')"),
        ),
        # Asked for twice, by a person and the clock, it is one run.
        Index(
            "uq__job_run__one_maintenance",
            "kind",
            unique=True,
            postgresql_where=text("kind = 'maintain_database' AND ended_at IS NULL"),
        ),
        # The page Database asks for the newest one each time.
        Index(
            "ix__job_run__maintained",
            "id",
            postgresql_where=text("kind = 'maintain_database' AND ended_at IS NOT NULL"),
        ),
        # The same of backups.
        Index(
            "uq__job_run__one_backup",
            "kind",
            unique=True,
            postgresql_where=text("kind = 'backup_database' AND ended_at IS NULL"),
        ),
        Index(
            "ix__job_run__backed_up",
            "id",
            postgresql_where=text("kind = 'backup_database' AND ended_at IS NOT NULL"),
        ),
        Index(
            "uq__job_run__one_scan",
            "kind",
            unique=True,
            postgresql_where=text("kind = 'scan_coverage' AND ended_at IS NULL"),
        ),
        Index("ix__job_run__asked_by_id", "asked_by", "id"),
        Index("ix__job_run__state", "state", "id"),
        Index("ix__job_run__unended", "id", postgresql_where=text("ended_at IS NULL")),
        {"comment": __doc__},
    )
