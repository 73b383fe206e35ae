"""Lines of a benchmark: what, n, median, limit, ratio, goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from sqlalchemy import Engine, text


def head() -> None:
    """The line above."""
    print(f"{'what':<62} {'n':>6} {'median':>10} {'limit':>10} {'ratio':>7}  goal", flush=True)


def line(what: str, n: int, value: float, limit: float, goal: str = "") -> None:
    """One measurement."""
    print(f"{what:<62} {n or '':>6} {value:>10.3f} {limit:>10.3f} {value / limit:>7.2f}  {goal}", flush=True)


def median_ms(times_s: Sequence[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(times_s) * 1e3


def p99_ms(times_s: Sequence[float]) -> float:
    """What one in a hundred is over, in milliseconds."""
    return sorted(times_s)[int(0.99 * (len(times_s) - 1))] * 1e3


def deadlocks(engine: Engine) -> int:
    """Deadlocks that PostgreSQL has ended in this database."""
    with engine.connect() as connection:
        sql = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(connection.execute(sql).scalar_one())
