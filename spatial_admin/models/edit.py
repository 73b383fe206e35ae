"""Edits: operations committed together, with author, reason and the receipt that the client got."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

from spatial_admin.models.base import STORAGE_SRID, Base

NATURES = ("legal_event", "correction", "improvement")


class Edit(Base):
    """One edit; its receipt is written once, in the transaction that made the versions, and never changed."""

    __tablename__ = "edit"

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(), primary_key=True, comment="internal identity, shown to people"
    )
    key: Mapped[UUID] = mapped_column(comment="given by the client: the same key is the same edit")
    # No foreign key: locking the author's row would make every two edits of one person wait for each other.
    author_id: Mapped[int | None] = mapped_column(BigInteger, comment="account.id; null for direct SQL and commands")
    # No foreign key either (migration 0006): a record is never deleted, and no edit has to wait for its record's row.
    record_id: Mapped[int | None] = mapped_column(BigInteger, comment="record.id: the document that the edit rests on")
    comment: Mapped[str] = mapped_column(Text, comment="why")
    nature: Mapped[str] = mapped_column(
        Text, server_default=text("'correction'"), comment="legal_event, correction or improvement"
    )
    operations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, comment="as the author sent them", deferred=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary, comment="sha256 of the canonical request")
    receipt: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="answer to the client; null while an import runs"
    )
    attempts: Mapped[int] = mapped_column(server_default=text("1"), comment="transactions it took")
    envelope: Mapped[WKBElement | None] = mapped_column(
        Geometry("POLYGON", srid=STORAGE_SRID, spatial_index=False),
        comment="box of everything it changed",
        deferred=True,
    )
    made_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="time of the edit"
    )
    # No foreign key, as for the author.
    approved_by: Mapped[int | None] = mapped_column(BigInteger, comment="account.id: the second person, if one was")
    approved_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), comment="when they approved it")

    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL) AND approved_by <> author_id", name="second_person"
        ),
        CheckConstraint(f"nature IN {NATURES}", name="known_nature"),
        Index(
            "ix__edit__comment",
            func.lower(literal_column("comment")).label("words"),
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
        ),
        Index("ix__edit__nature", "nature", "id", postgresql_where=text("nature <> 'correction'")),
        Index("ix__edit__record_id", "record_id", "id", postgresql_where=text("record_id IS NOT NULL")),
        {"comment": __doc__},
    )
