"""When the database was last backed up, as far as it knows, and who is meant to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from spatial_admin.services.database.queue_backup import KIND
from spatial_admin.settings import Upkeep

# The newest that was made, by the worker or the command line; the newest that ended; one that waits or runs.
MADE: Final = f"""
SELECT id, ended_at, result ->> 'file' AS file, (result ->> 'bytes')::bigint AS bytes,
  extract(epoch FROM clock_timestamp() - (result ->> 'made_at')::timestamptz)::float8 AS ago_s,
  extract(epoch FROM ended_at - started_at)::float8 AS took_s
FROM job_run WHERE kind = '{KIND}' AND ended_at IS NOT NULL AND state = 'done' ORDER BY id DESC LIMIT 1
"""
ENDED: Final = f"""
SELECT id, state, problem ->> 'detail' AS problem FROM job_run
WHERE kind = '{KIND}' AND ended_at IS NOT NULL AND state <> 'cancelled' ORDER BY id DESC LIMIT 1
"""
NOW: Final = f"SELECT id, state FROM job_run WHERE kind = '{KIND}' AND ended_at IS NULL"
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Backups:
    """Rows of the statements above; where and when (cron's five fields) the worker makes them."""

    made: Any | None
    ended: Any | None
    now: Any | None
    folder: str | None
    at: str | None

    @property
    def every_s(self) -> float:
        """How far apart they are meant to be."""
        return DAY_S if self.at is None or self.at.endswith("*") else 7 * DAY_S


def describe_backups(connection: Connection, upkeep: Upkeep) -> Backups:
    """As the rows of jobs say; no folder is looked into, for it may be on another machine."""

    def first(statement: str) -> Any | None:
        return next(iter(connection.exec_driver_sql(statement).all()), None)

    folder = None if upkeep.backup_folder is None else str(upkeep.backup_folder)
    return Backups(first(MADE), first(ENDED), first(NOW), folder, upkeep.backup_at)
