"""An edit of a corner is three messages to the database and their answers."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
NEW = (
    "reshape_parcels(tid[], bigint[], int[], bytea[], float8[], bigint[], timestamptz, float8, float8, float8, float8)",
    "parcels_around(float8[], float8[], float8[], float8[], float8, float8)",
)


def upgrade() -> None:
    """Functions only; tables and triggers stay."""
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    script = (SQL / "0028_fewer_messages.sql").read_text(encoding="utf-8").replace("@srid@", str(ground.srid))
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Without them, as before."""
    for function in NEW:
        op.execute(f"DROP FUNCTION {function}")
