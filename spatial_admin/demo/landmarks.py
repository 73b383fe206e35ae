"""What breaks the pattern of a plain fabric: lake and island, enclaves, and parcels that lie in two places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from shapely import Polygon
from shapely.affinity import rotate, translate
from shapely.geometry.base import BaseGeometry

from spatial_admin.demo.blocks import Block, Plan
from spatial_admin.demo.lots import Shapes, cut_blocks

_LEAST_PARK_M2 = 20_000.0
_ENCLAVES = (
    ("apartment", 4.2, 5.6, "substation"), ("apartment", 4.2, 5.6, "substation"), ("old", 5.0, 7.0, "well house"),
    ("field", 12.0, 17.0, "chapel"), ("field", 9.0, 14.0, "waterworks"), ("meadow", 8.0, 9.0, "pumping station"),
    ("villa", 5.0, 6.5, "substation"),
)  # fmt: skip
_PAIRS = (("field", 150.0, 520.0), ("field", 150.0, 520.0), ("villa", 55.0, 130.0), ("close", 55.0, 130.0))


@dataclass(slots=True)
class Piece:
    """One area of the coming coverage. Pieces of the same `label` become one parcel."""

    shape: BaseGeometry
    label: int
    style: str
    kind: str
    land_use: str | None
    block: int
    name: str = ""


def build_pieces(plan: Plan, rng: Generator) -> list[Piece]:
    """All areas of the town, disjoint and without gaps, in metres; their common edges are not yet noded."""
    pieces: list[Piece] = []
    for site in plan.sites:
        label = len(pieces)
        pieces.extend(
            Piece(part, label, site.land_use, site.kind, site.land_use, -1, site.name)
            for part in shapely.get_parts(site.shape).tolist()
        )
    shapes, owners = cut_blocks(plan.blocks, rng)
    for shape, owner in zip(shapes.tolist(), owners.tolist(), strict=True):
        block = plan.blocks[owner]
        if block.style == "park" and shape.area > _LEAST_PARK_M2:
            pieces += _park(shape, len(pieces), owner, rng)
        else:
            pieces.append(_plain(block, shape, len(pieces), owner))
    for wish in _ENCLAVES:
        _enclave(pieces, wish, rng)
    for style, nearest, farthest in _PAIRS:
        _pair(pieces, style, nearest, farthest, rng)
    return pieces


def _plain(block: Block, shape: Polygon, label: int, owner: int) -> Piece:
    if block.style == "square":
        return Piece(shape, label, "square", "common", "market square", owner, "Market Square")
    if block.style == "park":
        return Piece(shape, label, "green", "common", "green", owner)
    style = "field" if block.style == "whole" else block.style
    return Piece(shape, label, style, "lot", None, owner)


def blob(centre: tuple[float, float], radii: tuple[float, float], points: int, rng: Generator) -> Polygon:
    """A rounded natural shape about `centre`."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False) + rng.uniform(-0.03, 0.03, points)
    first, second = rng.uniform(0, 2 * np.pi, 2)
    reach = 1 + 0.16 * np.sin(2 * turn + first) + 0.09 * np.sin(3 * turn + second)
    ring = np.column_stack([np.cos(turn) * radii[0], np.sin(turn) * radii[1]]) * reach[:, None] + centre
    return Polygon(np.round(ring, 3))


def _park(shape: Polygon, label: int, owner: int, rng: Generator) -> list[Piece]:
    """The park with its lake, and the island in the lake: a hole in a hole."""
    left, low, right, high = shape.bounds
    middle = (float(shape.centroid.x), float(shape.centroid.y))
    size = 0.27 * (right - left), 0.25 * (high - low)
    lake = blob(middle, size, 46, rng)
    while not shape.buffer(-12).contains(lake):
        size = size[0] * 0.9, size[1] * 0.9
        lake = blob(middle, size, 46, rng)
    offset = (middle[0] + rng.uniform(-0.25, 0.25) * size[0], middle[1] + rng.uniform(-0.1, 0.1) * size[1])
    island = blob(offset, (0.22 * size[0], 0.24 * size[1]), 17, rng)
    return [
        Piece(shape.difference(lake), label, "park", "common", "park", owner, "Lindow Park"),
        Piece(lake.difference(island), label + 1, "lake", "water", "lake", owner, "Lindow Mere"),
        Piece(island, label + 2, "island", "lot", "nature reserve", owner, "Heron Holm"),
    ]


def _enclave(pieces: list[Piece], wish: tuple[str, float, float, str], rng: Generator) -> None:
    """Cut a small lot out of the inside of a larger one, which keeps a hole."""
    style, width, height, land_use = wish
    hosts = [
        n
        for n, p in enumerate(pieces)
        if p.style == style and shapely.get_num_interior_rings(p.shape) == 0 and p.shape.area > 500
    ]
    for n in rng.permutation(np.array(hosts, dtype=np.int64)).tolist():
        host = pieces[n].shape
        at = host.representative_point()
        box = translate(
            rotate(shapely.box(0, 0, width, height), rng.uniform(0, 90)), at.x - width / 2, at.y - height / 2
        )
        box = shapely.set_precision(box, 0.001)
        if host.buffer(-3.0).contains(box):
            pieces[n].shape = host.difference(box)
            pieces.append(Piece(box, len(pieces), "enclave", "lot", land_use, pieces[n].block))
            return


def _pair(pieces: list[Piece], style: str, nearest: float, farthest: float, rng: Generator) -> None:
    """Give two lots of different blocks to one parcel, as one deed often does."""
    labels, counts = np.unique([piece.label for piece in pieces], return_counts=True)
    single = set(labels[counts == 1].tolist())
    lots = [
        n
        for n, p in enumerate(pieces)
        if p.style == style and shapely.get_num_interior_rings(p.shape) == 0 and p.label in single
    ]
    shapes: Shapes = np.array([pieces[n].shape for n in lots], dtype=object)
    first = int(rng.integers(len(lots)))
    away = shapely.distance(shapes, shapes[first])
    others = [k for k in np.flatnonzero((away > nearest) & (away < farthest)).tolist()
              if pieces[lots[k]].block != pieces[lots[first]].block]  # fmt: skip
    if others:
        pieces[lots[others[int(rng.integers(len(others)))]]].label = pieces[lots[first]].label
