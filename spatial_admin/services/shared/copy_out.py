"""COPY … TO STDOUT: rows as PostgreSQL writes them, collected into blocks, without a Python object for any value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, cast

import psycopg2
from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.transaction import raw_connection

BLOCK_BYTES: Final = 256 * 1024
FORMATS: Final = {"text": "", "csv": " (FORMAT csv, HEADER)", "binary": " (FORMAT binary)"}

Told = Callable[[int], None]
"""Called now and then with the number of rows that were copied."""


class Sink(Protocol):
    """Takes rows one by one, as libpq hands them over."""

    def write(self, row: bytes) -> Any:
        """One row."""
        ...


class Blocks:
    """Collects rows and hands them on as blocks of some hundred kilobytes."""

    def __init__(self, emit: Callable[[bytes], object], *, is_json: bool, told: Told | None = None) -> None:
        self._emit, self._is_json, self._told = emit, is_json, told
        self._rows: list[bytes] = []
        self._size = 0
        self._count = 0 if is_json else -1  # the first line of CSV names the columns

    def write(self, row: bytes) -> None:
        """One row."""
        self._rows.append(row)
        self._size += len(row)
        if self._size >= BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand on what was collected."""
        if not self._rows:
            return
        block = b"".join(self._rows)
        # COPY doubles each backslash. Nothing else that it would escape stands raw in JSON.
        self._emit(block.replace(b"\\\\", b"\\") if self._is_json else block)
        self._count += len(self._rows)
        self._rows, self._size = [], 0
        if self._told:
            self._told(self._count)


def copy_statement(session: Session, select: str, values: Json, form: str) -> bytes:
    """The COPY of a SELECT; it takes no parameters, so psycopg2 writes the values into it as literals."""
    with raw_connection(session).cursor() as cursor:
        query: bytes = cursor.mogrify(select, values)
    return b"COPY (" + query + b") TO STDOUT" + FORMATS[form].encode()


def copy_out(session: Session, statement: bytes, sink: Sink) -> None:
    """Run a COPY into a sink; raises DBAPIError as any statement does, and whatever the sink raises.

    After an error of the sink the connection is in the middle of the COPY and good for nothing: invalidate it.
    """
    connection = raw_connection(session)
    try:
        with connection.cursor() as cursor:
            cursor.copy_expert(statement, sink)
    except psycopg2.Error as error:
        dialect = session.get_bind().dialect
        is_lost = dialect.is_disconnect(cast("Any", error), None, None)
        raise exc.DBAPIError.instance(
            "COPY", None, error, psycopg2.Error, connection_invalidated=is_lost, dialect=dialect
        ) from error
