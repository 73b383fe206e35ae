"""An edit fetches a boundary once to ask it several things, and starts fewer statements."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
REPLACED = (
    ("0008_fast_guards.sql", ("changed_region",)),
    ("0012_history_by_year.sql", ("write_history",)),
    ("0026_fewer_starts.sql", ("note_updated_parcels", "check_overlap", "holds_region", "refresh_zoning")),
    ("0028_fewer_messages.sql", ("parcels_around",)),
)
EXTENT = """
SELECT encode(ST_AsEWKB(deployment_extent()), 'hex'), quote_ident(n.nspname)
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'
"""
# As migration 0001 made it, of what that stored.
EXTENT_IN_SQL = """
DO $$
BEGIN
  EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION deployment_extent() RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                         'RETURN ST_MakeEnvelope(%L::float8, %L::float8, %L::float8, %L::float8, %s)', west, south, east, north, srid)
           FROM deployment);
END $$
"""


def upgrade() -> None:
    """Functions only; tables and triggers stay."""
    extent, postgis = op.get_bind().execute(sa.text(EXTENT)).one()
    for file in ("0031_leaner_edits.sql", "0031_leaner_guards.sql"):
        script = (SQL / file).read_text(encoding="utf-8")
        _run(script.replace("@extent@", extent).replace("@postgis@", postgis))


def downgrade() -> None:
    """The functions as the migrations before made them."""
    _run(EXTENT_IN_SQL)
    for file, names in REPLACED:
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
