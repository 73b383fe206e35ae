"""COPY in PostgreSQL's binary format: no hexadecimal, no quoting (PostgreSQL manual, COPY, Binary Format)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from typing import Final

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)

SIGNATURE: Final = b"PGCOPY\n\xff\r\n\x00" + struct.pack("!II", 0, 0)
END: Final = struct.pack("!h", -1)
NULL: Final = struct.pack("!i", -1)
LENGTH: Final = struct.Struct("!i")
INT8: Final = struct.Struct("!iq")
INT4: Final = struct.Struct("!ii")
FLOAT8: Final = struct.Struct("!id")
COLUMNS: Final = struct.Struct("!h")


def int4(value: int) -> bytes:
    """An int4 field."""
    return INT4.pack(4, value)


def int8(value: int) -> bytes:
    """An int8 field."""
    return INT8.pack(8, value)


def float8(value: float | None) -> bytes:
    """A float8 field; NULL for None."""
    return NULL if value is None else FLOAT8.pack(8, value)


def blob(value: bytes | None) -> bytes:
    """A bytea, text or geometry (EWKB) field; NULL for None."""
    return NULL if value is None else LENGTH.pack(len(value)) + value


def jsonb(value: bytes | None) -> bytes:
    """A jsonb field from JSON text: version 1, then the text."""
    return NULL if value is None else LENGTH.pack(len(value) + 1) + b"\x01" + value


def copy_rows(connection: PsycopgConnection, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Append rows, each the joined fields of `columns` in order, inside the connection's transaction."""
    head = COLUMNS.pack(len(columns))
    body = b"".join([SIGNATURE, *(part for row in rows for part in (head, row)), END])
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)", io.BytesIO(body))
