"""One attempt at an edit, as the services see it: statements, conflict cells, the time; it never commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.edit_queue import queues_of
from spatial_admin.errors import Json

# Deferred checks never run on ROLLBACK: a dry run asks for them. Not for ALL: one of them is what refuses dry commits.
CHECK_CONSTRAINTS: Final = "SET CONSTRAINTS parcel_overlap IMMEDIATE"
# With the time at which they were all held.
TAKE_CELLS: Final = "SELECT clock_timestamp() FROM take_cells(%(cells)s::bigint[])"
TIME_OF_EDIT: Final = "SELECT greatest(clock_timestamp(), %(latest)s::timestamptz + interval '1 microsecond')"


class StaleWrite(Exception):
    """A row was not at the version that this attempt had read: somebody committed in between; worth another attempt."""


@dataclass(frozen=True, slots=True)
class EditHeader:
    """What is known of an edit before it runs."""

    key: UUID
    author_id: int | None
    comment: str
    nature: str
    operations: Sequence[Json]
    request_hash: bytes
    record_id: int | None = None
    queues: frozenset[int] = frozenset()  # of the places that its operations name


@dataclass(slots=True)
class EditTransaction:
    """One attempt at an edit; `execute` runs a named statement with psycopg2's pyformat parameters."""

    session: Session
    edit_id: int
    row: str
    attempt: int
    is_dry: bool = False
    queues: frozenset[int] = frozenset()  # of the cells that it takes
    held_at: datetime | None = None  # when it held them

    @property
    def connection(self) -> Connection:
        """The connection of this attempt."""
        return self.session.connection()

    def execute(self, sql: str, parameters: Json | None = None) -> list[Any]:
        """Run one statement and fetch its rows; none for a statement that answers none."""
        result = self.connection.exec_driver_sql(sql, parameters or {})
        return list(result.fetchall()) if result.returns_rows else []

    def take_cells(self, cells: Sequence[int]) -> None:
        """Take conflict cells, all at once and ascending: whoever works at the same place meets us on a real row.

        A dry run takes none: nobody waits for it.
        """
        if not self.is_dry:
            self.queues = queues_of(cells)
            self.held_at = self.execute(TAKE_CELLS, {"cells": sorted(set(cells))})[0][0]

    def check_constraints(self) -> None:
        """Run now what would run at COMMIT."""
        self.execute(CHECK_CONSTRAINTS)

    def time_of_edit(self, latest: datetime | None) -> datetime:
        """The time of the edit, after the cells are held: later than every version it replaces."""
        if self.held_at is not None and (latest is None or latest < self.held_at):
            return self.held_at
        stamp: datetime = self.execute(TIME_OF_EDIT, {"latest": latest})[0][0]
        return stamp


@dataclass(frozen=True, slots=True)
class Done:
    """What the work of an edit hands back to be stored."""

    receipt: Json
    made_at: datetime
    envelope: Box | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The receipt of an edit, and whether it had been made before under the same key."""

    receipt: Json
    is_replayed: bool


Work = Callable[[EditTransaction], Done]
