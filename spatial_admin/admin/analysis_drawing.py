"""The small map of the overview: outlines of levels, and a dot for each cluster of open findings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from spatial_admin.cadastre.precision import FloatArray, Ground
from spatial_admin.services.parcels.analyse_coverage import Analysis

WIDTH_PX: Final = 420
HEIGHT_PX: Final = 300
MARGIN_PX: Final = 22
LARGEST_PX: Final = 16.0
SMALLEST_PX: Final = 5.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A cluster on the drawing; `number` is its row in the table beside."""

    number: int
    x: float
    y: float
    radius: float
    rule: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A level's extent on the drawing, and the northernmost point of it, above which its name stands."""

    level: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Of an SVG element of this size."""

    width: int
    height: int
    outlines: tuple[Outline, ...]
    dots: tuple[Dot, ...]


def draw(analysis: Analysis, ground: Ground) -> Drawing | None:
    """The drawing, north up, east and north to one scale; None where there is nothing to draw."""
    rings = [ring for extent in analysis.extents for ring in extent.rings]
    centres = np.array([cluster.centre for cluster in analysis.clusters]).reshape(-1, 2)
    if not rings and not len(centres):
        return None
    everything = np.concatenate([*rings, centres])
    low, high = everything.min(axis=0), everything.max(axis=0)
    east, north = ground.scale_at(float(low[1] + high[1]) / 2)
    extent = np.maximum((high - low) * (east, north), 1e-9)
    room = np.array([WIDTH_PX, HEIGHT_PX]) - 2 * MARGIN_PX
    scale = float((room / extent).min())
    corner = (np.array([WIDTH_PX, HEIGHT_PX]) - extent * scale) / 2

    def on_paper(points: FloatArray) -> FloatArray:
        placed: FloatArray = (points - low) * (east, north) * scale + corner
        return np.column_stack([placed[:, 0], HEIGHT_PX - placed[:, 1]])

    most = max((cluster.findings for cluster in analysis.clusters), default=1)
    places = on_paper(centres).round(1).tolist()
    dots = tuple(
        Dot(number, x, y, _radius(one.findings, most), one.rule)
        for number, (one, (x, y)) in enumerate(zip(analysis.clusters, places, strict=True), 1)
    )
    outlines = tuple(
        _outline(extent.level, [on_paper(ring) for ring in extent.rings]) for extent in analysis.extents if extent.rings
    )
    return Drawing(WIDTH_PX, HEIGHT_PX, outlines, dots)


def _outline(level: str, rings: Sequence[FloatArray]) -> Outline:
    points = np.concatenate(rings)
    x, y = points[points[:, 1].argmin()].round(1).tolist()
    return Outline(level, " ".join(map(_path, rings)), x, y)


def _radius(findings: int, most: int) -> float:
    """Areas, not radii, are in the ratio of the counts."""
    return round(max(SMALLEST_PX, LARGEST_PX * math.sqrt(findings / most)), 1)


def _path(points: FloatArray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist()) + "Z"
