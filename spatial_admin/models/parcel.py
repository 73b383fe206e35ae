"""Parcels (LADM LA_SpatialUnit), their levels, and the append-only image of every version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSTZRANGE, Range
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spatial_admin.cadastre.reference_system import describe
from spatial_admin.models.base import STORAGE_SRID, Base

PARCEL_KINDS = ("lot", "road", "water", "common", "unit", "easement")
CHANGES = ("created", "geometry", "noded", "attributes", "retired", "restored")


def multipolygon() -> Geometry:
    """The type of every parcel geometry; its index is made by hand, on current rows only (else there are two)."""
    return Geometry("MULTIPOLYGON", srid=STORAGE_SRID, spatial_index=False)


def _geography_index() -> list[Index]:
    """For radius search in metres; of degrees only, in a plane the boundary's own index answers in metres."""
    if not describe(STORAGE_SRID).is_geographic:
        return []
    current = text("end_lifespan_version IS NULL")
    return [Index("ix__parcel__geography", text("geography(geom)"), postgresql_using="gist", postgresql_where=current)]


class Level(Base):
    """A set of parcels (LADM LA_Level); in an exclusive one they may not overlap: the coverage."""

    __tablename__ = "level"
    __table_args__ = ({"comment": __doc__},)

    code: Mapped[str] = mapped_column(Text, primary_key=True, comment="short name used in requests")
    name: Mapped[str] = mapped_column(Text, comment="name shown to people")
    is_exclusive: Mapped[bool] = mapped_column("exclusive", comment="parcels of this level may not overlap")


