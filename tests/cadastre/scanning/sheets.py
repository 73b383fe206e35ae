"""A coverage in memory, and what its cells say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from spatial_admin.cadastre.precision import Box, Ground
from spatial_admin.cadastre.rules import RuleBook, default_book
from spatial_admin.cadastre.scanning.cell import Cell, ground_of_book
from spatial_admin.cadastre.scanning.parcels import Defect, Parcels

PLANE = Ground(25832, (-1e7, -1e7, 1e7, 1e7), 10_000, 100.0, is_geographic=False)
OUTLINES = ("tiny_parcel", "thin_parcel", "spike", "repeated_point")


def parcels_of(geometries: Sequence[Any], **columns: Any) -> Parcels:
    shapes = np.array(geometries, dtype=object)
    count = len(shapes)
    given = {
        "areas_m2": shapely.area(shapes),
        "legal_areas_m2": np.full(count, np.nan),
        "legal_texts": np.full(count, None, dtype=object),
        **columns,
    }
    return Parcels(
        np.arange(count), np.ones(count, dtype=np.int64), np.full(count, "parcels", dtype=object), shapes, **given
    )


def scan(
    parcels: Parcels, cells: int = 1, ground: Ground = PLANE, book: RuleBook | None = None, known: Sequence[Any] = ()
) -> list[Defect]:
    """Every defect, of the coverage cut into so many cells each way."""
    rules = book or default_book()
    bounds = shapely.bounds(parcels.geometries)

    def load(box: Box) -> Parcels:
        meets = (
            (bounds[:, 0] <= box[2]) & (bounds[:, 2] >= box[0]) & (bounds[:, 1] <= box[3]) & (bounds[:, 3] >= box[1])
        )
        return parcels.only(np.asarray(meets))

    west, south, east, north = shapely.total_bounds(parcels.geometries).tolist()
    x, y = np.linspace(west, east + 1, cells + 1).tolist(), np.linspace(south, north + 1, cells + 1).tolist()
    found: list[Defect] = []
    for i in range(cells):
        for j in range(cells):
            box = (x[i], y[j], x[i + 1], y[j + 1])
            found += Cell(box, ground_of_book(ground, rules), rules, frozenset({"parcels"}), load, known).judge()
    return sorted(found, key=lambda defect: defect.fingerprint)


def only(*rules: str, **numbers: float) -> RuleBook:
    """A book with these rules on, and those that always are; numbers are named rule__name."""
    book = default_book()
    settings = {}
    for name, setting in book.settings.items():
        given = {key.partition("__")[2]: value for key, value in numbers.items() if key.partition("__")[0] == name}
        settings[name] = replace(setting, is_on=name in rules or setting.blocks, numbers={**setting.numbers, **given})
    return RuleBook(settings)
