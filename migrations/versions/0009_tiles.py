"""Tiles: the feed of changed places, and counts of parcels for the zooms where they are smaller than a pixel."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url

from spatial_admin.models.tile import ParcelCell, TileChange, TransactionId

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0009_tiles.sql"
TRIGGERS = (
    ("parcel", "parcel_tiles_insert"),
    ("parcel", "parcel_tiles_update"),
    ("finding", "finding_tiles"),
    ("zoning_district", "zoning_district_tiles"),
)
FUNCTIONS = (
    "rebuild_parcel_cells()",
    "fold_parcel_cells(int)",
    "note_everything()",
    "note_zoning()",
    "note_finding()",
    "note_updated_parcels()",
    "note_inserted_parcels()",
    "tile_cell(geometry)",
)


def upgrade() -> None:
    """Tables, functions, triggers; counts of what is stored."""
    _make_feed()
    _make_counts()
    settings = current_app.config["SETTINGS"]
    script = SQL.read_text(encoding="utf-8").replace("@srid@", str(settings.srid))
    connection = op.get_bind()
    connection.exec_driver_sql(script.replace("%", "%%"))
    app_role = make_url(settings.database_url).username
    if app_role and app_role != connection.execute(sa.text("SELECT current_user")).scalar_one():
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        # Triggers and folding run as the owner: the application only reads, and takes away what nobody asks for any more.
        op.execute(f"GRANT SELECT ON tile_change, parcel_cell, parcel_cell_delta TO {quoted}")
        op.execute(f"GRANT DELETE ON tile_change TO {quoted}")


def _make_feed() -> None:
    op.create_table(
        "tile_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False, comment="internal identity; no order"),
        sa.Column(
            "xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False,
            comment="transaction that changed it",
        ),
        sa.Column("west", sa.Double(), comment="storage coordinates; null for a finding without place"),
        sa.Column("south", sa.Double(), comment="storage coordinates"),
        sa.Column("east", sa.Double(), comment="storage coordinates"),
        sa.Column("north", sa.Double(), comment="storage coordinates"),
        sa.Column(
            "from_zoom", sa.SmallInteger(), nullable=False,
            comment="0: tiles of all zooms; 14: only those that show parcels",
        ),
        sa.Column(
            "parcels", sa.ARRAY(sa.BigInteger()),
            comment="parcel.id of parcels whose number of findings changed; they may lie beyond the box",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__tile_change")),
        comment=TileChange.__doc__,
    )  # fmt: skip
    op.create_index("ix__tile_change__xid", "tile_change", ["xid"])


def _make_counts() -> None:
    op.create_table(
        "parcel_cell",
        sa.Column(
            "level", sa.SmallInteger(), autoincrement=False, nullable=False,
            comment="a tile of zoom z has 64 by 64 cells of level z + 6",
        ),
        sa.Column(
            "code", sa.BigInteger(), autoincrement=False, nullable=False,
            comment="interleaved bits of column and row (Morton)",
        ),
        sa.Column(
            "parcels", sa.Integer(), nullable=False, comment="current parcels whose envelope has its middle here"
        ),
        sa.Column("findings", sa.Integer(), nullable=False, comment="open findings whose place has its middle here"),
        sa.PrimaryKeyConstraint("level", "code", name=op.f("pk__parcel_cell")),
        comment=ParcelCell.__doc__,
    )  # fmt: skip
    op.create_table(
        "parcel_cell_delta",
        sa.Column("code", sa.BigInteger(), nullable=False, comment="code of the cell of level 19"),
        sa.Column("parcels", sa.Integer(), nullable=False, comment="how many more, or less"),
        sa.Column("findings", sa.Integer(), nullable=False, comment="how many more, or less"),
        comment="What edits changed in parcel_cell and nobody has added to it yet; edits append, readers add it up.",
    )
    op.create_index("ix__parcel_cell_delta__code", "parcel_cell_delta", ["code"])


def downgrade() -> None:
    """Nothing is lost: what goes is derived."""
    for table, trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("parcel_cell_delta")
    op.drop_table("parcel_cell")
    op.drop_table("tile_change")
