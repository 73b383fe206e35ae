"""Nine lots in a block, one with a hole, one of two parts, written by direct SQL."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from spatial_admin.settings import storage_srid

SRID = storage_srid()
# A corner inside each CRS's area of use, and about a hundred metres, in its units.
WEST, SOUTH, SIDE = {
    4326: (2.3, 48.6, 0.001),
    2056: (2600000.123, 1200000.456, 100.0),
    5514: (-740000.37, -1050000.91, 100.0),
    26915: (480000.5, 4950000.25, 100.0),
    2264: (2100000.5, 600000.25, 300.0),
}[SRID]
INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, address, geom) "
    "VALUES (:name, :number, 'parcels', 'lot', :address, ST_GeomFromText(:wkt, :srid))"
)


def corner(column: int, row: int) -> tuple[float, float]:
    """A corner of the block's grid, storage coordinates; the same doubles for every lot that has it."""
    return round(WEST + column * SIDE, 9), round(SOUTH + row * SIDE, 9)


def ring(points: list[tuple[float, float]]) -> str:
    return "(" + ", ".join(f"{x!r} {y!r}" for x, y in [*points, points[0]]) + ")"


def lot(column: int, row: int, hole: str = "") -> str:
    around = [corner(column, row), corner(column + 1, row), corner(column + 1, row + 1), corner(column, row + 1)]
    return f"({ring(around)}{hole})"


def insert(connection: Connection, name: str, wkt: str, number: str | None = None, address: str | None = None) -> None:
    connection.execute(INSERT, {"name": name, "number": number, "address": address, "wkt": wkt, "srid": SRID})


def make_block(engine: Engine) -> None:
    """Lots 1 to 9; lot 9 has a hole, lot 3 a second part far away."""
    x, y = corner(2, 2)
    quarter = SIDE / 4
    inner = [(x + quarter, y + quarter), (x + quarter, y + 2 * quarter), (x + 2 * quarter, y + 2 * quarter)]
    far = [corner(6, 6), corner(7, 6), corner(7, 7)]
    with engine.begin() as connection:
        for index in range(9):
            hole = f", {ring(inner)}" if index == 8 else ""
            more = f", ({ring(far)})" if index == 2 else ""
            wkt = f"MULTIPOLYGON({lot(index % 3, index // 3, hole)}{more})"
            insert(connection, str(index + 1), wkt, number=f"{index + 1}/4", address=f"{index + 1} Mill Lane")


def stored(engine: Engine) -> dict[str, bytes]:
    """ST_AsEWKB of every parcel."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT parcel_id, ST_AsEWKB(geom) FROM parcel ORDER BY parcel_id")).all()
    return {name: bytes(shape) for name, shape in rows}
