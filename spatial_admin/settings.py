"""Settings of one deployment, read once from the environment.

Every variable NAME may also be given as NAME_FILE, the path of a file that holds the value (for secrets).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from spatial_admin.connection_settings import ConnectionSettings, read_connections
from spatial_admin.errors import SettingRefused

MIN_SECRET_LENGTH = 16
AROUND_EACH = 10  # parcels that an edit may look at, for each that it may change


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what a client may send (design: over them a clear 413 or 422, never a crash)."""

    vertices: int = 10_000
    import_vertices: int = 50_000
    rings: int = 200
    parts: int = 100
    parcels_per_edit: int = 200
    operations_per_edit: int = 2_000
    json_depth: int = 8
    body_bytes: int = 2 * 1024 * 1024
    upload_bytes: int = 200 * 1024 * 1024
    record_file_bytes: int = 20 * 1024 * 1024
    reference_bytes: int = 20 * 1024 * 1024
    reference_points: int = 5_000
    unpacked_bytes: int = 2 * 1024 * 1024 * 1024
    archive_members: int = 50
    coverage_parcels: int = 2_000
    coverage_points: int = 100_000
    web_timeout_ms: int = 5_000
    tile_timeout_ms: int = 2_000
    import_timeout_ms: int = 120_000
    retry_ms: int = 5_000
    exports: int = 2
    export_timeout_ms: int = 600_000
    parcels_per_job_edit: int = 20_000
    operations_per_job_edit: int = 200_000
    job_body_bytes: int = 64 * 1024 * 1024
    job_timeout_ms: int = 600_000
    job_retry_ms: int = 600_000

    def for_job(self) -> Limits:
        """The bounds of an edit that is made as a job: larger, and with more patience."""
        return replace(
            self,
            parcels_per_edit=self.parcels_per_job_edit,
            operations_per_edit=self.operations_per_job_edit,
            body_bytes=self.job_body_bytes,
            web_timeout_ms=self.job_timeout_ms,
            retry_ms=self.job_retry_ms,
        )

    @property
    def parcels_around_edit(self) -> int:
        """How many parcels an edit may look at: those that it changes and their neighbours."""
        return AROUND_EACH * self.parcels_per_edit

    def advice_on_larger_edits(self) -> str:
        """What to do with an edit that is over these bounds."""
        if self.parcels_per_edit < self.parcels_per_job_edit:
            return "Send it with the header `Prefer: respond-async` to have it made as a job, or split it."
        return "Split it into several edits."


@dataclass(frozen=True, slots=True)
class WorkerHabits:
    """How a worker goes about its jobs.

    `silent_s`: a worker that was silent for so long is dead (the same for all workers of a database); `grace_s`: what
    runs when it is told to stop may end by itself for so long; `is_endless`: wait for new jobs when none is left.
    """

    concurrency: int = 2
    silent_s: float = 30.0
    grace_s: float = 8.0
    is_endless: bool = True


@dataclass(frozen=True, slots=True)
class Upkeep:
    """When the worker maintains the database and backs it up (cron's five fields, UTC; None: never), and what is kept
    how long. Without `backup_folder` no worker makes backups; `backup_at` None says that somebody else does.
    """

    at: str | None = "30 3 * * *"
    backup_at: str | None = "15 2 * * *"
    backup_folder: Path | None = None
    keep_backups: int = 14
    keep_jobs_days: int = 90
    keep_staged_days: int = 30
    keep_tokens_days: int = 30
    keep_drafts_days: int = 30


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


def value_of(environ: Mapping[str, str], name: str) -> str | None:
    """The text of a setting, from NAME or from the file that NAME_FILE names; None when neither is given."""
    if environ.get(name):
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingRefused(f"{name}_FILE", path, f"the file cannot be read ({error.strerror})") from error


