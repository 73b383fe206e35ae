"""How a deployment sets its rules, land that is known to be open, and scans of the whole coverage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import STORAGE_SRID, Base

SCAN_STATES = ("running", "done", "abandoned")


class ValidityRule(Base):
    """How administrators have set a rule of the catalogue; what is null, and rules without a row, are as by default."""

    __tablename__ = "validity_rule"

    name: Mapped[str] = mapped_column(Text, primary_key=True, comment="name of the rule in the catalogue")
    severity: Mapped[str | None] = mapped_column(Text, comment="error, warning or notice")
    is_on: Mapped[bool] = mapped_column(server_default=text("true"), comment="edits, imports and scans look at it")
    blocks: Mapped[bool] = mapped_column(server_default=text("false"), comment="what it newly finds refuses an edit")
    numbers: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb"), comment="its parameters, by name, where they are not the default"
    )
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="account.id: who set it last")
    changed_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was set last"
    )

    __table_args__ = (
        CheckConstraint("severity IN ('error', 'warning', 'notice')", name="known_severity"),
        CheckConstraint("jsonb_typeof(numbers) = 'object'", name="numbers_object"),
        {"comment": __doc__},
    )


class KnownGap(Base):
    """Land without parcels that is lawful: gaps in it are no findings."""

    __tablename__ = "known_gap"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    place: Mapped[WKBElement] = mapped_column(
        Geometry("MULTIPOLYGON", srid=STORAGE_SRID, spatial_index=False),
        nullable=False,
        comment="the land, storage coordinates",
        deferred=True,
    )
    reason: Mapped[str] = mapped_column(Text, comment="why nobody owns it")
    declared_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="account.id: who declared it")
    approved_by: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), comment="account.id: the second person, if one was"
    )
    declared_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was declared"
    )

    __table_args__ = (
        CheckConstraint("reason ~ '\\S'", name="has_reason"),
        Index("ix__known_gap__place", "place", postgresql_using="gist"),
        {"comment": __doc__},
    )


class Scan(Base):
    """One look of every rule at the whole coverage, as it was at one moment."""

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="shown to people")
    state: Mapped[str] = mapped_column(Text, server_default=text("'running'"), comment="running, done or abandoned")
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="every rule as it was set")
    begun_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was begun"
    )
    ended_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), comment="end")
    parcels: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), comment="parcels looked at")
    defects: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), comment="defects found")
    opened: Mapped[int] = mapped_column(Integer, server_default=text("0"), comment="findings opened")
    reopened: Mapped[int] = mapped_column(Integer, server_default=text("0"), comment="findings opened again")
    changed: Mapped[int] = mapped_column(Integer, server_default=text("0"), comment="findings brought up to date")
    fixed: Mapped[int] = mapped_column(Integer, server_default=text("0"), comment="findings that were no more")
    skipped: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), comment="left to the next scan: somebody edited there meanwhile"
    )

    __table_args__ = (CheckConstraint(f"state IN {SCAN_STATES}", name="known_state"), {"comment": __doc__})


class ScanCell(Base):
    """A part of the coverage that one process looks at; the cells of the newest scan are those of the next."""

    __tablename__ = "scan_cell"

    scan: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="scan.id")
    cell: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, comment="number in its scan")
    west: Mapped[float] = mapped_column(comment="storage coordinates")
    south: Mapped[float] = mapped_column(comment="storage coordinates")
    east: Mapped[float] = mapped_column(comment="storage coordinates; the cell ends before it")
    north: Mapped[float] = mapped_column(comment="storage coordinates; the cell ends before it")
    parcels: Mapped[int | None] = mapped_column(Integer, comment="parcels that are the cell's; null: not done yet")

    __table_args__ = ({"comment": __doc__},)


class ScanDefect(Base):
    """What a scan has found, before it is compared with the findings."""

    __tablename__ = "scan_defect"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    scan: Mapped[int] = mapped_column(BigInteger, comment="scan.id")
    cell: Mapped[int] = mapped_column(Integer, comment="scan_cell.cell; -1: looked at as a whole")
    rule: Mapped[str] = mapped_column(Text, comment="as in finding")
    fingerprint: Mapped[str] = mapped_column(Text, comment="as in finding")
    parcels: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="as in finding")
    versions: Mapped[list[int]] = mapped_column(ARRAY(Integer), comment="of these parcels, as they were looked at")
    place: Mapped[WKBElement | None] = mapped_column(
        Geometry("GEOMETRY", srid=STORAGE_SRID, spatial_index=False), comment="as in finding", deferred=True
    )
    measure: Mapped[float | None] = mapped_column(comment="as in finding")

    __table_args__ = (Index("ix__scan_defect__fingerprint", "scan", "fingerprint"), {"comment": __doc__})


class ScanSeen(Base):
    """A finding as it was when a scan began: what has changed since is not for the scan to judge."""

    __tablename__ = "scan_seen"

    scan: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="scan.id")
    finding: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="finding.id")
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), comment="finding.changed_at")
    versions: Mapped[list[int] | None] = mapped_column(ARRAY(Integer), comment="of its parcels; null of a fixed one")

    __table_args__ = ({"comment": __doc__},)


class DisputedBoundary(Base):
    """A boundary that somebody contests; it says so and forbids nothing."""

    __tablename__ = "disputed_boundary"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="shown to people")
    place: Mapped[WKBElement] = mapped_column(
        Geometry("GEOMETRY", srid=STORAGE_SRID, spatial_index=False),
        nullable=False,
        comment="the boundary, or the place of a finding, storage coordinates",
        deferred=True,
    )
    parcels: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="parcel.id of whose boundary it is")
    reason: Mapped[str] = mapped_column(Text, comment="who disputes what")
    record_id: Mapped[int | None] = mapped_column(BigInteger, comment="record.id: the document that says so")
    marked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="account.id: who marked it")
    marked_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="since when"
    )
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="account.id: who ended it")
    ended_at: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), comment="until when; null: it is disputed still"
    )
    ended_reason: Mapped[str | None] = mapped_column(Text, comment="how it was settled")

    __table_args__ = (
        CheckConstraint("reason ~ '\\S'", name="has_reason"),
        CheckConstraint("cardinality(parcels) > 0", name="concerns_parcels"),
        CheckConstraint("NOT ST_IsEmpty(place)", name="has_place"),
        Index("ix__disputed_boundary__place", "place", postgresql_using="gist"),
        Index("ix__disputed_boundary__parcels", "parcels", postgresql_using="gin"),
        {"comment": __doc__},
    )
