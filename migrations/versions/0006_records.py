"""Records: documents that edits rest on, their files and events; the record of an edit."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
# A file and an event stand as they were written; nothing of a record is ever deleted.
GRANTS = {"record": "SELECT, INSERT, UPDATE", "record_file": "SELECT, INSERT", "record_event": "SELECT, INSERT"}


def upgrade() -> None:
    """Tables, the column of edit, guards, grants."""
    _make_record()
    _make_record_file()
    _make_record_event()
    # No foreign key. It would abort no edit (measured: records are not written under SERIALIZABLE), but each edit would
    # write a lock into the row of its record, and wait for whoever holds that row; and it would guard against nothing,
    # for a record is never deleted. `flask database check` asks for the reference all the same.
    op.add_column(
        "edit",
        sa.Column(
            "record_id", sa.BigInteger(), nullable=True, comment="record.id: the document that the edit rests on"
        ),
    )
    op.create_index(
        "ix__edit__record_id", "edit", ["record_id", "id"], postgresql_where=sa.text("record_id IS NOT NULL")
    )
    op.execute("ALTER TABLE record_file ALTER COLUMN content SET STORAGE EXTERNAL")
    script = (SQL / "0006_records.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
    _grant()


def _make_record() -> None:
    op.create_table(
        "record",
        sa.Column(
            "id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="internal identity, shown to people",
        ),
        sa.Column("type", sa.Text(), nullable=False, comment="plat, deed, survey, court, correction or import"),
        sa.Column("number", sa.Text(), nullable=True, comment="number of the document, as it is cited"),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False, comment="what it is about"),
        sa.Column("received", sa.Date(), nullable=False, comment="day it came in"),
        sa.Column("recorded", sa.Date(), nullable=True, comment="day it was entered in the public register"),
        sa.Column(
            "effective_from",
            sa.Date(),
            nullable=True,
            comment="day from which it is law; null: its edits are effective when they are made",
        ),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'received'"),
            nullable=False,
            comment="received, in_work, submitted, approved or returned",
        ),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True, comment="who works on it"),
        sa.Column(
            "version",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="1, 2, 3 ...: one more with every change",
        ),
        sa.Column("created_by", sa.BigInteger(), nullable=True, comment="who entered it; null for commands"),
        _moment("created_at", "when it was entered"),
        _moment("changed_at", "when it last changed"),
        sa.CheckConstraint(
            "type IN ('plat', 'deed', 'survey', 'court', 'correction', 'import')", name=op.f("ck__record__known_type")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'in_work', 'submitted', 'approved', 'returned')",
            name=op.f("ck__record__known_state"),
        ),
        sa.CheckConstraint(
            "number ~ '^[[:print:]]{1,100}$' AND btrim(number) = number", name=op.f("ck__record__printable_number")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck__record__version")),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk__record__assignee_id")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk__record__created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__record")),
        comment="A document that edits rest on: a plat, a deed, a survey, a court order; never deleted.",
    )
    op.create_index("ix__record__state", "record", ["state", "id"])
    op.create_index("ix__record__assignee_id", "record", ["assignee_id", "id"])
    op.create_index(
        "ix__record__search",
        "record",
        [sa.literal_column("search_text(title, number, ''::text)").label("search")],
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )


def _make_record_file() -> None:
    op.create_table(
        "record_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="record.id"),
        sa.Column("position", sa.Integer(), nullable=False, comment="1, 2, 3 ... within the record, used in URLs"),
        sa.Column("name", sa.Text(), nullable=False, comment="name of the file as given, without its folder"),
        sa.Column("media_type", sa.Text(), nullable=False, comment="as the client named it; never believed"),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="hex digest of the content"),
        sa.Column(
            "content",
            sa.LargeBinary(),
            nullable=True,
            comment="the bytes; null where only name and digest are kept (imports)",
        ),
        sa.Column("added_by", sa.BigInteger(), nullable=True, comment="who added it; null for commands"),
        _moment("added_at", "when it was added"),
        sa.CheckConstraint(
            "content IS NULL OR octet_length(content) = size", name=op.f("ck__record_file__size_of_content")
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck__record_file__digest")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk__record_file__record_id")),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk__record_file__added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__record_file")),
        sa.UniqueConstraint("record_id", "position", name="uq__record_file__record_id_position"),
        sa.UniqueConstraint("record_id", "sha256", name="uq__record_file__record_id_sha256"),
        comment="A file of a record: name, digest and content as they came; never changed.",
    )


def _make_record_event() -> None:
    op.create_table(
        "record_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("record_id", sa.BigInteger(), nullable=False, comment="record.id"),
        _moment("at", "when"),
        sa.Column("what", sa.Text(), nullable=False, comment="created, changed, state or file"),
        sa.Column("from_state", sa.Text(), nullable=True, comment="state before; null where it was created"),
        sa.Column("to_state", sa.Text(), nullable=False, comment="state after"),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="who; null for commands"),
        sa.Column("comment", sa.Text(), server_default=sa.text("''"), nullable=False, comment="why, in their words"),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="field: [before, after]",
        ),
        sa.CheckConstraint(
            "what IN ('created', 'changed', 'state', 'file')", name=op.f("ck__record_event__known_event")
        ),
        sa.CheckConstraint("(what = 'created') = (from_state IS NULL)", name=op.f("ck__record_event__state_before")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk__record_event__record_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__record_event__account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__record_event")),
        comment="What happened to a record, in order: who, when, from which state to which, what was changed.",
    )
    op.create_index(op.f("ix__record_event__record_id"), "record_event", ["record_id"])


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
        for table, rights in GRANTS.items():
            op.execute(f"GRANT {rights} ON {table} TO {quoted}")


def downgrade() -> None:
    """Drop the column of edit and the tables; the guards go with them."""
    op.drop_index("ix__edit__record_id", "edit")
    op.drop_column("edit", "record_id")
    for table in ("record_event", "record_file", "record"):
        op.drop_table(table)
    op.execute("DROP FUNCTION guard_record()")
