"""A finished town without a place: records and rings in whole millimetres, set down as often as a county needs it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_admin.demo.fabric import build_fabric
from spatial_admin.demo.layout import HALF_M
from spatial_admin.demo.model import District, Parcel, Parts
from spatial_admin.demo.names import TOWN
from spatial_admin.demo.noding import Rings, rings_of
from spatial_admin.demo.records import Record, register, stated_area
from spatial_admin.demo.strata import Easement, Unit, build_easements, build_units
from spatial_admin.demo.zoning import NAMES, build_districts

NUMBERS_PER_TOWN = 3000
_TOWN_MM = round(2 * HALF_M * 1000)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rings of many multipolygons in one array, so that moving them all is one addition."""

    millimetres: NDArray[np.int64]
    cuts: list[list[list[tuple[int, int]]]]

    @classmethod
    def of(cls, shapes: list[Rings]) -> Shelf:
        """Put `shapes` on a shelf."""
        flat = [ring for parts in shapes for rings in parts for ring in rings]
        ends = np.cumsum([len(ring) for ring in flat]).tolist()
        spans = iter(zip([0, *ends], ends, strict=False))
        cuts = [[[next(spans) for _ in rings] for rings in parts] for parts in shapes]
        return cls(np.concatenate(flat), cuts)

    def at(self, east_mm: int, north_mm: int) -> list[Parts]:
        """The multipolygons, moved, in metres. Equal millimetres give equal metres to the bit, in every town."""
        metres = (self.millimetres + np.array([east_mm, north_mm])) / 1000.0
        return [[[metres[a:b] for a, b in rings] for rings in parts] for parts in self.cuts]


@dataclass(frozen=True, slots=True)
class Template:
    """One town: ground parcels in the order of their numbers, units, easements, districts."""

    records: list[Record]
    ground: Shelf
    units: list[Unit]
    unit_shapes: Shelf
    easements: list[Easement]
    easement_shapes: Shelf
    codes: list[str]
    district_shapes: Shelf

    def set_down(self, town: int, column: int, row: int) -> tuple[list[Parcel], list[District]]:
        """Parcels and districts of town number `town` (0 is the first) at a place in the county's grid of towns."""
        at = column * _TOWN_MM, row * _TOWN_MM
        ids = [parcel_id(town, k) for k in range(len(self.records))]
        parcels = self._ground_parcels(town, ids, self.ground.at(*at))
        parcels += self._units(ids, parcels, self.unit_shapes.at(*at))
        parcels += self._easements(town, self.easement_shapes.at(*at))
        shapes = self.district_shapes.at(*at)
        return parcels, [District(code, NAMES[code], parts) for code, parts in zip(self.codes, shapes, strict=True)]

    def _ground_parcels(self, town: int, ids: list[str], shapes: list[Parts]) -> list[Parcel]:
        place = TOWN if town == 0 else f"{TOWN} {town + 1}"
        offset = town * NUMBERS_PER_TOWN
        return [
            Parcel(
                name, r.number(offset), "parcels", r.kind, None, parts, r.legal_area_m2, r.legal_area_text, r.land_use,
                r.address and f"{r.address}, {place}", _attributes(r),
            )
            for name, r, parts in zip(ids, self.records, shapes, strict=True)
        ]  # fmt: skip

    def _units(self, ids: list[str], parcels: list[Parcel], shapes: list[Parts]) -> list[Parcel]:
        units = []
        for unit, parts in zip(self.units, shapes, strict=True):
            ground, door = parcels[unit.ground], f"{unit.floor}{unit.side}"
            area, text = stated_area(unit.area_m2, 1.0)
            units.append(Parcel(
                f"{ids[unit.ground]}/{door}", f"{ground.number}-{door}", "units", "unit", ground.parcel_id,
                parts, area, text, "apartment", ground.address and f"Unit {door}, {ground.address}",
                {"floor": unit.floor},
            ))  # fmt: skip
        return units

    def _easements(self, town: int, shapes: list[Parts]) -> list[Parcel]:
        return [
            Parcel(
                f"QB{town + 1:03d}-E{k + 1}", f"E{town * 10 + k + 1}", "easements", "easement", None, parts, None, None,
                easement.purpose, None, {"purpose": easement.purpose},
            )
            for k, (easement, parts) in enumerate(zip(self.easements, shapes, strict=True))
        ]  # fmt: skip


def parcel_id(town: int, index: int) -> str:
    """The permanent identity of ground parcel `index` of a town."""
    return f"QB{town + 1:03d}-{index + 1:04d}"


def _attributes(record: Record) -> dict[str, object]:
    named = {"quarter": record.quarter, "street": record.street, "name": record.name}
    return {key: value for key, value in named.items() if value}


def build_template(seed: int, number: int) -> Template:
    """Build town `number` of a seed from the ground up (about a second)."""
    fabric = build_fabric(seed, number)
    rng = np.random.default_rng([seed, number, 1_000_000])
    order, records = register(fabric, rng)
    shapes = fabric.shapes[order]
    units, easements = build_units(shapes, records, rng), build_easements(rng)
    districts = build_districts(fabric.plan)
    return Template(
        records,
        Shelf.of([rings_of(shape) for shape in shapes]),
        units,
        Shelf.of([unit.rings for unit in units]),
        easements,
        Shelf.of([easement.rings for easement in easements]),
        [code for code, _ in districts],
        Shelf.of([rings for _, rings in districts]),
    )
