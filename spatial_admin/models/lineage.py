"""Lineage: which parcels came out of which, by what edit."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.cadastre.coverage import LINEAGE_KINDS
from spatial_admin.models.base import Base


class Lineage(Base):
    """One step from a parent's version to a child's version: a graph without cycles, for time flows one way."""

    # A lot that is split off and merged back under its old id: by ids alone that would be a cycle.
    __tablename__ = "lineage"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    parent: Mapped[str] = mapped_column(Text, comment="parcel_id of the parcel it came out of")
    parent_version: Mapped[int] = mapped_column(comment="the parent's version that it came out of")
    child: Mapped[str] = mapped_column(Text, comment="parcel_id of what came out")
    child_version: Mapped[int] = mapped_column(comment="the child's version that it made")
    # No foreign key, neither to parcel nor to edit: the check would read index pages that unrelated edits write.
    edit_id: Mapped[int] = mapped_column(BigInteger, comment="edit that made the step")
    kind: Mapped[str] = mapped_column(Text, comment="split, merge, replace, transfer or correct")

    __table_args__ = (
        CheckConstraint(f"kind IN {LINEAGE_KINDS}", name="known_kind"),
        CheckConstraint("parent <> child", name="of_two_parcels"),
        Index("ix__lineage__parent", "parent", "parent_version"),
        Index("ix__lineage__child", "child", "child_version"),
        Index("ix__lineage__edit_id", "edit_id"),
        {"comment": __doc__},
    )
