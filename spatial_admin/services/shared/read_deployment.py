"""The constants a database was created with, and its exclusive levels: read once for each application."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from flask import current_app
from sqlalchemy import select

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.rules import RuleBook, default_book
from spatial_admin.errors import DeploymentMismatch
from spatial_admin.models import Deployment, Level
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot

_KEY: Final = "spatial_admin.deployment"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Fixed:
    """What does not change while the application runs."""

    ground: Ground
    crs_name: str
    exclusive_levels: frozenset[str]
    levels: tuple[str, ...]
    book: RuleBook = field(default_factory=default_book)  # the catalogue's; `load_rules.judging` has those that are set


def fixed() -> Fixed:
    """The constants of this application's database; levels are added by migrations, so a restart reads them anew."""
    found: Fixed | None = current_app.extensions.get(_KEY)
    if found is None:
        # One thread reads it, the others wait: sixteen first requests would each want a connection for it at once.
        with _lock:
            found = current_app.extensions.get(_KEY)
            if found is None:
                found = current_app.extensions[_KEY] = _read(current_app.config["SETTINGS"])
    return found


def deployment_ground() -> Ground:
    """The ground of this application's database."""
    return fixed().ground


def _read(settings: Settings) -> Fixed:
    with snapshot() as session:
        row = session.get(Deployment, 1)
        levels = session.scalars(select(Level).order_by(Level.code)).all()
    if row is None:
        raise DeploymentMismatch("The database holds no deployment row; run the migrations (flask database prepare).")
    ground = Ground(
        srid=row.srid,
        extent=(row.west, row.south, row.east, row.north),
        steps_per_unit=row.steps_per_unit,
        cell_size=row.cell_size,
        is_geographic=row.is_geographic,
        metres_per_unit=row.metres_per_unit,
        semi_major_m=row.semi_major_m,
        eccentricity2=row.eccentricity2,
        node_within_m=row.node_within_m,
        gap_width_m=settings.gap_width_m,
    )
    exclusive = frozenset(level.code for level in levels if level.is_exclusive)
    return Fixed(ground, row.crs_name, exclusive, tuple(level.code for level in levels))
