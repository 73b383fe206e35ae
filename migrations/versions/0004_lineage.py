"""Lineage, the units of a parcel by index, and queues for edits that met each other."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What was added stays, whoever asks.
GUARD = """
CREATE FUNCTION guard_lineage() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  RAISE EXCEPTION 'Lineage stands as it was made' USING ERRCODE = 'SA003', HINT = 'Make a new edit instead.';
END
$body$;
CREATE TRIGGER lineage_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON lineage EXECUTE FUNCTION guard_lineage();
"""


# Tables that are never filled, only locked: who was beaten to a place waits its turn there before it looks again. LOCK
# TABLE is the one lock that can be had before the snapshot of a SERIALIZABLE transaction (docs/guards.md).
QUEUES = """
CREATE SCHEMA edit_queue;
DO $body$
BEGIN
  FOR number IN 0..63 LOOP
    EXECUTE format('CREATE TABLE edit_queue.%I ()', 'queue_' || number);
  END LOOP;
END
$body$;
"""


def upgrade() -> None:
    """A table to which edits only add; what was added stays."""
    op.create_table(
        "lineage",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False, comment="internal identity"),
        sa.Column("parent", sa.Text(), nullable=False, comment="parcel_id of the parcel it came out of"),
        sa.Column("parent_version", sa.Integer(), nullable=False, comment="the parent's version that it came out of"),
        sa.Column("child", sa.Text(), nullable=False, comment="parcel_id of what came out"),
        sa.Column("child_version", sa.Integer(), nullable=False, comment="the child's version that it made"),
        sa.Column("edit_id", sa.BigInteger(), nullable=False, comment="edit that made the step"),
        sa.Column("kind", sa.Text(), nullable=False, comment="split, merge, replace, transfer or correct"),
        sa.CheckConstraint(
            "kind IN ('split', 'merge', 'replace', 'transfer', 'correct')", name=op.f("ck__lineage__known_kind")
        ),
        sa.CheckConstraint("parent <> child", name=op.f("ck__lineage__of_two_parcels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__lineage")),
        comment="One step from a parent's version to a child's version: a graph without cycles, for time flows one way.",
    )
    op.create_index("ix__lineage__parent", "lineage", ["parent", "parent_version"])
    op.create_index("ix__lineage__child", "lineage", ["child", "child_version"])
    op.create_index("ix__lineage__edit_id", "lineage", ["edit_id"])
    op.create_index("ix__parcel__part_of", "parcel", ["part_of"], postgresql_where=sa.text("part_of IS NOT NULL"))
    op.execute(GUARD)
    op.execute(QUEUES)
    _grant()


def _grant() -> None:
    """The application adds and reads lineage; it changes none."""
    connection = op.get_bind()
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    if app_role and app_role != connection.execute(text("SELECT current_user")).scalar_one():
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT ON lineage TO {quoted}")
        op.execute(f"GRANT USAGE ON SCHEMA edit_queue TO {quoted}")
        op.execute(f"GRANT UPDATE ON ALL TABLES IN SCHEMA edit_queue TO {quoted}")  # what LOCK TABLE asks for


def downgrade() -> None:
    """Lineage is lost; parcels and their history stay."""
    op.drop_index("ix__parcel__part_of", table_name="parcel")
    op.drop_table("lineage")
    op.execute("DROP FUNCTION guard_lineage()")
    op.execute("DROP SCHEMA edit_queue CASCADE")
