"""Findings: stored validity errors, and what happened to each."""

from __future__ import annotations

from datetime import datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import STORAGE_SRID, Base

STATUSES = ("open", "accepted", "fixed")
SEVERITIES = ("error", "warning", "notice")
# How bad a finding is, as one number that an index holds: its severity, then its measure, whatever its unit.
# Written as PostgreSQL writes it, so that a migration can be compared with it.
BADNESS = (
    "(((severity = 'error'::text)::integer * 2 + (severity = 'warning'::text)::integer)::double precision "
    "* 1000000000::double precision "
    "+ LEAST(abs(COALESCE(measure, 0::double precision)), 999999999::double precision))"
)


class Finding(Base):
    """One validity error; the fingerprint (rule and internal parcel ids) makes the same defect the same finding."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(), primary_key=True, comment="internal identity, shown to people"
    )
    rule: Mapped[str] = mapped_column(Text, comment="rule that is broken")
    fingerprint: Mapped[str] = mapped_column(Text, comment="rule:ids, for one-parcel rules also the point")
    parcels: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="parcel.id of all concerned, ascending")
    place: Mapped[WKBElement | None] = mapped_column(
        Geometry("GEOMETRY", srid=STORAGE_SRID, spatial_index=False),
        comment="where, storage coordinates",
        deferred=True,
    )
    measure: Mapped[float | None] = mapped_column(comment="how much: square metres for overlap, sliver and gap")
    severity: Mapped[str] = mapped_column(Text, comment="error, warning or notice")
    status: Mapped[str] = mapped_column(Text, server_default=text("'open'"), comment="open, accepted or fixed")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="who has it")
    reason: Mapped[str | None] = mapped_column(Text, comment="why it was accepted")
    record_id: Mapped[int | None] = mapped_column(BigInteger, comment="record.id that its acceptance rests on")
    accepted_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), comment="acceptance ends")
    opened_by: Mapped[int | None] = mapped_column(BigInteger, comment="edit.id that opened it")
    closed_by: Mapped[int | None] = mapped_column(BigInteger, comment="edit.id that closed it")
    opened_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was first found"
    )
    changed_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it last changed"
    )

    __table_args__ = (
        UniqueConstraint("fingerprint"),
        CheckConstraint(f"status IN {STATUSES}", name="known_status"),
        CheckConstraint(f"severity IN {SEVERITIES}", name="known_severity"),
        CheckConstraint("cardinality(parcels) > 0", name="concerns_parcels"),
        Index("ix__finding__place", "place", postgresql_using="gist"),
        # No fast update: its pending list is one lock for the whole index under SERIALIZABLE.
        Index("ix__finding__parcels", "parcels", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("ix__finding__status_id", "status", "id"),
        Index("ix__finding__status_rule", "status", "rule", "id"),
        Index("ix__finding__status_badness", "status", text(BADNESS), "id"),
        Index("ix__finding__rule", "rule", "id"),
        Index("ix__finding__badness", text(BADNESS), "id"),
        Index("ix__finding__opened_at", "opened_at"),
        Index("ix__finding__opened_by", "opened_by", "id"),
        Index("ix__finding__assignee_id", "assignee_id", "id", postgresql_where=text("assignee_id IS NOT NULL")),
        Index(
            "ix__finding__accepted_until",
            "accepted_until",
            postgresql_where=text("status = 'accepted' AND accepted_until IS NOT NULL"),
        ),
        Index("ix__finding__measure", text("COALESCE(measure, 0::double precision)"), "id"),
        {"comment": __doc__},
    )


class FindingEvent(Base):
    """What happened to a finding, in order."""

    __tablename__ = "finding_event"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    finding: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True, comment="finding.id")
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when"
    )
    what: Mapped[str] = mapped_column(Text, comment="opened, changed, fixed, reopened, accepted or assigned")
    edit_id: Mapped[int | None] = mapped_column(BigInteger, comment="edit that did it")
    account_id: Mapped[int | None] = mapped_column(BigInteger, comment="person who did it")
    reason: Mapped[str | None] = mapped_column(Text, comment="in their words")
    record_id: Mapped[int | None] = mapped_column(BigInteger, comment="record that was named")
    assignee_id: Mapped[int | None] = mapped_column(BigInteger, comment="account.id of who was given it")
    approved_by: Mapped[int | None] = mapped_column(BigInteger, comment="account.id: the second person, if one was")

    __table_args__ = (
        Index("ix__finding_event__edit_id", "edit_id"),
        Index("ix__finding_event__at", "at"),
        CheckConstraint(
            "what IN ('opened', 'changed', 'fixed', 'reopened', 'accepted', 'assigned')", name="known_event"
        ),
        {"comment": __doc__},
    )
