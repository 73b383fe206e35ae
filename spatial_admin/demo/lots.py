"""Blocks into lots: all blocks of a town are halved together, level by level, until every piece has its frontage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray

from spatial_admin.demo.blocks import Block
from spatial_admin.demo.model import Coordinates
from spatial_admin.demo.quarters import STYLES

_REACH_M = 3000.0
_MOST_LEVELS = 16
Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Pieces:
    """Columns of the pieces still to be cut; `direction` is along the row (radians), NaN before it has rows."""

    shape: Shapes
    block: NDArray[np.int64]
    direction: Floats

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Pieces:
        return Pieces(self.shape[chosen], self.block[chosen], self.direction[chosen])


@dataclass(frozen=True, slots=True)
class _Measures:
    """Style and extent of each piece: along and across its direction, in metres."""

    front: Floats
    depth: Floats
    stray: Floats
    angle: Floats
    bent: Floats
    direction: Floats
    along: Floats
    across: Floats
    low: Floats
    left: Floats


def cut_blocks(blocks: list[Block], rng: Generator) -> tuple[Shapes, NDArray[np.int64]]:
    """Polygons of all lots, and for each the index of its block.

    A block deeper than one lot is first cut lengthwise into rows, back to back; a row is then cut across into lots of
    about the style's frontage. Pieces are polygons in metres whose common edges are not yet noded.
    """
    todo = Pieces(
        np.array([block.shape for block in blocks], dtype=object),
        np.arange(len(blocks), dtype=np.int64),
        np.full(len(blocks), np.nan),
    )
    done_shapes: list[Shapes] = []
    done_blocks: list[NDArray[np.int64]] = []
    for _ in range(_MOST_LEVELS):
        measures = _measure(todo, blocks)
        lengthwise = np.isnan(todo.direction) & (measures.across > 1.4 * measures.depth)
        crosswise = ~lengthwise & (measures.along > 1.5 * measures.front)
        cutting = lengthwise | crosswise
        done_shapes.append(todo.shape[~cutting])
        done_blocks.append(todo.block[~cutting])
        if not cutting.any():
            break
        todo = _halve(todo, measures, lengthwise, cutting, rng)
    else:
        done_shapes.append(todo.shape)
        done_blocks.append(todo.block)
    return np.concatenate(done_shapes), np.concatenate(done_blocks)


def _measure(pieces: Pieces, blocks: list[Block]) -> _Measures:
    styles = [STYLES.get(blocks[index].style, STYLES["whole"]) for index in pieces.block]
    columns = np.array([(s.front_m, s.depth_m, s.stray, s.angle_deg, s.bent_share) for s in styles]).T
    box = shapely.get_coordinates(shapely.oriented_envelope(pieces.shape)).reshape(-1, 5, 2)
    first, second = box[:, 1] - box[:, 0], box[:, 2] - box[:, 1]
    a, b = np.hypot(*first.T), np.hypot(*second.T)
    longest = np.where((a >= b)[:, None], first, second)
    turned = np.arctan2(longest[:, 1], longest[:, 0])
    stretched = np.maximum(a, b) > 1.9 * np.minimum(a, b)
    near = np.abs(np.cos(turned - np.nan_to_num(pieces.direction))) > 0.8
    direction = np.where(np.isnan(pieces.direction) | (stretched & near), turned, pieces.direction)
    low, high, left, right = _extent(pieces.shape, direction)
    front, depth, stray, angle, bent = columns
    return _Measures(front, depth, stray, angle, bent, direction, high - low, right - left, low, left)


def _extent(shapes: Shapes, direction: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    starts = np.searchsorted(owner, np.arange(len(shapes)))
    cos, sin = np.cos(direction)[owner], np.sin(direction)[owner]
    along, across = points[:, 0] * cos + points[:, 1] * sin, points[:, 1] * cos - points[:, 0] * sin
    least, most = np.minimum.reduceat, np.maximum.reduceat
    return least(along, starts), most(along, starts), least(across, starts), most(across, starts)


def _halve(
    todo: Pieces, m: _Measures, lengthwise: NDArray[np.bool_], cutting: NDArray[np.bool_], rng: Generator
) -> Pieces:
    """Both sides of the cut through every piece that is `cutting`."""
    count = len(todo.shape)
    wanted, extent = np.where(lengthwise, m.depth, m.front), np.where(lengthwise, m.across, m.along)
    pieces = np.maximum(2, np.round(extent / wanted))
    share = np.where(lengthwise, 0.5, np.floor(pieces / 2 + rng.integers(0, 2, count) * (pieces % 2) * 0.5) / pieces)
    start = np.where(lengthwise, m.left, m.low)
    at = start + extent * share + rng.uniform(-1, 1, count) * m.stray * np.minimum(wanted, extent / 2)
    tilt = np.radians(rng.normal(0, 1, count).clip(-1.5, 1.5) * m.angle) * np.where(lengthwise, 0.4, 1.0)
    normal = m.direction + np.where(lengthwise, np.pi / 2, 0.0)
    bend = np.where(rng.random(count) < m.bent, rng.uniform(-0.18, 0.18, count) * m.front, 0.0) * ~lengthwise
    middle = np.where(lengthwise, m.low + m.along / 2, m.left + m.across / 2)
    half_planes = _half_planes(normal, at, tilt, bend, np.where(lengthwise, -middle, middle))[cutting]
    chosen = todo.shape[cutting]
    block = todo.block[cutting]
    is_row = ~lengthwise | (m.across <= 2.9 * m.depth)
    direction = np.where(is_row, m.direction, np.nan)[cutting]
    sides = [shapely.intersection(chosen, half_planes), shapely.difference(chosen, half_planes)]
    shapes, owner = shapely.get_parts(np.concatenate(sides), return_index=True)
    solid = (shapely.get_type_id(shapes) == 3) & (shapely.area(shapes) > 0.01)
    owner = owner[solid] % len(chosen)
    return Pieces(shapes[solid], block[owner], direction[owner])


def _half_planes(normal: Floats, at: Floats, tilt: Floats, bend: Floats, middle: Floats) -> Shapes:
    """The area before each cut: a large polygon whose edge is the cut, tilted and bent about the piece's middle."""
    ahead = np.column_stack([np.cos(normal), np.sin(normal)])
    beside = np.column_stack([-np.sin(normal), np.cos(normal)])
    centre = ahead * at[:, None] + beside * middle[:, None]
    along_cut = np.column_stack([-np.sin(normal + tilt), np.cos(normal + tilt)])
    corners: list[Coordinates] = [
        centre - along_cut * _REACH_M,
        centre + ahead * bend[:, None],
        centre + along_cut * _REACH_M,
        centre + along_cut * _REACH_M - ahead * 2 * _REACH_M,
        centre - along_cut * _REACH_M - ahead * 2 * _REACH_M,
    ]
    return np.asarray(shapely.polygons(np.stack(corners, axis=1)))
