"""Zoning districts: by quarter, but for the strip along the main road and the flood plain, whose limits cross lots."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spatial_admin.demo.blocks import Plan
from spatial_admin.demo.layout import border
from spatial_admin.demo.noding import Rings, Shapes, dissolve, faces_of, rings_of

NAMES = {
    "A1": "Agricultural", "C1": "Town Centre", "C2": "Highway Commercial", "I1": "Industrial",
    "P1": "Parks and Open Space", "R1": "Low-density Residential", "R2": "Residential",
    "R3": "Multi-family Residential", "W1": "Flood Plain",
}  # fmt: skip
_OF_STYLE = {"old": "C1", "villa": "R1", "close": "R2", "grid": "R2", "terrace": "R3", "apartment": "R3"}
_STRIP_M = 41.0
_FLOOD_PLAIN_M = 88.0


def build_districts(plan: Plan) -> list[tuple[str, Rings]]:
    """Code and area of each district; together they cover the town exactly once."""
    areas = _areas(plan)
    shapes: Shapes = np.array([part for _, area in areas for part in _polygons(area)], dtype=object)
    code_of = np.array([k for k, (_, area) in enumerate(areas) for _ in _polygons(area)], dtype=np.int64)
    faces, owner = faces_of(shapes, border())
    districts, labels = dissolve(faces, code_of[owner])
    return [(areas[label][0], rings_of(shape)) for label, shape in zip(labels.tolist(), districts, strict=True)]


def _polygons(area: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(area).tolist() if part.geom_type == "Polygon" and part.area > 1.0]


def _areas(plan: Plan) -> list[tuple[str, BaseGeometry]]:
    """Areas by code, each without those before it."""
    wanted: dict[str, BaseGeometry] = {code: shapely.Polygon() for code in ("C1", "P1", "C2", "I1", "R1", "R2", "R3")}
    regions = dict(plan.regions)
    for quarter in plan.quarters:
        code = _OF_STYLE[quarter.style]
        wanted[code] = wanted[code].union(quarter.outline)
    built = shapely.union_all([quarter.outline for quarter in plan.quarters])
    wanted["C2"] = plan.streets[0].line.buffer(_STRIP_M, quad_segs=2).simplify(0.5).intersection(built)
    wanted["P1"], wanted["I1"] = regions["park"], regions["industry"]
    wanted["W1"] = plan.river.buffer(_FLOOD_PLAIN_M, quad_segs=3).simplify(2.0)
    wanted["A1"] = shapely.Polygon(border())
    rest: BaseGeometry = shapely.Polygon(border())
    areas = []
    for code, area in wanted.items():
        areas.append((code, rest.intersection(area)))
        rest = rest.difference(area)
    return areas
