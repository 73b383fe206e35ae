"""Imports: one batch a file, one staged row a feature, refused rows in quarantine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

from spatial_admin.models.base import STORAGE_SRID, Base

IS_REFUSED = text("decision IN ('quarantined', 'rejected')")


class ImportBatch(Base):
    """One imported file: what it was, how it was read, and how many rows went where."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(), primary_key=True, comment="internal identity, shown to people"
    )
    file_name: Mapped[str] = mapped_column(Text, comment="name of the file as given")
    sha256: Mapped[str] = mapped_column(Text, comment="digest of the file")
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="level, fields, CRS, comment as chosen")
    source_crs: Mapped[str] = mapped_column(Text, comment="CRS the file's coordinates were read in")
    state: Mapped[str] = mapped_column(
        Text, server_default=text("'staging'"), comment="waiting, staging, admitting, done or failed"
    )
    edit_id: Mapped[int | None] = mapped_column(BigInteger, comment="the one edit of this import")
    author_id: Mapped[int | None] = mapped_column(BigInteger, comment="account.id; null from the command line")
    features: Mapped[int] = mapped_column(server_default=text("0"), comment="rows read from the file")
    admitted: Mapped[int] = mapped_column(server_default=text("0"), comment="rows that became parcels")
    quarantined: Mapped[int] = mapped_column(server_default=text("0"), comment="rows refused, not decided yet")
    rejected: Mapped[int] = mapped_column(server_default=text("0"), comment="refused for good")
    findings: Mapped[int] = mapped_column(server_default=text("0"), comment="findings opened")
    notes: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb"), comment="id field chosen, points added, Z dropped ..."
    )
    # No foreign key: maintenance deletes rows of jobs that ended long ago.
    job_id: Mapped[int | None] = mapped_column(BigInteger, comment="job_run.id that runs it")
    begun_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="begin"
    )
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), comment="end")

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'staging', 'admitting', 'done', 'failed')", name="known_state"),
        CheckConstraint(
            "state <> 'done' OR features = admitted + quarantined + rejected", name="every_feature_accounted_for"
        ),
        Index("ix__import_batch__job_id", "job_id"),
        {"comment": __doc__},
    )


class StagedParcel(Base):
    """One feature of an imported file as it came, and what became of it."""

    __tablename__ = "staged_parcel"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    batch: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), comment="import_batch.id")
    row: Mapped[int] = mapped_column(comment="row number in the file, from 1")
    properties: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="raw properties")
    wkb: Mapped[bytes | None] = mapped_column(LargeBinary, comment="raw geometry in the file's CRS", deferred=True)
    raw_geometry: Mapped[str | None] = mapped_column(
        Text, comment="raw text where no geometry could be built", deferred=True
    )
    parcel_id: Mapped[str | None] = mapped_column(Text, comment="permanent id it has or would have")
    number: Mapped[str | None] = mapped_column(Text, comment="number it has or would have")
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=STORAGE_SRID, spatial_index=False),
        comment="to be admitted, storage coordinates",
        deferred=True,
    )
    decision: Mapped[str] = mapped_column(
        Text, server_default=text("'staged'"), comment="staged, admitted, quarantined or rejected"
    )
    rule: Mapped[str | None] = mapped_column(Text, comment="rule that refused it")
    reason: Mapped[str | None] = mapped_column(Text, comment="reason in words")
    place: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", srid=STORAGE_SRID, spatial_index=False),
        comment="place of the error, storage coordinates",
        deferred=True,
    )
    edit_id: Mapped[int | None] = mapped_column(BigInteger, comment="edit that admitted it after it was refused")
    sort_key: Mapped[int | None] = mapped_column(
        BigInteger, comment="position on the Hilbert curve: order of admission"
    )

    __table_args__ = (
        UniqueConstraint("batch", "row"),
        CheckConstraint("decision IN ('staged', 'admitted', 'quarantined', 'rejected')", name="known_decision"),
        CheckConstraint(
            "decision <> 'quarantined' OR (rule IS NOT NULL AND reason IS NOT NULL)", name="refusal_has_reason"
        ),
        # Refused rows only: the many that are admitted never enter.
        Index("ix__staged_parcel__refused", "decision", "id", postgresql_where=IS_REFUSED),
        Index(
            "ix__staged_parcel__words",
            literal_column("lower((COALESCE(parcel_id, ''::text) || ' '::text) || COALESCE(reason, ''::text))").label(
                "words"
            ),
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
            postgresql_where=IS_REFUSED,
        ),
        Index("ix__staged_parcel__once_refused", "batch", "row", postgresql_where=text("rule IS NOT NULL")),
        Index("ix__staged_parcel__rule", "rule", "id", postgresql_where=text("rule IS NOT NULL")),
        Index("ix__staged_parcel__queue", "batch", "sort_key", postgresql_where=text("decision = 'staged'")),
        {"comment": __doc__},
    )


class RowDecision(Base):
    """What somebody decided about a refused row of an import; never changed."""

    __tablename__ = "row_decision"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    staged_parcel: Mapped[int] = mapped_column(ForeignKey("staged_parcel.id"), comment="staged_parcel.id")
    what: Mapped[str] = mapped_column(Text, comment="admitted, rejected or returned (its edit was undone)")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="account.id of who decided")
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when"
    )
    reason: Mapped[str] = mapped_column(Text, server_default=text("''"), comment="why, in words")
    edit_id: Mapped[int | None] = mapped_column(BigInteger, comment="edit that admitted it, or undid that")

    __table_args__ = (
        CheckConstraint("what IN ('admitted', 'rejected', 'returned')", name="known"),
        CheckConstraint("(what = 'rejected') = (edit_id IS NULL)", name="has_edit"),
        Index("ix__row_decision__staged_parcel", "staged_parcel", "id"),
        Index("ix__row_decision__edit_id", "edit_id"),
        {"comment": __doc__},
    )