def storage_srid(environ: Mapping[str, str] | None = None) -> int:
    """The SRID of every stored geometry (`SPATIAL_ADMIN_SRID`, default 4326)."""
    return _integer(os.environ if environ is None else environ, "SPATIAL_ADMIN_SRID", 4326)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; raises SettingRefused, which names the variable and what it takes."""
    env = os.environ if environ is None else environ
    url = value_of(env, "DATABASE_URL")
    if not url:
        raise SettingRefused("DATABASE_URL", "", "it is not set; script/server sets it, or give your own database")
    owner = value_of(env, "DATABASE_OWNER_URL") or url
    production = (env.get("SPATIAL_ADMIN_ENV") or "production") == "production"
    return Settings(
        database_url=with_driver(url),
        database_owner_url=with_driver(owner),
        secret_key=_secret(env, production),
        srid=storage_srid(env),
        extent=_extent(env),
        grid=_positive(env, "SPATIAL_ADMIN_GRID"),
        node_within_m=_positive(env, "SPATIAL_ADMIN_NODE_WITHIN_M") or 0.01,
        gap_width_m=_positive(env, "SPATIAL_ADMIN_GAP_WIDTH_M") or 0.5,
        point_accuracy_m=_positive(env, "SPATIAL_ADMIN_POINT_ACCURACY_M") or 0.02,
        halfway_fixes=_switch(env, "SPATIAL_ADMIN_HALFWAY_FIXES"),
        record_required=_switch(env, "SPATIAL_ADMIN_RECORD_REQUIRED"),
        demo=(value_of(env, "SPATIAL_ADMIN_DEMO") or "1") != "0",
        home=Path(value_of(env, "SPATIAL_ADMIN_HOME") or "var"),
        port=_integer(env, "PORT", 8000),
        admin_email=value_of(env, "ADMIN_EMAIL") or "admin@example.com",
        admin_password=value_of(env, "ADMIN_PASSWORD"),
        basemaps=value_of(env, "BASEMAPS") or "[]",
        production=production,
        secure_cookies=(env.get("SPATIAL_ADMIN_HTTPS") or "0") == "1",
        tile_cache_mb=_megabytes(env, "SPATIAL_ADMIN_TILE_CACHE_MB", 64),
        limits=_limits(env),
        connections=read_connections(lambda name: value_of(env, name), _replicas(env)),
        upkeep=_upkeep(env),
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


def _integer(env: Mapping[str, str], name: str, default: int) -> int:
    text = value_of(env, name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise SettingRefused(name, text, "it takes a whole number") from error


def _megabytes(env: Mapping[str, str], name: str, default: int) -> int:
    number = _integer(env, name, default)
    if not 0 <= number <= 1_048_576:
        raise SettingRefused(name, str(number), "it takes a whole number from 0 to 1048576")
    return number


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = value_of(env, name) or "0"
    if text not in {"0", "1"}:
        raise SettingRefused(name, text, "it takes 0 or 1")
    return text == "1"


def _positive(env: Mapping[str, str], name: str) -> float | None:
    text = value_of(env, name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise SettingRefused(name, text, "it takes a number") from error
    if not 0 < number < float("inf"):
        raise SettingRefused(name, text, "it takes a number above zero")
    return number


def _limits(env: Mapping[str, str]) -> Limits:
    given = {
        name: _integer(env, f"SPATIAL_ADMIN_LIMIT_{name.upper()}", 0)
        for name in Limits.__dataclass_fields__
        if value_of(env, f"SPATIAL_ADMIN_LIMIT_{name.upper()}") is not None
    }
    for name, number in given.items():
        if number < 1:
            raise SettingRefused(f"SPATIAL_ADMIN_LIMIT_{name.upper()}", str(number), "it takes a number above zero")
    return Limits(**given)


def _upkeep(env: Mapping[str, str]) -> Upkeep:
    usual = Upkeep()
    return Upkeep(
        at=_cron(env, "SPATIAL_ADMIN_MAINTAIN_AT", usual.at),
        backup_at=_cron(env, "SPATIAL_ADMIN_BACKUP_AT", usual.backup_at),
        backup_folder=_folder(env, "SPATIAL_ADMIN_BACKUP_FOLDER"),
        keep_backups=_count(env, "SPATIAL_ADMIN_KEEP_BACKUPS", usual.keep_backups),
        keep_jobs_days=_days(env, "SPATIAL_ADMIN_KEEP_JOBS_DAYS", usual.keep_jobs_days),
        keep_staged_days=_days(env, "SPATIAL_ADMIN_KEEP_STAGED_DAYS", usual.keep_staged_days),
        keep_tokens_days=_days(env, "SPATIAL_ADMIN_KEEP_TOKENS_DAYS", usual.keep_tokens_days),
        keep_drafts_days=_days(env, "SPATIAL_ADMIN_KEEP_DRAFTS_DAYS", usual.keep_drafts_days),
    )


def _cron(env: Mapping[str, str], name: str, default: str | None) -> str | None:
    """A time of every day or of one weekday, as cron's five fields."""
    text = value_of(env, name)
    if text is None or text == "off":
        return default if text is None else None
    days = "sun|mon|tue|wed|thu|fri|sat"
    found = re.fullmatch(rf"(?:({days}) )?([01]?\d|2[0-3]):([0-5]\d)", text.lower())
    if not found:
        raise SettingRefused(name, text, "it takes a time of day (03:30) or of a weekday (sun 03:30), UTC, or off")
    weekday, hour, minute = found.groups()
    return f"{int(minute)} {int(hour)} * * {weekday or '*'}"


def _days(env: Mapping[str, str], name: str, default: int) -> int:
    days = _integer(env, name, default)
    if not 1 <= days <= 36_500:
        raise SettingRefused(name, str(days), "it takes a number of days, from 1")
    return days


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    """An absolute path: a worker does not begin where the server does. Whether it is there is seen when it is used."""
    text = value_of(env, name)
    if text is None:
        return None
    if not Path(text).is_absolute():
        raise SettingRefused(name, text, "it takes the absolute path of a folder")
    return Path(text)


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    number = _integer(env, name, default)
    if not 1 <= number <= 10_000:
        raise SettingRefused(name, str(number), "it takes a number from 1 to 10000")
    return number
