"""Drafts: edits that are not saved yet, kept on the server for whoever works on them, until another approves them.

Other editors see where a draft lies, whose it is and which parcels it would change; what it does is its owner's,
until it is submitted: then reviewers read it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base
from spatial_admin.settings import APPROVALS

DRAFT_STATES = ("open", "submitted", "returned", "approved")
# Natures of drafts that are about findings and change no parcel: they accept them, or declare the land of gaps open.
ACCEPTANCE, KNOWN_GAP = "acceptance", "known_gap"
DRAFT_EVENTS = ("submitted", "withdrawn", "approved", "returned", "conflict")


class Draft(Base):
    """An edit that is not saved yet, kept for whoever works on it."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    key: Mapped[UUID] = mapped_column(comment="given by the client: the same key is the same draft")
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), comment="account.id: who alone sees it")
    record_id: Mapped[int | None] = mapped_column(
        ForeignKey("record.id"), comment="record.id: what the edit is to rest on"
    )
    state: Mapped[str] = mapped_column(
        Text, server_default=text("'open'"), comment="open, submitted, returned or approved"
    )
    version: Mapped[int] = mapped_column(server_default=text("1"), comment="1, 2, 3 ...: one more with every change")
    comment: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="why, so far")
    # Text and not jsonb, which writes 1e300 and -0.0 otherwise: what is read back is what was sent.
    seen: Mapped[str] = mapped_column(Text, comment="JSON: parcel_id to the version that its author saw")
    operations: Mapped[str] = mapped_column(Text, comment="JSON list as POST /api/edits takes it", deferred=True)
    operation_count: Mapped[int] = mapped_column(comment="how many operations it has")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was begun"
    )
    changed_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was last kept"
    )
    expires_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), comment="after this maintenance may delete it"
    )
    title: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="what its owner calls it")
    notes: Mapped[str] = mapped_column(
        Text, server_default=text("'[]'"), comment="JSON list: what was decided when each operation was made"
    )
    parcels: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), comment="parcel_id of what it would change"
    )
    # In degrees: the map asks by them, and a change of SRID leaves it be.
    footprint: Mapped[WKBElement | None] = mapped_column(
        Geometry("POLYGON", srid=4326, spatial_index=False),
        comment="envelope of what it would change, degrees; unknown where nothing of it lies on the map",
        deferred=True,
    )
    nature: Mapped[str] = mapped_column(
        Text,
        server_default=text("'correction'"),
        comment="legal_event, correction or improvement; acceptance of findings, known_gap",
    )
    reverts: Mapped[int | None] = mapped_column(
        BigInteger, comment="edit.id: the edit that it undoes, and nothing else"
    )
    edit_id: Mapped[int | None] = mapped_column(BigInteger, comment="edit.id: what it became")
    accept: Mapped[str] = mapped_column(
        Text,
        server_default=text("'[]'"),
        comment="JSON list as POST /api/edits takes it: what its author accepts with the edit",
    )
    admits_import: Mapped[int | None] = mapped_column(BigInteger, comment="import_batch.id of the row that it admits")
    admits_row: Mapped[int | None] = mapped_column(comment="the refused row of it that it admits")
    findings: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger),
        comment="finding.id of what is to be accepted or declared known, ascending: then it is no edit",
    )
    accepts: Mapped[str | None] = mapped_column(
        Text, comment="JSON of an acceptance: `seen` (finding.id to changed_at) and `until`"
    )

    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint(f"state IN {DRAFT_STATES}", name="known_state"),
        CheckConstraint(f"nature IN {APPROVALS}", name="known_nature"),
        CheckConstraint("(state = 'approved' AND findings IS NULL) = (edit_id IS NOT NULL)", name="became_edit"),
        CheckConstraint(
            "(nature IN ('acceptance', 'known_gap')) = (findings IS NOT NULL) "
            "AND (findings IS NULL) = (accepts IS NULL)",
            name="is_of_findings",
        ),
        CheckConstraint("(admits_import IS NULL) = (admits_row IS NULL)", name="admits_row_of_import"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("operation_count >= 1", name="has_operations"),
        Index("ix__draft__owner_id", "owner_id", "id"),
        Index("ix__draft__unsaved", "owner_id", "id", postgresql_where=text("state <> 'approved'")),
        Index("ix__draft__footprint", "footprint", postgresql_using="gist"),
        # One at a time: whoever proposes a row twice is told of the first.
        Index(
            "ix__draft__admits",
            "admits_import",
            "admits_row",
            unique=True,
            postgresql_where=text("state = 'submitted' AND admits_import IS NOT NULL"),
        ),
        Index("ix__draft__findings", "findings", postgresql_using="gin", postgresql_where=text("state = 'submitted'")),
        Index("ix__draft__submitted", "id", postgresql_where=text("state = 'submitted'")),
        {"comment": __doc__},
    )


class DraftEvent(Base):
    """What happened to a draft on its way to approval: who, when, what, and what they said."""

    __tablename__ = "draft_event"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    # No foreign key: a returned draft may be thrown away, and what was said of it stays.
    draft_id: Mapped[int] = mapped_column(BigInteger, comment="draft.id, which may be gone")
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when"
    )
    what: Mapped[str] = mapped_column(Text, comment="submitted, withdrawn, approved, returned or conflict")
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), comment="account.id: who")
    comment: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="in their words")
    problem: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="of a conflict: why it could not be saved, as the API says it"
    )

    __table_args__ = (
        CheckConstraint(f"what IN {DRAFT_EVENTS}", name="known_event"),
        CheckConstraint("(what = 'conflict') = (problem IS NOT NULL)", name="has_problem"),
        Index("ix__draft_event__draft_id", "draft_id", "id"),
        {"comment": __doc__},
    )


class FourEyes(Base):
    """Where administrators have set whether a second person approves; pairs without a row are as by default."""

    __tablename__ = "four_eyes"

    role: Mapped[str] = mapped_column(Text, primary_key=True, comment="the highest role of whoever edits")
    nature: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="legal_event, correction or improvement; acceptance of findings, known_gap"
    )
    is_needed: Mapped[bool] = mapped_column(comment="a second person has to approve")
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="account.id: who set it last")
    changed_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was set last"
    )

    __table_args__ = (
        CheckConstraint("role IN ('editor', 'reviewer', 'administrator')", name="known_role"),
        CheckConstraint(f"nature IN {APPROVALS}", name="known_nature"),
        {"comment": __doc__},
    )
