"""Imports as jobs, and decisions about refused rows: who, what, when, by which edit."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ADDS_UP = "state <> 'done' OR features = admitted + quarantined + rejected"
ADDED_UP = "state <> 'done' OR features = admitted + quarantined"
STATES = "state IN ('waiting', 'staging', 'admitting', 'done', 'failed')"
STATES_BEFORE = "state IN ('staging', 'admitting', 'done', 'failed')"
REJECTED = """
UPDATE import_batch AS b SET rejected = r.rows, quarantined = quarantined - r.rows
FROM (SELECT batch, count(*) AS rows FROM staged_parcel WHERE decision = 'rejected' GROUP BY batch) AS r
WHERE r.batch = b.id AND b.state = 'done'
"""


def upgrade() -> None:
    """Two counts instead of one, the job of an import, the edit of an admitted row, and the history of each row."""
    op.add_column(
        "import_batch",
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="refused for good"),
    )
    op.alter_column("import_batch", "state", comment="waiting, staging, admitting, done or failed")
    op.alter_column("import_batch", "quarantined", comment="rows refused, not decided yet")
    op.add_column(
        "import_batch", sa.Column("job_id", sa.BigInteger(), nullable=True, comment="job_run.id that runs it")
    )
    op.add_column(
        "staged_parcel",
        sa.Column("edit_id", sa.BigInteger(), nullable=True, comment="edit that admitted it after it was refused"),
    )
    op.drop_constraint(op.f("ck__import_batch__every_feature_accounted_for"), "import_batch", type_="check")
    op.execute(REJECTED)
    _add_check("every_feature_accounted_for", ADDS_UP)
    _check("known_state", STATES)
    op.create_index("ix__import_batch__job_id", "import_batch", ["job_id"])
    op.create_index(
        "ix__staged_parcel__once_refused",
        "staged_parcel",
        ["batch", "row"],
        postgresql_where=sa.text("rule IS NOT NULL"),
    )
    op.create_index(
        "ix__staged_parcel__rule", "staged_parcel", ["rule", "id"], postgresql_where=sa.text("rule IS NOT NULL")
    )
    op.create_table(
        "row_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("staged_parcel", sa.BigInteger(), nullable=False, comment="staged_parcel.id"),
        sa.Column("what", sa.Text(), nullable=False, comment="admitted, rejected or returned (its edit was undone)"),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="account.id of who decided"),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when",
        ),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False, comment="why, in words"),
        sa.Column("edit_id", sa.BigInteger(), nullable=True, comment="edit that admitted it, or undid that"),
        sa.CheckConstraint("what IN ('admitted', 'rejected', 'returned')", name=op.f("ck__row_decision__known")),
        sa.CheckConstraint("(what = 'rejected') = (edit_id IS NULL)", name=op.f("ck__row_decision__has_edit")),
        sa.ForeignKeyConstraint(["staged_parcel"], ["staged_parcel.id"], name=op.f("fk__row_decision__staged_parcel")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__row_decision__account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__row_decision")),
        comment="What somebody decided about a refused row of an import; never changed.",
    )
    op.create_index("ix__row_decision__staged_parcel", "row_decision", ["staged_parcel", "id"])
    op.create_index("ix__row_decision__edit_id", "row_decision", ["edit_id"])
    _grant()


def _check(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck__import_batch__{name}"), "import_batch", type_="check")
    _add_check(name, condition)


def _add_check(name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE import_batch ADD CONSTRAINT ck__import_batch__{name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE import_batch VALIDATE CONSTRAINT ck__import_batch__{name}")


def _grant() -> None:
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT ON row_decision TO {quoted}")


def downgrade() -> None:
    """The history of rows goes; rejected rows are counted with the quarantine again."""
    op.drop_table("row_decision")
    op.drop_index("ix__staged_parcel__rule", "staged_parcel")
    op.drop_index("ix__staged_parcel__once_refused", "staged_parcel")
    op.drop_index("ix__import_batch__job_id", "import_batch")
    op.drop_constraint(op.f("ck__import_batch__every_feature_accounted_for"), "import_batch", type_="check")
    op.execute("UPDATE import_batch SET quarantined = quarantined + rejected")
    _add_check("every_feature_accounted_for", ADDED_UP)
    op.execute("UPDATE import_batch SET state = 'failed' WHERE state = 'waiting'")
    _check("known_state", STATES_BEFORE)
    op.alter_column("import_batch", "state", comment="staging, admitting, done or failed")
    op.alter_column("import_batch", "quarantined", comment="rows refused")
    op.drop_column("staged_parcel", "edit_id")
    op.drop_column("import_batch", "job_id")
    op.drop_column("import_batch", "rejected")
