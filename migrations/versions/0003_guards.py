"""Guards: triggers on parcel, history and edit; the levels and roles; what the application's role may do."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op
from flask import current_app
from sqlalchemy import make_url, text

from spatial_admin.cadastre.reference_system import ground_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
LEVELS = (("parcels", "Parcels", True), ("units", "Stacked units", False), ("easements", "Easements", False))
ROLES = (
    ("viewer", "sees parcels, history and findings"),
    ("editor", "changes boundaries and attributes"),
    ("reviewer", "judges findings and accepts exceptions"),
    ("administrator", "does everything, and manages accounts and imports"),
)
WRITABLE = (
    "parcel", "edit", "finding", "finding_event", "parcel_zoning", "zoning_district", "level", "import_batch",
    "staged_parcel", "conflict_cell", "account", "role", "account_role", "api_token",
)  # fmt: skip
# Not conflict_cell: a cell that is deleted while an edit runs is one on which it meets nobody.
DELETABLE = ("parcel_zoning", "zoning_district", "account_role", "api_token")


def upgrade() -> None:
    """Triggers, seeds, grants."""
    settings = current_app.config["SETTINGS"]
    ground = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    script = (SQL / "0003_guards.sql").read_text(encoding="utf-8")
    script = script.replace("@srid@", str(ground.srid)).replace("@cell_size@", repr(ground.cell_size))
    connection = op.get_bind()
    connection.exec_driver_sql(script.replace("%", "%%"))
    connection.execute(
        text("INSERT INTO level (code, name, exclusive) VALUES (:code, :name, :exclusive) ON CONFLICT DO NOTHING"),
        [{"code": code, "name": name, "exclusive": exclusive} for code, name, exclusive in LEVELS],
    )
    connection.execute(
        text("INSERT INTO role (name, description) VALUES (:name, :description) ON CONFLICT DO NOTHING"),
        [{"name": name, "description": description} for name, description in ROLES],
    )
    app_role = make_url(settings.database_url).username
    owner = connection.execute(text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        _grant('"' + re.sub('"', '""', app_role) + '"')


def _grant(app_role: str) -> None:
    """The application reads everything and writes all but history, the deployment and the migrations' own table."""
    op.execute(f"GRANT USAGE ON SCHEMA public TO {app_role}")
    op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {app_role}")
    for table in WRITABLE:
        op.execute(f"GRANT INSERT, UPDATE ON {table} TO {app_role}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {app_role}")


def downgrade() -> None:
    """Drop the triggers' functions (the triggers go with them)."""
    functions = (
        "refresh_statistics()", "refresh_zoning(bigint[], tid[])", "refuse_dry_commit()", "check_overlap()", "within_region(geometry, box2d)", "common_area_m2(geometry, geometry)",
        "guard_edit()", "guard_truncate()", "guard_history()", "write_history()", "guard_parcel()", "take_cells(bigint[])",
        "cell_count(box2d)", "direct_edit()",
    )  # fmt: skip
    for function in functions:
        op.execute(f"DROP FUNCTION {function} CASCADE")
