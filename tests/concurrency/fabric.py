"""Lots for races: rectangles whose corners come from one formula, so that neighbours share them to the bit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import storage_srid
from spatial_admin.transaction import Outcome
from tests.waiting import PATIENT

Point = tuple[float, float]
SOMEBODY = Author(None, "somebody@example.org")
INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, geom) "
    "VALUES (:name, :name, :level, 'lot', ST_GeomFromText(:wkt, :srid))"
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A place and a step in storage units; `at(i, j)` is the corner i steps east and j steps north of the place."""

    west: float = 2.31
    south: float = 48.69
    step: float = 0.0002  # 15 m by 22 m in lon/lat there
    digits: int = 7

    def at(self, i: float, j: float) -> Point:
        return round(self.west + i * self.step, self.digits), round(self.south + j * self.step, self.digits)

    def box(self, i: float, j: float, width: float = 1, height: float = 1) -> list[Point]:
        """Corners of a rectangle, anticlockwise, not closed."""
        return [self.at(i, j), self.at(i + width, j), self.at(i + width, j + height), self.at(i, j + height)]


def wkt_of(*rings: Sequence[Point]) -> str:
    """A multipolygon of one part; the exterior ring first."""
    closed = ("(" + ", ".join(f"{x!r} {y!r}" for x, y in [*ring, ring[0]]) + ")" for ring in rings)
    return f"MULTIPOLYGON(({', '.join(closed)}))"


def insert_lots(connection: Connection, lots: Mapping[str, Sequence[Point]], level: str = "parcels") -> None:
    """Insert lots by direct SQL, as somebody in psql would; does not commit."""
    rows = [{"name": n, "wkt": wkt_of(ring), "srid": storage_srid(), "level": level} for n, ring in lots.items()]
    connection.execute(INSERT, rows)


def store_lots(engine: Engine, lots: Mapping[str, Sequence[Point]], level: str = "parcels") -> None:
    """Insert lots and commit."""
    with engine.begin() as connection:
        insert_lots(connection, lots, level)


def store_block(engine: Engine, grid: Grid, columns: int, rows: int) -> None:
    """Store columns x rows lots named `i-j`, each sharing its sides with its neighbours."""
    lots = {f"{i}-{j}": grid.box(i, j) for i in range(columns) for j in range(rows)}
    with engine.begin() as connection:
        connection.execute(
            text("SET LOCAL spatial_admin.import = 'fabric'")
        )  # a fabric without overlap, by construction
        insert_lots(connection, lots)


def move(at: Point, to: Point) -> dict[str, Any]:
    """The operation move_point."""
    return {"op": "move_point", "at": list(at), "to": list(to)}


def update(parcel_id: str, **properties: object) -> dict[str, Any]:
    """The operation update."""
    return {"op": "update", "parcel_id": parcel_id, "properties": properties}


def save(
    operations: Iterable[Mapping[str, Any]],
    seen: Mapping[str, int],
    *,
    key: str | None = None,
    comment: str = "race",
    if_stale: str = "reject",
) -> Outcome:
    """One edit through the service, as POST /api/edits makes it (needs an application context)."""
    body = {
        "key": key or str(uuid.uuid4()),
        "comment": comment,
        "seen": dict(seen),
        "operations": [dict(operation) for operation in operations],
        "if_stale": if_stale,
    }
    return edit_boundaries(parse_edit_request(body, PATIENT), SOMEBODY, PATIENT)


def versions_of(engine: Engine) -> dict[str, int]:
    """The version of every parcel."""
    with engine.connect() as connection:
        return {row.parcel_id: row.version for row in connection.execute(text("SELECT parcel_id, version FROM parcel"))}


def ring_of(engine: Engine, name: str) -> list[Point]:
    """The exterior ring of a parcel's first part, not closed."""
    sql = text("SELECT ST_X(p.geom), ST_Y(p.geom) FROM parcel, ST_DumpPoints(parcel.geom) AS p WHERE parcel_id = :name")
    with engine.connect() as connection:
        return [(float(x), float(y)) for x, y in connection.execute(sql, {"name": name})][:-1]
