"""From whatever the database is to what this version needs: migrations, comparison with the settings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import select, text

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.errors import DeploymentMismatch
from spatial_admin.models import Deployment, Parcel, db
from spatial_admin.services.database.restore_database import refuse_unended_restore
from spatial_admin.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found: the migration now stored, warnings for the operator, and whether any parcel is there."""

    revision: str
    warnings: tuple[str, ...]
    has_parcels: bool


def prepare_database() -> Prepared:
    """Run the migrations as the owner; raises DeploymentMismatch, naming each difference, before it changes any."""
    refuse_unended_restore(db.session())
    if db.session.execute(text("SELECT to_regclass('deployment')")).scalar() is not None:
        # First, because a migration under another SRID than the tables' would leave a database of both.
        compare_deployment()
    db.session.remove()
    upgrade()
    compare_deployment()
    revision = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    has_parcels = db.session.scalar(select(Parcel.id).order_by(Parcel.id).limit(1)) is not None
    warnings = tuple(_warnings())
    db.session.remove()
    return Prepared(revision, warnings, has_parcels)


def compare_deployment() -> Deployment:
    """The constants that the database was made with; raises DeploymentMismatch where the settings ask for others."""
    settings: Settings = current_app.config["SETTINGS"]
    stored = db.session.scalars(select(Deployment)).one()
    differences = list(_differences(stored, settings))
    if differences:
        raise DeploymentMismatch(
            "The settings do not fit this database, which was made for others:\n  "
            + "\n  ".join(differences)
            + "\nSet them back as stated, or take another database (DATABASE_URL, SPATIAL_ADMIN_HOME): stored "
            "coordinates are never converted in place (docs/changing_srid.md)."
        )
    return stored


def _differences(stored: Deployment, settings: Settings) -> Iterator[str]:
    if stored.srid != settings.srid:
        # Everything else follows from the SRID; more lines would only hide the one that matters.
        yield f"SPATIAL_ADMIN_SRID is {settings.srid}; the database was made with {stored.srid} ({stored.crs_name})"
        return
    wanted = ground_of(settings.srid, settings.extent, settings.grid, settings.node_within_m)
    yield from _geometry_differences(stored, settings, wanted)
    if stored.node_within_m != wanted.node_within_m:
        given, made = wanted.node_within_m, stored.node_within_m
        yield f"SPATIAL_ADMIN_NODE_WITHIN_M is {given:g}; the database was made with {made:g}"


def _geometry_differences(stored: Deployment, settings: Settings, wanted: Ground) -> Iterator[str]:
    extent = (stored.west, stored.south, stored.east, stored.north)
    if settings.extent is not None and tuple(settings.extent) != extent:
        text_of = ",".join(repr(value) for value in extent)
        yield f"SPATIAL_ADMIN_EXTENT is {','.join(map(repr, settings.extent))}; the database was made with {text_of}"
    if settings.grid is not None and wanted.steps_per_unit != stored.steps_per_unit:
        yield f"SPATIAL_ADMIN_GRID is {settings.grid!r}; the database was made with {1 / stored.steps_per_unit!r}"


def _warnings() -> Iterator[str]:
    can_change_history = db.session.execute(
        text("SELECT has_table_privilege('parcel_version', 'UPDATE, DELETE')")
    ).scalar()
    if can_change_history:
        yield (
            "The application connects as a role that may change history: only triggers guard it. "
            "Give DATABASE_OWNER_URL another role than DATABASE_URL."
        )
