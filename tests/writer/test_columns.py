"""Rows of a binary COPY become Arrow columns, and a stream that breaks off is never taken for whole."""

from __future__ import annotations

import io
import struct
from datetime import UTC, date, datetime

import numpy as np
import pytest

from spatial_admin.writer.columns import Column, columns_of
from spatial_admin.writer.row_batches import BrokenRowsError, read_rows, write_rows

KINDS = ["text", "float", "int", "time", "date", "wkb"]
NEW_YEAR = datetime(2026, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC)
TO_2000 = datetime(2000, 1, 1, tzinfo=UTC)


def row(*fields: bytes | None) -> bytes:
    """A row as COPY writes it."""
    parts = [struct.pack("!i", -1) if one is None else struct.pack("!i", len(one)) + one for one in fields]
    return struct.pack("!h", len(fields)) + b"".join(parts)


def filled(text: bytes, wkb: bytes) -> bytes:
    since = NEW_YEAR - TO_2000
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    days = (date(2026, 1, 1) - TO_2000.date()).days
    return row(
        text, struct.pack("!d", 0.1 + 0.2), struct.pack("!i", -7), struct.pack("!q", microseconds), struct.pack("!i", days), wkb
    )  # fmt: skip


def texts(column: Column) -> list[bytes]:
    offsets, values = column.buffers
    data = values.tobytes()
    return [data[a:b] for a, b in zip(offsets.tolist(), offsets.tolist()[1:], strict=False)]


def columns(*rows: bytes) -> list[Column]:
    stream = io.BytesIO()
    write_rows(stream, rows)
    write_rows(stream, [])
    stream.seek(0)
    ((data, starts),) = read_rows(stream)
    return columns_of(data, starts, KINDS)


def test_values_are_the_same_to_the_bit() -> None:
    found = columns(filled("é".encode(), b"x" * 400), filled(b"", b"y" * 300))
    assert texts(found[0]) == ["é".encode(), b""]
    assert texts(found[5]) == [b"x" * 400, b"y" * 300]
    assert [column.buffers[0].tolist()[0] for column in found[1:3]] == [0.1 + 0.2, -7]
    moment, day = found[3].buffers[0], found[4].buffers[0]
    assert moment.astype("<M8[us]").tolist()[0].replace(tzinfo=UTC) == NEW_YEAR
    assert day.astype("<i8").astype("<M8[D]").tolist()[0] == date(2026, 1, 1)
    assert all(column.validity is None and column.nulls == 0 for column in found)


def test_nothing_is_told_from_empty_and_from_zero() -> None:
    found = columns(row(*[None] * 6), filled(b"a", b"b"), row(*[None] * 6))
    for column in found:
        assert column.nulls == 2
        assert column.validity is not None
        assert np.unpackbits(column.validity, bitorder="little")[:3].tolist() == [0, 1, 0]
    assert texts(found[0]) == [b"", b"a", b""]


@pytest.mark.parametrize("cut", [0, 3, 8, 12, 40])
def test_rows_that_end_before_their_end_are_refused(cut: int) -> None:
    stream = io.BytesIO()
    write_rows(stream, [filled(b"a", b"b")])
    with pytest.raises(BrokenRowsError):
        list(read_rows(io.BytesIO(stream.getvalue()[:cut])))


def test_a_stream_without_its_end_is_refused() -> None:
    stream = io.BytesIO()
    write_rows(stream, [filled(b"a", b"b")])
    with pytest.raises(BrokenRowsError):
        list(read_rows(io.BytesIO(stream.getvalue())))
