"""What an index took when it was last rebuilt, to tell later how much of it is waste."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Text, func
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from spatial_admin.models.base import Base


class IndexSize(Base):
    """Size of an index when maintenance last rebuilt it, or first saw it; by name, for a rebuild gives it a new oid."""

    __tablename__ = "index_size"
    __table_args__ = ({"comment": __doc__},)

    name: Mapped[str] = mapped_column(Text, primary_key=True, comment="name of the index")
    bytes: Mapped[int] = mapped_column(BigInteger, comment="size of its file")
    rows: Mapped[int] = mapped_column(BigInteger, comment="rows that it held, as estimated")
    noted_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when that was"
    )
