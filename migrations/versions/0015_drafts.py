"""Drafts: edits that are not saved yet, kept for their owner."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """The table, its guard, and the right to delete: a draft is the one thing here that may be thrown away."""
    op.create_table(
        "draft",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("key", sa.Uuid(), nullable=False, comment="given by the client: the same key is the same draft"),
        sa.Column("owner_id", sa.BigInteger(), nullable=False, comment="account.id: who alone sees it"),
        sa.Column("record_id", sa.BigInteger(), nullable=True, comment="record.id: what the edit is to rest on"),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False, comment="open"),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="1, 2, 3 ...: one more with every change",
        ),
        sa.Column("comment", sa.Text(), server_default=sa.text("''"), nullable=False, comment="why, so far"),
        sa.Column("seen", sa.Text(), nullable=False, comment="JSON: parcel_id to the version that its author saw"),
        sa.Column("operations", sa.Text(), nullable=False, comment="JSON list as POST /api/edits takes it"),
        sa.Column("operation_count", sa.Integer(), nullable=False, comment="how many operations it has"),
        _moment("created_at", "when it was begun"),
        _moment("changed_at", "when it was last kept"),
        sa.Column(
            "expires_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="after this maintenance may delete it",
        ),
        sa.CheckConstraint("state IN ('open')", name=op.f("ck__draft__known_state")),
        sa.CheckConstraint("version >= 1", name=op.f("ck__draft__version")),
        sa.CheckConstraint("operation_count >= 1", name=op.f("ck__draft__has_operations")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk__draft__owner_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk__draft__record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__draft")),
        sa.UniqueConstraint("key", name=op.f("uq__draft__key")),
        comment="An edit that is not saved yet, kept for whoever works on it.",
    )
    # Nothing that a change touches is indexed, so that keeping a draft every second writes no index.
    op.create_index("ix__draft__owner_id", "draft", ["owner_id", "id"])
    script = (SQL / "0015_drafts.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
    _grant()


def _moment(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
        comment=comment,
    )


def _grant() -> None:
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON draft TO {quoted}")


def downgrade() -> None:
    """Drafts go; nothing refers to them."""
    op.drop_table("draft")
    op.execute("DROP FUNCTION guard_draft()")
