"""The quarters: local streets of each patch of the mesh, and the lines along which its blocks are cut."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from shapely import LineString, Polygon

from spatial_admin.demo.layout import Patch, Street, line
from spatial_admin.demo.model import Coordinates


@dataclass(frozen=True, slots=True)
class LotStyle:
    """How a block is cut: wanted frontage and depth in metres, and how far the cuts stray."""

    name: str
    front_m: float
    depth_m: float
    stray: float = 0.10
    angle_deg: float = 1.2
    bent_share: float = 0.0


STYLES = {
    style.name: style
    for style in (
        LotStyle("grid", 28.0, 34.0),
        LotStyle("terrace", 15.5, 31.0, 0.08, 0.6),
        LotStyle("close", 27.0, 36.0, 0.14, 2.0, 0.05),
        LotStyle("villa", 31.0, 43.0, 0.18, 3.0, 0.10),
        LotStyle("old", 15.0, 42.0, 0.24, 2.2, 0.45),
        LotStyle("apartment", 46.0, 50.0, 0.10, 1.0),
        LotStyle("industry", 62.0, 95.0, 0.22, 2.0, 0.05),
        LotStyle("meadow", 85.0, 110.0, 0.20, 6.0, 0.30),
        LotStyle("field", 170.0, 200.0, 0.34, 7.0, 0.30),
        LotStyle("whole", 1e6, 1e6),
    )
}

PLAN = ("close", "terrace", "apartment", "villa", "old", "grid", "villa", "old", "grid", "close", "grid", "close")
"""Style of each patch, row by row from the south-west."""


@dataclass(slots=True)
class Quarter:
    """The inside of one patch."""

    style: str
    outline: Polygon
    streets: list[Street] = field(default_factory=list)
    cuts: list[LineString] = field(default_factory=list)
    square: Polygon | None = None


def build_quarter(index: int, patch: Patch, rng: Generator) -> Quarter:
    """Streets and cuts of the patch `index` in the style that the plan gives it."""
    style = PLAN[index]
    quarter = Quarter(style, patch.outline())
    if style == "close":
        _closes(quarter, index, patch, rng)
    elif style == "old":
        _old_lanes(quarter, index, patch, rng, with_square=index == PLAN.index("old") + 3)
    else:
        _grid(quarter, index, patch, rng)
    return quarter


def _path(patch: Patch, u: tuple[float, float], v: tuple[float, float], stations: int = 9) -> Coordinates:
    return patch.at(np.linspace(*u, stations), np.linspace(*v, stations))


def _grid(quarter: Quarter, index: int, patch: Patch, rng: Generator) -> None:
    """Long streets west to east with cross streets; how many follows from the depth of two rows of lots."""
    style = STYLES[quarter.style]
    width, height = patch.size_m
    street_m = 9.0 if quarter.style != "apartment" else 11.0
    across = max(2, round(height / (2 * style.depth_m + street_m + 2)))
    along = max(2, round(width / (190.0 if quarter.style != "grid" else 150.0)))
    t = np.linspace(0, 1, 11)
    sway = {"villa": 9.0, "terrace": 5.0}.get(quarter.style, 0.0)
    for k in range(1, across):
        v = (k + rng.uniform(-0.06, 0.06)) / across + sway / height * np.sin(2 * np.pi * t)
        quarter.streets.append(Street(line(patch.at(t, v)), street_m, 3, index))
    for k in range(1, along):
        u = (k + rng.uniform(-0.10, 0.10)) / along + sway / width * np.sin(2 * np.pi * t)
        quarter.streets.append(Street(line(patch.at(u, t)), street_m, 3, index))


def _closes(quarter: Quarter, index: int, patch: Patch, rng: Generator) -> None:
    """One street through the middle, closes with turning circles on both sides, one row of lots behind their heads."""
    width, height = patch.size_m
    style = STYLES["close"]
    count = round(width / (2 * style.depth_m + 9))
    middle = 0.5 + rng.uniform(-0.03, 0.03)
    wave = 0.025 * np.sin(np.linspace(0, 2 * np.pi, 13))
    stations = np.linspace(0, 1, 13)
    spine = patch.at(stations, middle + wave)
    quarter.streets.append(Street(line(spine), 9.5, 3, index))
    row = (style.depth_m + 6.0) / height
    for far, sign in ((1.0, -1.0), (0.0, 1.0)):
        back = far + sign * row
        quarter.cuts.append(LineString(_path(patch, (0, 1), (back, back), 13)))
        edges = np.linspace(0, 1, count + 1)
        edges[1:-1] += rng.uniform(-0.012, 0.012, count - 1)
        for u in edges[1:-1]:
            quarter.cuts.append(LineString(_path(patch, (u, u), (back, middle + sign * 0.05))))
        for u in (edges[1:] + edges[:-1]) / 2:
            head = back + sign * (style.depth_m * rng.uniform(0.85, 1.1) + 3.0) / height
            t = np.linspace(0, 1, 7)
            bow = u + rng.uniform(-0.013, 0.013) * np.sin(np.pi * t) + rng.uniform(-0.006, 0.006) * t
            mouth = middle + float(np.interp(u, stations, wave))
            path = patch.at(bow, mouth + (head - mouth) * t)
            quarter.streets.append(Street(line(path, 0.2), 7.5, 3, index, has_turning_circle=True))
            quarter.cuts.append(LineString([path[-1], patch.at(bow[-1], back)[0]]))


def _old_lanes(quarter: Quarter, index: int, patch: Patch, rng: Generator, *, with_square: bool) -> None:
    """Crooked lanes: one along the middle, others from it to both sides, none of them opposite another."""
    t = np.linspace(0, 1, 9)
    crook = np.concatenate([[0.0], rng.uniform(-0.07, 0.07, 7), [0.0]])
    middle = 0.5 + crook
    quarter.streets.append(Street(line(patch.at(t, middle), 0.8), 7.0, 3, index))
    for low in (True, False):
        square_side = with_square and low
        at = np.array([0.19, 0.36, 0.62, 0.82]) if square_side else np.array([0.22, 0.47, 0.74])
        for u in at + rng.uniform(-0.03, 0.03, len(at)):
            foot, head = u + rng.uniform(-0.03, 0.03), u
            stop = float(np.interp(head, t, middle))
            v = np.linspace(0, stop, 4) if low else np.linspace(1, stop, 4)
            lean = np.linspace(foot, head, 4) + np.array([0, 1, 1, 0]) * rng.uniform(-0.012, 0.012)
            quarter.streets.append(Street(line(patch.at(lean, v), 0.5), rng.uniform(5.5, 7.5), 3, index))
    if with_square:
        edge = np.vstack([_path(patch, (0.44, 0.54), (0, 0), 5), _path(patch, (0.54, 0.44), (0.26, 0.24), 2)])
        quarter.square = Polygon(edge)
        quarter.cuts.append(LineString(_path(patch, (0.32, 0.68), (0.24, 0.26), 2)))
