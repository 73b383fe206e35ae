"""A few lots with everything an editor meets: a corner shared by three, a hole and its filling, a lot of two parts."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from sqlalchemy import Engine, text

ORIGIN = (2.32, 48.67)
STEP = 1e-4  # degrees; about 7.4 m east and 11.1 m north

Ring = list[tuple[int, int]]

# Parts of rings in steps from the origin. A and B lie side by side below C; D has a hole that E fills; F has two parts.
LOTS: dict[str, list[list[Ring]]] = {
    "A": [[[(0, 0), (3, 0), (3, 2), (0, 2)]]],
    "B": [[[(3, 0), (6, 0), (6, 2), (3, 2)]]],
    "C": [[[(0, 2), (3, 2), (6, 2), (6, 4), (0, 4)]]],
    "D": [[[(7, 0), (11, 0), (11, 4), (7, 4)], [(8, 1), (8, 3), (10, 3), (10, 1)]]],
    "E": [[[(8, 1), (10, 1), (10, 3), (8, 3)]]],
    "F": [[[(12, 0), (13, 0), (13, 1), (12, 1)]], [[(12, 3), (13, 3), (13, 4), (12, 4)]]],
}


def place(x: int, y: int) -> tuple[float, float]:
    """Storage coordinates (EPSG:4326) of a corner given in steps."""
    return round(ORIGIN[0] + x * STEP, 7), round(ORIGIN[1] + y * STEP, 7)


def name_of(x: int, y: int) -> str:
    """How the editor's page names the point, in `data-points`."""
    lon, lat = place(x, y)
    return f"{lon!r},{lat!r}"


def insert_lots(engine: Engine) -> None:
    """Store the lots as any writer of SQL may; the guards make history of it."""
    statement = text(
        "INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2) "
        "VALUES (:name, :name, 'parcels', 'lot', ST_GeomFromText(:wkt, 4326), ST_Area(ST_GeogFromText(:wkt)))"
    )
    with engine.begin() as connection:
        for name, parts in LOTS.items():
            shapes = [shapely.Polygon(*_rings(part)) for part in parts]
            connection.execute(statement, {"name": name, "wkt": shapely.MultiPolygon(shapes).wkt})


def _rings(part: list[Ring]) -> tuple[list[tuple[float, float]], list[list[tuple[float, float]]]]:
    exterior, *interior = [[place(*corner) for corner in ring] for ring in part]
    return exterior, interior


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds of the current parcels, by parcel_id."""

    versions: dict[str, int]
    shapes: dict[str, shapely.MultiPolygon]
    bits: dict[str, str]  # hexadecimal EWKB

    def points(self, name: str) -> list[tuple[float, float]]:
        """Every point of a parcel, in ring order, exact."""
        return [(float(x), float(y)) for x, y in shapely.get_coordinates(self.shapes[name])]

    def differing(self, other: Stored) -> set[str]:
        """Parcels whose geometry is not the same to the bit."""
        return {name for name, bits in self.bits.items() if other.bits[name] != bits}

    def has_no_overlap(self) -> bool:
        """No two parcels have an inner point in common."""
        shapes = list(self.shapes.values())
        return not any(
            shapely.relate_pattern(one, other, "T********")
            for index, one in enumerate(shapes)
            for other in shapes[index + 1 :]
        )


def stored(engine: Engine) -> Stored:
    """Read the current parcels."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT parcel_id, version, ST_AsEWKB(geom) AS wkb FROM parcel WHERE end_lifespan_version IS NULL")
        ).all()
    return Stored(
        {row.parcel_id: row.version for row in rows},
        {row.parcel_id: _multipolygon(bytes(row.wkb)) for row in rows},
        {row.parcel_id: bytes(row.wkb).hex() for row in rows},
    )


def _multipolygon(wkb: bytes) -> shapely.MultiPolygon:
    shape = shapely.from_wkb(wkb)
    assert isinstance(shape, shapely.MultiPolygon)
    return shape


def edits_of(engine: Engine, email: str) -> list[str]:
    """Comments of the edits that somebody made, oldest first."""
    statement = text(
        "SELECT e.comment FROM edit e JOIN account a ON a.id = e.author_id WHERE a.email = :email ORDER BY e.id"
    )
    with engine.connect() as connection:
        return list(connection.execute(statement, {"email": email}).scalars())


def changes_of(engine: Engine, name: str) -> list[str]:
    """What happened to a parcel, version by version."""
    statement = text("SELECT change FROM parcel_version WHERE parcel_id = :name ORDER BY version")
    with engine.connect() as connection:
        return list(connection.execute(statement, {"name": name}).scalars())
