"""Where parcels that are to be one do not fit together: overlaps and gaps between them, above tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely

from spatial_admin.cadastre.gap import TOUCH_M
from spatial_admin.cadastre.overlap import NOISE_WIDTH_M, TOLERANCE_M2, CommonArea, mean_width_m
from spatial_admin.cadastre.overlap_search import find_overlaps
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import mended, polygons_in, transformed
from spatial_admin.cadastre.validity import as_geojson
from spatial_admin.errors import Violation

# Beside a corner of open land sharper than 2·asin(1/20), about 6 degrees, sides count as running along each other.
MITRE_LIMIT: Final = 20.0


def overlaps_between(ground: Ground, parcels: Mapping[str, shapely.Geometry]) -> list[Violation]:
    """Pairs (and stacks) of the parcels, given in storage coordinates, that overlap by more than tolerance."""
    names = list(parcels)
    overlaps, stacks = find_overlaps(ground, range(len(names)), np.array(list(parcels.values())), len(names))
    places = [(overlap.parcels, overlap.common) for overlap in overlaps] + [(s.parcels, s.common) for s in stacks]
    return [
        _overlap(sorted(names[index] for index in indices), common) for indices, common in sorted(places, key=_first)
    ]


def gaps_between(
    ground: Ground, parcels: Mapping[str, shapely.Geometry], others: Sequence[shapely.Geometry]
) -> list[Violation]:
    """Land between the parcels narrower than a gap's width and above tolerance, that none of the others covers."""
    names = list(parcels)
    together = shapely.union_all(list(parcels.values()))
    frame = ground.frame_of(tuple(shapely.bounds(together).tolist()))
    covered = transformed(together, frame.to_metres)
    width = ground.gap_width_m
    grown = shapely.buffer(covered, width / 2, join_style="mitre", mitre_limit=MITRE_LIMIT)
    closed = mended(shapely.buffer(grown, -width / 2, join_style="mitre", mitre_limit=MITRE_LIMIT))
    between = shapely.difference(closed, covered)
    if shapely.area(between) <= TOLERANCE_M2:
        return []
    between = shapely.difference(between, transformed(shapely.union_all(list(others)), frame.to_metres))
    in_metres = [shapely.transform(parcel, frame.to_metres) for parcel in parcels.values()]
    violations = []
    for piece in polygons_in(between):
        if piece.area <= TOLERANCE_M2 or not NOISE_WIDTH_M < mean_width_m(piece) < width:
            continue
        around = [name for name, parcel in zip(names, in_metres, strict=True) if piece.distance(parcel) < TOUCH_M]
        if len(around) > 1:
            violations.append(_gap(sorted(around), CommonArea(shapely.MultiPolygon([piece]), frame)))
    return violations


def _first(place: tuple[tuple[int, ...], CommonArea]) -> tuple[int, ...]:
    return place[0]


def _overlap(names: Sequence[str], common: CommonArea) -> Violation:
    message = f"Parcels {_listed(names)} overlap by {common.area_m2:.2f} m²: mend that before they are merged."
    return Violation("overlap", tuple(names), message, as_geojson(common.in_storage()), common.area_m2)


def _gap(names: Sequence[str], land: CommonArea) -> Violation:
    message = f"Between parcels {_listed(names)} lies a gap of {land.area_m2:.2f} m²: close it before they are merged."
    return Violation("gap", tuple(names), message, as_geojson(land.in_storage()), land.area_m2)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
