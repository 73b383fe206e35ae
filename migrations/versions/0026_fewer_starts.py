"""An edit starts fewer statements in the database, and what it does is planned once a connection."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
NEW = (
    "account_of_token(text)",
    "finish_edit(tid, jsonb, int, timestamptz, float8, float8, float8, float8)",
    "begin_edit(uuid, bigint, bigint, text, text, jsonb, bytea, bigint)",
    "holds_region(geometry, geometry)",
    "holds_cells(bigint[])",
)
REPLACED = (
    ("0003_guards.sql", ("take_cells", "guard_parcel")),
    ("0009_tiles.sql", ("note_updated_parcels",)),
    ("0020_kept_plans.sql", ("check_overlap", "refresh_zoning")),
)


def upgrade() -> None:
    """Functions only; tables and triggers stay."""
    _run((SQL / "0026_fewer_starts.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """The functions as the migrations before made them."""
    for file, names in REPLACED:
        for function in _functions_of((SQL / file).read_text(encoding="utf-8")):
            if function.startswith(names):
                _run(f"CREATE OR REPLACE FUNCTION {function}")
    for function in NEW:
        op.execute(f"DROP FUNCTION {function}")


def _functions_of(script: str) -> list[str]:
    """Each function of a script from its name to the end of its body."""
    parts = script.replace("CREATE OR REPLACE FUNCTION ", "CREATE FUNCTION ").split("CREATE FUNCTION ")[1:]
    return [text.split("$body$;")[0] + "$body$;" for text in parts if "$body$;" in text]


def _run(script: str) -> None:
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    script = script.replace("@srid@", str(ground.srid)).replace("@cell_size@", repr(ground.cell_size))
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
