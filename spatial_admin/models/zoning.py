"""Zoning districts and the share of each parcel that lies in them (many-to-many: real lots cross zones)."""

from __future__ import annotations

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spatial_admin.models.base import STORAGE_SRID, Base


class ZoningDistrict(Base):
    """An area under one set of land-use rules."""

    __tablename__ = "zoning_district"
    __table_args__ = (
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="valid_geom"),
        Index("ix__zoning_district__code", "code", "id"),
        Index("ix__zoning_district__geom", "geom", postgresql_using="gist"),
        {"comment": __doc__},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    code: Mapped[str] = mapped_column(Text, comment="code as in the zoning plan; several areas may carry one code")
    name: Mapped[str] = mapped_column(Text, comment="name shown to people")
    geom: Mapped[WKBElement] = mapped_column(
        Geometry("MULTIPOLYGON", srid=STORAGE_SRID, spatial_index=False),
        nullable=False,
        comment="storage coordinates",
        deferred=True,
        deferred_raiseload=True,
    )


class ParcelZoning(Base):
    """The share of a parcel's area that lies in a district; kept by the edit that moves the parcel."""

    __tablename__ = "parcel_zoning"
    __table_args__ = (
        UniqueConstraint("parcel", "district"),
        CheckConstraint("share > 0 AND share <= 1.000001", name="share"),
        {"comment": __doc__},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    parcel: Mapped[int] = mapped_column(ForeignKey("parcel.id"), comment="parcel.id")
    district: Mapped[int] = mapped_column(ForeignKey("zoning_district.id"), index=True, comment="zoning_district.id")
    share: Mapped[float] = mapped_column(comment="0 to 1")

    zoning_district: Mapped[ZoningDistrict] = relationship(lazy="raise")
