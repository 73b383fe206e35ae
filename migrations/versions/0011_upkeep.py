"""Upkeep: storage of the tables that are written most, the pace of jobs, and what indexes took when they were rebuilt."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """New columns and a small table; storage parameters count from the next write on, nothing is rewritten."""
    stamp = postgresql.TIMESTAMP(timezone=True)
    op.add_column(
        "job_run",
        sa.Column("per_second", sa.Double(), nullable=True, comment="units a second over the last minute of its step"),
    )
    op.add_column(
        "job_run", sa.Column("reported_at", stamp, nullable=True, comment="when the worker last said how far it is")
    )
    op.create_index(
        "uq__job_run__one_maintenance", "job_run", ["kind"], unique=True,
        postgresql_where=sa.text("kind = 'maintain_database' AND ended_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix__job_run__maintained", "job_run", ["id"],
        postgresql_where=sa.text("kind = 'maintain_database' AND ended_at IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "index_size",
        sa.Column("name", sa.Text(), nullable=False, comment="name of the index"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="size of its file"),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="rows that it held, as estimated"),
        sa.Column(
            "noted_at", stamp, server_default=sa.text("clock_timestamp()"), nullable=False, comment="when that was"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk__index_size")),
        comment="Size of an index when maintenance last rebuilt it, or first saw it; by name, for a rebuild gives it a new oid.",
    )
    _run("0011_upkeep.sql")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        op.execute('GRANT SELECT ON index_size TO "' + re.sub('"', '""', app_role) + '"')


def downgrade() -> None:
    """Storage as PostgreSQL does it by itself."""
    _run("0011_upkeep_down.sql")
    op.drop_table("index_size")
    op.drop_index("uq__job_run__one_maintenance", "job_run")
    op.drop_index("ix__job_run__maintained", "job_run")
    op.drop_column("job_run", "reported_at")
    op.drop_column("job_run", "per_second")


def _run(name: str) -> None:
    op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
