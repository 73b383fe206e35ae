"""Settings of the connections to PostgreSQL: `SPATIAL_ADMIN_POOL_…`, bounds of transactions, replicas."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from spatial_admin.errors import SettingRefused

MEMORY: Final = re.compile(r"[1-9][0-9]{0,8}(kB|MB|GB)")
LEAST_OVERFLOW: Final = 8
Given = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Sizes in connections, times as named; `replica_urls` in the order of preference, empty where there is none.

    A request holds one connection, for moments a second one; so a pool of as many as threads, and as many for moments.
    """

    pool_size: int = 8
    pool_overflow: int = 8
    pool_timeout_s: float = 5.0
    pool_recycle_s: int = 1800
    pool_pre_ping: bool = True
    work_mem: str | None = None
    lock_timeout_ms: int = 0
    idle_timeout_ms: int = 60_000
    commit_timeout_s: float = 10.0
    slow_query_ms: float = 500.0
    replica_urls: tuple[str, ...] = ()
    replica_max_lag_s: float = 10.0
    replica_wait_ms: int = 100
    replica_connect_timeout_s: int = 2


def read_connections(given: Given, replica_urls: tuple[str, ...]) -> ConnectionSettings:
    """Read and check them; `given` tells the text of a variable, or None. Raises SettingRefused."""
    threads = _whole(given, "WEB_THREADS", 4, least=1)
    known = ConnectionSettings()
    return ConnectionSettings(
        pool_size=_whole(given, "SPATIAL_ADMIN_POOL_SIZE", threads, least=1),
        pool_overflow=_whole(given, "SPATIAL_ADMIN_POOL_OVERFLOW", max(threads, LEAST_OVERFLOW), least=0),
        pool_timeout_s=_seconds(given, "SPATIAL_ADMIN_POOL_TIMEOUT_S", known.pool_timeout_s),
        pool_recycle_s=_whole(given, "SPATIAL_ADMIN_POOL_RECYCLE_S", known.pool_recycle_s, least=1),
        pool_pre_ping=_whole(given, "SPATIAL_ADMIN_POOL_PRE_PING", 1, least=0, most=1) == 1,
        work_mem=_memory(given, "SPATIAL_ADMIN_WORK_MEM"),
        lock_timeout_ms=_whole(given, "SPATIAL_ADMIN_LOCK_TIMEOUT_MS", known.lock_timeout_ms, least=0),
        idle_timeout_ms=_whole(given, "SPATIAL_ADMIN_IDLE_TIMEOUT_MS", known.idle_timeout_ms, least=0),
        commit_timeout_s=_seconds(given, "SPATIAL_ADMIN_COMMIT_TIMEOUT_S", known.commit_timeout_s),
        slow_query_ms=_seconds(given, "SPATIAL_ADMIN_SLOW_QUERY_MS", known.slow_query_ms),
        replica_urls=replica_urls,
        replica_max_lag_s=_seconds(given, "SPATIAL_ADMIN_REPLICA_MAX_LAG_S", known.replica_max_lag_s),
        replica_wait_ms=_whole(given, "SPATIAL_ADMIN_REPLICA_WAIT_MS", known.replica_wait_ms, least=0),
        replica_connect_timeout_s=_whole(
            given, "SPATIAL_ADMIN_REPLICA_CONNECT_TIMEOUT_S", known.replica_connect_timeout_s, least=1
        ),
    )


def _whole(given: Given, name: str, default: int, *, least: int, most: int = 2**31 - 1) -> int:
    text = given(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise SettingRefused(name, text, f"it takes a whole number from {least} to {most}")
    return int(text)


def _seconds(given: Given, name: str, default: float) -> float:
    """A time in the unit that the name says; above zero."""
    text = given(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError as error:
        raise SettingRefused(name, text, "it takes a number") from error
    if not 0 < number < math.inf:
        raise SettingRefused(name, text, "it takes a number above zero")
    return number


def _memory(given: Given, name: str) -> str | None:
    text = given(name)
    if text is not None and not MEMORY.fullmatch(text):
        raise SettingRefused(name, text, "it takes an amount of memory, such as 16MB")
    return text
