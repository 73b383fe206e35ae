"""An edit tells which neighbours it may touch by cheaper questions, and learns with its first what it is judged by."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
BEGIN_EDIT = "begin_edit(uuid, bigint, bigint, text, text, jsonb, bytea, bigint)"
REPLACED = (
    ("0026_fewer_starts.sql", ("begin_edit",)),
    ("0020_kept_plans.sql", ("within_region",)),
    ("0031_leaner_edits.sql", ("parcels_around", "changed_region", "holds_region", "refresh_zoning")),
    ("0031_leaner_guards.sql", ("check_overlap",)),
)


def upgrade() -> None:
    """Functions only; tables and triggers stay."""
    _run((SQL / "0034_touching_sides.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """The functions as the migrations before made them."""
    _run(f"DROP FUNCTION {BEGIN_EDIT}")  # it answers more columns
    for file, names in REPLACED:
        for function in _functions_of((SQL / file).read_text(encoding="utf-8")):
            if function.startswith(names):
                _run(f"CREATE OR REPLACE FUNCTION {function}")
    _run("DROP FUNCTION changed_sides(geometry, geometry)")


def _functions_of(script: str) -> list[str]:
    """Each function of a script from its name to the end of its body."""
    parts = script.replace("CREATE OR REPLACE FUNCTION ", "CREATE FUNCTION ").split("CREATE FUNCTION ")[1:]
    return [text.split("$body$;")[0] + "$body$;" for text in parts if "$body$;" in text]


def _run(script: str) -> None:
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    script = script.replace("@srid@", str(ground.srid)).replace("@cell_size@", repr(ground.cell_size))
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
