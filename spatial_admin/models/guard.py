"""Rows that exist to guard others: conflict cells, and the constants a database was created with."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base


class ConflictCell(Base):
    """A square of ground; whoever changes a boundary inside writes its row, so that two who do meet on a real row."""

    __tablename__ = "conflict_cell"
    __table_args__ = ({"comment": __doc__},)

    cell: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="column and row, packed"
    )
    holder: Mapped[int] = mapped_column(BigInteger, comment="transaction that wrote it last (its xid)")


class Deployment(Base):
    """What is fixed when the database is created; compared with the settings at every start."""

    __tablename__ = "deployment"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"comment": __doc__})

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="always 1")
    srid: Mapped[int] = mapped_column(comment="SRID of every stored geometry")
    crs_name: Mapped[str] = mapped_column(Text, comment="name of the CRS, for people")
    west: Mapped[float] = mapped_column(comment="extent, storage coordinates")
    south: Mapped[float] = mapped_column(comment="extent, storage coordinates")
    east: Mapped[float] = mapped_column(comment="extent, storage coordinates")
    north: Mapped[float] = mapped_column(comment="extent, storage coordinates")
    steps_per_unit: Mapped[int] = mapped_column(
        BigInteger, comment="1/grid: a new point is snapped to floor(v*k+0.5)/k"
    )
    cell_size: Mapped[float] = mapped_column(comment="side of a conflict cell, storage units")
    is_geographic: Mapped[bool] = mapped_column(comment="degrees on an ellipsoid, else units of a plane")
    metres_per_unit: Mapped[float] = mapped_column(comment="of a projected CRS")
    semi_major_m: Mapped[float] = mapped_column(comment="of the ellipsoid, metres")
    eccentricity2: Mapped[float] = mapped_column(comment="first eccentricity squared")
    node_within_m: Mapped[float] = mapped_column(comment="distance within which points and segments are noded")
