"""Nine lots in a block, one with a hole, one of two parts, written by direct SQL."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

ORIGIN, SIDE = (2.3, 48.6), 0.001
INSERT = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, address, geom) "
    "VALUES (:name, :number, 'parcels', 'lot', :address, ST_GeomFromText(:wkt, 4326))"
)


def corner(column: int, row: int) -> tuple[float, float]:
    """A corner of the block's grid, storage coordinates; the same doubles for every lot that has it."""
    return round(ORIGIN[0] + column * SIDE, 9), round(ORIGIN[1] + row * SIDE, 9)


def ring(points: list[tuple[float, float]]) -> str:
    return "(" + ", ".join(f"{x!r} {y!r}" for x, y in [*points, points[0]]) + ")"


def lot(column: int, row: int, hole: str = "") -> str:
    around = [corner(column, row), corner(column + 1, row), corner(column + 1, row + 1), corner(column, row + 1)]
    return f"({ring(around)}{hole})"


def insert(connection: Connection, name: str, wkt: str, number: str | None = None, address: str | None = None) -> None:
    connection.execute(INSERT, {"name": name, "number": number, "address": address, "wkt": wkt})


def make_block(engine: Engine) -> None:
    """Lots 1 to 9; lot 9 has a hole, lot 3 a second part far away."""
    x, y = corner(2, 2)
    quarter = SIDE / 4
    inner = [(x + quarter, y + quarter), (x + quarter, y + 2 * quarter), (x + 2 * quarter, y + 2 * quarter)]
    far = [(2.306, 48.606), (2.307, 48.606), (2.307, 48.607)]
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
