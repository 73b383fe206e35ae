"""Parcels to export: hostile texts, odd coordinates, parts and holes; and many of them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, text

INSERT = text("""
INSERT INTO parcel (parcel_id, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address, attributes, geom)
VALUES (:parcel_id, :number, :level, :kind, :part_of, :legal_area_m2, :legal_area_text, :land_use, :address,
        CAST(:attributes AS jsonb), ST_SetSRID(CAST(:wkt AS geometry), 4326))
""")
# Doubles that need 17 digits, and one so small that it needs many decimals.
HOLED = (
    "MULTIPOLYGON(((2.3000000000000003 48.1,2.31 48.1,2.31 48.110000000000007,2.3 48.11,2.3000000000000003 48.1),"
    "(2.302 48.102,2.302 48.104,2.304 48.104,2.304 48.1020000000000039,2.302 48.102)),"
    "((2.32 48.1,2.33 48.1,2.33 48.11,2.32 48.1)))"
)
TINY = "MULTIPOLYGON(((0.00012345678901234567 0.1,0.001 0.1,0.001 0.1010000000000000091,0.00012345678901234567 0.1)))"
FAR = "MULTIPOLYGON(((3.1 48.1,3.11 48.1,3.11 48.11,3.1 48.1)))"
TEXTS = '"quotes" \\n \\ back\\\\slash, comma; tab\t line\nbreak \r é ✓ 🏠 </script>'
LONG = "Straße " * 60  # 480 bytes
ATTRIBUTES: dict[str, Any] = {
    "": 1,
    "parcel_id": "another",
    "nested": {"list": [1, None, True, {"deep": "\\"}], "text": TEXTS},
    "long": LONG,
    "number": 0.1,
    "whole": 12345678901234567,
    "version": None,
}
LOTS: tuple[dict[str, Any], ...] = (
    {"parcel_id": "=1+1/ä", "number": "@SUM(A1)", "kind": "lot", "part_of": None, "legal_area_m2": 0.1 + 0.2,
     "legal_area_text": '-5 "acres"', "land_use": LONG[:190], "address": f"+{TEXTS}".replace("\r", ""), "attributes": ATTRIBUTES,
     "wkt": HOLED, "level": "parcels"},
    {"parcel_id": "B", "number": None, "kind": "road", "part_of": None, "legal_area_m2": None, "legal_area_text": None,
     "land_use": None, "address": None, "attributes": {}, "wkt": TINY, "level": "parcels"},
    {"parcel_id": "U 1", "number": "1", "kind": "unit", "part_of": "B", "legal_area_m2": 7.0, "legal_area_text": "7",
     "land_use": "flat", "address": "x", "attributes": {"floor": 2}, "wkt": FAR, "level": "units"},
)  # fmt: skip
MANY = text("""
INSERT INTO parcel (parcel_id, level, kind, attributes, geom)
SELECT 'M' || n, 'units', 'unit', jsonb_build_object('long', repeat('x', :size)),
       ST_Multi(ST_MakeEnvelope(5 + n * 0.001, 45, 5.0005 + n * 0.001, 45.0005, 4326))
FROM generate_series(1, :count) AS n
""")


def store(engine: Engine) -> None:
    """Write the lots by direct SQL."""
    with engine.begin() as connection:
        for lot in LOTS:
            connection.execute(INSERT, {**lot, "attributes": json.dumps(lot["attributes"])})


def store_many(engine: Engine, count: int, size: int) -> None:
    """So many units, each with so many bytes of attributes: more than sockets and queues hold."""
    with engine.begin() as connection:
        connection.execute(MANY, {"count": count, "size": size})
