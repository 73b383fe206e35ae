"""People, what they may do, and the tokens of their clients."""

from __future__ import annotations

from datetime import datetime

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Table, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spatial_admin.models.base import Base

ROLES = {
    "viewer": "sees parcels, history and findings",
    "editor": "changes boundaries and attributes",
    "reviewer": "judges findings and accepts exceptions",
    "administrator": "does everything, and manages accounts and imports",
}

account_role = Table(
    "account_role",
    Base.metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True, comment="account.id"),
    Column("role_id", ForeignKey("role.id"), primary_key=True, comment="role.id"),
    comment="Which roles an account has.",
)


class Role(Base, RoleMixin):
    """A set of permissions."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("name"), {"comment": __doc__})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    name: Mapped[str] = mapped_column(Text, comment="viewer, editor, reviewer or administrator")
    description: Mapped[str] = mapped_column(Text, comment="what it allows")


class Account(Base, UserMixin):
    """A person who signs in; never deleted, only made inactive, because edits name their author."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("email"), UniqueConstraint("fs_uniquifier"), {"comment": __doc__})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    email: Mapped[str] = mapped_column(Text, comment="name to sign in with")
    password: Mapped[str | None] = mapped_column(Text, comment="argon2 hash")
    active: Mapped[bool] = mapped_column(server_default=text("true"), comment="may sign in")
    fs_uniquifier: Mapped[str] = mapped_column(Text, comment="changes when every session of the account must end")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was made"
    )

    roles: Mapped[list[Role]] = relationship(secondary=account_role, lazy="selectin")  # type: ignore[assignment]  # list of the mixin


class ApiToken(Base):
    """A client's credential; only its digest is kept."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("sha256"), {"comment": __doc__})

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, comment="internal identity")
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True, comment="whose it is")
    sha256: Mapped[str] = mapped_column(Text, comment="hex digest of the token")
    name: Mapped[str] = mapped_column(Text, comment="what it is for")
    expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), comment="after this it is refused")
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.clock_timestamp(), comment="when it was made"
    )

    account: Mapped[Account] = relationship(lazy="joined")
