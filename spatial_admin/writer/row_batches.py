"""Rows on their way into the writer: PostgreSQL's binary COPY rows, some thousand to a batch, with their lengths.

A batch is: number of rows and of bytes (two uint32), the length of each row (uint32), the rows. One of no rows ends the
stream; a stream that breaks off before it is never taken for whole.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

HEAD: Final = struct.Struct("=II")
COPY_HEADER_BYTES: Final = 19  # PGCOPY\n\377\r\n\0, flags, length of the extension
COPY_TRAILER: Final = b"\xff\xff"


class BrokenRowsError(Exception):
    """The rows ended before their end."""


def write_rows(stream: BinaryIO, rows: Sequence[bytes]) -> None:
    """One batch; without rows, the end."""
    lengths = array("I", map(len, rows))
    stream.write(HEAD.pack(len(rows), sum(lengths)))
    stream.write(lengths.tobytes())
    stream.write(b"".join(rows))


def read_rows(stream: BinaryIO) -> Iterator[tuple[bytes, npt.NDArray[np.int64]]]:
    """Batches: their bytes, and where each row begins in them. Raises BrokenRowsError."""
    while True:
        count, size = HEAD.unpack(_exactly(stream, HEAD.size))
        if count == 0:
            return
        lengths = np.frombuffer(_exactly(stream, 4 * count), "=u4").astype(np.int64)
        yield _exactly(stream, size), np.cumsum(lengths) - lengths


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BrokenRowsError
    return data
