"""Random fabrics for property tests: lots between jittered corners, T-junctions left unnoded, holes, multipart lots."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import Ground, Point
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import Fabric

Random = np.random.Generator
SIDE = 20.0  # metres
JITTER = 5.0


def random_fabric(ground: Ground, seed: int) -> Fabric:
    """Between 4 and 16 lots that tile a block but for what the seed leaves open; edge-matched but for T-junctions."""
    random = np.random.default_rng(seed)
    columns, rows = (int(n) for n in random.integers(2, 5, 2))
    corner = _corners(ground, random, columns, rows)
    middle = {edge: _between(ground, *edge) for edge in _edges(columns, rows, corner) if random.random() < 0.4}
    lots: dict[str, Any] = {}
    for i, j in itertools.product(range(columns), range(rows)):
        ring = _ring(random, [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]], middle)
        lots[f"{i}-{j}"] = [[ring]]
    _open_a_hole(ground, random, lots)
    _join_two_into_one(random, lots)
    return Fabric.of_shapes(ground, {name: shape_of_rings(parts) for name, parts in lots.items()})


def points_of(shape: Shape) -> set[Point]:
    """Every point of a shape."""
    return {(float(x), float(y)) for part in shape for ring in part for x, y in ring}


def _corners(ground: Ground, random: Random, columns: int, rows: int) -> dict[tuple[int, int], Point]:
    # On every second step of the grid, so that the middle of two corners is a grid point on their line.
    places = {}
    for i, j in itertools.product(range(columns + 1), range(rows + 1)):
        x, y = i * SIDE + random.uniform(-JITTER, JITTER), j * SIDE + random.uniform(-JITTER, JITTER)
        places[i, j] = _storage(ground, x, y, step=2)
    return places


def _storage(ground: Ground, x: float, y: float, step: int = 1) -> Point:
    # In degrees, a place at 50 north, where a hundred-thousandth is 0.7 and 1.1 metres.
    if ground.is_geographic:
        x, y = 14 + x / 71_700, 50 + y / 111_200
    k = ground.steps_per_unit
    return round(x * k / step) * step / k, round(y * k / step) * step / k


def _between(ground: Ground, a: Point, b: Point) -> Point:
    k = ground.steps_per_unit
    return round((a[0] + b[0]) / 2 * k) / k, round((a[1] + b[1]) / 2 * k) / k


def _edges(columns: int, rows: int, corner: dict[tuple[int, int], Point]) -> list[tuple[Point, Point]]:
    across = [(corner[i, j], corner[i + 1, j]) for i in range(columns) for j in range(rows + 1)]
    return [
        _ordered(a, b)
        for a, b in across + [(corner[i, j], corner[i, j + 1]) for i in range(columns + 1) for j in range(rows)]
    ]


def _ordered(a: Point, b: Point) -> tuple[Point, Point]:
    return (a, b) if a <= b else (b, a)


def _ring(random: Random, corners: list[Point], middle: dict[tuple[Point, Point], Point]) -> list[Point]:
    ring = []
    for a, b in itertools.pairwise([*corners, corners[0]]):
        ring.append(a)
        between = middle.get(_ordered(a, b))
        if between is not None and random.random() < 0.7:  # else a T-junction: the neighbour may have it
            ring.append(between)
    start = int(random.integers(len(ring)))
    ring = ring[start:] + ring[:start]
    return ring[::-1] if random.random() < 0.5 else ring


def _open_a_hole(ground: Ground, random: Random, lots: dict[str, Any]) -> None:
    if random.random() < 0.5:
        return
    name = str(random.choice(sorted(lots)))
    i, j = (int(part) for part in name.split("-"))
    x, y = (i + 0.5) * SIDE, (j + 0.5) * SIDE
    hole = [_storage(ground, x + dx, y + dy) for dx, dy in ((-2, -2), (2.5, -1), (2, 2), (-1, 3))]
    lots[name][0].append(hole)
    if random.random() < 0.7:
        lots["island"] = [[hole]]


def _join_two_into_one(random: Random, lots: dict[str, Any]) -> None:
    # Opposite corners of the block: two parts that never touch.
    last = max(name for name in lots if name != "island")
    if random.random() < 0.5 and last not in {"0-0", "0-1", "1-0", "1-1"}:
        lots["0-0"] += lots.pop(last)
