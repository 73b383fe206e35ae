"""One attempt at an edit, as the services see it: statements, conflict cells, the time; it never commits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.edit_queue import queues_of
from spatial_admin.errors import Json, KeyReused

LOST: Final = "The connection was lost while the edit was being saved. Repeat it with the same key."

# An edit touches a handful of rows by index. A plan that scans or hashes a small table would read, and so under
# SERIALIZABLE lock, all of it: every unrelated edit would abort. JIT would compile, for 300 ms, what runs in one.
INDEX_PLANS_ONLY: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
    "SET LOCAL jit = off"
)
# Deferred checks never run on ROLLBACK: a dry run asks for them. Not for ALL: one of them is what refuses dry commits.
CHECK_CONSTRAINTS: Final = "SET CONSTRAINTS parcel_overlap IMMEDIATE"
TAKE_CELLS: Final = "SELECT take_cells(%(cells)s::bigint[])"
TIME_OF_EDIT: Final = "SELECT greatest(clock_timestamp(), %(latest)s::timestamptz + interval '1 microsecond')"

# The edit under its key, named for the triggers of its transaction, and the terms on which it is judged. A function
# (migration 0034), for its plan is kept.
INSERT_EDIT: Final = """
SELECT * FROM begin_edit(
  %(key)s, %(author_id)s, %(record_id)s, %(comment)s, %(nature)s, %(operations)s, %(request_hash)s, %(approved_by)s)
"""
# With it, in the same round trip, what its work will read first. The function itself: a query of it would have to be
# folded into this one each time.
ALL_OF: Final = "SELECT * FROM "
AND_READ: Final = "{insert} LEFT JOIN LATERAL {function} AS found ON true"
DRY_RUN: Final = "SELECT set_config('spatial_admin.dry_run', 'on', true)"
STORED_EDIT: Final = "SELECT id, request_hash, receipt FROM edit WHERE key = %(key)s"
# By the row's address. A function as well.
FINISH_EDIT: Final = """
SELECT finish_edit(%(row)s::tid, %(receipt)s, %(attempts)s, %(made_at)s, %(west)s, %(south)s, %(east)s, %(north)s)
"""
# Something to commit: whoever repeats a key waits, as the edit itself did, for a standby that must have all before it.
AS_SAFE: Final = "SELECT pg_logical_emit_message(true, 'spatial_admin', '')"

Asked = tuple[str, Json]
"""A statement that answers rows with an `id`, and its parameters."""


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
    approved_by: int | None = None
    queues: frozenset[int] = frozenset()  # of the places that its operations name
    first_read: Asked | None = None  # what its work reads first, where that can be told: ALL_OF what a function answers
    # Statements that answer one value, which its work will ask, by the column of INSERT_EDIT that answers them.
    questions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """An edit whose row is inserted: its id, the row's address, and what was read with it."""

    edit_id: int
    row: str
    asked: Asked | None = None
    rows: Sequence[Any] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)  # by question


@dataclass(slots=True)
class EditTransaction:
    """One attempt at an edit; `execute` runs a named statement with psycopg2's pyformat parameters."""

    connection: Connection
    edit_id: int
    row: str
    attempt: int
    is_dry: bool = False
    queues: frozenset[int] = frozenset()  # of the cells that it takes
    asked: Asked | None = None  # what was read when it began, and not asked for yet
    rows: Sequence[Any] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)  # by question, as of its snapshot
    _later: str = ""  # statements that go with the next one
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """A session over the connection, for who reads by one; most edits need none."""
        if self._session is None:
            self._session = Session(self.connection, expire_on_commit=False)
        return self._session

    def execute(self, sql: str, parameters: Json | None = None) -> list[Any]:
        """Run one statement and fetch its rows; none for a statement that answers none."""
        if self.asked == (sql, parameters):
            self.asked = None
            return list(self.rows)
        if sql in self.answers:
            return [(self.answers[sql],)]
        before, self._later = self._later, ""
        result = self.connection.exec_driver_sql(before + sql, parameters or {})
        return list(result.fetchall()) if result.returns_rows else []

    def execute_later(self, sql: str, parameters: Json) -> None:
        """Run a statement whose answer nobody needs, before the next one and in the same round trip."""
        cursor = self.connection.connection.cursor()
        ready: bytes = cursor.mogrify(sql, parameters)
        self._later += ready.decode().replace("%", "%%") + "; "

    def take_cells(self, cells: Sequence[int]) -> None:
        """Take conflict cells, all at once and ascending: whoever works at the same place meets us on a real row.

        They are held before the next statement begins, which goes in the same round trip. A dry run takes none: nobody
        waits for it.
        """
        if not self.is_dry:
            self.queues = queues_of(cells)
            self.execute_later(TAKE_CELLS, {"cells": sorted(set(cells))})

    def check_constraints(self) -> None:
        """Run now what would run at COMMIT."""
        self.execute(CHECK_CONSTRAINTS)

    def time_of_edit(self, latest: datetime | None) -> datetime:
        """The time of the edit, after the cells are held: later than every version it replaces."""
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


def insert_edit(connection: Connection, header: EditHeader, first: str) -> Begun | None:
    """Insert the edit's row, after the statements `first`; None where its key is there already."""
    read, values = header.first_read or ("", {})
    insert = AND_READ.format(insert=INSERT_EDIT, function=read.removeprefix(ALL_OF)) if read else INSERT_EDIT
    rows = connection.exec_driver_sql(
        f"{first}; {insert}",
        {
            "key": str(header.key),
            "author_id": header.author_id,
            "record_id": header.record_id,
            "comment": header.comment,
            "nature": header.nature,
            "operations": json.dumps(list(header.operations)),
            "request_hash": header.request_hash,
            "approved_by": header.approved_by,
            **values,
        },
    ).fetchall()
    if not rows:
        return None
    found = [row for row in rows if row.id is not None] if read else []
    told = {question: getattr(rows[0], column) for column, question in header.questions.items()}
    return Begun(int(rows[0].edit_id), str(rows[0].edit_row), header.first_read, found, told)


def finish_edit(transaction: EditTransaction, receipt: Json, done: Done) -> None:
    """Store what became of the edit in its row, with the next statement: mostly the COMMIT."""
    west, south, east, north = done.envelope or (None, None, None, None)
    values = {"receipt": json.dumps(receipt), "attempts": transaction.attempt, "made_at": done.made_at}
    box = {"west": west, "south": south, "east": east, "north": north}
    transaction.execute_later(FINISH_EDIT, {**values, **box, "row": transaction.row})


def stored_receipt(session: Session, header: EditHeader) -> Json:
    """The receipt of the edit that was made under the key before; raises KeyReused where that is another edit."""
    receipt = receipt_of_key(session, header)
    if receipt is None:
        raise KeyReused("This key belongs to an edit with another content; take a new key for a new edit.")
    return receipt


def receipt_of_key(session: Session, header: EditHeader) -> Json | None:
    """The receipt of this edit under its key, as safe as it is; None where there is none, or it is another edit's."""
    row = session.connection().exec_driver_sql(STORED_EDIT, {"key": str(header.key)}).fetchone()
    if row is None or row.receipt is None or bytes(row.request_hash) != header.request_hash:
        return None
    session.connection().exec_driver_sql(AS_SAFE)
    return dict(row.receipt)
