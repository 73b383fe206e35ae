"""What a demo town consists of; plain data, so that loading, drawing and testing need nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float64]
"""(n, 2) float64, x east and y north; a ring is open: its first point is not repeated."""
Parts = list[list[Coordinates]]
"""A multipolygon: parts, each a list of open rings, exterior ring first."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel, named as the table `parcel` names its columns."""

    parcel_id: str
    number: str | None
    level: str
    kind: str
    part_of: str | None
    parts: Parts
    legal_area_m2: float | None
    legal_area_text: str | None
    land_use: str | None
    address: str | None
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class District:
    """One zoning district; in a county every town brings its own area of the same code."""

    code: str
    name: str
    parts: Parts


@dataclass(frozen=True, slots=True)
class Level:
    """A set of parcels (LADM LA_Level); in an exclusive one they may not overlap."""

    code: str
    name: str
    exclusive: bool


@dataclass(frozen=True, slots=True)
class Defect:
    """One error put in on purpose: the rule it breaks, whose it is and what a reviewer should see."""

    rule: str
    parcel_ids: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class BrokenFeature:
    """A feature that no import may admit: the rule it breaks and the feature as a file would bring it."""

    rule: str
    parcel: Parcel
    note: str


@dataclass(frozen=True, slots=True)
class Town:
    """A town, or a county of towns side by side; `parcels` can be stored, `broken_features` cannot."""

    name: str
    levels: tuple[Level, ...]
    parcels: tuple[Parcel, ...]
    districts: tuple[District, ...]
    defects: tuple[Defect, ...]
    broken_features: tuple[BrokenFeature, ...]


LEVELS = (
    Level("parcels", "Parcels", exclusive=True),
    Level("units", "Stacked units", exclusive=False),
    Level("easements", "Easements", exclusive=False),
)
