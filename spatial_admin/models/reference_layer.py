"""Reference layers: what files of survey points and lines came to, kept with the draft that is drawn by them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base


class ReferenceLayer(Base):
    """Points and lines of a file, to look at and to snap to; no parcel comes of them."""

    __tablename__ = "reference_layer"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), comment="account.id: who alone sees it")
    draft_id: Mapped[int | None] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"),
        comment="draft.id: whose layer it is, and with which it goes; null until there is a draft",
    )
    is_kept: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="its owner keeps it, whatever becomes of drafts"
    )
    name: Mapped[str] = mapped_column(Text, comment="of the file that it came from")
    content: Mapped[str] = mapped_column(
        Text, comment="JSON: CRS, points and features, as they are shown", deferred=True
    )
    point_count: Mapped[int] = mapped_column(comment="how many points it has")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was loaded"
    )
    expires_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), comment="after this maintenance may delete it"
    )

    __table_args__ = (
        CheckConstraint("NOT (is_kept AND draft_id IS NOT NULL)", name="one_place"),
        Index("ix__reference_layer__owner_id", "owner_id", "id"),
        Index("ix__reference_layer__draft_id", "draft_id"),
        {"comment": __doc__},
    )
