"""The stream from the reader to its parent: a header, batches of rows, a trailer or an error; nothing executable.

A frame is one letter, the length of its body as a little-endian uint32, and the body. H, T and E carry JSON. B carries
columns: the number of rows and the length of its refusals (2 x uint32), then row numbers (uint32), the lengths of
properties, WKB and raw text (3 x uint32, ABSENT for none), flags (uint8), bounds (4 x float64), refusals (JSON), bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

Json = dict[str, Any]
FloatArray = npt.NDArray[np.float64]

HEADER, BATCH, TRAILER, ERROR = b"H", b"B", b"T", b"E"
FRAME = struct.Struct("<cI")
COUNTS = struct.Struct("<II")
ABSENT: Final = 0xFFFFFFFF
MAX_FRAME: Final = 512 * 1024 * 1024
BATCH_ROWS: Final = 1_000
HAD_Z, HAD_M = 1, 2
NO_BOUNDS: Final = (float("nan"),) * 4


class BrokenStreamError(Exception):
    """The bytes from the reader are not of this format, or end too early."""


@dataclass(slots=True)
class Refusal:
    """Why a row cannot become a parcel: rule, reason in words, place in the file's coordinates where it is known."""

    rule: str
    reason: str
    place: tuple[float, float] | None = None


@dataclass(slots=True)
class Row:
    """One feature: number from 1 as read, properties as JSON text, geometry as WKB or as raw text where it is none."""

    number: int
    properties: bytes | None = None
    wkb: bytes | None = None
    raw: bytes | None = None
    flags: int = 0
    refusal: Refusal | None = None
    bounds: tuple[float, float, float, float] = NO_BOUNDS


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to 1,000 rows; `bounds` is (n, 4) west, south, east, north in the file's CRS, NaN for no geometry."""

    rows: list[Row]
    bounds: FloatArray = field(default_factory=lambda: np.empty((0, 4)))


def write_json(stream: BinaryIO, kind: bytes, body: Json) -> None:
    """Write a header, trailer or error."""
    text = json.dumps(body).encode("ascii")
    stream.write(FRAME.pack(kind, len(text)) + text)
    stream.flush()


def write_batch(stream: BinaryIO, rows: Sequence[Row]) -> None:
    """Write one frame of rows."""
    refusals = {
        index: [row.refusal.rule, row.refusal.reason, row.refusal.place]
        for index, row in enumerate(rows)
        if row.refusal is not None
    }
    about_refusals = json.dumps(refusals).encode("ascii")
    values = [value for row in rows for value in (row.properties, row.wkb, row.raw)]
    parts = [
        COUNTS.pack(len(rows), len(about_refusals)),
        np.array([row.number for row in rows], "<u4").tobytes(),
        np.array([ABSENT if value is None else len(value) for value in values], "<u4").tobytes(),
        np.array([row.flags for row in rows], "u1").tobytes(),
        np.array([row.bounds for row in rows], "<f8").tobytes(),
        about_refusals,
        *(value for value in values if value),
    ]
    body = b"".join(parts)
    stream.write(FRAME.pack(BATCH, len(body)))
    stream.write(body)
    stream.flush()


def read_frames(stream: BinaryIO) -> Iterator[tuple[bytes, Json | Batch]]:
    """Yield (kind, body) until the stream ends; raises BrokenStreamError for anything that is not such a frame."""
    while head := _exactly(stream, FRAME.size, at_start=True):
        kind, length = FRAME.unpack(head)
        if length > MAX_FRAME or kind not in (HEADER, BATCH, TRAILER, ERROR):
            raise BrokenStreamError(f"a frame {kind!r} of {length} bytes is not of this format")
        body = _exactly(stream, length)
        yield kind, (_batch(body) if kind == BATCH else _json(body))


def _exactly(stream: BinaryIO, length: int, *, at_start: bool = False) -> bytes:
    data = stream.read(length)
    if len(data) == length or (at_start and not data):
        return data
    raise BrokenStreamError("the stream ends inside a frame")


def _json(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise BrokenStreamError("a frame holds no JSON") from error
    if not isinstance(value, dict):
        raise BrokenStreamError("a frame holds no JSON object")
    return value


def _batch(body: bytes) -> Batch:
    try:
        count, refusal_length = COUNTS.unpack_from(body)
        at = COUNTS.size
        numbers = np.frombuffer(body, "<u4", count, at).tolist()
        lengths = np.frombuffer(body, "<u4", 3 * count, at + 4 * count).tolist()
        flags = np.frombuffer(body, "u1", count, at + 16 * count).tolist()
        bounds = np.frombuffer(body, "<f8", 4 * count, at + 17 * count).reshape(count, 4)
        at += 49 * count
        refusals = {int(index): Refusal(*rest) for index, rest in _json(body[at : at + refusal_length]).items()}
    except (ValueError, TypeError, struct.error) as error:
        raise BrokenStreamError("a batch is not of this format") from error
    rows = _rows(body, at + refusal_length, (numbers, lengths, flags))
    for index, refusal in refusals.items():
        if not 0 <= index < count:
            raise BrokenStreamError("a refusal names no row of its batch")
        refusal.place = None if refusal.place is None else (refusal.place[0], refusal.place[1])
        rows[index].refusal = refusal
    return Batch(rows, bounds)


def _rows(body: bytes, at: int, columns: tuple[list[int], list[int], list[int]]) -> list[Row]:
    numbers, lengths, flags = columns
    values: list[bytes | None] = []
    for length in lengths:
        if length == ABSENT:
            values.append(None)
            continue
        values.append(body[at : at + length])
        at += length
    if at != len(body):
        raise BrokenStreamError("a batch is shorter or longer than it says")
    return [
        Row(number, values[3 * index], values[3 * index + 1], values[3 * index + 2], flags[index])
        for index, number in enumerate(numbers)
    ]
