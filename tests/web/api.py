"""A small block of lots for tests of the API: A and B side by side above a long C, a T-junction between them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Engine, text

X, Y, D = 2.31, 48.69, 0.001
INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, address, geom) "
    "VALUES (:name, :number, 'parcels', 'lot', :address, ST_GeomFromText(:wkt, 4326))"
)


def at(i: float, j: float) -> list[float]:
    """The point i steps east and j north."""
    return [round(X + i * D, 9), round(Y + j * D, 9)]


def wkt(*points: list[float]) -> str:
    """A multipolygon of one ring."""
    return "MULTIPOLYGON(((" + ", ".join(f"{x!r} {y!r}" for x, y in [*points, points[0]]) + ")))"


LOTS = {
    "A": wkt(at(0, 0), at(1, 0), at(1, 1), at(0, 1)),
    "B": wkt(at(1, 0), at(2, 0), at(2, 1), at(1, 1)),
    "C/2": wkt(at(0, -1), at(2, -1), at(2, 0), at(0, 0)),
}


def store(engine: Engine) -> None:
    """Write the lots by direct SQL."""
    with engine.begin() as connection:
        for number, (name, shape) in enumerate(LOTS.items(), start=101):
            values = {"name": name, "number": str(number), "wkt": shape, "address": f"{number} Mill Lane"}
            connection.execute(INSERT, values)


def edit(*operations: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The body of POST /api/edits."""
    seen = {"A": 1, "B": 1, "C/2": 1}
    return {"key": str(uuid.uuid4()), "comment": "test", "seen": seen, "operations": list(operations), **members}


def move(at_: list[float], to: Any) -> dict[str, Any]:
    """A move_point."""
    return {"op": "move_point", "at": at_, "to": to}
