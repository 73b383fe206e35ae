"""The compressed form of a tile's bytes: what most clients are sent, and what lies in the database."""

from __future__ import annotations

import zlib
from typing import Final

LEVEL: Final = 5
PACKED_FROM: Final = 400  # bytes; less does not pay
MAGIC: Final = b"\x1f\x8b"  # gzip's first bytes; those of a vector tile are others (a field 3 of type 2)


def packed(body: bytes) -> bytes:
    """In gzip's format, without a time in its head: the same bytes are the same bytes again."""
    packer = zlib.compressobj(LEVEL, wbits=31)
    return packer.compress(body) + packer.flush()


def packed_where_it_pays(body: bytes) -> bytes | None:
    """The body in gzip's format, None where it hardly gets smaller."""
    found = packed(body) if len(body) >= PACKED_FROM else body
    return found if len(found) < 0.9 * len(body) else None


def unpacked(stored: bytes) -> tuple[bytes, bytes | None]:
    """The body of what was stored, and its compressed form if it was stored so."""
    return (zlib.decompress(stored, wbits=31), stored) if stored.startswith(MAGIC) else (stored, None)
