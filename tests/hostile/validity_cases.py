"""The validity cases of ../shared/data as a client sends them: what of them is polygonal, and as which rings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "validity" / "validity_cases.jsonl"
NUMBERS = re.compile(r"([^\s(),]+)\s+([^\s(),]+)")
GEOJSON_NAMES = {
    "POINT": "Point", "LINESTRING": "LineString", "MULTIPOINT": "MultiPoint", "MULTILINESTRING": "MultiLineString",
    "LINEARRING": "LinearRing", "CURVEPOLYGON": "CurvePolygon", "GEOMETRYCOLLECTION": "GeometryCollection",
}  # fmt: skip
WKB_NAMES = {2: "LINESTRING", 4: "MULTIPOINT", 6: "MULTIPOLYGON"}


@dataclass(frozen=True)
class Case:
    """One line of the file; `is_valid` and `reason` are what PostGIS 3.3 was seen to say, None where it reads it not."""

    name: str
    wkt: str
    is_valid: bool | None
    reason: str | None

    @property
    def sql(self) -> str:
        """An SQL expression of the geometry, its text or hexadecimal WKB as the parameter `geometry`."""
        return "ST_Force2D(CAST(:geometry AS geometry))" if self.is_hex else "ST_GeomFromText(:geometry)"

    @property
    def is_hex(self) -> bool:
        return self.wkt.startswith("HEXWKB:")

    @property
    def text(self) -> str:
        return self.wkt.removeprefix("HEXWKB:")

    @property
    def kind(self) -> str:
        if self.is_hex:
            return WKB_NAMES[int(self.text[2:4], 16)]
        match = re.match(r"\s*([A-Za-z]+)", self.wkt)
        assert match
        return match.group(1).upper()

    @property
    def is_polygonal(self) -> bool:
        return self.kind in ("POLYGON", "MULTIPOLYGON")

    @property
    def coordinates(self) -> Any:
        """Nested lists as in GeoJSON; a ring that is not closed stays so, an empty one is an empty list."""
        text = self.text
        if self.is_hex:
            text = shapely.to_wkt(shapely.force_2d(shapely.from_wkb(bytes.fromhex(text))), rounding_precision=-1)
        body = text[text.index("(") :] if "(" in text else "EMPTY"
        body = NUMBERS.sub(lambda pair: f"[{float(pair[1])!r}, {float(pair[2])!r}]", body)
        if self.kind == "MULTIPOINT":  # whose positions may stand in brackets of their own, or not
            body = "(" + body[1:-1].replace("(", "").replace(")", "") + ")"
        body = re.sub(r"\(\s*EMPTY\s*\)|EMPTY", "[]", body, flags=re.IGNORECASE).replace("(", "[").replace(")", "]")
        return json.loads(body.replace("nan", "NaN"))


def cases() -> list[Case]:
    """Every case, in the order of the file; none where the data is not on this machine."""
    if not FILE.is_file():
        return []
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [
        Case(f"{row['source']} {row['id']}", row["wkt"], row.get("postgis_3_3_valid"), row.get("postgis_3_3_reason"))
        for row in rows
    ]
