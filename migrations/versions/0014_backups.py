"""Backups by the worker: one at a time, and the last one found by index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two partial indexes that hold next to nothing."""
    op.create_index(
        "uq__job_run__one_backup", "job_run", ["kind"], unique=True,
        postgresql_where=sa.text("kind = 'backup_database' AND ended_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix__job_run__backed_up", "job_run", ["id"],
        postgresql_where=sa.text("kind = 'backup_database' AND ended_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Rows of jobs stay."""
    op.drop_index("ix__job_run__backed_up", "job_run")
    op.drop_index("uq__job_run__one_backup", "job_run")
