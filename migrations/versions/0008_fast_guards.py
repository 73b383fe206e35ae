"""Guards whose plans are kept: the same answers, in less than half of the database's time."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
REPLACED = ("cells_of", "differing_parts", "changed_region", "check_overlap", "refresh_zoning")


def upgrade() -> None:
    """Replace functions; tables and triggers stay."""
    _run((SQL / "0008_fast_guards.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """The functions as migrations 0001 and 0003 made them."""
    for file in ("0001_ground.sql", "0003_guards.sql"):
        for function in _functions_of((SQL / file).read_text(encoding="utf-8")):
            if function.startswith(REPLACED):
                _run(f"CREATE OR REPLACE FUNCTION {function}")
    op.execute("DROP FUNCTION stretch_of(geometry, int, int, int, int)")


def _functions_of(script: str) -> list[str]:
    """Each function of a script from its name to the end of its body."""
    return [text.split("$body$;")[0] + "$body$;" for text in script.split("CREATE FUNCTION ")[1:] if "$body$;" in text]


def _run(script: str) -> None:
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    script = script.replace("@srid@", str(ground.srid)).replace("@cell_size@", repr(ground.cell_size))
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
