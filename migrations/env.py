"""Alembic's entry: migrations run as the owner of the tables (DATABASE_OWNER_URL), in one transaction each."""

from __future__ import annotations

from alembic import context
from flask import current_app
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from spatial_admin.models import Base

settings = current_app.config["SETTINGS"]


def include_object(thing: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Leave out what belongs to extensions (spatial_ref_sys and its like) and to the job queue's package."""
    if type_ == "table" and (name or "").startswith("procrastinate_"):
        return False
    return bool(alembic_helpers.include_object(thing, name, type_, reflected, compare_to))


def run() -> None:
    """Migrate over a connection of the owner's, or of the caller's (tests)."""
    # lock_timeout: a migration that waits for a lock stops everybody who comes after it; better it gives up.
    engine = create_engine(
        settings.database_owner_url, poolclass=NullPool, connect_args={"options": "-c lock_timeout=5s -c timezone=UTC"}
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            process_revision_directives=alembic_helpers.writer,
            render_item=alembic_helpers.render_item,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Migrations are run against a database; --sql is not offered, because constants are baked in.")
run()
