"""A tile is drawn by a function, whose plan stays with the server's session."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from flask import current_app

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0019_tile_function.sql"
WGS84 = 4326


def upgrade() -> None:
    """Lon/lat is laid into a tile as it is, other systems by way of Web Mercator."""
    srid = current_app.config["SETTINGS"].srid
    is_lonlat = srid == WGS84
    parts = {
        "srid": str(srid),
        "side": 'ST_MakeBox2D(ST_MakePoint("left", bottom), ST_MakePoint("right", top))'
        if is_lonlat
        else "ST_TileEnvelope(z, x, y)",
        "begin": "" if is_lonlat else "ST_Transform(",
        "end": "" if is_lonlat else ", 3857)",
    }
    script = SQL.read_text(encoding="utf-8")
    for name, value in parts.items():
        script = script.replace(f"@{name}@", value)
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Statements are planned each time again."""
    op.execute(
        "DROP FUNCTION parcel_tile(int, int, int, float8, float8, float8, float8, float8, float8, float8, float8)"
    )
