"""Settings of one deployment, read once from the environment.

Every variable NAME may also be given as NAME_FILE, the path of a file that holds the value (for secrets).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spatial_admin.connection_settings import ConnectionSettings, read_connections
from spatial_admin.errors import SettingRefused
from spatial_admin.limit_settings import Limits, read_limits
from spatial_admin.setting_values import choice, integer, megabytes, pairs, positive, switch, value_of
from spatial_admin.upkeep_settings import Upkeep, WorkerHabits, read_upkeep

MIN_SECRET_LENGTH = 16
# Whose edits of which nature may need a second person; the roles from the lowest to the highest.
EDITING_ROLES = ("editor", "reviewer", "administrator")
NATURES = ("legal_event", "correction", "improvement")
# What somebody else may have to approve: edits by their nature, that findings are accepted, that land is declared open.
APPROVALS = (*NATURES, "acceptance", "known_gap")

# One door for all of them.
__all__ = [
    "APPROVALS",
    "EDITING_ROLES",
    "NATURES",
    "ConnectionSettings",
    "Limits",
    "Settings",
    "Upkeep",
    "WorkerHabits",
    "from_environment",
    "storage_srid",
    "value_of",
    "with_driver",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; distances in metres, extent in storage coordinates."""

    database_url: str
    database_owner_url: str
    secret_key: str
    srid: int = 4326
    extent: tuple[float, float, float, float] | None = None
    grid: float | None = None
    node_within_m: float = 0.01
    gap_width_m: float = 0.5
    point_accuracy_m: float = 0.02
    halfway_fixes: bool = False
    record_required: bool = False
    four_eyes: frozenset[tuple[str, str]] = frozenset()  # role and nature
    demo: bool = True
    home: Path = Path("var")
    port: int = 8000
    admin_email: str = "admin@example.com"
    admin_password: str | None = None
    basemaps: str = "[]"
    production: bool = True
    secure_cookies: bool = False
    tile_cache_mb: int = 64
    limits: Limits = field(default_factory=Limits)
    connections: ConnectionSettings = field(default_factory=ConnectionSettings)
    upkeep: Upkeep = field(default_factory=Upkeep)


def storage_srid(environ: Mapping[str, str] | None = None) -> int:
    """The SRID of every stored geometry (`SPATIAL_ADMIN_SRID`, default 4326)."""
    return integer(os.environ if environ is None else environ, "SPATIAL_ADMIN_SRID", 4326)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; raises SettingRefused, which names the variable and what it takes."""
    env = os.environ if environ is None else environ
    url = value_of(env, "DATABASE_URL")
    if not url:
        raise SettingRefused("DATABASE_URL", "", "it is not set; script/server sets it, or give your own database")
    owner = value_of(env, "DATABASE_OWNER_URL") or url
    production = choice(env, "SPATIAL_ADMIN_ENV", ("production", "development")) == "production"
    return Settings(
        database_url=with_driver(url),
        database_owner_url=with_driver(owner),
        secret_key=_secret(env, production),
        srid=storage_srid(env),
        extent=_extent(env),
        grid=positive(env, "SPATIAL_ADMIN_GRID"),
        node_within_m=positive(env, "SPATIAL_ADMIN_NODE_WITHIN_M") or 0.01,
        gap_width_m=positive(env, "SPATIAL_ADMIN_GAP_WIDTH_M") or 0.5,
        point_accuracy_m=positive(env, "SPATIAL_ADMIN_POINT_ACCURACY_M") or 0.02,
        halfway_fixes=switch(env, "SPATIAL_ADMIN_HALFWAY_FIXES"),
        record_required=switch(env, "SPATIAL_ADMIN_RECORD_REQUIRED"),
        four_eyes=pairs(env, "SPATIAL_ADMIN_FOUR_EYES", EDITING_ROLES, APPROVALS),
        demo=switch(env, "SPATIAL_ADMIN_DEMO", usual=True),
        home=Path(value_of(env, "SPATIAL_ADMIN_HOME") or "var"),
        port=integer(env, "PORT", 8000),
        admin_email=value_of(env, "ADMIN_EMAIL") or "admin@example.com",
        admin_password=value_of(env, "ADMIN_PASSWORD"),
        basemaps=value_of(env, "BASEMAPS") or "[]",
        production=production,
        secure_cookies=switch(env, "SPATIAL_ADMIN_HTTPS"),
        tile_cache_mb=megabytes(env, "SPATIAL_ADMIN_TILE_CACHE_MB", 64),
        limits=read_limits(env),
        connections=read_connections(lambda name: value_of(env, name), _replicas(env)),
        upkeep=read_upkeep(env),
    )


def with_driver(url: str) -> str:
    """Name the driver: SQLAlchemy 2.1 reads a plain postgresql:// as psycopg 3, which only the job queue uses."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg2://" + url[len(plain) :]
    return url


def _replicas(env: Mapping[str, str]) -> tuple[str, ...]:
    """URLs of replicas, one server each, with commas between them (a URL may hold commas itself)."""
    listed = re.split(r",\s*(?=postgres(?:ql)?(?:\+\w+)?://)", value_of(env, "DATABASE_REPLICA_URL") or "")
    return tuple(with_driver(url.strip()) for url in listed if url.strip())


def _secret(env: Mapping[str, str], production: bool) -> str:
    secret = value_of(env, "SECRET_KEY") or ""
    if len(secret) >= MIN_SECRET_LENGTH and len(set(secret)) > 4:
        return secret
    if production:
        raise SettingRefused(
            "SECRET_KEY", "", f"production needs one of at least {MIN_SECRET_LENGTH} varied characters"
        )
    return secret or "development-only-secret"


def _extent(env: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    text = value_of(env, "SPATIAL_ADMIN_EXTENT")
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise SettingRefused("SPATIAL_ADMIN_EXTENT", text, "it takes four numbers: west,south,east,north") from error
    if not (west < east and south < north):
        raise SettingRefused("SPATIAL_ADMIN_EXTENT", text, "west must be below east and south below north")
    return west, south, east, north
