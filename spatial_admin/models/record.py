"""Records: the documents that edits rest on (LADM LA_Source), their files, and what happened to each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base

RECORD_TYPES = ("plat", "deed", "survey", "court", "correction", "import")
RECORD_STATES = ("received", "in_work", "submitted", "approved", "returned")
RECORD_EVENTS = ("created", "changed", "state", "file")


class Record(Base):
    """A document that edits rest on: a plat, a deed, a survey, a court order; never deleted."""

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(), primary_key=True, comment="internal identity, shown to people"
    )
    type: Mapped[str] = mapped_column(Text, comment="plat, deed, survey, court, correction or import")
    number: Mapped[str | None] = mapped_column(Text, comment="number of the document, as it is cited")
    title: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="what it is about")
    received: Mapped[date] = mapped_column(Date, comment="day it came in")
    recorded: Mapped[date | None] = mapped_column(Date, comment="day it was entered in the public register")
    # Read through the edit's record_id and never copied: a date that is corrected later holds for its edits at once.
    effective_from: Mapped[date | None] = mapped_column(
        Date, comment="day from which it is law; null: its edits are effective when they are made"
    )
    state: Mapped[str] = mapped_column(
        Text, server_default=text("'received'"), comment="received, in_work, submitted, approved or returned"
    )
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="who works on it")
    version: Mapped[int] = mapped_column(server_default=text("1"), comment="1, 2, 3 ...: one more with every change")
    created_by: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), comment="who entered it; null for commands"
    )
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was entered"
    )
    changed_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it last changed"
    )

    __table_args__ = (
        CheckConstraint(f"type IN {RECORD_TYPES}", name="known_type"),
        CheckConstraint(f"state IN {RECORD_STATES}", name="known_state"),
        CheckConstraint("number ~ '^[[:print:]]{1,100}$' AND btrim(number) = number", name="printable_number"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix__record__state", "state", "id"),
        Index("ix__record__assignee_id", "assignee_id", "id"),
        Index("ix__record__type", "type", "id"),
        Index("ix__record__received", "received", "id"),
        Index("ix__record__effective_from", text("COALESCE(effective_from, '9999-12-31'::date)"), "id"),
        Index(
            "ix__record__search",
            literal_column("search_text(title, number, ''::text)").label("search"),
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        {"comment": __doc__},
    )


class RecordFile(Base):
    """A file of a record: name, digest and content as they came; never changed."""

    __tablename__ = "record_file"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), comment="record.id")
    position: Mapped[int] = mapped_column(comment="1, 2, 3 ... within the record, used in URLs")
    name: Mapped[str] = mapped_column(Text, comment="name of the file as given, without its folder")
    media_type: Mapped[str] = mapped_column(Text, comment="as the client named it; never believed")
    size: Mapped[int] = mapped_column(BigInteger, comment="bytes")
    sha256: Mapped[str] = mapped_column(Text, comment="hex digest of the content")
    # In the database and not beside it: one backup, one replica and one transaction hold the record and its files, and
    # a file is there exactly when its row is. The price is memory, some six times the file while it is stored; hence
    # SPATIAL_ADMIN_LIMIT_RECORD_FILE_BYTES. STORAGE EXTERNAL (migration): scans are compressed already.
    content: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="the bytes; null where only name and digest are kept (imports)", deferred=True
    )
    added_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="who added it; null for commands")
    added_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was added"
    )

    __table_args__ = (
        UniqueConstraint("record_id", "position", name="uq__record_file__record_id_position"),
        UniqueConstraint("record_id", "sha256", name="uq__record_file__record_id_sha256"),
        CheckConstraint("content IS NULL OR octet_length(content) = size", name="size_of_content"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="digest"),
        {"comment": __doc__},
    )


class RecordEvent(Base):
    """What happened to a record, in order: who, when, from which state to which, what was changed."""

    __tablename__ = "record_event"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True, comment="record.id")
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when"
    )
    what: Mapped[str] = mapped_column(Text, comment="created, changed, state or file")
    from_state: Mapped[str | None] = mapped_column(Text, comment="state before; null where it was created")
    to_state: Mapped[str] = mapped_column(Text, comment="state after")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="who; null for commands")
    comment: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="why, in their words")
    changes: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb"), comment="field: [before, after]"
    )

    __table_args__ = (
        CheckConstraint(f"what IN {RECORD_EVENTS}", name="known_event"),
        CheckConstraint("(what = 'created') = (from_state IS NULL)", name="state_before"),
        {"comment": __doc__},
    )
