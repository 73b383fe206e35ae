"""What the register says of each parcel: order, numbers, addresses, land use and the area that the deed states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from spatial_admin.demo.fabric import Fabric
from spatial_admin.demo.landmarks import Piece
from spatial_admin.demo.names import QUARTERS, street_names

_FARTHEST_FROM_STREET_M = 6.0
_USES = {
    "old": (("residential", "mixed use", "commercial", "vacant"), (0.44, 0.33, 0.20, 0.03)),
    "industry": (("industrial", "warehouse", "workshop"), (0.5, 0.3, 0.2)),
    "field": (("arable", "pasture", "forest", "orchard"), (0.55, 0.25, 0.15, 0.05)),
    "meadow": (("pasture", "allotments", "orchard"), (0.7, 0.15, 0.15)),
    "apartment": (("apartments", "residential"), (0.85, 0.15)),
}
_HOUSES = (("residential", "vacant", "community"), (0.955, 0.035, 0.01))
_COMMON_USES = ("playground", "green", "parking", "recycling point", "green", "playground")


@dataclass(frozen=True, slots=True)
class Record:
    """One ground parcel as registered; `base` and `share` make its number, such as 123/4."""

    kind: str
    base: int
    share: int
    land_use: str
    address: str | None
    legal_area_m2: float | None
    legal_area_text: str | None
    quarter: str | None
    street: str | None
    name: str
    style: str

    def number(self, offset: int) -> str:
        """The number as printed; `offset` keeps the towns of a county apart."""
        return f"{self.base + offset}/{self.share}" if self.share else f"{self.base + offset}"


def register(fabric: Fabric, rng: Generator) -> tuple[NDArray[np.int64], list[Record]]:
    """The order in which the parcels are numbered (indices into the fabric), and the record of each in that order."""
    order = _order(fabric)
    pieces = [fabric.pieces[k] for k in order]
    shapes = fabric.shapes[order]
    kinds, uses = _uses(pieces, rng)
    bases, shares = _numbers(pieces, rng)
    addresses, streets = _addresses(fabric, shapes, pieces, rng)
    areas = _legal_areas(shapely.area(shapes), pieces, rng)
    records = [
        Record(
            kind, base, share, use, address, area, text, QUARTERS.get(piece.style),
            street or None if kind == "road" else None, piece.name, piece.style,
        )
        for piece, kind, base, share, use, address, street, (area, text) in zip(
            pieces, kinds, bases, shares, uses, addresses, streets, areas, strict=True
        )
    ]  # fmt: skip
    return order, records


def _order(fabric: Fabric) -> NDArray[np.int64]:
    """Quarter by quarter, block by block, round each block; then fields, then streets and water."""
    blocks = fabric.plan.blocks
    at = shapely.get_coordinates(shapely.point_on_surface(fabric.shapes))
    keys = []
    for k, piece in enumerate(fabric.pieces):
        if piece.block < 0 or piece.style in {"park", "lake"}:
            keys.append((2, 0.0, 0.0, -float(fabric.shapes[k].area), k))
            continue
        block = blocks[piece.block]
        x, y = block.shape.centroid.x, block.shape.centroid.y
        round_block = float(np.arctan2(*(at[k] - (x, y))))
        if block.quarter < 0:
            keys.append((1, float(np.arctan2(x, y)), 0.0, round_block, k))
        else:
            keys.append((0, float(block.quarter), round(y / 70) + x / 1e4, round_block, k))
    return np.array([key[-1] for key in sorted(keys)], dtype=np.int64)


def _uses(pieces: list[Piece], rng: Generator) -> tuple[list[str], list[str]]:
    """Kind and land use; a few house lots are common areas."""
    kinds = [piece.kind for piece in pieces]
    uses = []
    for piece in pieces:
        names, weights = _USES.get(piece.style, _HOUSES)
        uses.append(piece.land_use or names[int(rng.choice(len(names), p=weights))])
    houses = [k for k, piece in enumerate(pieces) if piece.style in {"close", "terrace", "grid"}]
    for k, use in zip(rng.choice(houses, len(_COMMON_USES), replace=False).tolist(), _COMMON_USES, strict=True):
        kinds[k], uses[k] = "common", use
    return kinds, uses


def _numbers(pieces: list[Piece], rng: Generator) -> tuple[list[int], list[int]]:
    """Plain numbers in order, and families such as 123/1 to 123/5 where one old lot was divided."""
    bases, shares = [], []
    base, left, share = 0, 0, 0
    for k, piece in enumerate(pieces):
        new_block = k == 0 or pieces[k - 1].block != piece.block
        if left == 0 or new_block:
            base, share = base + 1, 0
            left = int(rng.integers(2, 7)) if piece.kind == "lot" and rng.random() < 0.14 else 1
            share = 1 if left > 1 else 0
        else:
            share += 1
        left -= 1
        bases.append(base)
        shares.append(share)
    return bases, shares


def _addresses(
    fabric: Fabric, shapes: NDArray[np.object_], pieces: list[Piece], rng: Generator
) -> tuple[list[str | None], list[str]]:
    """House number and street of every lot that fronts one, and the nearest street's name; even numbers are right."""
    streets = fabric.plan.streets
    names = street_names(streets, rng)
    lines = np.array([street.line for street in streets], dtype=object)
    widths = np.array([street.width_m for street in streets])
    nearest = shapely.STRtree(lines).nearest(shapes)
    fronts = shapely.distance(shapes, lines[nearest]) < widths[nearest] / 2 + _FARTHEST_FROM_STREET_M
    middles = shapely.centroid(shapes)
    along = shapely.line_locate_point(lines[nearest], middles)
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[nearest], along + 1.0))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines[nearest], np.maximum(along - 1.0, 0.0)))
    way, out = ahead - behind, shapely.get_coordinates(middles) - behind
    is_right = way[:, 0] * out[:, 1] - way[:, 1] * out[:, 0] < 0
    addresses: list[str | None] = [None] * len(pieces)
    last: dict[tuple[int, bool], int] = {}
    for k in np.lexsort((along, is_right, nearest)).tolist():
        if not fronts[k] or pieces[k].kind != "lot" or pieces[k].style in {"field", "enclave", "island", "railway"}:
            continue
        street = int(nearest[k])
        if names[street]:
            side = (street, bool(is_right[k]))
            last[side] = last.get(side, 0 if side[1] else -1) + 2
            addresses[k] = f"{last[side]} {names[street]}"
    return addresses, [names[k] for k in nearest.tolist()]


