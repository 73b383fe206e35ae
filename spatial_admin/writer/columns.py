"""Binary COPY rows as Arrow columns: all rows of a batch at once, field by field (PostgreSQL manual, COPY, Binary)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]
# PostgreSQL counts times and days from 2000-01-01, Arrow from 1970-01-01.
MICROSECONDS_TO_2000: Final = 946_684_800_000_000
DAYS_TO_2000: Final = 10_957
LONG_BYTES: Final = 48  # on average, from which a copy for each value is faster
# Arrow's word for each kind of column, and the type of its numbers in COPY and in Arrow.
FORMATS: Final = {"text": b"u", "wkb": b"z", "float": b"g", "int": b"i", "time": b"tsu:UTC", "date": b"tdD"}
NUMBERS: Final = {
    "float": (">f8", "<f8", 0),
    "int": (">i4", "<i4", 0),
    "time": (">i8", "<i8", MICROSECONDS_TO_2000),
    "date": (">i4", "<i4", DAYS_TO_2000),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a batch: which rows have a value (a bit for each, None: all), and Arrow's buffers of them."""

    nulls: int
    validity: Bytes | None
    buffers: tuple[npt.NDArray[np.generic], ...]


def columns_of(data: bytes, starts: Whole, kinds: list[str]) -> list[Column]:
    """The columns of a batch, `starts` being where its rows begin."""
    # Eight more bytes, so that a number may be read where a missing last one would have stood.
    octets = np.frombuffer(data + bytes(8), np.uint8)
    place = starts + 2  # after the number of fields
    found = []
    for kind in kinds:
        length = _numbers(octets, place, ">i4").astype(np.int64)
        place += 4
        found.append(_column(octets, place, length, kind))
        place += np.maximum(length, 0)
    return found


def _column(octets: Bytes, place: Whole, length: Whole, kind: str) -> Column:
    is_there = length >= 0
    nulls = int(len(length) - np.count_nonzero(is_there))
    validity = np.packbits(is_there, bitorder="little") if nulls else None
    if kind in NUMBERS:
        given, wanted, add = NUMBERS[kind]
        numbers = np.where(is_there, _numbers(octets, place, given), 0).astype(wanted)
        return Column(nulls, validity, (numbers + np.asarray(add, wanted),))
    size = np.maximum(length, 0)
    offsets = np.zeros(len(size) + 1, "<i4")
    np.cumsum(size, out=offsets[1:])
    return Column(nulls, validity, (offsets, _joined(octets, place, size, offsets)))


def _joined(octets: Bytes, place: Whole, size: Whole, offsets: npt.NDArray[np.int32]) -> Bytes:
    """The values one behind the other: byte by byte where they are short, else each by one copy."""
    if offsets[-1] < LONG_BYTES * len(size):
        gathered: Bytes = octets[np.repeat(place - offsets[:-1], size) + np.arange(offsets[-1])]
        return gathered
    data = octets.data
    parts = map(slice, place.tolist(), (place + size).tolist())
    return np.frombuffer(b"".join(map(data.__getitem__, parts)), np.uint8)


def _numbers(octets: Bytes, place: Whole, kind: str) -> npt.NDArray[np.generic]:
    width = np.dtype(kind).itemsize
    return np.ascontiguousarray(octets[place[:, None] + np.arange(width)]).view(kind).ravel()
