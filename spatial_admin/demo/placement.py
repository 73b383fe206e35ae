"""From the town's own metres to storage coordinates."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_admin.demo.model import BrokenFeature, Coordinates, District, Parcel, Parts, Town


def place(town: Town, origin_xy: tuple[float, float], metres_per_unit_xy: tuple[float, float], grid: int) -> Town:
    """The town in storage coordinates: every point scaled, moved to `origin_xy`, and snapped once to 1/`grid`.

    `metres_per_unit_xy` is the length of one storage unit on the ground, east and north (metres: 1 and 1; degrees near
    latitude 47: about 76,100 and 111,180). `grid` is a whole number of steps a unit: 1,000,000,000 for degrees, 10,000
    for metres; snapping is floor(v·grid + 0.5) / grid, the formula of every other floor. Equal points stay equal.

    Raises ValueError when snapping made two points of the town one, or a polygon invalid: the grid is too coarse.
    """
    scale = np.array(metres_per_unit_xy, dtype=float)
    origin = np.array(origin_xy, dtype=float)

    def move(shapes: list[Parts]) -> list[Parts]:
        rings = [ring for parts in shapes for rings in parts for ring in rings]
        given = np.concatenate(rings) if rings else np.empty((0, 2))
        placed = np.asarray(np.floor((origin + given / scale) * grid + 0.5) / grid)
        _require_same_count(given, placed, grid)
        spans = iter(pairwise(np.cumsum([0, *map(len, rings)]).tolist()))
        return [[[placed[slice(*next(spans))] for _ in rings] for rings in parts] for parts in shapes]

    parcels, districts = [parcel.parts for parcel in town.parcels], [district.parts for district in town.districts]
    placed_parcels, placed_districts = move(parcels), move(districts)
    _require_valid([*placed_parcels, *placed_districts])
    broken = move([feature.parcel.parts for feature in town.broken_features])
    return replace(
        town,
        parcels=tuple(_with_parts(*pair) for pair in zip(town.parcels, placed_parcels, strict=True)),
        districts=tuple(
            District(d.code, d.name, parts) for d, parts in zip(town.districts, placed_districts, strict=True)
        ),
        broken_features=tuple(
            BrokenFeature(feature.rule, _with_parts(feature.parcel, parts), feature.note)
            for feature, parts in zip(town.broken_features, broken, strict=True)
        ),
    )


def _with_parts(parcel: Parcel, parts: Parts) -> Parcel:
    # dataclasses.replace would do, at four times the cost; a county places a million.
    return Parcel(
        parcel.parcel_id, parcel.number, parcel.level, parcel.kind, parcel.part_of, parts, parcel.legal_area_m2,
        parcel.legal_area_text, parcel.land_use, parcel.address, parcel.attributes,
    )  # fmt: skip


def _require_same_count(given: Coordinates, placed: Coordinates, grid: int) -> None:
    before, after = (len(np.unique(points[:, 0] + 1j * points[:, 1])) for points in (given, placed))
    if after != before:
        raise ValueError(f"a grid of 1/{grid} is too coarse: of {before} distinct points {after} are left")


def _require_valid(shapes: list[Parts]) -> None:
    polygons = polygons_of(shapes)
    sound = shapely.is_valid(polygons)
    if not sound.all():
        first = int(np.flatnonzero(~sound)[0])
        raise ValueError(
            f"placing made {int((~sound).sum())} polygons invalid: {shapely.is_valid_reason(polygons[first])}"
        )


def polygons_of(shapes: list[Parts]) -> NDArray[np.object_]:
    """One shapely polygon for every part of every shape, in order."""
    parts = [rings for shape in shapes for rings in shape]
    rings = [ring for part in parts for ring in part]
    sizes = np.array([len(ring) for ring in rings])
    closed = np.concatenate([piece for ring in rings for piece in (ring, ring[:1])])
    outlines = np.asarray(shapely.linearrings(closed, indices=np.repeat(np.arange(len(rings)), sizes + 1)))
    starts = np.cumsum([0, *(len(part) for part in parts)])
    part_of = np.repeat(np.arange(len(parts)), np.diff(starts))
    return np.asarray(shapely.polygons(outlines, indices=part_of))


def multipolygon(parcel: Parcel) -> shapely.MultiPolygon:
    """The parcel's geometry as shapely knows it."""
    return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in parcel.parts])
