"""What tiles are kept true by: the feed of changed places, and counts of parcels by square of the Web Mercator grid."""

from __future__ import annotations

from datetime import datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from spatial_admin.models.base import Base


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's xid8: the number of a transaction, which never comes again."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Its name in SQL."""
        return "xid8"


ischema_names["xid8"] = TransactionId  # so that Alembic recognizes it in the database


class TileChange(Base):
    """A place where something that tiles show changed; readers ask for what their last snapshot did not see."""

    __tablename__ = "tile_change"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity; no order")
    # Numbers of a sequence do not follow the order of commits; snapshots and these do.
    xid: Mapped[str] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()"), comment="transaction that changed it"
    )
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"), comment="when it was noted"
    )
    west: Mapped[float | None] = mapped_column(Double, comment="storage coordinates; null for a finding without place")
    south: Mapped[float | None] = mapped_column(Double, comment="storage coordinates")
    east: Mapped[float | None] = mapped_column(Double, comment="storage coordinates")
    north: Mapped[float | None] = mapped_column(Double, comment="storage coordinates")
    from_zoom: Mapped[int] = mapped_column(
        SmallInteger, comment="0: tiles of all zooms; 14: only those that show parcels"
    )
    parcels: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger), comment="parcel.id of parcels whose number of findings changed; they may lie beyond the box"
    )

    __table_args__ = (Index("ix__tile_change__xid", "xid"), {"comment": __doc__})


class ParcelCell(Base):
    """How many current parcels and open findings a square of the Web Mercator grid holds, at levels 6 to 19."""

    __tablename__ = "parcel_cell"
    __table_args__ = ({"comment": __doc__},)

    level: Mapped[int] = mapped_column(
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="a tile of zoom z has 64 by 64 cells of level z + 6",
    )
    code: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="interleaved bits of column and row (Morton)"
    )
    parcels: Mapped[int] = mapped_column(Integer, comment="current parcels whose envelope has its middle here")
    findings: Mapped[int] = mapped_column(Integer, comment="open findings whose place has its middle here")


class TileBody(Base):
    """Tiles drawn beforehand, for all web processes and replicas; true as of their mark or of the last sweep."""

    __tablename__ = "tile_body"
    __table_args__ = ({"comment": __doc__},)

    z: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, comment="zoom")
    x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="column from west")
    y: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="row from north")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="the tile (Mapbox Vector Tile)")
    mark: Mapped[str] = mapped_column(Text, comment="snapshot that it was drawn from (pg_snapshot)")


class TileSweep(Base):
    """When tile_body was last held to what had changed; one row."""

    __tablename__ = "tile_sweep"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"comment": __doc__})

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="always 1")
    generation: Mapped[int] = mapped_column(BigInteger, comment="how many sweeps there were")
    mark: Mapped[str] = mapped_column(Text, comment="snapshot of the last one (pg_snapshot)")
    kept_from: Mapped[str] = mapped_column(
        TransactionId, comment="changes of transactions before this one may have been taken away"
    )
    system: Mapped[str] = mapped_column(Text, comment="PostgreSQL's identifier of the cluster")


class ZoningOutline(Base):
    """Zoning districts simplified for the zooms below 14; kept by trigger."""

    __tablename__ = "zoning_outline"
    __table_args__ = (Index("ix__zoning_outline__geom", "geom", postgresql_using="gist"), {"comment": __doc__})

    district: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="zoning_district.id"
    )
    zoom: Mapped[int] = mapped_column(
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="drawn up to this zoom, from the one before it: 5, 9, 11, 13",
    )
    geom: Mapped[WKBElement] = mapped_column(
        Geometry("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False, comment="Web Mercator"
    )


# Without a key: rows are only ever appended, summed up, and taken away together.
parcel_cell_delta = Table(
    "parcel_cell_delta",
    Base.metadata,
    Column("code", BigInteger, nullable=False, comment="code of the cell of level 19"),
    Column("parcels", Integer, nullable=False, comment="how many more, or less"),
    Column("findings", Integer, nullable=False, comment="how many more, or less"),
    Index("ix__parcel_cell_delta__code", "code"),
    comment="What edits changed in parcel_cell and nobody has added to it yet; edits append, readers add it up.",
)
