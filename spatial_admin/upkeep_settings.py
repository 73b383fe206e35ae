"""When the worker looks after the database, and how it goes about its jobs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spatial_admin.errors import SettingRefused
from spatial_admin.setting_values import integer, value_of


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
    how long. Without `backup_folder` no worker makes backups; `backup_at` None says that somebody else does. Without
    `export_folder` exported files wait below the deployment's own.
    """

    at: str | None = "30 3 * * *"
    backup_at: str | None = "15 2 * * *"
    backup_folder: Path | None = None
    keep_backups: int = 14
    keep_jobs_days: int = 90
    keep_staged_days: int = 30
    keep_tokens_days: int = 30
    keep_drafts_days: int = 30
    export_folder: Path | None = None
    keep_exports_days: int = 7


def read_upkeep(env: Mapping[str, str]) -> Upkeep:
    """What the environment says of it."""
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
        export_folder=_folder(env, "SPATIAL_ADMIN_EXPORT_FOLDER"),
        keep_exports_days=_days(env, "SPATIAL_ADMIN_KEEP_EXPORTS_DAYS", usual.keep_exports_days),
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
    days = integer(env, name, default)
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
    number = integer(env, name, default)
    if not 1 <= number <= 10_000:
        raise SettingRefused(name, str(number), "it takes a number from 1 to 10000")
    return number
