"""Reference layers: files to look at while one draws, kept for their owner."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """The table, and the right to delete from it: nothing else refers to a layer."""
    op.create_table(
        "reference_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("owner_id", sa.BigInteger(), nullable=False, comment="account.id: who alone sees it"),
        sa.Column("name", sa.Text(), nullable=False, comment="of the file that it came from"),
        sa.Column("content", sa.Text(), nullable=False, comment="JSON: CRS, points and features, as they are shown"),
        sa.Column("point_count", sa.Integer(), nullable=False, comment="how many points it has"),
        sa.Column(
            "created_at",
            MOMENT,
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when it was loaded",
        ),
        sa.Column("expires_at", MOMENT, nullable=False, comment="after this maintenance may delete it"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk__reference_layer__owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reference_layer")),
        comment="Points and lines of a file, to look at and to snap to; no parcel comes of them.",
    )
    op.create_index("ix__reference_layer__owner_id", "reference_layer", ["owner_id", "id"])
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT, DELETE ON reference_layer TO {quoted}")


def downgrade() -> None:
    """Layers go; the files that they came from are with those who loaded them."""
    op.drop_table("reference_layer")
