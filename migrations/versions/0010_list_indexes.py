"""Indexes of lists, search and nearest, made while people work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app

from spatial_admin.cadastre.reference_system import ground_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0010_list_indexes.sql"
# Radius search in metres. Of degrees only: in a plane the boundary's own index answers in metres.
GEOGRAPHY = ("ix__parcel__geography", "parcel USING gist (geography(geom)) WHERE end_lifespan_version IS NULL")
IS_PARTITIONED = sa.text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:name)")


def upgrade() -> None:
    """Make each index CONCURRENTLY: a plain CREATE INDEX stops every edit until it is done, minutes for a million rows.

    That cannot be part of a transaction, so a migration that fails here leaves those made before, and an invalid one;
    the next run drops what it finds and makes it anew. Waiting for other transactions ends with env.py's lock_timeout.
    """
    with op.get_context().autocommit_block():
        for name, place in _indexes():
            _drop(name)
            op.get_bind().exec_driver_sql(f"CREATE INDEX{_concurrently(place.split()[0])} {name} ON {place}")
        # Statistics of the new expressions, or the planner guesses how many rows a word has.
        op.get_bind().exec_driver_sql("ANALYZE parcel, edit, finding, record")


def downgrade() -> None:
    """Drop them; nothing is lost."""
    with op.get_context().autocommit_block():
        for name, _ in _indexes():
            _drop(name)


def _indexes() -> Iterator[tuple[str, str]]:
    for line in SQL.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("--"):
            name, _, place = line.partition(" | ")
            yield name, place.replace("%", "%%")
    settings = current_app.config["SETTINGS"]
    if ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m).is_geographic:
        yield GEOGRAPHY


def _drop(name: str) -> None:
    table = name.split("__")[1]
    op.get_bind().exec_driver_sql(f"DROP INDEX{_concurrently(table)} IF EXISTS {name}")


def _concurrently(table: str) -> str:
    """PostgreSQL makes no index of a partitioned table that way."""
    is_partitioned = op.get_bind().execute(IS_PARTITIONED, {"name": table}).scalar()
    return "" if is_partitioned else " CONCURRENTLY"
