"""The ground: extensions, the deployment's constants, and the functions that tables need before they exist."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import describe, ground_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
FUNCTIONS = (
    "changed_region(geometry, geometry)",
    "differing_segments(geometry[], geometry[])",
    "differing_parts(geometry, geometry)",
    "segments_of(geometry)",
    "rings_of(geometry)",
    "cells_of(box2d)",
    "ground_perimeter_m(geometry)",
    "ground_area_m2(geometry)",
    "in_local_metres(geometry)",
    "ground_scale(float8)",
    "search_text(text, text, text)",
    "deployment_extent()",
)


def upgrade() -> None:
    """Bake the constants in: what they are is decided here, once, from the settings of the first start."""
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    # Only a superuser can create PostGIS; where it is there already, IF NOT EXISTS needs no such right.
    for extension in ("postgis", "pg_trgm"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    west, south, east, north = ground.extent
    constants = {
        "srid": ground.srid,
        "crs_name": describe(ground.srid).name,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "steps_per_unit": ground.steps_per_unit,
        "cell_size": ground.cell_size,
        "is_geographic": ground.is_geographic,
        "metres_per_unit": ground.metres_per_unit,
        "semi_major_m": ground.semi_major_m,
        "eccentricity2": ground.eccentricity2,
        "node_within_m": ground.node_within_m,
    }
    script = (SQL / "0001_ground.sql").read_text(encoding="utf-8")
    for name, value in constants.items():
        script = script.replace(f"@{name}@", str(value).lower() if isinstance(value, bool) else repr(value))
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
    table = op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1"),
        sa.Column("srid", sa.Integer(), nullable=False, comment="SRID of every stored geometry"),
        sa.Column("crs_name", sa.Text(), nullable=False, comment="name of the CRS, for people"),
        sa.Column("west", sa.Double(), nullable=False, comment="extent, storage coordinates"),
        sa.Column("south", sa.Double(), nullable=False, comment="extent, storage coordinates"),
        sa.Column("east", sa.Double(), nullable=False, comment="extent, storage coordinates"),
        sa.Column("north", sa.Double(), nullable=False, comment="extent, storage coordinates"),
        sa.Column(
            "steps_per_unit",
            sa.BigInteger(),
            nullable=False,
            comment="1/grid: a new point is snapped to floor(v*k+0.5)/k",
        ),
        sa.Column("cell_size", sa.Double(), nullable=False, comment="side of a conflict cell, storage units"),
        sa.Column(
            "is_geographic", sa.Boolean(), nullable=False, comment="degrees on an ellipsoid, else units of a plane"
        ),
        sa.Column("metres_per_unit", sa.Double(), nullable=False, comment="of a projected CRS"),
        sa.Column("semi_major_m", sa.Double(), nullable=False, comment="of the ellipsoid, metres"),
        sa.Column("eccentricity2", sa.Double(), nullable=False, comment="first eccentricity squared"),
        sa.Column(
            "node_within_m", sa.Double(), nullable=False, comment="distance within which points and segments are noded"
        ),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__deployment")),
        comment="What is fixed when the database is created; compared with the settings at every start.",
    )
    op.bulk_insert(table, [{"id": 1, **constants}])


def downgrade() -> None:
    """Leave the extensions: other schemas of the same database may use them."""
    op.drop_table("deployment")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
