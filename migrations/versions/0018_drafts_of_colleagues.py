"""Drafts of colleagues: what each would change and where it lies, so that others see it coming; titles and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Of the drafts that there are: the parcels whose versions their authors saw, and where those lie.
FILL = """
UPDATE draft AS d SET
  parcels = ARRAY(SELECT jsonb_object_keys(d.seen::jsonb) ORDER BY 1),
  footprint = (
    SELECT ST_Expand(ST_SetSRID(ST_Extent(ST_Transform(ST_Envelope(p.geom), 4326))::geometry, 4326), 1e-6)
    FROM parcel AS p WHERE p.parcel_id IN (SELECT jsonb_object_keys(d.seen::jsonb)))
"""


def upgrade() -> None:
    """Four columns and an index on the footprint. It changes with the parcels of a draft, not with every step."""
    op.add_column(
        "draft",
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False, comment="what its owner calls it"),
    )
    op.add_column(
        "draft",
        sa.Column(
            "notes",
            sa.Text(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="JSON list: what was decided when each operation was made",
        ),
    )
    op.add_column(
        "draft",
        sa.Column(
            "parcels",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="parcel_id of what it would change",
        ),
    )
    op.add_column(
        "draft",
        sa.Column(
            "footprint",
            Geometry("POLYGON", srid=4326, spatial_index=False),
            nullable=True,
            comment="envelope of what it would change, degrees; unknown where nothing of it lies on the map",
        ),
    )
    op.execute("ALTER TABLE draft DISABLE TRIGGER draft_guard")
    op.execute(FILL)
    op.execute("ALTER TABLE draft ENABLE TRIGGER draft_guard")
    op.create_index("ix__draft__footprint", "draft", ["footprint"], postgresql_using="gist")


def downgrade() -> None:
    """Drafts stay; nobody but their owners sees them again."""
    op.drop_index("ix__draft__footprint", table_name="draft")
    for name in ("footprint", "parcels", "notes", "title"):
        op.drop_column("draft", name)
