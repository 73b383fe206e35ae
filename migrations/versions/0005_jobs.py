"""Jobs: the tables of the queue, as its package brings them, and the jobs that people see."""

from __future__ import annotations

import re
from importlib.metadata import version

import sqlalchemy as sa
from alembic import op
from flask import current_app
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

QUEUE_TABLES = ("procrastinate_jobs", "procrastinate_workers", "procrastinate_periodic_defers", "procrastinate_events")
# Everything that the package made, by its prefix; tables first, because the columns of one are of the types.
DROP_QUEUE = r"""
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT format('DROP TABLE %s CASCADE', oid::regclass) FROM pg_class
    WHERE relkind = 'r' AND relname LIKE 'procrastinate\_%' AND relnamespace = 'public'::regnamespace
  LOOP EXECUTE command; END LOOP;
  FOR command IN
    SELECT format('DROP FUNCTION %s CASCADE', oid::regprocedure) FROM pg_proc
    WHERE proname LIKE 'procrastinate\_%' AND pronamespace = 'public'::regnamespace
  LOOP EXECUTE command; END LOOP;
  FOR command IN
    SELECT format('DROP TYPE %s CASCADE', oid::regtype) FROM pg_type
    WHERE typname LIKE 'procrastinate\_%' AND typnamespace = 'public'::regnamespace AND typtype IN ('e', 'c')
  LOOP EXECUTE command; END LOOP;
END $$
"""


def upgrade() -> None:
    """The queue's schema over a raw cursor (its text is no statement with parameters), then ours."""
    raw = op.get_bind().connection.cursor()
    raw.execute(SchemaManager.get_schema())
    raw.close()
    # `flask database check` compares it: another release may want the package's own migrations first (docs/jobs.md).
    op.execute(f"COMMENT ON TABLE procrastinate_jobs IS 'procrastinate {version('procrastinate')}'")
    _job_run()
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        _grant('"' + re.sub('"', '""', app_role) + '"')


def _job_run() -> None:
    stamp = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity, shown to people"),
        sa.Column("queue_id", sa.BigInteger(), nullable=True, comment="procrastinate_jobs.id, while it is queued"),
        sa.Column("kind", sa.Text(), nullable=False, comment="which work: edit"),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False, comment="waiting, running, done, failed or cancelled"),
        sa.Column("asked_by", sa.BigInteger(), nullable=True, comment="account.id; null from the command line"),
        sa.Column("asked_at", stamp, server_default=sa.text("clock_timestamp()"), nullable=False, comment="when it was asked for"),
        sa.Column("started_at", stamp, nullable=True, comment="begin of the attempt that runs or ended it"),
        sa.Column("ended_at", stamp, nullable=True, comment="end"),
        sa.Column("cancel_asked_at", stamp, nullable=True, comment="when somebody asked it to stop"),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="units of work done"),
        sa.Column("total", sa.BigInteger(), nullable=True, comment="units of work in all; null while unknown"),
        sa.Column("unit", sa.Text(), nullable=True, comment="what a unit is: operations, rows ..."),
        sa.Column("message", sa.Text(), server_default=sa.text("''"), nullable=False, comment="what it is doing, in words"),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="times it was begun; only the newest attempt may write here"),
        sa.Column("deaths", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="workers that died while they ran it"),
        sa.Column("edit_key", sa.Uuid(), nullable=True, comment="key of the edit it makes"),
        sa.Column("request_hash", sa.LargeBinary(), nullable=True, comment="sha256 of the canonical request"),
        sa.Column("request", sa.Text(), nullable=True, comment="JSON as it was sent; emptied at the end"),
        sa.Column("result", postgresql.JSONB(), nullable=True, comment="what came of it, such as the receipt of an edit"),
        sa.Column("problem", postgresql.JSONB(), nullable=True, comment="why nothing came of it: members of an RFC 9457 problem"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__job_run")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk__job_run__asked_by")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck__job_run__known_state")),
        sa.CheckConstraint("(state IN ('waiting', 'running')) = (ended_at IS NULL)", name=op.f("ck__job_run__ended_has_time")),
        sa.CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name=op.f("ck__job_run__failure_has_problem")),
        comment="Long work that somebody asked for: how far it is, and what came of it.",
    )  # fmt: skip
    op.create_index(
        "uq__job_run__edit_key", "job_run", ["edit_key"], unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running', 'done')"),
    )  # fmt: skip
    op.create_index("ix__job_run__asked_by_id", "job_run", ["asked_by", "id"])
    op.create_index("ix__job_run__unended", "job_run", ["id"], postgresql_where=sa.text("ended_at IS NULL"))


def _grant(app_role: str) -> None:
    """The application runs the queue, and records jobs without ever deleting one."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON job_run TO {app_role}")
    for table in QUEUE_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {app_role}")
    for table in ("procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_events"):
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {app_role}")


def downgrade() -> None:
    """Drop the jobs and the queue."""
    op.drop_table("job_run")
    op.get_bind().exec_driver_sql(DROP_QUEUE.replace("%", "%%"))
