"""Reading and writing of an edit with plans that are kept, and without what it did twice."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """Functions only; tables and triggers stay."""
    _run((SQL / "0020_kept_plans.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """The functions as migrations 0003 and 0008 made them."""
    op.execute("DROP FUNCTION refresh_zoning(bigint[], tid[], geometry)")
    op.execute(
        "DROP FUNCTION update_boundaries(tid[], bigint[], int[], text[], text[], text[], text[], float8[], text[], "
        "text[], text[], jsonb[], bytea[], float8[], timestamptz)"
    )
    op.execute("DROP FUNCTION parcels_in_boxes(float8[], float8[], float8[], float8[], bigint[])")
    for file, names in (
        ("0003_guards.sql", ("within_region",)),
        ("0008_fast_guards.sql", ("check_overlap", "refresh_zoning")),
    ):
        for function in _functions_of((SQL / file).read_text(encoding="utf-8")):
            if function.startswith(names):
                _run(f"CREATE OR REPLACE FUNCTION {function}")


def _functions_of(script: str) -> list[str]:
    """Each function of a script from its name to the end of its body."""
    parts = script.replace("CREATE OR REPLACE FUNCTION ", "CREATE FUNCTION ").split("CREATE FUNCTION ")[1:]
    return [text.split("$body$;")[0] + "$body$;" for text in parts if "$body$;" in text]


def _run(script: str) -> None:
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    script = script.replace("@srid@", str(ground.srid)).replace("@cell_size@", repr(ground.cell_size))
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