class Parcel(Base):
    """One parcel in its newest version; retired rows stay, with the end of their life set."""

    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity; never shown")
    parcel_id: Mapped[str] = mapped_column(Text, comment="permanent identity: never changed, never reused")
    number: Mapped[str | None] = mapped_column(Text, comment="what people print; repeated numbers are a finding")
    level: Mapped[str] = mapped_column(ForeignKey("level.code"), comment="level the parcel belongs to")
    kind: Mapped[str] = mapped_column(Text, comment="lot, road, water, common, unit or easement")
    part_of: Mapped[str | None] = mapped_column(Text, comment="parcel_id of the ground parcel of a unit")
    geom: Mapped[WKBElement] = mapped_column(
        multipolygon(),
        nullable=False,
        comment="boundary in storage coordinates",
        deferred=True,
        deferred_raiseload=True,
    )
    area_m2: Mapped[float] = mapped_column(comment="computed with the version: grid or ellipsoidal, see deployment")
    legal_area_m2: Mapped[float | None] = mapped_column(comment="area as the document states it")
    legal_area_text: Mapped[str | None] = mapped_column(Text, comment="the document's own words for the area")
    land_use: Mapped[str | None] = mapped_column(Text, comment="land use as recorded")
    address: Mapped[str | None] = mapped_column(Text, comment="street address")
    attributes: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb"), comment="further properties, kept as they came"
    )
    version: Mapped[int] = mapped_column(server_default=text("1"), comment="1, 2, 3 ...; set by trigger")
    begin_lifespan_version: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when this version began"
    )
    end_lifespan_version: Mapped[datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), comment="when the parcel was retired; null while it is current"
    )
    # No foreign key: reading the newest leaf of edit's index aborts 20 to 66 % of unrelated edits.
    edit_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), comment="edit that made this version")

    # Who wants them says how they come: selectinload(Parcel.zonings).joinedload(ParcelZoning.zoning_district) is two
    # statements for any number of parcels. Row by row is refused.
    zonings: Mapped[list[ParcelZoning]] = relationship(
        viewonly=True, order_by="ParcelZoning.share.desc()", lazy="raise"
    )

    __table_args__ = (
        UniqueConstraint("parcel_id"),
        CheckConstraint("parcel_id ~ '^[[:print:]]{1,100}$' AND btrim(parcel_id) = parcel_id", name="printable_id"),
        CheckConstraint(f"kind IN {PARCEL_KINDS}", name="known_kind"),
        CheckConstraint("ST_IsValid(geom)", name="valid_geom"),
        CheckConstraint("NOT ST_IsEmpty(geom)", name="filled_geom"),
        CheckConstraint("geom @ deployment_extent()", name="geom_within_extent"),
        CheckConstraint("legal_area_m2 > 0", name="positive_legal_area"),
        CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes_object"),
        CheckConstraint("end_lifespan_version >= begin_lifespan_version", name="lifespan"),
        Index(
            "ix__parcel__geom", "geom", postgresql_using="gist", postgresql_where=text("end_lifespan_version IS NULL")
        ),
        # The units of a ground parcel: they follow it when it is merged, and keep it from being retired.
        Index("ix__parcel__part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        Index(
            "ix__parcel__search",
            literal_column("search_text(parcel_id, number, address)").label("search"),
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        # Lists and search (migrations/sql/0010_list_indexes.sql says what each is for, and
        # collates the first two bytewise, which a reflected index does not tell).
        Index("ix__parcel__lower_id", text("lower(parcel_id)"), "id"),
        Index("ix__parcel__lower_number", text("COALESCE(lower(number), ''::text)"), "id"),
        Index("ix__parcel__area_m2", "area_m2", "id"),
        Index("ix__parcel__kind", "kind", "level"),
        Index("ix__parcel__retired", "id", postgresql_where=text("end_lifespan_version IS NOT NULL")),
        *_geography_index(),
        {"comment": __doc__},
    )

    @hybrid_property
    def is_current(self) -> bool:
        """True until the parcel is retired."""
        return self.end_lifespan_version is None

    @is_current.inplace.expression
    @classmethod
    def _is_current_sql(cls) -> ColumnElement[bool]:
        return cls.end_lifespan_version.is_(None)

    @hybrid_property
    def perimeter_m(self) -> float:
        """Length of all rings in metres; only as a query expression, so that no page loads geometry row by row."""
        raise AttributeError("perimeter_m is a query expression: select(Parcel.perimeter_m)")

    @perimeter_m.inplace.expression
    @classmethod
    def _perimeter_sql(cls) -> ColumnElement[float]:
        return func.ground_perimeter_m(cls.geom)

    @hybrid_property
    def computed_area_m2(self) -> float:
        """Area computed now from the geometry by the deployment's method, to hold against `area_m2`."""
        raise AttributeError("computed_area_m2 is a query expression: select(Parcel.computed_area_m2)")

    @computed_area_m2.inplace.expression
    @classmethod
    def _computed_area_sql(cls) -> ColumnElement[float]:
        return func.ground_area_m2(cls.geom)

    @hybrid_property
    def centroid(self) -> WKBElement:
        """Centre of gravity, storage coordinates; a query expression."""
        raise AttributeError("centroid is a query expression: select(Parcel.centroid)")

    @centroid.inplace.expression
    @classmethod
    def _centroid_sql(cls) -> ColumnElement[WKBElement]:
        return func.ST_Centroid(cls.geom, type_=Geometry("POINT", srid=STORAGE_SRID))

    @hybrid_property
    def envelope(self) -> WKBElement:
        """Smallest box around the parcel, storage coordinates; a query expression."""
        raise AttributeError("envelope is a query expression: select(Parcel.envelope)")

    @envelope.inplace.expression
    @classmethod
    def _envelope_sql(cls) -> ColumnElement[WKBElement]:
        return func.ST_Envelope(cls.geom, type_=Geometry("POLYGON", srid=STORAGE_SRID))


class ParcelVersion(Base):
    """Every version a parcel ever had; written by trigger only, and never changed but for the end of its period."""

    __tablename__ = "parcel_version"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), comment="internal identity")
    parcel: Mapped[int] = mapped_column(BigInteger, comment="parcel.id")
    parcel_id: Mapped[str] = mapped_column(Text, comment="permanent identity of the parcel")
    version: Mapped[int] = mapped_column(comment="number of the version")
    period: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, comment="from when to when it was the newest")
    change: Mapped[str] = mapped_column(Text, comment="created, geometry, noded, attributes, retired or restored")
    edit_id: Mapped[int] = mapped_column(BigInteger, comment="edit that made it")
    number: Mapped[str | None] = mapped_column(Text, comment="as in parcel")
    level: Mapped[str] = mapped_column(Text, comment="as in parcel")
    kind: Mapped[str] = mapped_column(Text, comment="as in parcel")
    part_of: Mapped[str | None] = mapped_column(Text, comment="as in parcel")
    geom: Mapped[WKBElement] = mapped_column(
        multipolygon(), nullable=False, comment="as in parcel", deferred=True, deferred_raiseload=True
    )
    area_m2: Mapped[float] = mapped_column(comment="as in parcel")
    legal_area_m2: Mapped[float | None] = mapped_column(comment="as in parcel")
    legal_area_text: Mapped[str | None] = mapped_column(Text, comment="as in parcel")
    land_use: Mapped[str | None] = mapped_column(Text, comment="as in parcel")
    address: Mapped[str | None] = mapped_column(Text, comment="as in parcel")
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="as in parcel")
    begun: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), comment="begin of its period; never changes, and says in which partition it lies"
    )

    # The keys of a partitioned table hold the key of its partitions. That `id` alone is unique is the sequence's work;
    # that (parcel, version) is, the triggers' (docs/history.md).
    __mapper_args__ = {"primary_key": [id]}  # noqa: RUF012, A003 (SQLAlchemy's own name; our `id`)
    __table_args__ = (
        PrimaryKeyConstraint("id", "begun"),
        UniqueConstraint("parcel", "version", "begun"),
        CheckConstraint(f"change IN {CHANGES}", name="known_change"),
        CheckConstraint("(begun = lower(period)) IS TRUE", name="begun"),
        Index("ix__parcel_version__parcel_id", "parcel_id"),
        Index("ix__parcel_version__edit_id", "edit_id"),
        Index("ix__parcel_version__change", "change", "id", postgresql_where=text("change <> 'created'")),
        Index("ix__parcel_version__geom", "geom", postgresql_using="gist"),  # not with the period: docs/history.md
        # What says whether a parcel was there at a version: few rows, so hardly any write pays for it.
        Index(
            "ix__parcel_version__lifespan",
            "parcel",
            "version",
            postgresql_where=text("change IN ('retired', 'restored')"),
        ),
        {"comment": __doc__, "postgresql_partition_by": "RANGE (begun)"},
    )


from spatial_admin.models.zoning import ParcelZoning  # noqa: E402 (the relationship above names it; zoning names Parcel)
