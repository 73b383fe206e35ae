"""The demo town, and counties of such towns for larger trials. Same seed, same town, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from spatial_admin.demo.defects import spoil
from spatial_admin.demo.model import LEVELS, Town
from spatial_admin.demo.names import TOWN
from spatial_admin.demo.template import Template, build_template

PARCELS_PER_TOWN = 2000
"""About; a town is never cut, so that a county is a whole number of towns."""
_TEMPLATES = 6


def build_town(parcels: int = 2000, seed: int = 1, *, with_defects: bool = True) -> Town:
    """The demo town; with more than 3,000 parcels a county of towns side by side, which share their borders.

    `parcels` is the wanted count, met to within a few per cent (a town has about 2,000, at least one is built).
    Coordinates are metres, x east and y north, whole millimetres but for defects, origin at the first town's centre.
    Everything follows from `seed`. Only the first town has defects, and it is the same whatever `parcels` is.
    """
    towns = list(build_county(parcels, seed, with_defects=with_defects))
    if len(towns) == 1:
        return towns[0]
    return Town(
        f"County of {TOWN}",
        LEVELS,
        tuple(parcel for town in towns for parcel in town.parcels),
        tuple(district for town in towns for district in town.districts),
        towns[0].defects,
        towns[0].broken_features,
    )


def build_county(parcels: int, seed: int = 1, *, with_defects: bool = True) -> Iterator[Town]:
    """The towns of `build_town` one by one, so that a million parcels need no more memory than one town."""
    if parcels < 1:
        raise ValueError(f"parcels must be at least 1, not {parcels}")
    for number in range(max(1, round(parcels / PARCELS_PER_TOWN))):
        placed, districts = _template(seed, number % _TEMPLATES).set_down(number, *spiral(number))
        name = TOWN if number == 0 else f"{TOWN} {number + 1}"
        town = Town(name, LEVELS, tuple(placed), tuple(districts), (), ())
        yield spoil(town) if with_defects and number == 0 else town


@lru_cache(maxsize=2 * _TEMPLATES)
def _template(seed: int, number: int) -> Template:
    return build_template(seed, number)


def spiral(number: int) -> tuple[int, int]:
    """Column and row of town `number`: (0, 0), then round it, so that a county of any size is nearly square."""
    column, row, step = 0, 0, (1, 0)
    side, left = 1, 1
    turns = 0
    for _ in range(number):
        column, row = column + step[0], row + step[1]
        left -= 1
        if left == 0:
            step = (-step[1], step[0])
            turns += 1
            side += turns % 2 == 0
            left = side
    return column, row