def _legal_areas(
    areas: NDArray[np.float64], pieces: list[Piece], rng: Generator
) -> list[tuple[float | None, str | None]]:
    """Areas as deeds state them: a little off, rounded as was the custom. Streets and water have none."""
    strayed = areas + rng.normal(0, 0.22, len(areas)).clip(-0.7, 0.7) * np.sqrt(areas)
    custom = rng.random(len(areas))
    return [
        (None, None) if piece.kind in {"road", "water"} or piece.land_use == "railway" else stated_area(area, style)
        for piece, area, style in zip(pieces, strayed.tolist(), custom.tolist(), strict=True)
    ]


def stated_area(area_m2: float, custom: float) -> tuple[float, str]:
    """Rounded area and the words of the deed; `custom` (0 to 1) chooses between square metres, ares and hectares."""
    if area_m2 > 8000:
        hectares = round(area_m2 / 10_000, 2)
        return round(hectares * 10_000, 1), f"{hectares:.2f} ha"
    if custom < 0.12 and area_m2 > 150:
        ares, metres = divmod(round(area_m2), 100)
        return float(ares * 100 + metres), f"{ares} a {metres:02d} m²"
    if custom < 0.20 and area_m2 > 150:
        hectares = round(area_m2 / 10_000, 3)
        return round(hectares * 10_000, 1), f"{hectares:.3f} ha"
    return float(round(area_m2)), f"{round(area_m2)} m²"
