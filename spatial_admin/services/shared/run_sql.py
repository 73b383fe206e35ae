"""Running a statement that a module holds as a constant, with psycopg2's own parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from spatial_admin.errors import Json

Execute = Callable[[str, Json], Sequence[Any]]
"""Run a statement with parameters in whatever session is at hand, and answer its rows."""


def run_sql(session: Session, sql: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    """Run a named statement with psycopg2's parameters; its rows, none where it answers none."""
    result = session.connection().exec_driver_sql(sql, parameters or {})
    return list(result.fetchall()) if result.returns_rows else []
