"""The connections that this web process keeps to the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.pool import QueuePool

from spatial_admin.models import db


@dataclass(frozen=True, slots=True)
class Pool:
    """Of one process and one server: connections in use and idle, and how many there may be at most."""

    name: str
    in_use: int
    idle: int
    most: int


def describe_pools() -> list[Pool]:
    """As they are now; no server is asked."""
    pool = db.engine.pool
    if not isinstance(pool, QueuePool):
        return []
    return [Pool("primary", pool.checkedout(), pool.checkedin(), pool.size() + pool._max_overflow)]  # noqa: SLF001 (it has no public name)
