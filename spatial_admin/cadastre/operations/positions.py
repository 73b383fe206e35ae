"""Positions as a client gives them: a storage pair, or lon/lat that PostGIS transforms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from spatial_admin.cadastre.precision import Point

# How much of what a client sent is repeated in a refusal.
LONGEST_NAME, MOST_NAMED = 60, 5


@dataclass(frozen=True, slots=True)
class StoragePosition:
    """A pair in storage coordinates."""

    x: float
    y: float

    @property
    def given(self) -> object:
        """As the client wrote it."""
        return [self.x, self.y]


@dataclass(frozen=True, slots=True)
class LonLatPosition:
    """Longitude and latitude in degrees (WGS 84)."""

    lon: float
    lat: float

    @property
    def given(self) -> object:
        """As the client wrote it."""
        return {"lon": self.lon, "lat": self.lat}


Position = StoragePosition | LonLatPosition


def parse_position(value: object) -> Position:
    """Read `[x, y]` or `{"lon": …, "lat": …}`; ValueError says what is wrong."""
    if isinstance(value, list):
        if len(value) != 2:
            raise ValueError("a point takes two numbers, [x, y]")
        return StoragePosition(*_numbers(value[0], value[1]))
    if isinstance(value, Mapping):
        if set(value) != {"lon", "lat"}:
            unknown = ", ".join(str(name)[:LONGEST_NAME] for name in sorted(set(value) - {"lon", "lat"})[:MOST_NAMED])
            raise ValueError(
                'a position in lon/lat takes exactly "lon" and "lat"' + (f"; unknown: {unknown}" if unknown else "")
            )
        lon, lat = _numbers(value["lon"], value["lat"])
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError("lon is between -180 and 180, lat between -90 and 90")
        return LonLatPosition(lon, lat)
    raise ValueError('a position is [x, y] in storage coordinates or {"lon": …, "lat": …}')


def _numbers(x: object, y: object) -> tuple[float, float]:
    for value in (x, y):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("coordinates are numbers")
    try:
        pair = float(x), float(y)  # type: ignore[arg-type]  # int or float, see above
    except OverflowError as error:
        raise ValueError("coordinates are finite numbers") from error
    if not all(math.isfinite(value) for value in pair):
        raise ValueError("coordinates are finite numbers")
    return pair


def as_point(position: StoragePosition) -> Point:
    """The storage pair of a position."""
    return position.x, position.y
