"""Drafts: edits that are not saved yet, kept on the server for whoever works on them.

Other editors see where a draft lies, whose it is and which parcels it would change; what it does is its owner's.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base

# Alone so far: submitting and approving drafts would add states here and to the check, and nothing else to the table.
DRAFT_STATES = ("open",)


class Draft(Base):
    """An edit that is not saved yet, kept for whoever works on it."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    key: Mapped[UUID] = mapped_column(comment="given by the client: the same key is the same draft")
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), comment="account.id: who alone sees it")
    record_id: Mapped[int | None] = mapped_column(
        ForeignKey("record.id"), comment="record.id: what the edit is to rest on"
    )
    state: Mapped[str] = mapped_column(Text, server_default=text("'open'"), comment="open")
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

    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state IN ('open')", name="known_state"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("operation_count >= 1", name="has_operations"),
        Index("ix__draft__owner_id", "owner_id", "id"),
        Index("ix__draft__footprint", "footprint", postgresql_using="gist"),
        {"comment": __doc__},
    )
