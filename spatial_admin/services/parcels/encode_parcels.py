"""Parcels of the demo as rows of COPY: EWKB and fields in PostgreSQL's binary format, without a feature in between."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from spatial_admin.demo.model import Parcel, Parts
from spatial_admin.services.shared.copy_rows import blob, float8, jsonb

COLUMNS: Final = (
    "parcel_id", "number", "level", "kind", "part_of", "geom", "legal_area_m2", "legal_area_text", "land_use",
    "address", "attributes",
)  # fmt: skip
# EWKB (PostGIS manual, "OGC WKB and WKT"): little-endian, type MultiPolygon with the flag that a SRID follows.
MULTIPOLYGON: Final = struct.Struct("<BIII")
WITH_SRID: Final = 0x20000000 | 6
POLYGON: Final = struct.pack("<BI", 1, 3)
COUNT: Final = struct.Struct("<I")


def encode_parcels(parcels: tuple[Parcel, ...], srid: int) -> Iterator[bytes]:
    """One row for each parcel, its fields in the order of COLUMNS; coordinates are written as they are, to the bit."""
    for parcel in parcels:
        yield b"".join((
            _text(parcel.parcel_id), _text(parcel.number), _text(parcel.level), _text(parcel.kind),
            _text(parcel.part_of), blob(ewkb_of(parcel.parts, srid)), float8(parcel.legal_area_m2),
            _text(parcel.legal_area_text), _text(parcel.land_use), _text(parcel.address),
            jsonb(json.dumps(parcel.attributes).encode()),
        ))  # fmt: skip


def ewkb_of(parts: Parts, srid: int) -> bytes:
    """A multipolygon in EWKB; rings come open and are closed here."""
    pieces = [MULTIPOLYGON.pack(1, WITH_SRID, srid, len(parts))]
    for rings in parts:
        pieces += (POLYGON, COUNT.pack(len(rings)))
        for ring in rings:
            points = np.ascontiguousarray(ring, dtype="<f8").tobytes()
            pieces += (COUNT.pack(len(ring) + 1), points, points[:16])
    return b"".join(pieces)


def _text(value: str | None) -> bytes:
    return blob(None if value is None else value.encode())
