"""Lists that live in real parcels: logs in their attributes, and boundaries to which points are appended.

A block is four lots around a lane. On the boundary between a southern and a northern lot (`shared`) points are appended
towards the lane, into the rings of both: two copies of one list. On its front to the lane each lot grows by points of
its own, shallow or deep; two deep ones that face each other overlap.

    nw |  lane  | ne
    ---          ---    shared
    sw |  lane  | se

A point tells its element by its distance from the straight line, in whole units of the grid; its position along the
line is its place in the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from spatial_admin.cadastre.shapes import shape_of_wkb
from tests.concurrency.fabric import Point, insert_lots
from tests.concurrency.history import Read

Spot = tuple[int, int]  # in units of the storage grid, 1e-9 degrees
Ring = Sequence[Spot]

PER_UNIT = 10**9
WEST, SOUTH = 2_310_000_000, 48_690_000_000
LOT, LANE = 600_000, 400_005  # 44 m; not a multiple of OUT, so that no point of a front is one of the front across
OTHER = 150_000
BETWEEN_BLOCKS = 4_000_000
ALONG, OUT = 5_000, 10  # half a metre from point to point; a millimetre for each element
NUMBERS = 4_096
SHALLOW, DEEP = 0, 6  # of a front: up to a tenth of the lane, or from six tenths on
SIDES = ((0, 0), (1, 0), (1, 1), (0, 1))  # corners of a lot, anticlockwise from the south-west


@dataclass(frozen=True, slots=True)
class Line:
    """A straight boundary between two corners that stay, as a list of the points between them."""

    name: str
    start: Spot
    end: Spot
    out: Spot  # the direction in which elements lie
    lots: tuple[str, ...]

    def key(self, lot: str) -> str:
        """The list as one lot has it."""
        return f"{self.name} of {lot}"

    def spot(self, index: int, element: int, depth: int) -> Spot:
        """Where the element at an index of the list lies."""
        distance = (depth * NUMBERS + element) * OUT
        x, y = (
            start + (index + 1) * ALONG * ((end > start) - (end < start)) + distance * out
            for start, end, out in zip(self.start, self.end, self.out, strict=True)
        )
        return x, y

    def spots(self, ring: Ring, corners: Ring) -> list[Spot]:
        """The points between the two corners as they stand in a lot's ring, in the order of the list."""
        follows = corners[(corners.index(self.start) + 1) % len(corners)] == self.end
        first, last = (self.start, self.end) if follows else (self.end, self.start)
        turned = [*ring[ring.index(first) + 1 :], *ring[: ring.index(first)]]
        path = turned[: turned.index(last)]
        return path if follows else path[::-1]

    def elements(self, spots: Sequence[Spot]) -> tuple[int, ...]:
        """The elements of points; what noding put there lies at no distance of ours, and is none."""
        out = [sum((v - s) * o for v, s, o in zip(spot, self.start, self.out, strict=True)) for spot in spots]
        return tuple(distance // OUT % NUMBERS for distance in out if distance % OUT == 0)


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as somebody saw it."""

    lot: str
    version: int
    ring: Ring
    log: tuple[int, ...]


class Block:
    """Four lots around a lane, far from every other block."""

    def __init__(self, number: int) -> None:
        west = WEST + number * BETWEEN_BLOCKS
        x = (west, west + LOT, west + LOT + LANE, west + 2 * LOT + LANE)
        y = (SOUTH, SOUTH + LOT, SOUTH + 2 * LOT)
        sw, se, nw, ne = self.names = tuple(f"{place}{number}" for place in ("sw", "se", "nw", "ne"))
        self.corners = {
            name: [(x[i + dx], y[j + dy]) for dx, dy in SIDES]
            for name, i, j in ((sw, 0, 0), (se, 2, 0), (nw, 0, 1), (ne, 2, 1))
        }
        self.shared = (
            Line("shared", (x[0], y[1]), (x[1], y[1]), (0, 1), (sw, nw)),
            Line("shared", (x[3], y[1]), (x[2], y[1]), (0, 1), (se, ne)),
        )
        self.fronts = (
            Line("front", (x[1], y[0]), (x[1], y[1]), (1, 0), (sw,)),
            Line("front", (x[2], y[0]), (x[2], y[1]), (-1, 0), (se,)),
            Line("front", (x[1], y[1]), (x[1], y[2]), (1, 0), (nw,)),
            Line("front", (x[2], y[1]), (x[2], y[2]), (-1, 0), (ne,)),
        )

    def others(self) -> dict[str, Ring]:
        """A hundred lots north of the block, of which no list is kept."""
        west, south = self.corners[self.names[2]][3]
        return {
            f"{i}-{j} of {self.names[0]}": [
                (west + (i + dx) * OTHER, south + LOT + (j + dy) * OTHER) for dx, dy in SIDES
            ]
            for i in range(10)
            for j in range(10)
        }

    def reads(self, lot: Lot) -> Iterator[Read]:
        """The lists of a lot as it was seen."""
        for line in (*self.shared, *self.fronts):
            if lot.lot in line.lots:
                yield Read(line.key(lot.lot), line.elements(line.spots(lot.ring, self.corners[lot.lot])))
        yield Read(log_of(lot.lot), lot.log)


class Town:
    """Blocks, and whose block a lot is in."""

    def __init__(self, blocks: int) -> None:
        self.blocks = [Block(number) for number in range(blocks)]
        self._of = {name: block for block in self.blocks for name in block.names}

    def store(self, engine: Engine, *, others: bool) -> None:
        """Store every lot by direct SQL; with a hundred `others` beside each block.

        Predicate locks are kept by the page: in a town so small that all of it is on two pages, every edit aborts every
        other one, and a run at SERIALIZABLE has little else to show.
        """
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL spatial_admin.import = 'fabric'"))  # no overlap, by construction
            for block in self.blocks:
                rings = {**block.corners, **(block.others() if others else {})}
                insert_lots(connection, {name: [point(spot) for spot in ring] for name, ring in rings.items()})

    def reads(self, lots: Iterable[Lot]) -> tuple[Read, ...]:
        """The lists of lots as they were seen."""
        return tuple(read for lot in lots for read in self._of[lot.lot].reads(lot))


def log_of(lot: str) -> str:
    """The name of the list in a lot's attributes."""
    return f"log of {lot}"


def point(spot: Spot) -> Point:
    """Storage coordinates of a spot."""
    return spot[0] / PER_UNIT, spot[1] / PER_UNIT


def lots_of_coverage(coverage: Mapping[str, Any]) -> dict[str, Lot]:
    """Lots in the answer of GET /api/coverage."""
    spots = [_spot(x, y) for x, y, *_ in coverage["points"]]
    return {
        parcel["parcel_id"]: Lot(
            parcel["parcel_id"],
            parcel["version"],
            [spots[number] for number in parcel["parts"][0][0]],
            _log(parcel["properties"]["attributes"]),
        )
        for parcel in coverage["parcels"]
    }


def lot_of_row(row: Any) -> Lot:
    """A lot from a row with its id, version, attributes and WKB, of parcel or of its history."""
    ring = shape_of_wkb(bytes(row.wkb))[0][0]
    return Lot(row.parcel_id, row.version, [_spot(x, y) for x, y in ring.tolist()], _log(row.attributes))


def _spot(x: float, y: float) -> Spot:
    return round(x * PER_UNIT), round(y * PER_UNIT)


def _log(attributes: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(attributes.get("log", ()))
