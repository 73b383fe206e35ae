"""Four eyes: who needs a second person, drafts that wait for approval and what happened to them, who approved an edit."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
NATURES = "('legal_event', 'correction', 'improvement')"
OLD_GUARD = """
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF NEW.id = OLD.id AND NEW.key = OLD.key AND NEW.owner_id = OLD.owner_id AND NEW.version = OLD.version + 1 THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Draft % keeps its key and its owner, and a change is its next version', OLD.id
    USING ERRCODE = 'SA003', HINT = 'Set version = version + 1, or make another draft.';
END
$body$
"""


def upgrade() -> None:
    """Two tables, and columns of drafts and edits; without a row in `four_eyes` the environment's default holds."""
    op.create_table(
        "four_eyes",
        sa.Column("role", sa.Text(), nullable=False, comment="the highest role of whoever edits"),
        sa.Column("nature", sa.Text(), nullable=False, comment="legal_event, correction or improvement"),
        sa.Column("is_needed", sa.Boolean(), nullable=False, comment="a second person has to approve"),
        sa.Column("changed_by", sa.BigInteger(), nullable=True, comment="account.id: who set it last"),
        _moment("changed_at", "when it was set last"),
        sa.CheckConstraint("role IN ('editor', 'reviewer', 'administrator')", name=op.f("ck__four_eyes__known_role")),
        sa.CheckConstraint(f"nature IN {NATURES}", name=op.f("ck__four_eyes__known_nature")),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk__four_eyes__changed_by")),
        sa.PrimaryKeyConstraint("role", "nature", name=op.f("pk__four_eyes")),
        comment="Where administrators have set whether a second person approves; pairs without a row are as by default.",
    )
    _drafts()
    _edits()
    op.get_bind().exec_driver_sql((SQL / "0022_four_eyes.sql").read_text(encoding="utf-8").replace("%", "%%"))
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON four_eyes TO {quoted}")
        op.execute(f"GRANT SELECT, INSERT ON draft_event TO {quoted}")


def _drafts() -> None:
    op.drop_constraint("ck__draft__known_state", "draft")
    nature = sa.Column(
        "nature",
        sa.Text(),
        server_default=sa.text("'correction'"),
        nullable=False,
        comment="legal_event, correction or improvement",
    )
    op.add_column("draft", nature)
    reverts = sa.Column(
        "reverts", sa.BigInteger(), nullable=True, comment="edit.id: the edit that it undoes, and nothing else"
    )
    op.add_column("draft", reverts)
    op.add_column("draft", sa.Column("edit_id", sa.BigInteger(), nullable=True, comment="edit.id: what it became"))
    states = "state IN ('open', 'submitted', 'returned', 'approved')"
    op.create_check_constraint(op.f("ck__draft__known_state"), "draft", states)
    op.create_check_constraint(op.f("ck__draft__known_nature"), "draft", f"nature IN {NATURES}")
    op.create_check_constraint(op.f("ck__draft__became_edit"), "draft", "(state = 'approved') = (edit_id IS NOT NULL)")
    unsaved = sa.text("state <> 'approved'")
    op.create_index("ix__draft__unsaved", "draft", ["owner_id", "id"], postgresql_where=unsaved)
    op.create_index("ix__draft__submitted", "draft", ["id"], postgresql_where=sa.text("state = 'submitted'"))
    op.alter_column("draft", "state", comment="open, submitted, returned or approved", existing_comment="open")
    op.create_table(
        "draft_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("draft_id", sa.BigInteger(), nullable=False, comment="draft.id, which may be gone"),
        _moment("at", "when"),
        sa.Column("what", sa.Text(), nullable=False, comment="submitted, withdrawn, approved, returned or conflict"),
        sa.Column("account_id", sa.BigInteger(), nullable=False, comment="account.id: who"),
        sa.Column("comment", sa.Text(), server_default=sa.text("''"), nullable=False, comment="in their words"),
        sa.Column(
            "problem",
            postgresql.JSONB(),
            nullable=True,
            comment="of a conflict: why it could not be saved, as the API says it",
        ),
        sa.CheckConstraint(
            "what IN ('submitted', 'withdrawn', 'approved', 'returned', 'conflict')",
            name=op.f("ck__draft_event__known_event"),
        ),
        sa.CheckConstraint("(what = 'conflict') = (problem IS NOT NULL)", name=op.f("ck__draft_event__has_problem")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__draft_event__account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__draft_event")),
        comment="What happened to a draft on its way to approval: who, when, what, and what they said.",
    )
    op.create_index("ix__draft_event__draft_id", "draft_event", ["draft_id", "id"])


def _edits() -> None:
    # No foreign key, as for the author: an edit locks no row of an account.
    op.add_column(
        "edit",
        sa.Column("approved_by", sa.BigInteger(), nullable=True, comment="account.id: the second person, if one was"),
    )
    op.add_column(
        "edit",
        sa.Column("approved_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="when they approved it"),
    )
    second = "(approved_by IS NULL) = (approved_at IS NULL) AND approved_by <> author_id"
    op.create_check_constraint(op.f("ck__edit__second_person"), "edit", second)


def _moment(name: str, comment: str) -> sa.Column[object]:
    kind = postgresql.TIMESTAMP(timezone=True)
    return sa.Column(name, kind, server_default=sa.text("clock_timestamp()"), nullable=False, comment=comment)


def downgrade() -> None:
    """Drafts that wait are open again; that somebody approved an edit is lost, the edits stay."""
    op.execute("DROP TRIGGER draft_kept ON draft")
    op.execute("DROP FUNCTION guard_draft_kept()")
    op.execute(OLD_GUARD)
    op.drop_constraint("ck__edit__second_person", "edit")
    op.drop_column("edit", "approved_at")
    op.drop_column("edit", "approved_by")
    op.drop_table("draft_event")
    op.execute("DROP FUNCTION guard_draft_event()")
    op.drop_index("ix__draft__submitted", table_name="draft")
    op.drop_index("ix__draft__unsaved", table_name="draft")
    # An undoing is no list of operations, and what was approved is an edit.
    op.execute("DELETE FROM draft WHERE reverts IS NOT NULL OR state = 'approved'")
    op.drop_constraint("ck__draft__became_edit", "draft")
    op.drop_constraint("ck__draft__known_nature", "draft")
    op.drop_constraint("ck__draft__known_state", "draft")
    op.execute("UPDATE draft SET state = 'open', version = version + 1 WHERE state <> 'open'")
    op.create_check_constraint(op.f("ck__draft__known_state"), "draft", "state IN ('open')")
    op.alter_column("draft", "state", comment="open", existing_comment="open, submitted, returned or approved")
    for name in ("edit_id", "reverts", "nature"):
        op.drop_column("draft", name)
    op.drop_table("four_eyes")
