"""Dirty files to import: a few streets of lots with overlaps, gaps and missing points, and a corner of a real file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import shapely

WEST, SOUTH, STEP = 7.0, 46.0, 0.0004  # a lot is some 31 by 44 m
COLUMNS, ROWS = 10, 9
IN_M: Final = 1 / 77_000  # of a metre eastward, in degrees
OVERLAPS: Final = ((0, 0), (2, 0), (4, 0))
MOST_BESIDE: Final = 12  # parcels that touch a pair of a real file: no road of the whole town
Corner = tuple[float, float]


def at(column: float, row: float, east_m: float = 0.0) -> Corner:
    """A place of the grid, some metres east of it."""
    return WEST + column * STEP + east_m * IN_M, SOUTH + row * STEP


def lot(column: int, row: int) -> list[Corner]:
    """The ring of a lot: every even column meets its neighbour in the east in a way of its own."""
    ring = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)]
    if column % 2 == 0:
        return ring
    pair = (column - 1, row)
    if pair in OVERLAPS:  # it reaches 0.4 m over the common side
        return [*ring, at(column, row + 0.7, -0.4), at(column, row + 0.3, -0.4)]
    if row % 3 == 1:  # it stays 0.2 m behind the common side
        return [*ring, at(column, row + 0.5, 0.2)]
    return [*ring, at(column, row + 0.5)] if row % 3 == 2 else ring  # a point that the neighbour lacks


def write_streets(path: Path) -> Path:
    """Ninety lots, two of each row with something wrong between them, and a shed's lot within one of them."""
    lots = [(f"L{row}{column}", lot(column, row)) for row in range(ROWS) for column in range(COLUMNS)]
    west, south = at(8.3, 5.3)
    shed = [(west, south), (west + STEP / 4, south), (west + STEP / 4, south + STEP / 4), (west, south + STEP / 4)]
    return write(path, [(name, str(101 + n), ring) for n, (name, ring) in enumerate([*lots, ("shed", shed)])])


def write(path: Path, lots: list[tuple[str, str, list[Corner]]]) -> Path:
    """A GeoJSON file of polygons with `id` and `number`."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "number": number},
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        }
        for name, number, ring in lots
    ]
    return write_features(path, features)


def write_features(path: Path, features: list[dict[str, Any]]) -> Path:
    """The same of features as they are."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write_corner(source: Path, path: Path, pairs: int) -> Path:
    """Of a real file the first pairs of parcels that overlap, with whatever touches them."""
    features = [f for f in json.loads(source.read_text(encoding="utf-8"))["features"] if f["geometry"]]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    valid = [n for n, shape in enumerate(shapes) if shape.is_valid]
    tree = shapely.STRtree([shapes[n] for n in valid])
    found: set[int] = set()
    for one, other in sorted(tree.query([shapes[n] for n in valid], predicate="overlaps").T.tolist()):
        a, b = valid[one], valid[other]
        if one < other and shapely.intersection(shapes[a], shapes[b]).area > 2e-11:  # some 0.2 m²
            around = shapely.union(shapes[a], shapes[b])
            beside = {valid[n] for n in tree.query(around, predicate="intersects").tolist()}
            if len(beside) <= MOST_BESIDE:
                found |= beside
                pairs -= 1
        if pairs == 0:
            break
    return write_features(path, [features[n] for n in sorted(found)])
