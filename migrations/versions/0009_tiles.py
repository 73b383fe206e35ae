"""Tiles: the feed of changed places, and counts of parcels for the zooms where they are smaller than a pixel."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app
from geoalchemy2 import Geometry
from sqlalchemy import make_url

from spatial_admin.models.tile import ParcelCell, TileBody, TileChange, TileSweep, TransactionId, ZoningOutline

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
    "tile_changes_after(pg_snapshot, int)",
    "rebuild_parcel_cells()",
    "fold_parcel_cells(int)",
    "note_everything()",
    "note_zoning()",
    "outline_district(bigint, geometry)",
    "note_finding()",
    "note_updated_parcels()",
    "note_inserted_parcels()",
    "tile_cell(geometry)",
)


def upgrade() -> None:
    """Tables, functions, triggers; counts of what is stored."""
    _make_feed()
    _make_counts()
    _make_bodies()
    _make_outlines()
    settings = current_app.config["SETTINGS"]
    script = SQL.read_text(encoding="utf-8").replace("@srid@", str(settings.srid))
    connection = op.get_bind()
    connection.exec_driver_sql(script.replace("%", "%%"))
    app_role = make_url(settings.database_url).username
    if app_role and app_role != connection.execute(sa.text("SELECT current_user")).scalar_one():
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        # Triggers and folding run as the owner: the application only reads, and takes away what nobody asks for any more.
        op.execute(f"GRANT SELECT ON tile_change, parcel_cell, parcel_cell_delta, zoning_outline TO {quoted}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON tile_body TO {quoted}")
        op.execute(f"GRANT SELECT, UPDATE ON tile_sweep TO {quoted}")
        op.execute(f"GRANT DELETE ON tile_change TO {quoted}")


def _make_feed() -> None:
    op.create_table(
        "tile_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False, comment="internal identity; no order"),
        sa.Column(
            "xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False,
            comment="transaction that changed it",
        ),
        sa.Column(
            "at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False,
            comment="when it was noted",
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


def _make_bodies() -> None:
    op.create_table(
        "tile_body",
        sa.Column("z", sa.SmallInteger(), autoincrement=False, nullable=False, comment="zoom"),
        sa.Column("x", sa.Integer(), autoincrement=False, nullable=False, comment="column from west"),
        sa.Column("y", sa.Integer(), autoincrement=False, nullable=False, comment="row from north"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="the tile (Mapbox Vector Tile)"),
        sa.Column("mark", sa.Text(), nullable=False, comment="snapshot that it was drawn from (pg_snapshot)"),
        sa.PrimaryKeyConstraint("z", "x", "y", name=op.f("pk__tile_body")),
        comment=TileBody.__doc__,
    )
    op.create_table(
        "tile_sweep",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1"),
        sa.Column("generation", sa.BigInteger(), nullable=False, comment="how many sweeps there were"),
        sa.Column("mark", sa.Text(), nullable=False, comment="snapshot of the last one (pg_snapshot)"),
        sa.Column(
            "kept_from", TransactionId(), nullable=False,
            comment="changes of transactions before this one may have been taken away",
        ),
        sa.Column("system", sa.Text(), nullable=False, comment="PostgreSQL's identifier of the cluster"),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__tile_sweep")),
        comment=TileSweep.__doc__,
    )  # fmt: skip


def _make_outlines() -> None:
    op.create_table(
        "zoning_outline",
        sa.Column("district", sa.BigInteger(), autoincrement=False, nullable=False, comment="zoning_district.id"),
        sa.Column(
            "zoom", sa.SmallInteger(), autoincrement=False, nullable=False,
            comment="drawn up to this zoom, from the one before it: 5, 9, 11, 13",
        ),
        sa.Column(
            "geom", Geometry("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False, comment="Web Mercator"
        ),
        sa.PrimaryKeyConstraint("district", "zoom", name=op.f("pk__zoning_outline")),
        comment=ZoningOutline.__doc__,
    )  # fmt: skip
    op.create_index("ix__zoning_outline__geom", "zoning_outline", ["geom"], postgresql_using="gist")


def downgrade() -> None:
    """Nothing is lost: what goes is derived."""
    for table, trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("zoning_outline")
    op.drop_table("tile_sweep")
    op.drop_table("tile_body")
    op.drop_table("parcel_cell_delta")
    op.drop_table("parcel_cell")
    op.drop_table("tile_change")
